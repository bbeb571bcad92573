import { dataClasses } from "#contracts";
import { type FhirResource, readJson, type Unchecked, type ValidationIssue, validateResource } from "#fhir";
import { GateError, type RecordVersion } from "#gate";
import { NodeError } from "../errors.ts";
import type { FhirAnswer, FhirCall } from "./fhirCall.ts";
import { patientOf } from "./fhirCall.ts";
import { type Page, pageLifetimeMs } from "./pageTokens.ts";
import { outcomeEntry } from "./searchset.ts";

/** Records on a page of `$everything` where the request names no number. */
const everythingCount = 500;

/** `GET /Patient/[id]/$everything?_type=&_since=&_count=`: all that is released of one patient, in the order it was filed. */
export async function everything(call: FhirCall): Promise<FhirAnswer> {
	const token = call.pairs.find(([name]) => name === "_page")?.[1];
	const page = token === undefined ? firstPage(call) : call.pages.open(token, call.access.requester, call.nowMs);
	if (page.type !== `Patient/${call.id}/$everything` || page.patient === undefined)
		throw new NodeError("NODE_FHIR_PAGE_INVALID", "expected a page of this patient's record");
	const release = await call.access.release({ patient: page.patient, classes: [...dataClasses] });
	const wanted = release.records.filter(filterOf(page.pairs));
	if (!release.classes.some(({ status }) => status === "released")) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const count = countOf(page.pairs);
	const shown = wanted.slice(page.offset, page.offset + count);
	const links = page.offset + count < wanted.length ? [nextLink(call, { ...page, offset: page.offset + count })] : [];
	const entries = [...shown.map((record) => entryOf(call, record)), outcomeEntry(release)];
	return {
		status: 200,
		body: `{"resourceType":"Bundle","type":"searchset","total":${wanted.length},"link":[${links.join(",")}],"entry":[${entries.join(",")}]}`,
	};
}

function firstPage(call: FhirCall): Page {
	return {
		requester: call.access.requester,
		type: `Patient/${call.id}/$everything`,
		pairs: call.pairs,
		patient: patientOf(call, [call.id]),
		offset: 0,
		expiresAtMs: call.nowMs + pageLifetimeMs,
	};
}

const unsupported = (expected: string) => new NodeError("NODE_FHIR_UNSUPPORTED", expected);

function countOf(pairs: Page["pairs"]): number {
	const text = pairs.find(([name]) => name === "_count")?.[1] ?? String(everythingCount);
	if (!/^[1-9]\d{0,5}$/.test(text)) throw unsupported("expected _count to be a number above 0");
	return Math.min(Number(text), everythingCount);
}

/** What is not understood is refused: left out, it would widen the answer. */
function filterOf(pairs: Page["pairs"]): (record: RecordVersion) => boolean {
	const filters: ((record: RecordVersion) => boolean)[] = [];
	for (const [name, value] of pairs) {
		if (name === "_type") {
			const types = new Set(value.split(","));
			filters.push(({ resource }) => types.has(resource.resourceType));
		} else if (name === "_since") {
			const sinceMs = Date.parse(value);
			if (Number.isNaN(sinceMs)) throw unsupported("expected _since to be an instant");
			filters.push(({ lastUpdatedMs }) => lastUpdatedMs !== undefined && lastUpdatedMs >= sinceMs);
		} else if (!["_count", "_format", "_pretty"].includes(name)) throw unsupported("expected _type, _since or _count");
	}
	return (record) => filters.every((filter) => filter(record));
}

function nextLink({ baseUrl, pages }: FhirCall, page: Page): string {
	return `{"relation":"next","url":${JSON.stringify(`${baseUrl}/${page.type}?_page=${pages.seal(page)}`)}}`;
}

function entryOf({ baseUrl }: FhirCall, { resource, text }: RecordVersion): string {
	return `{"fullUrl":"${baseUrl}/${resource.resourceType}/${resource.id}","resource":${text},"search":{"mode":"match"}}`;
}

/**
 * `POST /[type]/$validate`, of a resource or of Parameters with one, under R4 and the profile that is named: an OperationOutcome, and nothing is
 * looked at or kept.
 */
export async function validate({ content, type, pairs, profiles }: FhirCall): Promise<FhirAnswer> {
	const { value } = readJson(content);
	const found = resourceIn(value);
	const named = pairs.find(([name]) => name === "profile")?.[1] ?? profileIn(value);
	const profile = named === undefined ? undefined : profiles.find(named);
	if (named !== undefined && profile === undefined) return outcome([notLoaded]);
	if (found?.resourceType !== type) return outcome([otherType]);
	const verdict = profile === undefined ? undefined : profiles.check(profile, found);
	const faults = [...validateResource(found), ...(verdict?.issues ?? [])].map((each) => issueOf("error", each));
	const warnings = (verdict?.warnings ?? []).map((each) => issueOf("warning", each));
	const unchecked = (verdict?.unchecked ?? []).map((each) => uncheckedIssue(each));
	return outcome([...(faults.length > 0 ? faults : [noFault]), ...warnings, ...unchecked]);
}

function issueOf(severity: "error" | "warning", { path, code, expected, found }: ValidationIssue): object {
	return {
		...{ severity, code: code === "unknown" ? "structure" : code },
		...{ details: { text: `expected ${expected}, found ${found}` }, expression: [path] },
	};
}

/** Withheld judgement is never a good one: what was not looked at is told, each by its place. */
function uncheckedIssue({ path, reason, subject }: Unchecked): object {
	const details = { coding: [{ system: "urn:aceso:not-checked", code: reason }], text: `not checked: ${uncheckedTexts[reason]} (${subject})` };
	return { severity: "information", code: "informational", details, expression: [path] };
}

const uncheckedTexts: Readonly<Record<Unchecked["reason"], string>> = {
	"value-set": "the value set of a required binding is not loaded",
	"code-system": "a code system or a rule of the value set of a required binding is not known here",
	profile: "a profile that has to be met here is not loaded",
	invariant: "an invariant cannot be evaluated here",
	slice: "of which slice a value is cannot be told",
	target: "what the reference points at has to meet a profile and was not looked at",
	limit: "the resource has more than is judged at once",
};

const noFault = { severity: "information", code: "informational", details: { text: "no fault was found" } };
const otherType = { severity: "error", code: "invalid", details: { text: "expected a resource of the type that the address names" } };
const notLoaded = { severity: "error", code: "not-found", details: { text: "expected a profile that this institution has loaded" } };

function outcome(issue: readonly object[]): FhirAnswer {
	return { status: 200, body: JSON.stringify({ resourceType: "OperationOutcome", issue }) };
}

function profileIn(value: unknown): string | undefined {
	const { resourceType, parameter } = (value ?? {}) as { readonly resourceType?: unknown; readonly parameter?: unknown };
	if (resourceType !== "Parameters" || !Array.isArray(parameter)) return undefined;
	const found = (parameter as readonly ({ readonly [name: string]: unknown } | null)[]).find((each) => each?.["name"] === "profile");
	const named = found?.["valueUri"] ?? found?.["valueCanonical"];
	return typeof named === "string" ? named : undefined;
}

function resourceIn(value: unknown): FhirResource | undefined {
	const resource = value as (FhirResource & { readonly parameter?: unknown }) | null;
	if (resource?.resourceType !== "Parameters") return resource ?? undefined;
	const parameters = Array.isArray(resource.parameter) ? (resource.parameter as { name?: unknown; resource?: FhirResource }[]) : [];
	return parameters.find(({ name }) => name === "resource")?.resource;
}
