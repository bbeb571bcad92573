import fc from "fast-check";
import { expect, it } from "vitest";
import { isHex } from "./bytes.ts";

const digit = fc.constantFrom(..."0123456789abcdef");
/** Digits, what stands beside them in the tables of characters, and what only looks like one. */
const nearly = fc.oneof({ weight: 40, arbitrary: digit }, fc.constantFrom(..."/:@AF`g\n\u0000\u0130\u0661\uff10\uff41\ud800\u{1f600}"));

it("isHex takes lower-case hex digits of the length asked for and nothing else", () => {
	fc.assert(
		fc.property(fc.array(nearly, { maxLength: 80 }), fc.integer({ min: 0, max: 40 }), (characters, bytes) => {
			const text = characters.join("");
			expect(isHex(text, bytes)).toBe(text.length === bytes * 2 && [...text].every((each) => "0123456789abcdef".includes(each)));
			const bytesOfText = Math.floor(text.length / 2);
			expect(isHex(text, bytesOfText)).toBe(text.length % 2 === 0 && /^[0-9a-f]*$/.test(text));
		}),
	);
	for (const other of [undefined, null, 12, ["ab"], { length: 2 }]) expect(isHex(other, 1)).toBe(false);
	expect(isHex("", 0)).toBe(true);
});
