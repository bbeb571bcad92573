import { parseKeepingNumbers } from "#fhir";
import { type PatientReference, type RecordVersion, type WrittenRecord, writesMax } from "#gate";
import { NodeError } from "../errors.ts";
import { assertServed, type FhirAnswer, type FhirCall } from "./fhirCall.ts";
import { outcomeOf } from "./fhirOutcome.ts";
import type { PlannedWrite } from "./plannedWrite.ts";
import { history, read, searchWithinPatient, vread } from "./readInteractions.ts";
import { answerWritten, create, patch, planCreate, planDelete, planPatch, planUpdate, readResource, remove, update } from "./writeInteractions.ts";

interface Entry {
	readonly fullUrl?: unknown;
	readonly resource?: { readonly resourceType?: unknown; readonly [element: string]: unknown };
	readonly request?: { readonly [name: string]: unknown };
}

/** `POST /` with a Bundle of type batch or transaction. */
export async function bundle(call: FhirCall): Promise<FhirAnswer> {
	const { resource, source } = readResource({ content: call.content, type: "Bundle" });
	const { entry = [], type } = resource as { readonly entry?: unknown; readonly type?: unknown };
	if ((type !== "batch" && type !== "transaction") || !Array.isArray(entry)) {
		throw new NodeError("NODE_FHIR_UNSUPPORTED", "expected a Bundle of type batch or transaction");
	}
	if (entry.length > writesMax) throw new NodeError("NODE_BODY_INVALID", `expected at most ${writesMax} entries`);
	// The spelling of numbers is each entry's own.
	const spelled = (parseKeepingNumbers(source) as { readonly entry?: readonly Entry[] }).entry ?? [];
	const calls = spelled.map((each) => callOf(call, each));
	const answers = type === "batch" ? await runBatch(calls) : await runTransaction(call, calls);
	return { status: 200, body: `{"resourceType":"Bundle","type":"${type}-response","entry":[${answers.join(",")}]}` };
}

interface EntryCall {
	readonly call: FhirCall;
	readonly fullUrl: string | undefined;
}

/** An entry as a request of its own; `undefined` and an error where it is none. */
function callOf(call: FhirCall, { fullUrl, resource, request }: Entry): EntryCall | { readonly fault: Error } {
	const { method, url } = request ?? {};
	if (typeof method !== "string" || !/^(?:GET|POST|PUT|PATCH|DELETE)$/.test(method) || typeof url !== "string") {
		return { fault: new NodeError("NODE_BODY_INVALID", "expected entries with a request of method and url") };
	}
	const [path = "", query = ""] = splitUrl(url);
	const [type = "", id = "", historyWord, versionId = "", ...more] = path.split("/");
	if (more.length > 0 || (historyWord !== undefined && historyWord !== "_history") || id === "_search" || id.startsWith("$")) {
		return { fault: new NodeError("NODE_FHIR_UNSUPPORTED", "expected a read, a search or a write of one record in an entry") };
	}
	return {
		fullUrl: typeof fullUrl === "string" ? fullUrl : undefined,
		call: {
			...call,
			...{ method, type, id, versionId },
			isHistory: historyWord !== undefined,
			pairs: query === "" ? [] : [...new URLSearchParams(query)],
			content: resource === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(patchOf(resource) ?? resource)),
			headers: headersOf(request ?? {}),
		},
	};
}

/** A JSON Patch travels in a bundle as a Binary (R4 §3.1.0.8.1). */
function patchOf({ resourceType, data }: NonNullable<Entry["resource"]>): unknown {
	if (resourceType !== "Binary" || typeof data !== "string") return undefined;
	try {
		return parseKeepingNumbers(Buffer.from(data, "base64").toString("utf8"));
	} catch {
		return undefined;
	}
}

