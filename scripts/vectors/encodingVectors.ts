import { BaseError, canonicalText, encodeHex, encodeUtf8, isValidSignature, type JsonValue, parseCanonical, sha256Hex } from "#base";
import { fixedBytes, fixedKey } from "./fixed.ts";

const values: readonly (readonly [string, JsonValue])[] = [
	["keys in the order of their UTF-16 units", { b: 1, a: 2, "": 3, "\u20ac": 4, "\ud83d\ude00": 5, "\ufb33": 6, A: 7 }],
	["short escapes where JSON has them, \\u00xx in lower case elsewhere", { text: '\b\t\n\f\r"\\/\u0000\u001f\u007f\u2028' }],
	["text is not normalised", ["\u00e9", "e\u0301"]],
	["the largest integers", [9007199254740991, -9007199254740991, 0]],
	["sixteen levels", [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]],
	["empty values", { object: {}, array: [], text: "", nothing: null, yes: true, no: false }],
];

const refusals: readonly (readonly [string, string])[] = [
	["a space", '{"a": 1}'],
	["keys out of order", '{"b":1,"a":2}'],
	["a key twice", '{"a":1,"a":1}'],
	["a fraction", "[1.5]"],
	["an integer written as a fraction", "[1.0]"],
	["an exponent", "[1e3]"],
	["minus zero", "[-0]"],
	["beyond 2^53-1", "[9007199254740992]"],
	["an escape that is not needed", '["\\u0061"]'],
	["upper case in an escape", '["\\u001F"]'],
	["a lone surrogate", '["\\ud800"]'],
	["__proto__ as a key", '{"__proto__":1}'],
	["seventeen levels", "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"],
	["a byte-order mark", "\ufeff[]"],
	["no JSON", "{"],
	["two values", "[][]"],
];

export function canonicalJsonVectors() {
	return {
		about:
			"Canonical JSON: RFC 8785, restricted (docs/spec/01-encodings.md). `canonical` is text in UTF-8; `sha256` is over those bytes. Bytes under `refused` are not a canonical form of anything.",
		accepted: values.map(([name, value]) => ({ name, value, canonical: canonicalText(value), sha256: sha256Hex(encodeUtf8(canonicalText(value))) })),
		refused: [
			...refusals.map(([name, text]) => ({ name, bytes: encodeHex(encodeUtf8(text)) })),
			{ name: "no UTF-8", bytes: "22ff22" },
			{ name: "an overlong form", bytes: "22c0af22" },
		].map((one) => ({ ...one, code: refusalOf(one.bytes) })),
	};
}

function refusalOf(hex: string): string {
	try {
		parseCanonical(new Uint8Array(Buffer.from(hex, "hex")));
	} catch (error) {
		if (error instanceof BaseError) return error.code;
		throw error;
	}
	throw new Error("expected a refusal");
}

const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same S with L added: a second spelling that naive verifiers accept. */
function withLargeS(signature: string): string {
	const s = BigInt(`0x${Buffer.from(signature.slice(64), "hex").reverse().toString("hex")}`) + groupOrder;
	return signature.slice(0, 64) + Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse().toString("hex");
}

export function signatureVectors() {
	const key = fixedKey("signer");
	const message = encodeUtf8("aceso");
	const signature = key.sign(message);
	const [identity, order8] = [`01${"00".repeat(31)}`, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"];
	const cases: readonly (readonly [string, string, Uint8Array, string])[] = [
		["honest", key.publicKey, message, signature],
		["honest, empty message", key.publicKey, new Uint8Array(0), key.sign(new Uint8Array(0))],
		["another message", key.publicKey, encodeUtf8("Aceso"), signature],
		["another key", fixedKey("another").publicKey, message, signature],
		["S + L", key.publicKey, message, withLargeS(signature)],
		["key of order 1: any message would fit", identity, message, identity + "00".repeat(32)],
		["key of order 8", order8, message, order8 + "00".repeat(32)],
		["R of order 1", key.publicKey, message, identity + signature.slice(64)],
		["key with y = p + 1", `ee${"ff".repeat(30)}7f`, message, signature],
		["key with y = p + 3", `f0${"ff".repeat(30)}7f`, message, signature],
		["R with y = p + 3", key.publicKey, message, `f0${"ff".repeat(30)}7f${signature.slice(64)}`],
		["x = 0 with its sign bit set", `01${"00".repeat(30)}80`, message, signature],
		["key that is no point", `02${"00".repeat(31)}`, message, signature],
		["hex in upper case", key.publicKey, message, signature.toUpperCase()],
		["one digit too few", key.publicKey, message, signature.slice(0, 127)],
	];
	return {
		about:
			"Ed25519 by the strict rule (docs/spec/01-encodings.md): S < L; key and R canonical and not of small order; then RFC 8032 without cofactor.",
		seed: encodeHex(fixedBytes("signer", 32)),
		cases: cases.map(([name, publicKey, bytes, value]) => ({
			name,
			publicKey,
			message: encodeHex(bytes),
			signature: value,
			valid: isValidSignature(publicKey, bytes, value),
		})),
	};
}
