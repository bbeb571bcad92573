import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export const searchTypes = ["number", "date", "string", "token", "reference", "composite", "quantity", "uri"] as const;
export type SearchType = (typeof searchTypes)[number];

/**
 * Steps from the root as `name.given`, and the FHIR type that stands there. A step may be narrowed: `telecom[system=phone]` by a sibling's
 * value, `subject[->Patient]` by what a reference points at. `%` begins at the resource where others begin at a component's node.
 */
export type PackedPath = [steps: string, type: string];
export type PackedComponent = [type: SearchType, paths: PackedPath[]];
export type PackedSearchParameter = [type: SearchType, paths: PackedPath[], targets?: string[] | null, components?: PackedComponent[]];
export interface PackedSearchIndex {
	readonly version: string;
	readonly types: Readonly<Record<string, Readonly<Record<string, PackedSearchParameter>>>>;
	/** Elements of the first level that a summary shows, and those that must be there; of a choice its base name. */
	readonly summaries: Readonly<Record<string, [summary: string[], mandatory: string[]]>>;
}

/** One step: a property, perhaps narrowed. */
export interface Step {
	readonly name: string;
	readonly field?: { readonly name: string; readonly equals: string };
	/** The reference must point at this type. */
	readonly pointsAt?: string;
}

export interface SearchPath {
	readonly steps: readonly Step[];
	/** FHIR type; `exists` for a parameter that asks whether there is a value other than false. */
	readonly type: string;
	/** True where a component's path begins at the resource. */
	readonly fromResource: boolean;
}

export interface SearchParameter {
	readonly code: string;
	readonly type: SearchType;
	readonly paths: readonly SearchPath[];
	/** Types a reference may point at; empty for any other type. */
	readonly targets: readonly string[];
	/** Of a composite, in the order of their values. */
	readonly components: readonly SearchParameter[];
}

let loaded: PackedSearchIndex | undefined;
const unpacked = new Map<string, ReadonlyMap<string, SearchParameter>>();

function load(): PackedSearchIndex {
	loaded ??= JSON.parse(
		gunzipSync(readFileSync(new URL("../../../knowledge/fhir-r4/search.json.gz", import.meta.url))).toString("utf8"),
	) as PackedSearchIndex;
	return loaded;
}

/** Search parameters of a resource type by their code, without those that start with `_`; empty for an unknown type. */
export function getSearchParameters(type: string): ReadonlyMap<string, SearchParameter> {
	const known = unpacked.get(type);
	if (known !== undefined) return known;
	const { types } = load();
	const own = Object.hasOwn(types, type) ? (types[type] ?? {}) : {};
	const parameters = new Map(
		Object.entries(own)
			.filter(([code]) => !code.startsWith("_"))
			.map(([code, packed]) => [code, unpackParameter(code, packed)]),
	);
	if (Object.hasOwn(types, type)) unpacked.set(type, parameters);
	return parameters;
}

/** What a summary of the type shows, and what of it must always be there. */
export function getSummaryElements(type: string): { readonly summary: readonly string[]; readonly mandatory: readonly string[] } {
	const [summary, mandatory] = (Object.hasOwn(load().summaries, type) ? load().summaries[type] : undefined) ?? [[], []];
	return { summary, mandatory };
}

/** Every resource type that the index knows, sorted. */
export function getSearchableTypes(): readonly string[] {
	return Object.keys(load().types);
}

function unpackParameter(code: string, [type, paths, targets, components]: PackedSearchParameter): SearchParameter {
	return {
		code,
		type,
		paths: paths.map(unpackPath),
		targets: targets ?? [],
		components: (components ?? []).map(([kind, own], at) => unpackParameter(`${code}$${at + 1}`, [kind, own])),
	};
}

function unpackPath([text, type]: PackedPath): SearchPath {
	const names = text === "" ? [] : text.split(".");
	const fromResource = names[0] === "%";
	return { steps: (fromResource ? names.slice(1) : names).map(unpackStep), type, fromResource };
}

function unpackStep(text: string): Step {
	const [, name = "", filter] = /^([A-Za-z]+)(?:\[(.+)\])?$/.exec(text) ?? [];
	if (filter === undefined) return { name };
	if (filter.startsWith("->")) return { name, pointsAt: filter.slice(2) };
	const [field = "", equals = ""] = filter.split("=");
	return { name, field: { name: field, equals } };
}
