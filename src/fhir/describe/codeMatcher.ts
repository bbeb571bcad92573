import type { CodesByGroup, PrefixFamily } from "./knowledge.ts";
import { getLabelTable } from "./knowledge.ts";

export interface CodeMatcherParameters {
	/** Groups in the order of their bits. At most 31. */
	readonly groups: readonly string[];
	readonly codes: CodesByGroup;
	readonly prefixes: Readonly<Partial<Record<PrefixFamily, Readonly<Record<string, readonly string[]>>>>>;
}

/** Tells to which groups a code belongs, as a bit mask over `groups`. */
export type CodeMatcher = (system: string, code: string) => number;

export function createCodeMatcher({ groups, codes, prefixes }: CodeMatcherParameters): CodeMatcher {
	const exact = new Map<string, Map<string, number>>();
	for (const [system, byGroup] of Object.entries(codes)) {
		const masks = new Map<string, number>();
		for (const [group, members] of Object.entries(byGroup)) {
			for (const code of members) masks.set(code, (masks.get(code) ?? 0) | bitOf(groups, group));
		}
		exact.set(system, masks);
	}
	const families = new Map<string, readonly { readonly prefix: string; readonly mask: number }[]>();
	for (const family of ["icd10", "atc"] as const) {
		const list = Object.entries(prefixes[family] ?? {}).flatMap(([group, members]) =>
			members.map((prefix) => ({ prefix: withoutDots(prefix), mask: bitOf(groups, group) })),
		);
		for (const system of getLabelTable().prefixes.systems[family]) families.set(system, list);
	}
	return (system, code) => {
		let mask = exact.get(system)?.get(code) ?? 0;
		const family = families.get(system);
		if (family === undefined) return mask;
		// ICD-10 is written with and without its dot.
		const dense = withoutDots(code);
		for (const { prefix, mask: bit } of family) if (dense.startsWith(prefix)) mask |= bit;
		return mask;
	};
}

function withoutDots(code: string): string {
	return code.replaceAll(".", "").toUpperCase();
}

function bitOf(groups: readonly string[], group: string): number {
	const index = groups.indexOf(group);
	if (index < 0) throw new RangeError(`knowledge names the unknown group ${group}`);
	return 1 << index;
}

export function groupsOf<Group extends string>(mask: number, groups: readonly Group[]): Group[] {
	return groups.filter((_group, index) => (mask & (1 << index)) !== 0);
}
