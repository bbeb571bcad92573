import { applyJsonPatch, type FhirResource, parseKeepingNumbers, parseSearch, prepareRecord, readJson, searchRecords } from "#fhir";
import { GateError, type PatientReference, type RecordVersion, type WrittenRecord } from "#gate";
import { NodeError } from "../errors.ts";
import { classesOf, type FhirAnswer, type FhirCall, patientOf } from "./fhirCall.ts";
import type { PlannedWrite } from "./plannedWrite.ts";
import { versionHeaders } from "./readInteractions.ts";

/** `POST /[type]`; with `If-None-Exist` only where the requester sees nothing that meets the condition. */
export async function create(call: FhirCall): Promise<FhirAnswer> {
	const planned = await planCreate(call);
	return planned.kind === "found" ? answerFound(call, planned.record) : commit(call, planned);
}

/** `PUT /[type]/[id]`, or `PUT /[type]?…` for the one record that meets the condition. */
export const update = (call: FhirCall): Promise<FhirAnswer> => planUpdate(call).then((planned) => commit(call, planned));

/** `PATCH /[type]/[id]` with a JSON Patch, or `PATCH /[type]?…`. */
export const patch = (call: FhirCall): Promise<FhirAnswer> => planPatch(call).then((planned) => commit(call, planned));

/** `DELETE /[type]/[id]`, or `DELETE /[type]?…`: a tombstone version. Only an erasure destroys. */
export async function remove(call: FhirCall): Promise<FhirAnswer> {
	const planned = await planDelete(call);
	return planned === undefined ? { status: 204 } : commit(call, planned);
}

async function commit(call: FhirCall, planned: PlannedWrite): Promise<FhirAnswer> {
	const [written] = await call.access.write(planned.patient, [planned.finish(() => undefined)]);
	return answerWritten(call, planned, written as WrittenRecord);
}

export function answerWritten(
	{ baseUrl, headers }: Pick<FhirCall, "baseUrl" | "headers">,
	{ status }: PlannedWrite,
	written: WrittenRecord,
): FhirAnswer {
	const { record, version, lastUpdatedMs, text } = written;
	if (status === 204) return { status, headers: { etag: `W/"${version}"` } };
	const told = {
		etag: `W/"${version}"`,
		"last-modified": new Date(lastUpdatedMs).toUTCString(),
		location: `${baseUrl}/${record}/_history/${version}`,
	};
	return wantsNothing(headers) ? { status, headers: told } : { status, body: text, headers: told };
}

function answerFound({ baseUrl, headers }: FhirCall, found: RecordVersion): FhirAnswer {
	const { resource, version, text } = found;
	const told = { ...versionHeaders(found), location: `${baseUrl}/${resource.resourceType}/${resource.id}/_history/${version}` };
	return wantsNothing(headers) ? { status: 200, headers: told } : { status: 200, body: text, headers: told };
}

function wantsNothing({ prefer }: FhirCall["headers"]): boolean {
	return typeof prefer === "string" && /(?:^|[,;\s])return=minimal(?:$|[,;\s])/.test(prefer);
}

/** @throws NodeError `NODE_FHIR_UNSUPPORTED`, `NODE_BODY_INVALID`; FhirError for what is no JSON. */
export function readResource({ content, type }: Pick<FhirCall, "content" | "type">): { readonly resource: FhirResource; readonly source: string } {
	const { value, text } = readJson(content);
	const found = (value as { resourceType?: unknown } | null)?.resourceType;
	if (typeof found !== "string" || (type !== "" && found !== type)) {
		throw new NodeError("NODE_BODY_INVALID", "expected a resource of the type that the address names");
	}
	return { resource: value as FhirResource, source: text };
}

/** What nobody writes over FHIR: people come in at the desk, and a consent is signed by its patient. */
function assertWritable(type: string, isNewOrGone: boolean): void {
	if (type === "Patient" && isNewOrGone) throw new NodeError("NODE_FHIR_UNSUPPORTED", "patients are enrolled and erased at the desk, not over FHIR");
	if (type === "Consent") throw new NodeError("NODE_FHIR_UNSUPPORTED", "a consent is signed by its patient: POST /api/consents/proposals");
}

const uuid = () => crypto.randomUUID();

export async function planCreate(call: FhirCall): Promise<PlannedWrite | { readonly kind: "found"; readonly record: RecordVersion }> {
	assertWritable(call.type, true);
	const given = readResource(call);
	call.profiles.assertClaims(given.resource);
	const patient = patientOf(call, patientsIn(given.resource));
	const condition = call.headers["if-none-exist"];
	if (condition !== undefined) {
		const found = await findOne(call, patient, typeof condition === "string" ? condition : "");
		if (found !== undefined) return { kind: "found", record: found };
	}
	return planNew(call.type, patient, given);
}

function planNew(type: string, patient: PatientReference, { resource, source }: ReturnType<typeof readResource>): PlannedWrite {
	const id = uuid();
	const record = `${type}/${id}`;
	const finish: PlannedWrite["finish"] = (rewrite) => ({ record, seen: 0, prepared: prepareRecord({ resource, source, id, rewrite }) });
	return { kind: "write", record, patient, status: 201, finish };
}

