import { isPlainObject } from "../json/values.ts";
import { extractValues } from "./extractValues.ts";
import { foldString, passes, referencesOf, type SearchRecord, type SearchSurroundings } from "./matchFilter.ts";
import { indexOf } from "./recordIndex.ts";
import { rangeOf } from "./searchDates.ts";
import type { Include, SearchQuery, SortKey } from "./searchQuery.ts";

export interface SearchResult<Record extends SearchRecord> {
	/** Of one page, in order. */
	readonly matches: readonly Record[];
	/** What the page's matches brought along; none twice, and none that is a match of it. */
	readonly included: readonly Record[];
	/** Matches on all pages. */
	readonly total: number;
	/** Where the next page begins; undefined on the last. */
	readonly nextOffset: number | undefined;
}

/**
 * Evaluates a search over one patient's released records, and nothing else: what is not among them counts nowhere, is included nowhere,
 * and is no link of a chain (invariant 8).
 *
 * @param records - Not changed afterwards: what was found in a list is remembered with it.
 */
export function searchRecords<Record extends SearchRecord>(
	records: readonly Record[],
	query: SearchQuery,
	{ offset = 0, nowMs }: { readonly offset?: number; readonly nowMs: number },
): SearchResult<Record> {
	const index = indexOf(records);
	const find = (type: string, id: string) => index.find(type, id);
	const around: SearchSurroundings = { nowMs, find };
	const found = index.candidates(query).filter((record) => query.filters.every((filter) => passes(filter, record, around)));
	const sorted = query.sort.length === 0 ? found : sortBy(found, query.sort);
	const matches = query.summary === "count" ? [] : sorted.slice(offset, offset + query.count);
	const end = offset + matches.length;
	const isLast = matches.length === 0 || end >= sorted.length;
	return { matches, included: follow(records, matches, query, find), total: sorted.length, nextOffset: isLast ? undefined : end };
}

function nameOf({ resource }: SearchRecord): string {
	return `${resource.resourceType}/${resource.id}`;
}

function follow<Record extends SearchRecord>(
	records: readonly Record[],
	matches: readonly Record[],
	{ includes, revincludes }: SearchQuery,
	find: (type: string, id: string) => Record | undefined,
): readonly Record[] {
	const included = new Map<string, Record>();
	for (const match of matches)
		for (const include of includes) for (const target of targetsOf(match, include, find)) included.set(nameOf(target), target);
	const matched = new Set(matches.map(nameOf));
	for (const include of revincludes) {
		for (const record of records) {
			if (record.resource.resourceType !== include.type) continue;
			const pointsHere = referencesOf(record, include.parameter).some(
				({ type, id }) => matched.has(`${type}/${id}`) && (include.target ?? type) === type,
			);
			if (pointsHere) included.set(nameOf(record), record);
		}
	}
	return [...included.values()].filter((record) => !matched.has(nameOf(record)));
}

function targetsOf<Record extends SearchRecord>(
	record: Record,
	{ type, parameter, target }: Include,
	find: (type: string, id: string) => Record | undefined,
): readonly Record[] {
	if (record.resource.resourceType !== type) return [];
	return referencesOf(record, parameter)
		.filter((reference) => (target ?? reference.type) === reference.type)
		.map((reference) => find(reference.type, reference.id))
		.filter((found) => found !== undefined);
}

type SortValue = string | number | undefined;

/** What has no value for a key comes last, either way; equals stay in the order they were filed. */
function sortBy<Record extends SearchRecord>(records: readonly Record[], keys: readonly SortKey[]): readonly Record[] {
	const keyed = records.map((record) => ({ record, values: keys.map((key) => sortValue(record, key)) }));
	keyed.sort((a, b) => {
		for (const [at, { descending }] of keys.entries()) {
			const [left, right] = [a.values[at], b.values[at]];
			if (left === right) continue;
			if (left === undefined) return 1;
			if (right === undefined) return -1;
			return left < right === descending ? 1 : -1;
		}
		return 0;
	});
	return keyed.map(({ record }) => record);
}

function sortValue(record: SearchRecord, { parameter, descending }: SortKey): SortValue {
	if (parameter === "_id") return record.resource.id;
	if (parameter === "_lastUpdated") return record.lastUpdatedMs;
	const values = extractValues(record, parameter)
		.found.map(({ value }) => comparable(value, parameter.type, descending))
		.filter((value) => value !== undefined);
	if (values.length === 0) return undefined;
	return values.reduce((best, value) => (value < best !== descending ? value : best));
}

function comparable(value: unknown, type: string, descending: boolean): SortValue {
	if (type === "date") return descending ? rangeOf(value)?.endMs : rangeOf(value)?.startMs;
	if (typeof value === "string") return type === "string" ? foldString(value) : value;
	if (typeof value === "number" || typeof value === "boolean") return Number(value);
	if (!isPlainObject(value)) return undefined;
	const { coding, reference, family, text, value: number, code } = value;
	const first = Array.isArray(coding) && isPlainObject(coding[0]) ? coding[0].code : undefined;
	const found = [number, first, code, reference, family, text].find((each) => typeof each === "string" || typeof each === "number");
	return type === "string" && typeof found === "string" ? foldString(found) : (found as SortValue);
}
