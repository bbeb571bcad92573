import { type SearchFilter, type SearchQuery, searchRecords } from "#fhir";
import type { RecordVersion } from "#gate";
import { NodeError } from "../errors.ts";
import { classesOf, type FhirAnswer, type FhirCall } from "./fhirCall.ts";
import type { Page } from "./pageTokens.ts";
import { entryOf, outcomeEntry, searchset } from "./searchset.ts";

const dayMs = 86_400_000;

/**
 * A search that names no patient: of everybody who permits it, by tokens that are equal and by dates that lie in a year, a month or a day
 * (PROTOCOL §8). Anybody's records are opened whether they match or not; kept are a page's matches and their number.
 *
 * @throws NodeError `NODE_FHIR_PATIENT_UNNAMED` with what would need a patient, `NODE_FHIR_TOO_OFTEN`; both before anything is looked at.
 */
export async function searchWithoutPatient(call: FhirCall, query: SearchQuery, page: Page): Promise<FhirAnswer> {
	assertBroad(query);
	const from = page.offset;
	const to = from + (query.summary === "count" ? 0 : query.count);
	const matches: RecordVersion[] = [];
	let total = 0;
	const look = (records: readonly RecordVersion[]) => {
		const found = searchRecords(records, { ...query, count: records.length, summary: undefined }, { nowMs: call.nowMs }).matches;
		matches.push(...found.slice(Math.max(0, from - total), Math.max(0, to - total)));
		total += found.length;
	};
	const release = await call.broad.run(call.access.requester, () => call.access.releaseEach(classesOf([query.type]), look));
	const end = from + matches.length;
	const entries = [...entriesOf(call, query, matches), outcomeEntry(release)];
	return { status: 200, body: searchset(call, query, page, { entries, total, nextOffset: matches.length > 0 && end < total ? end : undefined }) };
}

/** Records of two patients may have one id, and no two entries of a Bundle one `fullUrl` (R4 bdl-7): the second has none. */
function entriesOf(call: FhirCall, query: SearchQuery, matches: readonly RecordVersion[]): readonly string[] {
	const ids = matches.map(({ resource }) => resource.id);
	return matches.map((record, at) => entryOf(call, record, query, "match", { isNamed: ids.indexOf(record.resource.id) === at }));
}

function assertBroad({ type, filters, includes, revincludes, sort }: SearchQuery): void {
	if (type === "Provenance") throw unnamed("of where a record comes from");
	if (includes.length > 0 || revincludes.length > 0) throw unnamed("for _include and _revinclude");
	if (sort.length > 0) throw unnamed("for _sort");
	const refused = filters.find((filter) => !isEquality(filter) && !isDateBucket(filter));
	if (refused !== undefined) throw unnamed(`for ${nameOf(refused)} as it is asked`);
	if (!filters.some(isEquality)) throw unnamed("where no code is asked for");
}

/** A whole token: any record of a system, and what a record is not, are no equality. */
function isEquality(filter: SearchFilter): boolean {
	if (filter.on !== "parameter" || filter.parameter.type !== "token" || filter.modifier !== undefined) return false;
	return filter.values.every((value) => value.kind === "token" && value.code !== undefined);
}

function isDateBucket(filter: SearchFilter): boolean {
	if (filter.on !== "parameter" || filter.parameter.type !== "date" || filter.modifier !== undefined) return false;
	return filter.values.every((value) => value.kind === "date" && value.prefix === "eq" && value.range.endMs - value.range.startMs >= dayMs);
}

/** As the specification spells it, never as it came. */
function nameOf(filter: SearchFilter): string {
	return filter.on === "id" ? "_id" : filter.on === "lastUpdated" ? "_lastUpdated" : filter.parameter.code;
}

function unnamed(what: string): NodeError {
	return new NodeError(
		"NODE_FHIR_PATIENT_UNNAMED",
		`name one patient ${what}; without one a search is by whole tokens, one at least, and by dates as a year, a month or a day`,
	);
}
