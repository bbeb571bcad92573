import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "./bytes.ts";
import { decodeHex, encodeHex } from "./encoding.ts";
import { sha256, sha256Hex, sha256Into, sha256Utf8 } from "./sha256.ts";

const plainly = (...parts: readonly Uint8Array[]): string => createHash("sha256").update(Buffer.concat(parts)).digest("hex");
const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 3_000, maxLength: 5_000 }));

describe("sha256", () => {
	it("is SHA-256 of the parts run together, short and long, as bytes, as hex and into a buffer", () => {
		fc.assert(
			fc.property(fc.array(bytes, { maxLength: 4 }), (parts) => {
				const expected = plainly(...parts);
				expect(encodeHex(sha256(...parts))).toBe(expected);
				expect(sha256Hex(...parts)).toBe(expected);
				const target = new Uint8Array(40).fill(7);
				sha256Into(target, 4, Buffer.concat(parts));
				expect(encodeHex(target)).toBe(`07070707${expected}07070707`);
			}),
		);
	});

	it("is SHA-256 of a text's UTF-8", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
				expect(encodeHex(sha256Utf8(text))).toBe(plainly(encodeUtf8(text)));
			}),
		);
	});
});

describe("encodeHex", () => {
	it("spells short and long bytes alike, from any place in a buffer, and back", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 140 }), fc.nat(5), (all, from) => {
				const part = all.subarray(from);
				expect(encodeHex(part)).toBe(Buffer.from(part).toString("hex"));
				expect(decodeHex(encodeHex(part))).toEqual(new Uint8Array(part));
			}),
		);
	});
});