function splitUrl(url: string): readonly string[] {
	const at = url.indexOf("?");
	return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

const headerNames = {
	"if-none-exist": "ifNoneExist",
	"if-match": "ifMatch",
	"if-none-match": "ifNoneMatch",
	"if-modified-since": "ifModifiedSince",
} as const;

function headersOf(request: { readonly [name: string]: unknown }): FhirCall["headers"] {
	return Object.fromEntries(
		Object.entries(headerNames).flatMap(([header, name]) => (typeof request[name] === "string" ? [[header, request[name] as string]] : [])),
	);
}

/** Each by itself: what one refuses changes nothing of another. */
async function runBatch(calls: readonly ReturnType<typeof callOf>[]): Promise<readonly string[]> {
	const answers: string[] = [];
	for (const each of calls) answers.push(await answerEntry(each));
	return answers;
}

async function answerEntry(each: ReturnType<typeof callOf>): Promise<string> {
	try {
		if ("fault" in each) throw each.fault;
		assertServed(each.call.type);
		return responseOf(await runOne(each.call));
	} catch (error) {
		const { status, outcome } = outcomeOf(error);
		return `{"response":{"status":"${status}","outcome":${JSON.stringify(outcome)}}}`;
	}
}

function runOne(call: FhirCall): Promise<FhirAnswer> {
	switch (call.method) {
		case "GET":
			if (call.isHistory) return call.versionId === "" ? history(call) : vread(call);
			return call.id === "" ? searchWithinPatient(call) : read(call);
		case "POST":
			return create(call);
		case "PUT":
			return update(call);
		case "PATCH":
			return patch(call);
		default:
			return remove(call);
	}
}

function responseOf({ status, body, headers = {} }: FhirAnswer): string {
	const { etag, location, "last-modified": lastModified } = headers;
	const told = {
		status: String(status),
		...(location === undefined ? {} : { location }),
		...(etag === undefined ? {} : { etag }),
		...(lastModified === undefined ? {} : { lastModified: new Date(lastModified).toISOString() }),
	};
	const resource = body === undefined ? "" : `"resource":${body},`;
	return `{${resource}"response":${JSON.stringify(told)}}`;
}

type Planned = PlannedWrite | { readonly kind: "found"; readonly record: RecordVersion } | undefined;

/** All or nothing: everything is planned, then filed together; what is read is read afterwards (R4 §3.1.0.11.2). */
async function runTransaction(call: FhirCall, calls: readonly ReturnType<typeof callOf>[]): Promise<readonly string[]> {
	const entries = calls.map((each) => {
		if ("fault" in each) throw each.fault;
		assertServed(each.call.type);
		return each;
	});
	const planned: Planned[] = [];
	for (const { call: each } of entries) planned.push(each.method === "GET" ? undefined : await plan(each));
	const writes = planned.filter((each) => each?.kind === "write");
	const patient = onePatient(writes);
	assertDistinct(writes);
	const names = new Map(
		entries.flatMap(({ fullUrl }, at) => (fullUrl === undefined || planned[at] === undefined ? [] : [[fullUrl, nameOf(planned[at])] as const])),
	);
	const finished = writes.map((write) => write.finish((reference) => names.get(reference)));
	const written = patient === undefined ? [] : await call.access.write(patient, finished);
	const byRecord = new Map(written.map((each) => [each.record, each]));
	const answers: string[] = [];
	for (const [at, each] of entries.entries()) answers.push(await answerPlanned(each.call, planned[at], byRecord));
	return answers;
}

async function plan(call: FhirCall): Promise<Planned> {
	switch (call.method) {
		case "POST":
			return planCreate(call);
		case "PUT":
			return planUpdate(call);
		case "PATCH":
			return planPatch(call);
		default:
			return planDelete(call);
	}
}

function nameOf(planned: NonNullable<Planned>): string {
	return planned.kind === "write" ? planned.record : `${planned.record.resource.resourceType}/${planned.record.resource.id}`;
}

function onePatient(writes: readonly PlannedWrite[]): PatientReference | undefined {
	const [first, ...others] = new Map(writes.map(({ patient }) => [JSON.stringify(patient), patient])).values();
	if (others.length > 0) throw new NodeError("NODE_FHIR_UNSUPPORTED", "expected a transaction about one patient");
	return first;
}

function assertDistinct(writes: readonly PlannedWrite[]): void {
	if (new Set(writes.map(({ record }) => record)).size === writes.length) return;
	throw new NodeError("NODE_BODY_INVALID", "expected each record at most once in a transaction");
}

async function answerPlanned(call: FhirCall, planned: Planned, written: ReadonlyMap<string, WrittenRecord>): Promise<string> {
	if (call.method === "GET") return answerEntry({ call, fullUrl: undefined });
	// Nothing to delete.
	if (planned === undefined) return responseOf({ status: 204 });
	if (planned.kind === "found") {
		const { resource, version } = planned.record;
		const location = `${call.baseUrl}/${resource.resourceType}/${resource.id}/_history/${version}`;
		return responseOf({ status: 200, headers: { location, etag: `W/"${version}"` } });
	}
	// As everybody does in a bundle: only where it is, not what it says.
	return responseOf(answerWritten({ ...call, headers: { prefer: "return=minimal" } }, planned, written.get(planned.record) as WrittenRecord));
}
