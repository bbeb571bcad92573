import type { DataClass, Level } from "#contracts";

type Cell = readonly Level[];

const identifiedOnly: Cell = ["identified"];
/** A file that states dates, device numbers or names in places that no rule here reads. */
const computeOrIdentified: Cell = ["compute", "identified"];

/**
 * At which level a large object of a class may leave as it is (PROTOCOL §6). Nothing inside an object is rewritten, so no cell names
 * `deidentified` or `aggregate`, and `pseudonymised` stands only where the file itself can be free of identifiers: whole genomes.
 */
export const objectLevels: Readonly<Partial<Record<DataClass, Cell>>> = {
	genomics: ["compute", "pseudonymised", "identified"],
	imaging: computeOrIdentified,
	wearables: computeOrIdentified,
};

/** True when every class of the object may leave at the level, and below `identified` when the file is known to name nobody. */
export function mayObjectLeave(classes: readonly DataClass[], level: Level, namesNobody: boolean): boolean {
	if (level !== "identified" && !namesNobody) return false;
	return classes.length > 0 && classes.every((dataClass) => (objectLevels[dataClass] ?? identifiedOnly).includes(level));
}
