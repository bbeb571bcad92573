import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as browser from "./browser.ts";
import * as node from "./index.ts";
import { type Ed25519Case, ed25519VectorsPath } from "./testing/ed25519Cases.ts";

const { cases } = JSON.parse(readFileSync(ed25519VectorsPath, "utf8")) as { readonly cases: readonly Ed25519Case[] };
const bytes = fc.uint8Array({ maxLength: 300 });
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const codecs = [
	{ ours: { encode: browser.encodeHex, decode: browser.decodeHex }, theirs: { encode: node.encodeHex, decode: node.decodeHex } },
	{ ours: { encode: browser.encodeBase64, decode: browser.decodeBase64 }, theirs: { encode: node.encodeBase64, decode: node.decodeBase64 } },
	{
		ours: { encode: browser.encodeBase64Url, decode: browser.decodeBase64Url },
		theirs: { encode: node.encodeBase64Url, decode: node.decodeBase64Url },
	},
];
const codeOf = (run: () => unknown): unknown => {
	try {
		return run();
	} catch (error) {
		return error instanceof browser.CodedError ? error.code : error;
	}
};

/** The access log alone seals so, and no browser has one: what a browser loads cannot ask for it. */
const withNodeOnly = ["openChaCha", "sealChaCha"];

describe("the door of base without Node", () => {
	it("has the names of the door with Node, and what stands behind them is the same or does the same", () => {
		const names = Object.keys(node).filter((name) => !withNodeOnly.includes(name));
		expect(Object.keys(browser).sort()).toEqual(names.sort());
	});

	for (const { name, publicKey, message, signature, valid } of cases) {
		it(`${valid ? "accepts" : "refuses"} the signature ${name}`, async () => {
			expect(browser.isValidSignature(publicKey, node.decodeHex(message), signature)).toBe(valid);
			expect(await browser.isValidSignatureAsync(publicKey, node.decodeHex(message), signature)).toBe(valid);
		});
	}

	it("refuses a key that is no point of the curve, as the other does", () => {
		const { message, signature } = cases[0]!;
		for (let y = 2; y < 10; y++) {
			const key = `${String(y).padStart(2, "0")}${"00".repeat(31)}`;
			expect(browser.isValidSignature(key, node.decodeHex(message), signature)).toBe(false);
		}
	});

	it("signs as the other signs, and neither takes an altered message or signature", () => {
		fc.assert(
			fc.property(seed, bytes, fc.nat(63), (secret, message, at) => {
				const [ours, theirs] = [browser.createSigningKey(secret), node.createSigningKey(secret)];
				expect(ours.publicKey).toBe(theirs.publicKey);
				const signature = ours.sign(message);
				expect(signature).toBe(theirs.sign(message));
				expect(browser.isValidSignature(ours.publicKey, message, signature)).toBe(true);
				const altered = node.decodeHex(signature);
				altered[at]! ^= 1;
				expect(browser.isValidSignature(ours.publicKey, message, node.encodeHex(altered))).toBe(false);
				expect(browser.isValidSignature(ours.publicKey, node.concatBytes(message, Uint8Array.of(0)), signature)).toBe(false);
			}),
			{ numRuns: 20 },
		);
	});

	it("hashes, derives and authenticates as the other does", () => {
		fc.assert(
			fc.property(seed, fc.array(bytes, { maxLength: 3 }), fc.string({ unit: "grapheme", maxLength: 20 }), (secret, parts, text) => {
				expect(browser.sha256(...parts)).toEqual(node.sha256(...parts));
				expect(browser.sha256Hex(...parts)).toBe(node.sha256Hex(...parts));
				expect(browser.sha256Utf8(text)).toEqual(node.sha256Utf8(text));
				expect(browser.deriveKey(secret, text, ...parts)).toEqual(node.deriveKey(secret, text, ...parts));
				expect(browser.hmacSha256(secret, ...parts)).toEqual(node.hmacSha256(secret, ...parts));
				const [ours, theirs] = [new browser.HmacKey(secret), new node.HmacKey(secret)];
				for (const part of parts) expect([ours.hex(part), ours.digest(part)]).toEqual([theirs.hex(part), theirs.digest(part)]);
				const [into, intoToo] = [new Uint8Array(40), new Uint8Array(40)];
				browser.sha256Into(into, 3, secret);
				node.sha256Into(intoToo, 3, secret);
				expect(into).toEqual(intoToo);
			}),
		);
	});

	it("forgets a key of a MAC when it is told to", () => {
		const key = new browser.HmacKey(new Uint8Array(32).fill(7));
		const before = key.hex(new Uint8Array(1));
		expect(JSON.stringify(key)).toBe("{}");
		key.forget();
		expect(key.hex(new Uint8Array(1))).not.toBe(before);
		expect(() => new browser.HmacKey(new Uint8Array(65))).toThrow(RangeError);
	});

	it("agrees on a secret with the other, and on none with a key of small order", () => {
		fc.assert(
			fc.property(seed, seed, (one, other) => {
				const [ours, theirs] = [browser.createExchangeKey(one), node.createExchangeKey(other)];
				expect(ours.publicKey).toBe(node.createExchangeKey(one).publicKey);
				expect(ours.agree(theirs.publicKey)).toEqual(theirs.agree(ours.publicKey));
			}),
			{ numRuns: 10 },
		);
		for (const peer of ["00".repeat(32), `01${"00".repeat(31)}`, "", "AA".repeat(32)]) {
			expect(codeOf(() => browser.createExchangeKey(new Uint8Array(32).fill(9)).agree(peer))).toBe("KEY_INVALID");
		}
	});

	it("spells and reads hex and base64 as the other does, and refuses the same spellings", () => {
		const spelling = fc.oneof(
			fc.string({ maxLength: 12 }),
			fc.base64String({ maxLength: 24 }),
			fc.string({ unit: fc.constantFrom(..."0aFf=+/-_ \nz"), maxLength: 8 }),
		);
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 9_000 }), spelling, (value, text) => {
				for (const { ours, theirs } of codecs) {
					expect(ours.encode(value)).toBe(theirs.encode(value));
					expect(ours.decode(theirs.encode(value))).toEqual(new Uint8Array(value));
					expect(codeOf(() => ours.decode(text))).toEqual(codeOf(() => theirs.decode(text)));
				}
			}),
		);
		expect(codeOf(() => browser.decodeHex("00", 2))).toBe("ENCODING_INVALID");
	});
});
