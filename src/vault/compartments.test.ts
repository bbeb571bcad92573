import { expect, it } from "vitest";
import type { Compartment } from "#contracts";
import { compartmentNames, joinCompartments, splitCompartments } from "./compartments.ts";

const invalid = expect.objectContaining({ code: "VAULT_COMPARTMENTS_INVALID" });

it("[VA1] a set has one spelling", () => {
	expect(joinCompartments(["vitals", "laboratory"])).toBe("laboratory+vitals");
	expect(splitCompartments("laboratory+vitals")).toEqual(["laboratory", "vitals"]);
	expect(splitCompartments(joinCompartments([...compartmentNames].reverse()))).toEqual([...compartmentNames].sort());
	expect(splitCompartments("")).toEqual([]);
});

it("[VA1] what is empty, repeated, unknown or unsorted is no set", () => {
	for (const compartments of [[], ["vitals", "vitals"], ["vital"], ["laboratory+vitals"], ["toString"]]) {
		expect(() => joinCompartments(compartments as Compartment[])).toThrow(invalid);
	}
	for (const joined of ["vitals+laboratory", "+", "vitals+", "vitals+vitals"]) expect(() => splitCompartments(joined)).toThrow(invalid);
});
