import type { DataClass } from "#contracts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import { type ConceptFact, inspectResource, type ResourceFacts } from "../validate/inspectResource.ts";
import { type ClassTable, getClassTable, lazy } from "./knowledge.ts";

/** The classes, in the order of contracts/vocabulary.ts (a test holds the two together; this room may not import values from there). */
export const classOrder = Object.keys({
	demographics: 0,
	conditions: 0,
	medications: 0,
	allergies: 0,
	laboratory: 0,
	vitals: 0,
	encounters: 0,
	notes: 0,
	procedures: 0,
	immunisations: 0,
	imaging: 0,
	genomics: 0,
	wearables: 0,
	social: 0,
	claims: 0,
	plans: 0,
	family: 0,
	other: 0,
} satisfies Record<DataClass, 0>) as readonly DataClass[];

interface CompiledTable {
	readonly table: ClassTable;
	readonly productHolders: ReadonlySet<string>;
}

const getCompiled = lazy<CompiledTable>(() => {
	const table = getClassTable();
	return { table, productHolders: new Set(table.productsBySystem.holders) };
});

/**
 * Every class a resource needs: the table of knowledge/classes over resource type × category × code (PROTOCOL §6). What the table does not
 * know is `other`, which no general grant releases. In the order of the vocabulary; never empty.
 */
export function classify(resource: FhirResource, facts: ResourceFacts = inspectResource(resource)): readonly DataClass[] {
	const found = new Set<string>();
	const { table, productHolders } = getCompiled();
	for (const name of ownClasses(resource, table)) found.add(name);
	for (const concept of facts.concepts) for (const name of conceptClasses(concept, table, productHolders)) found.add(name);
	for (const reference of facts.references) {
		if (reference.value.display === undefined) continue;
		for (const name of byHolder(table.referencesWithDisplay, reference.holder)) found.add(name);
	}
	// The link to a prescription says that there was one.
	if (resource.resourceType === "Claim" && resource.prescription !== undefined) found.add("medications");
	for (const name of containedClasses(resource, facts, table)) found.add(name);
	return classOrder.filter((name) => found.has(name));
}

/** Classes of the resource by its type, or for observations and reports by code, then category. */
function ownClasses(resource: JsonRecord, table: ClassTable): readonly string[] {
	const type = resource.resourceType as string;
	if (type !== "Observation" && type !== "DiagnosticReport")
		return Object.hasOwn(table.resources, type) ? (table.resources[type] ?? ["other"]) : ["other"];
	const found = new Set<string>();
	for (const name of lookUpCodes(resource.code, table.codes)) found.add(name);
	if (found.size === 0)
		for (const category of asArray(resource.category)) for (const name of lookUpCodes(category, table.categories)) found.add(name);
	for (const component of asArray(resource.component)) {
		if (isPlainObject(component)) for (const name of lookUpCodes(component.code, table.codes)) found.add(name);
	}
	return found.size === 0 ? ["other"] : [...found];
}

function conceptClasses(concept: ConceptFact, table: ClassTable, productHolders: ReadonlySet<string>): readonly string[] {
	if (!productHolders.has(concept.holder)) return byHolder(table.elements, concept.holder);
	const { systems, codes } = table.productsBySystem;
	return concept.codings.flatMap(({ system, code }) =>
		typeof system === "string" && typeof code === "string" ? (lookUp(codes, system, code) ?? systems[system] ?? ["other"]) : ["other"],
	);
}

/** A contained resource adds its own classes where it says anything by a code; a bare stub (a referral without a reason) adds none. */
function containedClasses(resource: JsonRecord, facts: ResourceFacts, table: ClassTable): readonly string[] {
	const found: string[] = [];
	for (const contained of asArray(resource.contained)) {
		if (!isPlainObject(contained) || typeof contained.resourceType !== "string") continue;
		const prefix = `${contained.resourceType}.`;
		if (facts.concepts.some((concept) => concept.holder.startsWith(prefix))) found.push(...ownClasses(contained, table));
	}
	return found;
}

/** `Encounter.reasonCode`, else `*.reasonCode`. */
function byHolder(rules: Readonly<Record<string, readonly string[]>>, holder: string): readonly string[] {
	return rules[holder] ?? rules[`*${holder.slice(holder.lastIndexOf("."))}`] ?? [];
}

function lookUpCodes(concept: unknown, codes: ClassTable["codes"]): readonly string[] {
	if (!isPlainObject(concept)) return [];
	return asArray(concept.coding).flatMap((coding) =>
		isPlainObject(coding) && typeof coding.system === "string" && typeof coding.code === "string"
			? (lookUp(codes, coding.system, coding.code) ?? [])
			: [],
	);
}

function lookUp(codes: ClassTable["codes"], system: string, code: string): readonly string[] | undefined {
	const bySystem = Object.hasOwn(codes, system) ? codes[system] : undefined;
	return bySystem !== undefined && Object.hasOwn(bySystem, code) ? bySystem[code] : undefined;
}

function asArray(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
