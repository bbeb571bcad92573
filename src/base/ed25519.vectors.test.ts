import { describe, expect, it } from "vitest";
import { createSigningKey, isValidSignature, isValidSignatureAsync } from "./ed25519.ts";
import { decodeHex, encodeHex } from "./encoding.ts";
import { isPublicKey } from "./signatureForm.ts";

const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

/** RFC 8032 §7.1, tests 1–3 and SHA(abc). */
const rfc8032 = [
	{
		seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
		message: "",
		signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
	},
	{
		seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		message: "72",
		signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
	},
	{
		seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		message: "af82",
		signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
	},
] as const;

describe("Ed25519, one rule for all (PROTOCOL §2)", () => {
	for (const [index, vector] of rfc8032.entries()) {
		it(`signs and verifies RFC 8032 §7.1 test ${index + 1}`, () => {
			const key = createSigningKey(decodeHex(vector.seed, 32));
			expect(key.publicKey).toBe(vector.publicKey);
			expect(key.sign(decodeHex(vector.message))).toBe(vector.signature);
			expect(isValidSignature(vector.publicKey, decodeHex(vector.message), vector.signature)).toBe(true);
		});
	}

	it("refuses S + L, the second spelling of every signature", () => {
		const { publicKey, message, signature } = rfc8032[1];
		const s = BigInt(`0x${Buffer.from(signature.slice(64), "hex").reverse().toString("hex")}`) + groupOrder;
		const spelled = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse().toString("hex");
		expect(isValidSignature(publicKey, decodeHex(message), signature.slice(0, 64) + spelled)).toBe(false);
	});

	it("refuses a key of small order, under which one signature fits many messages", () => {
		for (const point of [
			"0100000000000000000000000000000000000000000000000000000000000000",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		]) {
			expect(isPublicKey(point)).toBe(false);
			expect(isValidSignature(point, new Uint8Array(0), `${point}${"00".repeat(32)}`)).toBe(false);
		}
	});

	it("refuses R of small order", () => {
		const { publicKey, message, signature } = rfc8032[0];
		expect(isValidSignature(publicKey, decodeHex(message), `01${"00".repeat(31)}${signature.slice(64)}`)).toBe(false);
	});

	it("refuses y ≥ p: a point spelled in two ways", () => {
		// p + 1 encodes y = 1; p + 3 encodes y = 3.
		for (const low of ["ee", "f0", "ff"]) {
			const point = `${low}${"ff".repeat(30)}7f`;
			expect(isPublicKey(point)).toBe(false);
			expect(isValidSignature(point, new Uint8Array(1), "00".repeat(64))).toBe(false);
		}
	});

	it("refuses every single flipped bit of message, signature and key", () => {
		const { publicKey, message, signature } = rfc8032[2];
		const flip = (hex: string, bit: number) => {
			const bytes = decodeHex(hex);
			bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
			return encodeHex(bytes);
		};
		for (let bit = 0; bit < 512; bit += 7) expect(isValidSignature(publicKey, decodeHex(message), flip(signature, bit))).toBe(false);
		for (let bit = 0; bit < 256; bit += 5) expect(isValidSignature(flip(publicKey, bit), decodeHex(message), signature)).toBe(false);
		for (let bit = 0; bit < 16; bit++) expect(isValidSignature(publicKey, decodeHex(flip(message, bit)), signature)).toBe(false);
	});

	it("refuses other spellings of hex and never throws", () => {
		const { publicKey, message, signature } = rfc8032[1];
		expect(isValidSignature(publicKey.toUpperCase(), decodeHex(message), signature)).toBe(false);
		expect(isValidSignature(publicKey, decodeHex(message), signature.toUpperCase())).toBe(false);
		expect(isValidSignature("", decodeHex(message), "")).toBe(false);
		expect(isValidSignature("zz".repeat(32), decodeHex(message), signature)).toBe(false);
	});

	it("gives the same verdict on another thread", async () => {
		const { publicKey, message, signature } = rfc8032[1] as (typeof rfc8032)[number];
		const offCurve = `02${"00".repeat(31)}`;
		const cases = [
			[publicKey, message, signature],
			[publicKey, `${message}00`, signature],
			[publicKey, message, `01${"00".repeat(31)}${signature.slice(64)}`],
			[publicKey, message, signature.slice(0, 64) + "ff".repeat(32)],
			[`01${"00".repeat(31)}`, message, `01${"00".repeat(63)}`],
			[offCurve, message, signature],
			["", message, ""],
		] as const;
		const verdicts = await Promise.all(cases.map(([key, text, sig]) => isValidSignatureAsync(key, decodeHex(text), sig)));
		expect(verdicts).toEqual([true, ...Array.from({ length: cases.length - 1 }, () => false)]);
		expect(verdicts).toEqual(cases.map(([key, text, sig]) => isValidSignature(key, decodeHex(text), sig)));
	});
});
