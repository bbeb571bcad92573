import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "./bytes.ts";
import { canonicalBytes, canonicalText, maxDepth, maxSizeBytes, parseCanonical } from "./canonicalJson.ts";

const key = fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => text !== "__proto__");
const permitted = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4 },
		fc.constant(null),
		fc.boolean(),
		fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
		fc.string({ unit: "grapheme" }),
		fc.array(tie("value"), { maxLength: 5 }),
		fc.dictionary(key, tie("value"), { maxKeys: 5 }).map((object) => ({ ...object })),
	),
})).value;

describe("canonical JSON (RFC 8785, restricted by PROTOCOL §2)", () => {
	it("reads back every permitted value from its canonical bytes, and to the same bytes", () => {
		fc.assert(
			fc.property(permitted, (value) => {
				const bytes = canonicalBytes(value);
				const read = parseCanonical(bytes);
				expect(read).toEqual(value);
				expect(canonicalBytes(read)).toEqual(bytes);
			}),
			{ numRuns: 500 },
		);
	});

	it("accepts, of mutated bytes, only those that are the canonical form of what they parse to", () => {
		fc.assert(
			fc.property(permitted, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, position, byte) => {
				const bytes = canonicalBytes(value).slice();
				bytes[position % bytes.length] = byte;
				let read: unknown;
				try {
					read = parseCanonical(bytes);
				} catch {
					return;
				}
				expect(canonicalBytes(read)).toEqual(bytes);
			}),
			{ numRuns: 1000 },
		);
	});

	it("sorts keys by UTF-16 code units, as RFC 8785 §3.2.3 shows", () => {
		const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
		expect(canonicalText(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
	});

	const refused: readonly (readonly [string, string])[] = [
		["a float", "[1.5]"],
		["an exponent", "[1e3]"],
		["minus zero", "[-0]"],
		["an integer beyond 2^53−1", "[9007199254740992]"],
		["a lone surrogate", '["\\ud800"]'],
		["a __proto__ key", '{"__proto__":1}'],
		["a duplicate key", '{"a":1,"a":1}'],
		["unsorted keys", '{"b":1,"a":1}'],
		["a space", '{"a": 1}'],
		["an escaped solidus", '["\\/"]'],
		["an upper-case escape", '["\\u001F"]'],
		["a trailing line feed", "[]\n"],
		["a byte-order mark", "\ufeff[]"],
		["nothing", ""],
		["nesting one deeper than permitted", "[".repeat(maxDepth + 1) + "]".repeat(maxDepth + 1)],
		["ten thousand levels", "[".repeat(10_000) + "]".repeat(10_000)],
		["more bytes than permitted", `["${"a".repeat(maxSizeBytes)}"]`],
	];
	for (const [what, text] of refused) {
		it(`refuses ${what}`, () => {
			expect(() => parseCanonical(encodeUtf8(text))).toThrowError(expect.objectContaining({ code: expect.stringMatching(/^JSON_NOT_/) }));
		});
	}

	it("refuses bytes that are not UTF-8 and says nothing of them", () => {
		expect(() => parseCanonical(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d))).toThrowError(expect.objectContaining({ code: "ENCODING_INVALID" }));
	});

	it("never echoes input in a message", () => {
		const secret = "Erika Mustermann";
		for (const text of [`{"${secret}":1.5}`, `["${secret}"`, `{"z":1,"${secret}":2}`]) {
			let message = "";
			try {
				parseCanonical(encodeUtf8(text));
			} catch (error) {
				message = String((error as Error).message);
			}
			expect(message).not.toBe("");
			expect(message).not.toContain("Mustermann");
		}
	});

	it("permits nesting exactly at the limit", () => {
		const text = "[".repeat(maxDepth) + "]".repeat(maxDepth);
		expect(canonicalText(parseCanonical(encodeUtf8(text)))).toBe(text);
	});
});
