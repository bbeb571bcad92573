import { isPlainObject } from "../json/values.ts";
import type { IdentifiedResource } from "../resource.ts";
import { Extracted, extractValues, type FoundReference, type FoundValue, type RecordValues, valuesAt } from "./extractValues.ts";
import { matchesRange, type Prefix } from "./searchDates.ts";
import type { SearchParameter } from "./searchIndex.ts";
import type { Modifier, SearchFilter, SearchValue } from "./searchQuery.ts";
import type { Token } from "./searchTokens.ts";
import { canonicalUnit } from "./ucum.ts";

/** A record as a search sees it: what is released of it, and nothing else. */
export interface SearchRecord {
	readonly resource: IdentifiedResource;
	/** Empty at first: what searches have found in it. */
	readonly values: RecordValues;
	/** When this version was filed, UTC ms; undefined where that is not told. */
	readonly lastUpdatedMs: number | undefined;
}

/** What a filter may look at besides the record itself: the other records that are released in the same answer. */
export interface SearchSurroundings {
	readonly nowMs: number;
	find(type: string, id: string): SearchRecord | undefined;
}

export function passes(filter: SearchFilter, record: SearchRecord, around: SearchSurroundings): boolean {
	switch (filter.on) {
		case "id":
			return filter.ids.includes(record.resource.id);
		case "lastUpdated":
			return filter.values.some((value) => matchesInstant(value, record.lastUpdatedMs, around.nowMs));
		case "missing":
			return (extractValues(record, filter.parameter).found.length === 0) === filter.missing;
		case "in":
			return extractValues(record, filter.parameter).tokens.some(({ system = "", code = "" }) => filter.contains(system, code));
		case "chain":
			return referencesOf(record, filter.parameter).some(({ type, id }) => {
				const [inner, target] = [filter.filters.get(type), around.find(type, id)];
				return inner !== undefined && target !== undefined && passes(inner, target, around);
			});
		case "parameter":
			return matchesParameter(filter, record, around.nowMs);
	}
}

function matchesInstant(
	{ prefix, range }: { prefix: Prefix; range: Parameters<typeof matchesRange>[2] },
	at: number | undefined,
	nowMs: number,
): boolean {
	return at !== undefined && matchesRange(prefix, { startMs: at, endMs: at + 1 }, range, nowMs);
}

function matchesParameter(
	{ parameter, modifier, values }: SearchFilter & { readonly on: "parameter" },
	record: SearchRecord,
	nowMs: number,
): boolean {
	const extracted = extractValues(record, parameter);
	const isNegated = modifier === "not";
	for (const value of values) {
		if (matchesAny(value, extracted, isNegated ? undefined : modifier, { nowMs, parameter, record })) return !isNegated;
	}
	return isNegated;
}

interface Place {
	readonly nowMs: number;
	readonly parameter: SearchParameter;
	readonly record: Pick<SearchRecord, "resource">;
}

/** By what is read once of a record, where there is such a thing; else value by value. */
function matchesAny(asked: SearchValue, extracted: Extracted, modifier: Modifier | undefined, { nowMs, parameter, record }: Place): boolean {
	switch (asked.kind) {
		// Loops, since these three are run over every record that a search looks at.
		case "token":
			for (const token of extracted.tokens) if (matchesToken(asked, token)) return true;
			return false;
		case "date":
			for (const range of extracted.ranges) if (matchesRange(asked.prefix, range, asked.range, nowMs)) return true;
			return false;
		case "reference":
			for (const reference of extracted.references) if (matchesReference(asked, reference)) return true;
			return false;
		default:
			return extracted.found.some((each) => matches(asked, each, { modifier, nowMs, parameter, resource: record.resource }));
	}
}

interface Matching {
	readonly modifier: Modifier | undefined;
	readonly nowMs: number;
	readonly parameter: SearchParameter;
	readonly resource: IdentifiedResource;
}

