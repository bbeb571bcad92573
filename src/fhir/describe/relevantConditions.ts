import type { ResourceFacts } from "../validate/inspectResource.ts";
import { createCodeMatcher, groupsOf } from "./codeMatcher.ts";
import { getConditionSets, lazy } from "./knowledge.ts";

/** Ids of the shipped value sets, sorted: what `Provision.conditions` may name. */
export const getConditionIds = lazy(() => getConditionSets().map((set) => set.id));

const getMatcher = lazy(() => {
	const sets = getConditionSets();
	const codes: Record<string, Record<string, readonly string[]>> = {};
	const prefixes: { icd10: Record<string, readonly string[]>; atc: Record<string, readonly string[]> } = { icd10: {}, atc: {} };
	for (const set of sets) {
		for (const [system, members] of Object.entries(set.codes)) {
			codes[system] ??= {};
			(codes[system] as Record<string, readonly string[]>)[set.id] = members;
		}
		prefixes.icd10[set.id] = set.prefixes.icd10 ?? [];
		prefixes.atc[set.id] = set.prefixes.atc ?? [];
	}
	return createCodeMatcher({ groups: getConditionIds(), codes, prefixes });
});

/** Value sets that hold one of the resource's own codes, as a mask over {@link getConditionIds}. */
export function ownConditionMask(facts: ResourceFacts): number {
	const match = getMatcher();
	let mask = 0;
	for (const { codings } of facts.concepts) {
		for (const { system, code } of codings) if (typeof system === "string" && typeof code === "string") mask |= match(system, code);
	}
	return mask;
}

/** Whether a code is in one of the shipped value sets. */
export function isInConditionSet(id: string, system: string, code: string): boolean {
	return (getMatcher()(system, code) & (1 << getConditionIds().indexOf(id))) !== 0;
}

export function conditionsOf(mask: number): readonly string[] {
	return groupsOf(mask, getConditionIds());
}

/** Ids that no table knows (of an older version) are passed over. */
export function conditionMaskOf(ids: readonly string[]): number {
	return ids.reduce((mask, id) => {
		const index = getConditionIds().indexOf(id);
		return index < 0 ? mask : mask | (1 << index);
	}, 0);
}
