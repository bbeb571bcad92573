import { expect, it } from "vitest";
import { dataClasses, levels } from "#contracts";
import { mayObjectLeave } from "./objectLevels.ts";

/** Written down once more from PROTOCOL §6, level by level. */
const leaving: Readonly<Record<string, readonly string[]>> = {
	genomics: ["compute", "pseudonymised", "identified"],
	imaging: ["compute", "identified"],
	wearables: ["compute", "identified"],
};

it("[GA104] an object that names nobody leaves at the levels of its class, one that may name somebody identified or not at all", () => {
	for (const dataClass of dataClasses) {
		for (const level of levels) {
			expect(mayObjectLeave([dataClass], level, true), `${dataClass} ${level}`).toBe((leaving[dataClass] ?? ["identified"]).includes(level));
			expect(mayObjectLeave([dataClass], level, false), `${dataClass} ${level}, not free of names`).toBe(level === "identified");
		}
	}
});

it("[GA104] of several classes the strictest counts, and an object of none leaves nowhere", () => {
	expect(mayObjectLeave(["genomics", "imaging"], "pseudonymised", true)).toBe(false);
	expect(mayObjectLeave(["genomics", "imaging"], "compute", true)).toBe(true);
	for (const level of levels) expect(mayObjectLeave([], level, true)).toBe(false);
});
