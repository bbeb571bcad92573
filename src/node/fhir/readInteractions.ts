import { dataClasses } from "#contracts";
import { parseSearch, type SearchQuery, searchRecords } from "#fhir";
import { GateError, madeProvenance, type PatientReference, type RecordRelease, type RecordVersion } from "#gate";
import { NodeError } from "../errors.ts";
import { classesOf, type FhirAnswer, type FhirCall, patientOf, servedTypes } from "./fhirCall.ts";
import { type Page, pageLifetimeMs } from "./pageTokens.ts";
import { entryOf, outcomeEntry, searchset, textOf } from "./searchset.ts";
import { searchWithoutPatient } from "./searchWithoutPatient.ts";

/** `GET /[type]/[id]`: the latest version; 410 for who may know that it was deleted. */
export async function read(call: FhirCall): Promise<FhirAnswer> {
	const question = oneRecord(call);
	// One that is made of a record is found among all of them, and has no versions.
	const made = { patient: question.patient, classes: dataClasses, type: call.type, withProvenance: true };
	const release = await call.access.release(call.type === "Provenance" && call.id.startsWith(madeProvenance) ? made : question);
	return sendVersion(call, pick(call, release, release.records));
}

/** `GET /[type]/[id]/_history/[vid]`. */
export async function vread(call: FhirCall): Promise<FhirAnswer> {
	const release = await call.access.versions(oneRecord(call));
	const versions = release.records.filter(({ version }) => String(version) === call.versionId);
	return sendVersion(call, pick(call, release, versions));
}

function oneRecord(call: FhirCall) {
	const record = `${call.type}/${call.id}`;
	return { patient: patientOf(call, call.type === "Patient" ? [call.id] : []), classes: classesOf([call.type]), record };
}

/** The one that was asked for; whoever may not see it and whoever asks for nothing get the same words. */
function pick(
	{ type, id }: FhirCall,
	release: RecordRelease,
	records: readonly RecordVersion[],
): { readonly found: RecordVersion; readonly notice: string } {
	const found = records.find(({ resource }) => resource.resourceType === type && resource.id === id);
	if (found === undefined) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	if (found.deleted) throw new NodeError("NODE_FHIR_DELETED", "the record was deleted; its history tells what it said");
	return { found, notice: release.notice };
}

function sendVersion({ headers, pairs }: FhirCall, { found, notice }: { readonly found: RecordVersion; readonly notice: string }): FhirAnswer {
	const told = { ...versionHeaders(found), "aceso-notice": notice };
	if (isCurrent(headers, found)) return { status: 304, headers: told };
	const query =
		pairs.length === 0
			? undefined
			: parseSearch(
					found.resource.resourceType,
					pairs.filter(([name]) => !name.startsWith("_format")),
				);
	return { status: 200, body: query === undefined ? found.text : textOf(found, query), headers: told };
}

export function versionHeaders({ version, lastUpdatedMs }: RecordVersion): Record<string, string> {
	const etag = `W/"${version}"`;
	return lastUpdatedMs === undefined ? { etag } : { etag, "last-modified": new Date(lastUpdatedMs).toUTCString() };
}

/** If-None-Match is asked before If-Modified-Since (RFC 9110 §13.2.2). */
function isCurrent(headers: FhirCall["headers"], { version, lastUpdatedMs }: RecordVersion): boolean {
	const { "if-none-match": noneMatch, "if-modified-since": since } = headers;
	if (typeof noneMatch === "string") return noneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${version}"`);
	if (typeof since !== "string" || lastUpdatedMs === undefined) return false;
	// HTTP's dates have whole seconds.
	return Math.trunc(lastUpdatedMs / 1000) * 1000 <= Date.parse(since);
}

/** `GET /[type]?…` and `POST /[type]/_search`, or a later page of either. */
export async function search(call: FhirCall): Promise<FhirAnswer> {
	const asked = readSearch(call);
	const { query, page } = asked;
	const namesNone = page === undefined ? namedIn(query).length === 0 : page.patient === undefined;
	if (call.access.patient !== undefined || !namesNone) return answerWithin(call, asked);
	return searchWithoutPatient(call, query, page ?? firstPage(call, undefined));
}

/** A search of one patient's record, or a later page of it: the only kind that an entry of a bundle may be. */
export async function searchWithinPatient(call: FhirCall): Promise<FhirAnswer> {
	return answerWithin(call, readSearch(call));
}

interface AskedSearch {
	readonly query: SearchQuery;
	/** Undefined of one that begins. */
	readonly page: Page | undefined;
}

