import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "./bytes.ts";
import { canonicalBytes, maxDepth, parseByDefinition, parseCanonical } from "./canonicalJson.ts";
import { CodedError } from "./errors.ts";
import { isPlainCanonical } from "./plainJson.ts";

/** What a parser can be led astray by, run together to texts that are nearly JSON. */
const token = fc.constantFrom(
	...['"', '"a"', '"b"', '"aa"', '""', '"a', "a", '"__proto__"', '"__proto__ "', '"!"', '" "', '"#"', "\\", "\\u0061", "\u007f", "é"],
	...["{", "}", "[", "]", ",", ":", "{}", "[]", '{"a":', ',"b":', '"a":1', '"b":[', "]}", "{{", "[[[[[[[["],
	...["0", "-0", "-", "1", "12", "-1", "01", "1.5", "1e3", "999999999999999", "9007199254740991", "9007199254740992", "+1"],
	...["true", "false", "null", "tru", "nulll", " ", "\n", "\t", "\u0000", "\ufeff", "\u2028"],
);
const soup = fc.array(token, { maxLength: 12 }).map((tokens) => encodeUtf8(tokens.join("")));

const plainText = fc.stringMatching(/^[ !#-[\]-~]{0,8}$/).filter((text) => text !== "__proto__");
const plainValue = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 5 },
		fc.constantFrom(null, true, false),
		fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
		plainText,
		fc.array(tie("value"), { maxLength: 4 }),
		fc.dictionary(plainText, tie("value"), { maxKeys: 4 }).map((object) => ({ ...object })),
	),
})).value;

/** One byte of a canonical form put in, left out or changed. */
const mutant = fc
	.tuple(plainValue, fc.nat(), fc.constantFrom("put", "cut", "change"), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{}[],:-019_ '))))
	.map(([value, position, how, byte]) => {
		const bytes = [...canonicalBytes(value)];
		bytes.splice(position % bytes.length, how === "put" ? 0 : 1, ...(how === "cut" ? [] : [byte]));
		return Uint8Array.from(bytes);
	});

/** What is said of bytes: the value, or the code and what was found. */
function sayOf(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
	try {
		return { value: parse(bytes) };
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
		return [error.code, (error.details as { found?: string }).found];
	}
}

function expectSame(bytes: Uint8Array): void {
	const said = sayOf(parseByDefinition, bytes);
	expect(sayOf(parseCanonical, bytes)).toEqual(said);
	if (isPlainCanonical(bytes, maxDepth)) {
		const { value } = said as { value: unknown };
		expect(canonicalBytes(value)).toEqual(bytes);
	}
}

describe("canonical JSON in one pass", () => {
	it("says of nearly-JSON what the definition says, value or code", () => {
		fc.assert(fc.property(soup, expectSame), { numRuns: 20_000 });
	});

	it("says of mutated canonical forms what the definition says, value or code", () => {
		fc.assert(fc.property(mutant, expectSame), { numRuns: 10_000 });
	});

	it("recognises every plain canonical form, so that the definition is rarely asked", () => {
		fc.assert(
			fc.property(plainValue, (value) => {
				const bytes = canonicalBytes(value);
				expect(isPlainCanonical(bytes, maxDepth)).toBe(true);
				expect(parseCanonical(bytes)).toEqual(value);
			}),
			{ numRuns: 1_000 },
		);
	});

	it.each([
		["no bytes at all", "", false],
		["the deepest nesting permitted", `${"[".repeat(16)}${"]".repeat(16)}`, true],
		["one deeper", `${"[".repeat(17)}${"]".repeat(17)}`, false],
		["the deepest nesting of objects", `${'{"a":'.repeat(16)}0${"}".repeat(16)}`, true],
		["a key that is the beginning of the next", '{"a":1,"aa":2}', true],
		["a key that comes after one that it begins", '{"aa":1,"a":2}', false],
		["a key with a character below the quote after one that it continues", '{"a":1,"a!":2}', true],
		["that pair the wrong way round", '{"a!":1,"a":2}', false],
		["an empty key first", '{"":1,"a":2}', true],
		["an empty key last", '{"a":1,"":2}', false],
		["a key twice", '{"a":1,"a":1}', false],
		["a key twice at other depths", '{"a":{"a":1},"b":1}', true],
		["keys of an inner object left behind", '{"b":{"c":1},"a":1}', false],
		["__proto__", '{"__proto__":1}', false],
		["minus zero", "[-0]", false],
		["a leading zero", "[01]", false],
		["a lone minus", "[-]", false],
		["brackets of the wrong kind", '{"a":[1}]', false],
		["two values", "[][]", false],
		["a string that does not end", '["a', false],
		["an open array", "[1", false],
		["a trailing comma", "[1,]", false],
		["a value where a key should be", "{1}", false],
		["a key without a value", '{"a"}', false],
		["more after a literal", "[nulll]", false],
	])("%s", (_, text, expected) => {
		expect(isPlainCanonical(encodeUtf8(text), maxDepth)).toBe(expected);
		expectSame(encodeUtf8(text));
	});
});