function matches(asked: SearchValue, found: FoundValue, how: Matching): boolean {
	switch (asked.kind) {
		case "token":
		case "date":
		case "reference":
			return matchesAny(asked, new Extracted([found]), how.modifier, { nowMs: how.nowMs, parameter: how.parameter, record: how });
		case "string":
			return stringsOf(found.value).some((text) => matchesString(asked.text, text, how.modifier));
		case "number":
			return typeof found.value === "number" && matchesNumber(asked.prefix, found.value, asked.value, asked.halfUnit);
		case "quantity":
			return matchesQuantity(asked, found.value);
		case "uri":
			return found.value === asked.uri;
		case "composite":
			return how.parameter.components.every((component, at) =>
				valuesAt(found.value, component.paths, how.resource).some((value) =>
					matches(asked.parts[at] as SearchValue, value, { ...how, modifier: undefined, parameter: component }),
				),
			);
	}
}

function matchesToken(asked: SearchValue & { readonly kind: "token" }, { system, hasSystem, code }: Token): boolean {
	if (asked.code !== undefined && asked.code !== code) return false;
	// A code's system is that of its binding, which is the only one that it can be.
	if (asked.system === undefined || (!hasSystem && asked.system !== "")) return asked.code !== undefined;
	return asked.system === (system ?? "");
}

const nameParts = ["text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "country", "postalCode"] as const;

function stringsOf(value: unknown): readonly string[] {
	if (typeof value === "string") return [value];
	if (!isPlainObject(value)) return [];
	return nameParts.flatMap((part) => [value[part]].flat().filter((each) => typeof each === "string"));
}

/** Without case and accents, blanks as one (R4 §3.1.1.4.8). */
export function foldString(value: string): string {
	return value.normalize("NFKD").replace(/\p{M}/gu, "").replace(/\s+/g, " ").trim().toLowerCase();
}

function matchesString(asked: string, found: string, modifier: Modifier | undefined): boolean {
	if (modifier === "exact") return found === asked;
	return modifier === "contains" ? foldString(found).includes(foldString(asked)) : foldString(found).startsWith(foldString(asked));
}

function matchesReference(asked: SearchValue & { readonly kind: "reference" }, { text: reference, local }: FoundReference): boolean {
	if (asked.url !== undefined) return reference === asked.url;
	return local !== undefined && asked.id !== undefined && local.id === asked.id && (asked.type === undefined || local.type === asked.type);
}

/** What a reference parameter of a record points at, here. */
export function referencesOf(record: SearchRecord, parameter: SearchParameter): readonly { readonly type: string; readonly id: string }[] {
	return extractValues(record, parameter)
		.references.map(({ local }) => local)
		.filter((local) => local !== undefined);
}

function matchesNumber(prefix: Prefix, found: number, asked: number, halfUnit: number): boolean {
	const isSame = found >= asked - halfUnit && found < asked + halfUnit;
	switch (prefix) {
		case "eq":
			return isSame;
		case "ne":
			return !isSame;
		case "gt":
		case "sa":
			return found > asked;
		case "lt":
		case "eb":
			return found < asked;
		case "ge":
			return found >= asked;
		case "le":
			return found <= asked;
		case "ap":
			return Math.abs(found - asked) <= Math.max(Math.abs(asked) / 10, halfUnit);
	}
}

const text = (value: unknown) => (typeof value === "string" ? value : undefined);
const ucumSystem = "http://unitsofmeasure.org";

function matchesQuantity(asked: SearchValue & { readonly kind: "quantity" }, value: unknown): boolean {
	if (!isPlainObject(value) || typeof value.value !== "number") return false;
	const { prefix, halfUnit, system, code } = asked;
	const [foundSystem, foundCode] = [text(value.system), text(value.code)];
	const isOtherSystem = system !== undefined && foundSystem !== system;
	if (code === undefined) return !isOtherSystem && matchesNumber(prefix, value.value, asked.value, halfUnit);
	if (!isOtherSystem && (foundCode === code || (system === undefined && value.unit === code)))
		return matchesNumber(prefix, value.value, asked.value, halfUnit);
	// The same quantity in another unit, where both are UCUM's.
	if (isOtherSystem || foundCode === undefined || (foundSystem ?? ucumSystem) !== ucumSystem) return false;
	const [from, to] = [canonicalUnit(foundCode), canonicalUnit(code)];
	if (from === undefined || to === undefined || from.dimension !== to.dimension) return false;
	return matchesNumber(prefix, (value.value * from.factor) / to.factor, asked.value, halfUnit);
}
