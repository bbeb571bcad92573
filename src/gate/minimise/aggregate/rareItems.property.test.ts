import fc from "fast-check";
import { expect, it } from "vitest";
import { rareItems } from "./rareItems.ts";

it("[MI62] whoever knows one or two items of somebody finds k people or nobody, whatever people carry", () => {
	const people = fc.array(fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 6 }), { maxLength: 30 });
	fc.assert(
		fc.property(people, fc.integer({ min: 2, max: 6 }), (carried, k) => {
			const rare = rareItems(
				carried.map((items) => new Set(items)),
				k,
			);
			const seen = carried.map((items) => items.filter((item) => !rare.has(item)));
			for (const first of "abcdefgh")
				for (const second of "abcdefgh") {
					const found = seen.filter((items) => items.includes(first) && items.includes(second)).length;
					expect(found === 0 || found >= k).toBe(true);
				}
		}),
	);
});

it("[MI62] what everybody carries stays; of a rare pair the item goes that fewer carry", () => {
	const many = Array.from({ length: 12 }, () => new Set(["a"]));
	expect(rareItems(many)).toEqual(new Set());
	const some = [...many.map(() => new Set(["a", "b"])), ...Array.from({ length: 13 }, () => new Set(["a", "c"])), new Set(["b", "c"])];
	// b and c together single out the last one.
	expect(rareItems(some)).toEqual(new Set(["b"]));
	expect(rareItems([...many, new Set(["a", "z"])])).toEqual(new Set(["z"]));
});
