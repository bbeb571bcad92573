import { getConditionIds, isInConditionSet } from "../describe/relevantConditions.ts";

/** Where the value sets of knowledge/conditions are named: `urn:aceso:value-set:oncology`. */
export const valueSetPrefix = "urn:aceso:value-set:";

/** Whether a code is in a shipped value set, by its URL; undefined for a value set that is not shipped. */
export function findValueSet(url: string): ((system: string, code: string) => boolean) | undefined {
	const id = url.startsWith(valueSetPrefix) ? url.slice(valueSetPrefix.length) : "";
	return getConditionIds().includes(id) ? (system, code) => isInConditionSet(id, system, code) : undefined;
}
