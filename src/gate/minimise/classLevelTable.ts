import type { DataClass, Level } from "#contracts";

type Cell = readonly Level[];

const everywhere: Cell = ["aggregate", "compute", "deidentified", "pseudonymised", "identified"];
const recordsOnly: Cell = ["compute", "deidentified", "pseudonymised", "identified"];
const fromPseudonymised: Cell = ["compute", "pseudonymised", "identified"];
const identifiedOnly: Cell = ["identified"];

/**
 * Which class may leave at which level; a level that is not listed refuses ([MI2]).
 *
 * - `notes` and `other` hold free text or things nobody classified: no rule can promise what is in them.
 * - `family` is about people who consented to nothing: it is never de-identified or counted.
 * - `claims` are counted by nobody: amounts and dates of claims are joined easily with what payers know.
 * - `genomics` below `pseudonymised` is somatic variants of named genes only ([MI30]).
 */
export const classLevelTable = {
	demographics: everywhere,
	conditions: everywhere,
	medications: everywhere,
	allergies: everywhere,
	laboratory: everywhere,
	vitals: everywhere,
	encounters: everywhere,
	notes: identifiedOnly,
	procedures: everywhere,
	immunisations: everywhere,
	imaging: everywhere,
	genomics: everywhere,
	wearables: everywhere,
	social: everywhere,
	claims: recordsOnly,
	plans: everywhere,
	family: fromPseudonymised,
	other: identifiedOnly,
} as const satisfies Record<DataClass, Cell>;

/** True when every class a resource needs may leave at the level. No class at all refuses. */
export function isReleasable(classes: readonly DataClass[], level: Level): boolean {
	return classes.length > 0 && classes.every((dataClass) => (classLevelTable[dataClass] as Cell).includes(level));
}
