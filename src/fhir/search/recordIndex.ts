import { extractValues } from "./extractValues.ts";
import type { SearchRecord } from "./matchFilter.ts";
import type { SearchParameter } from "./searchIndex.ts";
import type { SearchFilter, SearchQuery } from "./searchQuery.ts";

type TokenFilter = SearchFilter & { readonly on: "parameter" };

/** Held weakly by the lists themselves: a list that is searched again and again is indexed once, and nothing outlives it. */
const indexes = new WeakMap<readonly SearchRecord[], RecordIndex<SearchRecord>>();

/** The index of a list of records, which never changes. */
export function indexOf<Record extends SearchRecord>(records: readonly Record[]): RecordIndex<Record> {
	const known = indexes.get(records);
	if (known !== undefined) return known as unknown as RecordIndex<Record>;
	const index = new RecordIndex(records);
	indexes.set(records, index as unknown as RecordIndex<SearchRecord>);
	return index;
}

/** Finds in a list by name, by type, and by code; each way is made at the first look. */
export class RecordIndex<Record extends SearchRecord> {
	readonly #records: readonly Record[];
	readonly #ofType = new Map<string, readonly Record[]>();
	readonly #byCode = new Map<string, Map<SearchParameter, ReadonlyMap<string, readonly Record[]>>>();
	#byName: ReadonlyMap<string, Record> | undefined;

	constructor(records: readonly Record[]) {
		this.#records = records;
	}

	find(type: string, id: string): Record | undefined {
		this.#byName ??= new Map(this.#records.map((record) => [`${record.resource.resourceType}/${record.resource.id}`, record]));
		return this.#byName.get(`${type}/${id}`);
	}

	/** All that the query may match, and more, in the order of the list: those of its type, of the codes that one of its filters asks for. */
	candidates({ type, filters }: Pick<SearchQuery, "type" | "filters">): readonly Record[] {
		const byToken = filters.find(isOfCodes);
		if (byToken === undefined) return this.#typed(type);
		const lists = [...new Set(byToken.values.map(codeOf))].map((code) => this.#coded(type, byToken.parameter).get(code as string) ?? []);
		if (lists.length === 1) return lists[0] as readonly Record[];
		const wanted = new Set(lists.flat());
		return this.#typed(type).filter((record) => wanted.has(record));
	}

	#typed(type: string): readonly Record[] {
		let typed = this.#ofType.get(type);
		if (typed === undefined) {
			typed = this.#records.filter(({ resource }) => resource.resourceType === type);
			this.#ofType.set(type, typed);
		}
		return typed;
	}

	#coded(type: string, parameter: SearchParameter): ReadonlyMap<string, readonly Record[]> {
		const byParameter = this.#byCode.get(type) ?? new Map<SearchParameter, ReadonlyMap<string, readonly Record[]>>();
		this.#byCode.set(type, byParameter);
		let coded = byParameter.get(parameter);
		if (coded === undefined) {
			coded = groupByCode(this.#typed(type), parameter);
			byParameter.set(parameter, coded);
		}
		return coded;
	}
}

/** A filter that only a record with one of its codes passes. */
function isOfCodes(filter: SearchFilter): filter is TokenFilter {
	return filter.on === "parameter" && filter.modifier === undefined && filter.values.every((value) => codeOf(value) !== undefined);
}

function codeOf(value: TokenFilter["values"][number]): string | undefined {
	return value.kind === "token" ? value.code : undefined;
}

function groupByCode<Record extends SearchRecord>(records: readonly Record[], parameter: SearchParameter): ReadonlyMap<string, readonly Record[]> {
	const groups = new Map<string, Record[]>();
	for (const record of records) {
		for (const { code } of extractValues(record, parameter).tokens) {
			if (code === undefined) continue;
			const group = groups.get(code);
			if (group === undefined) groups.set(code, [record]);
			else if (group.at(-1) !== record) group.push(record);
		}
	}
	return groups;
}
