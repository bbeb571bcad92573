import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeHex, encodeUtf8, isValidSignature } from "#base";
import { isValidByZip215 } from "./zip215.ts";

interface Case {
	readonly name: string;
	readonly publicKey: string;
	readonly message: string;
	readonly signature: string;
	readonly isScalarReduced: boolean;
	readonly cofactored: boolean;
}

interface Encoding {
	readonly point: string;
	readonly isOnCurve: boolean;
	readonly isCanonical: boolean;
	readonly isSmallOrder: boolean;
}

const file = new URL("../../../../vectors/ed25519.json", import.meta.url);
const { cases, encodings } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[]; readonly encodings: readonly Encoding[] };

/** Facts that schoolbook arithmetic stated: ZIP-215 asks for a reduced S and the cofactored equation over any points of the curve. */
describe("ZIP-215 at the edges of the curve", () => {
	for (const { name, publicKey, message, signature, isScalarReduced, cofactored } of cases) {
		const valid = isScalarReduced && cofactored;
		it(`[LC5] ${valid ? "accepts" : "refuses"} ${name}`, () => {
			expect(isValidByZip215(decodeHex(publicKey), decodeHex(message), decodeHex(signature))).toBe(valid);
		});
	}

	it("[LC5] differs from the rule for transactions on mixed and small order, both ways known", () => {
		const differing = cases.filter(
			({ publicKey, message, signature }) =>
				isValidByZip215(decodeHex(publicKey), decodeHex(message), decodeHex(signature)) !==
				isValidSignature(publicKey, decodeHex(message), signature),
		);
		expect(differing.length).toBeGreaterThanOrEqual(8);
	});

	it("[LC5] accepts every spelling of a point of small order as key and as R under S = 0: validators agree on all 196", () => {
		const small = encodings.filter(({ isSmallOrder }) => isSmallOrder);
		expect(small).toHaveLength(14);
		for (const { point: key } of small) {
			for (const { point: nonce } of small) {
				expect(isValidByZip215(decodeHex(key), encodeUtf8("Zcash"), decodeHex(`${nonce}${"00".repeat(32)}`)), `${key} ${nonce}`).toBe(true);
			}
		}
	});

	it("[LC5] refuses as key what is no point, and of another length", () => {
		const { message, signature } = cases.find(({ name }) => name === "honest") as Case;
		for (const { point } of encodings.filter(({ isOnCurve }) => !isOnCurve)) {
			expect(isValidByZip215(decodeHex(point), decodeHex(message), decodeHex(signature))).toBe(false);
		}
		expect(isValidByZip215(new Uint8Array(31), decodeHex(message), decodeHex(signature))).toBe(false);
		expect(isValidByZip215(new Uint8Array(32), decodeHex(message), new Uint8Array(63))).toBe(false);
	});
});