/** @throws FhirError `FHIR_SEARCH_INVALID`; NodeError `NODE_FHIR_PAGE_INVALID`. */
function readSearch({ pairs, pages, access, type, nowMs }: FhirCall): AskedSearch {
	const token = pairs.find(([name]) => name === "_page")?.[1];
	if (token === undefined) return { query: parseSearch(type, pairs), page: undefined };
	const page = pages.open(token, access.requester, nowMs);
	if (page.type !== type) throw new NodeError("NODE_FHIR_PAGE_INVALID", "expected a page of a search for this type; search again");
	return { query: parseSearch(type, page.pairs), page };
}

function answerWithin(call: FhirCall, { query, page }: AskedSearch): Promise<FhirAnswer> {
	if (page !== undefined) return answerPage(call, query, page);
	const patient = patientOf(call, namedIn(query));
	return answerQuery(call, query, { ...firstPage(call, patient), patient });
}

function firstPage({ access, type, pairs, nowMs }: FhirCall, patient: Page["patient"]): Page {
	return { requester: access.requester, type, pairs, patient, offset: 0, expiresAtMs: nowMs + pageLifetimeMs };
}

/** Patients whom a query names by reference, or as what it looks for. */
function namedIn({ type, patients, filters }: SearchQuery): readonly string[] {
	return type === "Patient" ? [...patients, ...filters.flatMap((filter) => (filter.on === "id" ? filter.ids : []))] : patients;
}

/** Decided anew: a page is only a place in a search. */
async function answerPage(call: FhirCall, query: SearchQuery, page: Page): Promise<FhirAnswer> {
	const { patient } = page;
	const own = call.access.patient;
	if (patient === undefined || (own !== undefined && JSON.stringify(own) !== JSON.stringify(patient))) {
		throw new NodeError("NODE_FHIR_PAGE_INVALID", "expected a page of a search about this patient; search again");
	}
	return answerQuery(call, query, { ...page, patient });
}

async function answerQuery(call: FhirCall, query: SearchQuery, page: Page & { readonly patient: PatientReference }): Promise<FhirAnswer> {
	const types = typesOf(query);
	const withProvenance = types.has("Provenance");
	// Of whatever it tells: it is read under the classes of its target.
	const classes = query.type === "Provenance" ? dataClasses : classesOf(types);
	const release = await call.access.release({ patient: page.patient, classes, type: query.type, withProvenance });
	const result = searchRecords(release.records, query, { offset: page.offset, nowMs: call.nowMs });
	const matches = result.matches.map((record) => entryOf(call, record, query, "match"));
	const included = result.included.map((record) => entryOf(call, record, query, "include"));
	const shown = { entries: [...matches, ...included, outcomeEntry(release)], total: result.total, nextOffset: result.nextOffset };
	return { status: 200, body: searchset(call, query, page, shown) };
}

/** Types that a search may look at: of matches, of what they bring along, of what chains lead over. */
export function typesOf({ type, filters, includes, revincludes }: SearchQuery): ReadonlySet<string> {
	const types = new Set([type]);
	const addTargets = (targets: readonly string[], target: string | undefined) => {
		for (const each of target === undefined ? (targets.length === 0 ? servedTypes() : targets) : [target]) types.add(each);
	};
	for (const { parameter, target } of includes) addTargets(parameter.targets, target);
	for (const { type: from } of revincludes) types.add(from);
	for (const filter of filters) if (filter.on === "chain") for (const each of filter.filters.keys()) types.add(each);
	return types;
}

/** `GET /[type]/[id]/_history`, the newest first. */
export async function history(call: FhirCall): Promise<FhirAnswer> {
	// Left out, `_since` or `_count` would widen the answer.
	if (call.pairs.some(([name]) => name !== "_format" && name !== "_pretty")) {
		throw new NodeError("NODE_FHIR_UNSUPPORTED", "a history is answered whole; expected no parameter but _format");
	}
	const release = await call.access.versions(oneRecord(call));
	if (release.records.length === 0) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const entries = release.records.map((record) => historyEntry(call, record, release.records));
	const { length } = release.records;
	return { status: 200, body: `{"resourceType":"Bundle","type":"history","total":${length},"entry":[${entries.join(",")}]}` };
}

function historyEntry(
	{ baseUrl }: FhirCall,
	{ resource, text, version, deleted, lastUpdatedMs }: RecordVersion,
	all: readonly RecordVersion[],
): string {
	const url = `${resource.resourceType}/${resource.id}`;
	const before = all.find((each) => each.version === version - 1);
	const isFirst = version === 1 || before?.deleted === true;
	const request = { method: deleted ? "DELETE" : isFirst ? "POST" : "PUT", url: isFirst && !deleted ? resource.resourceType : url };
	const lastModified = lastUpdatedMs === undefined ? {} : { lastModified: new Date(lastUpdatedMs).toISOString() };
	const response = { status: deleted ? "204" : isFirst ? "201" : "200", etag: `W/"${version}"`, ...lastModified };
	const body = deleted ? "" : `"resource":${text},`;
	return `{"fullUrl":"${baseUrl}/${url}",${body}"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
}
