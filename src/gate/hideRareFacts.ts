import { rareItems } from "./minimise/aggregate/rareItems.ts";
import type { Resource } from "./minimise/context.ts";

/**
 * Leaves out of a de-identified release what would single somebody out to whoever knows one diagnosis and the year of one encounter: resources
 * that mention a diagnosis, and encounters of a year, that fewer than eleven of those who look alike would be seen with, the two together included.
 *
 * @param people - Those who look alike in everything else that leaves, each with their de-identified resources.
 */
export function hideRareFacts<Person extends { readonly resources: readonly Resource[] }>(people: readonly Person[]): readonly Person[] {
	const rare = rareItems(people.map(({ resources }) => new Set(resources.flatMap(factsOf))));
	if (rare.size === 0) return people;
	return people.map((person) => ({
		...person,
		resources: person.resources.filter((resource) => ![...factsOf(resource), ...codingsIn(resource)].some((fact) => rare.has(fact))),
	}));
}

/** Diagnoses by code, and years of encounters: what a neighbour or an employer may know. */
function factsOf(resource: Resource): readonly string[] {
	if (resource.resourceType === "Condition") return codingsIn(resource["code"]);
	if (resource.resourceType !== "Encounter") return [];
	const { start } = (resource["period"] ?? {}) as { readonly start?: unknown };
	return typeof start === "string" ? [`year ${start.slice(0, 4)}`] : [];
}

/** Every coding at any depth: a diagnosis is also told as the reason of something else. */
function codingsIn(value: unknown): readonly string[] {
	if (typeof value !== "object" || value === null) return [];
	const { system, code } = value as { readonly system?: unknown; readonly code?: unknown };
	const own = typeof system === "string" && typeof code === "string" ? [`${system}|${code}`] : [];
	return [...own, ...Object.values(value).flatMap(codingsIn)];
}
