import { parseKeepingNumbers, type SearchQuery, subsetResource } from "#fhir";
import type { RecordRelease, RecordVersion } from "#gate";
import type { FhirCall } from "./fhirCall.ts";
import { availabilityOutcome } from "./fhirOutcome.ts";
import type { Page } from "./pageTokens.ts";

interface Shown {
	readonly entries: readonly string[];
	readonly total: number;
	readonly nextOffset: number | undefined;
}

/** One page of a search as a Bundle. */
export function searchset(call: FhirCall, query: SearchQuery, page: Page, { entries, total: found, nextOffset }: Shown): string {
	const links = [`{"relation":"self","url":${JSON.stringify(selfUrl(call, page))}}`];
	if (nextOffset !== undefined) {
		const token = call.pages.seal({ ...page, offset: nextOffset });
		links.push(`{"relation":"next","url":${JSON.stringify(`${call.baseUrl}/${page.type}?_page=${token}`)}}`);
	}
	const total = query.total ? `"total":${found},` : "";
	return `{"resourceType":"Bundle","type":"searchset",${total}"link":[${links.join(",")}],"entry":[${entries.join(",")}]}`;
}

/** A record as the query wants it: whole, or some elements of it. */
export function textOf({ resource, text }: RecordVersion, query: SearchQuery): string {
	if (query.elements === undefined && query.summary === undefined) return text;
	const spelled = parseKeepingNumbers(text) as typeof resource;
	return JSON.stringify(subsetResource(spelled, query));
}

/** The query as it was understood, so that a client sees what was asked. A page links to itself by a token. */
function selfUrl({ baseUrl, pages }: FhirCall, page: Page): string {
	if (page.offset > 0) return `${baseUrl}/${page.type}?_page=${pages.seal(page)}`;
	const query = new URLSearchParams(page.pairs.map(([name, value]): [string, string] => [name, value])).toString();
	return query === "" ? `${baseUrl}/${page.type}` : `${baseUrl}/${page.type}?${query}`;
}

/** @param isNamed - False for an entry without `fullUrl`. */
export function entryOf(
	{ baseUrl }: FhirCall,
	record: RecordVersion,
	query: SearchQuery,
	mode: "match" | "include",
	{ isNamed = true }: { readonly isNamed?: boolean } = {},
): string {
	const { resourceType, id } = record.resource;
	const fullUrl = isNamed ? `"fullUrl":"${baseUrl}/${resourceType}/${id}",` : "";
	return `{${fullUrl}"resource":${textOf(record, query)},"search":{"mode":"${mode}"}}`;
}

/** Never counted; on every page, whether or not anything was withheld. */
export function outcomeEntry({ notice, classes }: Pick<RecordRelease, "notice" | "classes">): string {
	const notAvailable = classes.filter(({ status }) => status === "not-available").map((each) => each.class);
	return `{"resource":${JSON.stringify(availabilityOutcome(notice, notAvailable))},"search":{"mode":"outcome"}}`;
}