export async function planUpdate(call: FhirCall): Promise<PlannedWrite> {
	assertWritable(call.type, false);
	const given = readResource(call);
	call.profiles.assertClaims(given.resource);
	const patient = patientOf(call, call.type === "Patient" ? [call.id] : patientsIn(given.resource));
	const current = await findTarget(call, patient);
	if (current === undefined) {
		assertWritable(call.type, true);
		if (given.resource.id !== undefined) throw new NodeError("NODE_FHIR_UNSUPPORTED", "the node gives a new record its id; send it without one");
		return planNew(call.type, patient, given);
	}
	const { id } = current.resource;
	if (given.resource.id !== id) throw new NodeError("NODE_BODY_INVALID", "expected the resource's own id to be that of the address");
	return planReplacing(call, patient, current, given);
}

function planReplacing(
	call: FhirCall,
	patient: PatientReference,
	current: RecordVersion,
	{ resource, source }: ReturnType<typeof readResource>,
): PlannedWrite {
	assertMatch(call, current);
	const { resourceType, id } = current.resource;
	const record = `${resourceType}/${id}`;
	const finish: PlannedWrite["finish"] = (rewrite) => ({ record, seen: current.version, prepared: prepareRecord({ resource, source, id, rewrite }) });
	return { kind: "write", record, patient, status: 200, finish };
}

export async function planPatch(call: FhirCall): Promise<PlannedWrite> {
	assertWritable(call.type, false);
	const { text } = readJson(call.content);
	const patient = patientOf(call, call.type === "Patient" ? [call.id] : []);
	const current = (await findTarget(call, patient)) ?? notAvailable();
	const patched = applyJsonPatch(parseKeepingNumbers(current.text), parseKeepingNumbers(text));
	const source = JSON.stringify(patched) ?? "";
	const resource = JSON.parse(source === "" ? "null" : source) as FhirResource | null;
	if (resource?.id !== current.resource.id || resource.resourceType !== call.type) {
		throw new NodeError("NODE_BODY_INVALID", "expected a patch that leaves type and id as they are");
	}
	call.profiles.assertClaims(resource);
	return planReplacing(call, patient, current, { resource, source });
}

export async function planDelete(call: FhirCall): Promise<PlannedWrite | undefined> {
	assertWritable(call.type, true);
	const patient = patientOf(call, call.id === "" ? parseSearch(call.type, call.pairs).patients : []);
	const current = await findTarget(call, patient);
	// Deleted before, or nothing meets the condition: it is as the requester wants it.
	if (current === undefined || current.deleted) return undefined;
	assertMatch(call, current);
	const record = `${current.resource.resourceType}/${current.resource.id}`;
	return { kind: "write", record, patient, status: 204, finish: () => ({ record, seen: current.version, prepared: undefined }) };
}

function notAvailable(): never {
	throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

/**
 * The record that a write is for, as the requester sees it: by its id, or the one that meets the condition. Undefined where nothing meets
 * the condition.
 */
async function findTarget(call: FhirCall, patient: PatientReference): Promise<RecordVersion | undefined> {
	if (call.id === "") {
		const query = call.pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
		return findOne(call, patient, query);
	}
	const release = await call.access.release({ patient, classes: classesOf([call.type]), record: `${call.type}/${call.id}` });
	const found = release.records.find(({ resource, level }) => resource.id === call.id && level === "identified") ?? notAvailable();
	if (found.deleted && call.method !== "DELETE") throw new NodeError("NODE_FHIR_DELETED", "the record was deleted; file it as a new one");
	return found;
}

/** Among what the requester sees, and nothing else: a record that is held back neither stops a create nor is found by it. */
async function findOne(call: FhirCall, patient: PatientReference, condition: string): Promise<RecordVersion | undefined> {
	const query = parseSearch(call.type, [...new URLSearchParams(condition)]);
	if (query.filters.length === 0) throw new NodeError("NODE_FHIR_UNSUPPORTED", "expected a condition with at least one parameter");
	const release = await call.access.release({ patient, classes: classesOf([call.type]), type: call.type });
	const { total, matches } = searchRecords(release.records, query, { nowMs: call.nowMs });
	if (total > 1) throw new NodeError("NODE_FHIR_SEVERAL_MATCHES", "several records meet the condition; make it narrower");
	return matches[0];
}

/** RFC 9110 §13.1.1: whoever names a version writes on that one or not at all. */
export function assertMatch({ headers }: Pick<FhirCall, "headers">, { version }: Pick<RecordVersion, "version">): void {
	const match = headers["if-match"];
	if (match === undefined) return;
	if (typeof match === "string" && match.split(",").some((tag) => ["*", `"${version}"`].includes(tag.trim().replace(/^W\//, "")))) return;
	throw new NodeError("NODE_FHIR_PRECONDITION", "the record is at another version than If-Match names; read it again");
}

const aboutNames = ["subject", "patient", "beneficiary", "individual", "candidate", "policyHolder", "subscriber"] as const;

/** Ids of the patients that a resource names by itself, before it is judged: enough to know whose record to ask for. */
function patientsIn(resource: FhirResource): readonly string[] {
	return aboutNames.flatMap((name) => {
		const reference = (resource[name] as { reference?: unknown } | undefined)?.reference;
		return typeof reference === "string" && reference.startsWith("Patient/") ? [reference.slice("Patient/".length)] : [];
	});
}
