import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../../../knowledge/", import.meta.url);

/** Codes by system, then by group (a label, a value set). */
export type CodesByGroup = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface ClassTable {
	readonly version: string;
	readonly resources: Readonly<Record<string, readonly string[]>>;
	readonly categories: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
	readonly codes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
	readonly elements: Readonly<Record<string, readonly string[]>>;
	readonly referencesWithDisplay: Readonly<Record<string, readonly string[]>>;
	readonly productsBySystem: {
		readonly holders: readonly string[];
		readonly systems: Readonly<Record<string, readonly string[]>>;
		readonly codes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
	};
}

export interface LabelTable {
	readonly version: string;
	readonly codes: CodesByGroup;
	readonly prefixes: {
		readonly systems: Readonly<Record<PrefixFamily, readonly string[]>>;
		readonly icd10: Readonly<Record<string, readonly string[]>>;
		readonly atc: Readonly<Record<string, readonly string[]>>;
	};
	readonly words: Readonly<Record<string, readonly string[]>>;
}

/** Code systems in which a code's beginning is its place in the hierarchy. */
export type PrefixFamily = "icd10" | "atc";

export interface ConditionSet {
	readonly version: string;
	readonly id: string;
	readonly title: string;
	readonly codes: Readonly<Record<string, readonly string[]>>;
	readonly prefixes: Readonly<Partial<Record<PrefixFamily, readonly string[]>>>;
}

export interface ReviewedTexts {
	readonly version: string;
	/** Text → labels, after somebody read it. */
	readonly texts: Readonly<Record<string, readonly string[]>>;
}

function readJson<Table>(path: string): Table {
	return JSON.parse(readFileSync(new URL(path, root), "utf8")) as Table;
}

/** Computes once, at first use. */
export function lazy<Value>(make: () => Value): () => Value {
	let made: { readonly value: Value } | undefined;
	return () => {
		made ??= { value: make() };
		return made.value;
	};
}

export const getClassTable = lazy(() => readJson<ClassTable>("classes/table.json"));
export const getLabelTable = lazy(() => readJson<LabelTable>("labels/table.json"));
export const getReviewedTexts = lazy(() => readJson<ReviewedTexts>("labels/reviewedTexts.json"));
/** Ordered by id. */
export const getConditionSets = lazy(() =>
	readdirSync(new URL("conditions/", root))
		.filter((name) => name.endsWith(".json"))
		.sort()
		.map((name) => readJson<ConditionSet>(`conditions/${name}`)),
);

/** Names the versions of all tables a description rests on, as `classes-1.labels-1.texts-1.conditions-1`. */
export const getTableVersion = lazy(() => {
	const conditions = [...new Set(getConditionSets().map((set) => set.version))].sort().join(",");
	return `classes-${getClassTable().version}.labels-${getLabelTable().version}.texts-${getReviewedTexts().version}.conditions-${conditions}`;
});
