import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasOwnSpelling, isRawNumber, numberOf, parseKeepingNumbers, writeKeepingNumbers } from "./numberSpelling.ts";

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const whole = fc.oneof(fc.constant("0"), fc.stringMatching(/^[1-9][0-9]{0,20}$/));
/** Any number of JSON's grammar (RFC 8259 §6) that a double can hold. */
const jsonNumber = fc
	.tuple(
		fc.constantFrom("", "-"),
		whole,
		fc.option(digits(25)),
		fc.option(fc.tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), digits(2))),
	)
	.map(([sign, int, fraction, exponent]) => `${sign}${int}${fraction === null ? "" : `.${fraction}`}${exponent?.join("") ?? ""}`)
	.filter((token) => Number.isFinite(Number(token)));

const space = fc.constantFrom("", " ", "\n\t");

describe("numbers as they were written", () => {
	it("what is read is written again to the byte, wherever the numbers stand", () => {
		fc.assert(
			fc.property(fc.array(jsonNumber, { minLength: 1, maxLength: 6 }), (tokens) => {
				const text = `{"value":${tokens[0]},"list":[${tokens.join(",")}],"more":{"deep":[{"x":${tokens.at(-1)}}]},"text":"1.50, 2.0"}`;
				expect(JSON.stringify(parseKeepingNumbers(text))).toBe(text);
			}),
		);
	});

	it("space beside a number hides nothing", () => {
		fc.assert(
			fc.property(jsonNumber, space, space, (token, before, after) => {
				const read = parseKeepingNumbers(`{"value":${before}${token}${after}}`) as { value: unknown };
				expect(JSON.stringify(read.value)).toBe(token);
				expect(numberOf(read.value)).toBe(Number(token));
			}),
		);
	});

	it("a number that JavaScript writes the same way stays a plain one", () => {
		fc.assert(
			fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
				const text = JSON.stringify({ value });
				expect(hasOwnSpelling(text)).toBe(false);
				expect(isRawNumber((parseKeepingNumbers(text) as { value: unknown }).value)).toBe(false);
			}),
		);
	});

	it("what is at the edge of what JavaScript writes the same way is told apart", () => {
		const same = [
			"0",
			"-7",
			"0.5",
			"-0.25",
			"0.000001",
			"12.000001",
			"123456789012345",
			"1234567890123.25",
			"0.1234567",
			"9007199254740991",
			"1234567890123456.5",
		];
		const other = ["-0", "0.0", "-0.0", "1.0", "10.50", "1e3", "1e-5", "1E+2", "0.0000001", "12345678901234567", "0.10"];
		for (const token of [...same, ...other]) {
			for (const text of [`{"value":${token}}`, `[ 1, ${token}\n,2]`, `{"text":"2.50","list":[${token}]}`]) {
				expect(hasOwnSpelling(text), text).toBe(other.includes(token));
			}
		}
	});

	it("an edited value is written with the numbers of its source, and a number that is not the source's as it is", () => {
		const source = '{"a":1.50,"list":[2.0,{"b":3e2,"c":"x"}],"gone":9.0}';
		const value = JSON.parse(source) as { list: [number, { c: string }]; gone?: number; a: number; id?: string };
		value.list[1].c = "another";
		value.id = "new";
		delete value.gone;
		expect(writeKeepingNumbers(value, source)).toBe('{"a":1.50,"list":[2.0,{"b":3e2,"c":"another"}],"id":"new"}');
		expect(writeKeepingNumbers({ ...value, a: 1.25 }, source)).toContain('"a":1.25,');
	});
});
