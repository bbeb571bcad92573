import { expect, it } from "vitest";
import { shuffle } from "./cohort.ts";

/** Each draw as six bytes, the first of them the highest. */
const drawing = (...draws: readonly number[]) => {
	const left = [...draws];
	return (length: number) => {
		expect(length).toBe(6);
		const draw = left.shift() ?? expect.unreachable("one draw too many");
		return Uint8Array.from({ length }, (_, at) => Math.floor(draw / 256 ** (length - 1 - at)) % 256);
	};
};

it("[MI26] who leaves is put in an order by draws, from the last place to the second, and the list given stays as it was", () => {
	const given = ["a", "b", "c", "d"];
	expect(shuffle(given, drawing(3, 2, 1))).toEqual(["a", "b", "c", "d"]);
	expect(shuffle(given, drawing(0, 0, 0))).toEqual(["b", "c", "d", "a"]);
	expect(shuffle(given, drawing(1, 2, 0))).toEqual(["d", "a", "c", "b"]);
	// A draw counts modulo the places that are left, in all its bytes.
	expect(shuffle(given, drawing(2 ** 40 + 1, 256 + 2, 65_536))).toEqual(shuffle(given, drawing((2 ** 40 + 1) % 4, 258 % 3, 0)));
	expect(shuffle(["a", "b", "c"], drawing(2 ** 41, 1))).toEqual(shuffle(["a", "b", "c"], drawing(2 ** 41 % 3, 1)));
	expect([shuffle([], drawing()), shuffle(["a"], drawing())]).toEqual([[], ["a"]]);
	expect(given).toEqual(["a", "b", "c", "d"]);
});
