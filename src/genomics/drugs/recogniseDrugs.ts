import type { DrugTable } from "./drugTable.ts";

/** A FHIR CodeableConcept as far as it is read; everything is from outside. */
export interface Concept {
	readonly coding?: unknown;
	readonly text?: unknown;
}

const rxnormSystem = "http://www.nlm.nih.gov/research/umls/rxnorm";
const atcSystem = "http://www.whocc.no/atc";

/** Characters of a name that are looked at; a product's name is far shorter. */
const nameMost = 500;

/**
 * The drugs of the tables that a medicine holds: by RxNorm or ATC code, and by the names that its displays and text spell. In order of names; empty
 * where nothing is recognised, which says nothing about the medicine.
 */
export function recogniseDrugs(concept: Concept | undefined, table: DrugTable): readonly string[] {
	const codings = Array.isArray(concept?.coding) ? (concept.coding as readonly unknown[]) : [];
	const found = new Set<string>();
	for (const coding of codings.slice(0, 32)) {
		if (typeof coding !== "object" || coding === null) continue;
		const { system, code, display } = coding as { system?: unknown; code?: unknown; display?: unknown };
		for (const drug of byCode(system, code, table)) found.add(drug);
		for (const drug of byName(display, table)) found.add(drug);
	}
	for (const drug of byName(concept?.text, table)) found.add(drug);
	return [...found].toSorted();
}

function byCode(system: unknown, code: unknown, table: DrugTable): readonly string[] {
	if (typeof code !== "string") return [];
	if (system === rxnormSystem) return table.byRxnorm.get(code) ?? [];
	return system === atcSystem ? (table.byAtc.get(code) ?? []) : [];
}

/** Whole words: `esomeprazole` does not name `omeprazole`. */
function byName(name: unknown, { names }: DrugTable): readonly string[] {
	if (typeof name !== "string") return [];
	const words = ` ${spaced(name.slice(0, nameMost))} `;
	return names.filter((drug) => words.includes(` ${spaced(drug)} `));
}

function spaced(name: string): string {
	return name
		.toLowerCase()
		.replaceAll(/[^a-z0-9]+/g, " ")
		.trim();
}
