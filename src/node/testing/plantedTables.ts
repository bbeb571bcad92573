import type { ClassTable, LabelTable } from "#fhir";

/** The resources whose description the planted tables change. */
export const planted = {
	/** SNOMED CT, asthma: becomes a matter of mental health. */
	labelled: "195967001",
	/** LOINC, of no category: goes from `other` to `vitals`. */
	moved: "11111-1",
} as const;

/** The knowledge of a version to come. */
export function plantedLabels(table: LabelTable): LabelTable {
	const snomed = table.codes["http://snomed.info/sct"] ?? {};
	const codes = { ...snomed, "mental-health": [...(snomed["mental-health"] ?? []), planted.labelled] };
	return { ...table, version: "planted", codes: { ...table.codes, "http://snomed.info/sct": codes } };
}

export function plantedClasses(table: ClassTable): ClassTable {
	const loinc = { ...table.codes["http://loinc.org"], [planted.moved]: ["vitals"] };
	return { ...table, version: "planted", codes: { ...table.codes, "http://loinc.org": loinc } };
}
