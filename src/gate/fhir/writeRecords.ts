import type { Instant } from "#base";
import { admits, type ClassVerdict, type DataClass, type Decision } from "#contracts";
import { classesOfType, FhirError, type PreparedRecord, parseKeepingNumbers, type RecordDescription } from "#fhir";
import { type RecordHeader, type StoredRecord, VaultError } from "#vault";
import { holdsPointer } from "../attachment.ts";
import { decideAccess } from "../decideAccess.ts";
import { draftFor } from "../draft.ts";
import { GateError } from "../errors.ts";
import type { PatientReference } from "../gate.ts";
import { freshnessMs } from "../parts.ts";
import { type ResolvedPatient, resolvePatient } from "../patients.ts";
import { refusedWith } from "../refusedWith.ts";
import { relabellingError } from "../relabelling.ts";
import { labelledToken, relabelPatient } from "../relabelPatient.ts";
import { type GateContext, stale } from "../release.ts";
import { ResourceSealer } from "../sealResource.ts";
import type { Admitted } from "./openFhir.ts";
import { withMeta } from "./recordText.ts";
import { openSeen } from "./releaseRecords.ts";

/** One record to be written. `seen` is the version that the writer was shown and that it replaces; 0 for a new one. */
export interface RecordWrite {
	/** `Type/id`. */
	readonly record: string;
	readonly seen: number;
	/** Undefined for a deletion. */
	readonly prepared: PreparedRecord | undefined;
}

export interface WrittenRecord {
	readonly record: string;
	readonly version: number;
	readonly lastUpdatedMs: number;
	/** As it is read from now on; `""` for a deletion. */
	readonly text: string;
}

/** Records of one write. */
export const writesMax = 500;

/**
 * Files, replaces and deletes records of one patient: decided with action `write`, on the access log before anything is stored, then visible
 * together or not at all. Nothing else is written to a patient meanwhile.
 *
 * @throws GateError `GATE_NOT_AVAILABLE` for who may not write this, or where there is no such patient; `GATE_VERSION_CONFLICT`,
 * `GATE_LEDGER_STALE`, `GATE_RELABELLING`, `GATE_REQUEST_INVALID`; FhirError `FHIR_PATIENT_UNCLEAR`, `FHIR_REFERENCE_UNRESOLVED`.
 */
export function writeRecords(
	gate: GateContext,
	admitted: Admitted,
	reference: PatientReference,
	writes: readonly RecordWrite[],
): Promise<readonly WrittenRecord[]> {
	// With imports: between the look at a version and the next one nothing may come in between.
	return gate.turns.take("import", () => writeInTurn(gate, admitted, reference, writes));
}

interface Writing {
	readonly patient: ResolvedPatient;
	readonly at: Instant;
	readonly write: RecordWrite;
	/** What it replaces. */
	readonly current: StoredRecord | undefined;
	readonly own: RecordDescription | undefined;
}

async function writeInTurn(
	gate: GateContext,
	admitted: Admitted,
	reference: PatientReference,
	writes: readonly RecordWrite[],
): Promise<readonly WrittenRecord[]> {
	const { parts } = gate;
	const at = parts.now();
	const patient = await resolvePatient(parts, reference);
	await gate.terms.lookAt(patient, reference);
	const all = await Promise.all(
		writes.map(async (write) => ({ patient, at, write, current: await findCurrent(gate, patient, write), own: write.prepared?.describe() })),
	);
	await decideAndLogWrite(gate, admitted, all);
	for (const { write, current } of all) assertSeen(write, current);
	await assertAbout(gate, patient, writes);
	const inherited = await openTargets(gate, admitted, reference, writes);
	try {
		// Beside an erasure nothing is filed: what it purged would come back.
		return await gate.turns.take("erase-or-file", () => store(gate, admitted, all, inherited));
	} catch (error) {
		// Erased meanwhile, or a class of theirs: nobody is here to be written about.
		if (error instanceof VaultError && error.code === "VAULT_ERASED") throw notAvailable();
		throw error;
	}
}

function notAvailable(): GateError {
	return new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

async function findCurrent({ parts }: GateContext, { subject }: ResolvedPatient, { record }: RecordWrite): Promise<StoredRecord | undefined> {
	return parts.store.getRecord(subject, await parts.keyring.lookupToken("record", subject, record));
}

/** Every class that is written or was: what is replaced or deleted must be the writer's to write as well. */
function classesOfWrite({ own, current }: Writing): readonly DataClass[] {
	return [...(own?.classes ?? []), ...((current?.compartments.split("+") ?? []) as DataClass[])];
}

async function decideAndLogWrite(gate: GateContext, { asked }: Admitted, all: readonly Writing[]): Promise<void> {
	const { parts } = gate;
	const { patient, at } = all[0] as Writing;
	const classes = [...new Set(all.flatMap(classesOfWrite))].sort();
	const decision = await decideWrite(gate, { asked, at }, patient, classes);
	const isPermitted = decision.decision === "permit" && all.every((writing) => isAdmitted(writing, decision));
	const told = isPermitted || decision.decision === "deny" ? decision : refusedWith(decision, "CLASS_NOT_GRANTED");
	await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: asked.key,
			requesterKind: "person",
			via: asked.via,
			action: "write",
			purpose: asked.body.purpose,
			compartments: classes,
			count: all.length,
			decision: told.decision,
			reasons: told.reasons,
			consents: told.consents,
		}),
		{ subject: patient.subject },
	);
	if (told.reasons.includes("LEDGER_STALE")) throw stale(parts, at);
	if (told.reasons.includes("RELABELLING")) throw relabellingError();
	if (!isPermitted) throw notAvailable();
}

async function decideWrite(gate: GateContext, { asked, at }: Admitted, patient: ResolvedPatient, classes: readonly DataClass[]): Promise<Decision> {
	const { purpose, study, diseases, relationship } = asked.body;
	const more = Object.fromEntries(Object.entries({ study, diseases, relationship }).filter(([, value]) => value !== undefined));
	const question = { action: "write", purpose, classes, level: "identified", emergency: false, ...more } as const;
	const decision = await decideAccess(gate, patient, asked, question, at);
	if (gate.parts.ledger.stalenessMs(at) > freshnessMs) return refusedWith(decision, "LEDGER_STALE");
	return gate.relabelling.isPending ? refusedWith(decision, "RELABELLING") : decision;
}

/** Whoever may not have what it says may not write it; a deletion says nothing new. */
function isAdmitted(writing: Writing, { classes }: Decision): boolean {
	const verdicts = new Map(classes.map((verdict) => [verdict.class, verdict]));
	const { own, write } = writing;
	return classesOfWrite(writing).every((dataClass) => {
		const verdict: ClassVerdict | undefined = verdicts.get(dataClass);
		if (verdict === undefined || !verdict.released) return false;
		return own === undefined || admits(verdict.filters, { ...own, ref: write.record })?.level === "identified";
	});
}

function assertSeen({ record, seen }: RecordWrite, current: StoredRecord | undefined): void {
	if ((current?.version ?? 0) === seen) return;
	throw new GateError("GATE_VERSION_CONFLICT", "the record has changed since it was read; read it and write again", {
		record: record.split("/")[0] ?? "",
	});
}

/** What is filed with a patient is about that patient and nobody else. */
async function assertAbout({ parts }: GateContext, { subject }: ResolvedPatient, writes: readonly RecordWrite[]): Promise<void> {
	for (const { prepared, record } of writes) {
		if (prepared === undefined) continue;
		if (holdsPointer(prepared.resourceText)) {
			throw new GateError("GATE_REQUEST_INVALID", "expected no pointer to a large object; the desk files those", { at: "content" });
		}
		const named = record.startsWith("Patient/") ? [prepared.resource.id] : prepared.patients;
		const tokens = await Promise.all(named.map((id) => parts.keyring.lookupToken("local-id", id)));
		const owners = await Promise.all(tokens.map((token) => parts.store.findSubjects("local-id", token)));
		if ((named.length > 0 || !prepared.needsPatient) && owners.every((found) => found.includes(subject))) continue;
		throw new FhirError("FHIR_PATIENT_UNCLEAR", "expected the resource to be about the patient of this request, by `Patient/id`", {
			path: prepared.resource.resourceType,
		});
	}
}

type Inherited = ReadonlyMap<string, Pick<RecordHeader, "labels" | "conditions">>;

/**
 * Opens what the records refer to and what they replace, as the writer may see it: labels are inherited from there. A reference to what
 * the writer does not see is one to nothing, whether or not anything is there.
 */
async function openTargets(gate: GateContext, admitted: Admitted, patient: PatientReference, writes: readonly RecordWrite[]): Promise<Inherited> {
	const written = new Set(writes.map(({ record }) => record));
	const targets = writes.flatMap(({ prepared }) => prepared?.refersTo ?? []).filter((record) => !written.has(record));
	const replaced = writes.filter(({ prepared, seen }) => prepared !== undefined && seen > 0).map(({ record }) => record);
	const found = new Map<string, RecordHeader>();
	for (const record of new Set([...targets, ...replaced])) {
		const seen = await openSeen(gate, admitted, { patient, classes: classesOfType(record.split("/")[0] as string), record });
		if (seen === undefined) {
			throw new FhirError("FHIR_REFERENCE_UNRESOLVED", "expected references to records that you may see, or to entries of the same bundle", {});
		}
		found.set(record, seen);
	}
	return found;
}

async function store(gate: GateContext, { asked }: Admitted, all: readonly Writing[], inherited: Inherited): Promise<readonly WrittenRecord[]> {
	const { parts } = gate;
	const { patient, at } = all[0] as Writing;
	const { subject } = patient;
	const sealer = new ResourceSealer(parts, subject);
	const described = describeTogether(all, inherited);
	const rows: StoredRecord[] = [];
	for (const [index, { write, current }] of all.entries()) {
		const version = write.seen + 1;
		const description = described[index];
		if (write.prepared === undefined || description === undefined) {
			rows.push(await sealer.sealTombstone(write.record, (current as StoredRecord).compartments.split("+") as DataClass[], version));
			continue;
		}
		const filed = { how: write.seen === 0 ? "create" : "update", by: asked.key, via: asked.via, atMs: at } as const;
		const body = { ...description, resourceText: write.prepared.resourceText, filed };
		rows.push(await sealer.seal(write.record, [...description.classes].sort(), body, version));
	}
	const spreads = all.some(({ write }, index) => spreadsOn(inherited.get(write.record), described[index]));
	if (spreads) {
		// Until those that refer to it have its labels too, the patient's are not all under the present tables: a stop in between is made up for.
		await parts.store.relabelRecords(subject, sealer.takeKeys(), rows, "");
		await relabelPatient(parts, subject);
	} else await parts.store.relabelRecords(subject, sealer.takeKeys(), rows, await labelledToken(parts, subject));
	return all.map(({ write }, index) => written(write, rows[index] as StoredRecord));
}

/** Labels and conditions of each, with those of what it refers to, inside the bundle to the end of the chain. */
function describeTogether(all: readonly Writing[], inherited: Inherited): readonly (RecordDescription | undefined)[] {
	const byRecord = new Map<string, Pick<RecordHeader, "labels" | "conditions">>(inherited);
	for (const { write } of all) byRecord.delete(write.record);
	let described: readonly (RecordDescription | undefined)[] = [];
	for (let before = ""; ; ) {
		described = all.map(({ write }) => write.prepared?.describe({ lookUp: (reference) => byRecord.get(reference) as never }));
		for (const [index, description] of described.entries())
			if (description !== undefined) byRecord.set((all[index] as Writing).write.record, description);
		const now = JSON.stringify(described.map((each) => [each?.labels, each?.conditions]));
		// Marks only grow, so this ends.
		if (now === before) return described;
		before = now;
	}
}

function spreadsOn(before: Pick<RecordHeader, "labels" | "conditions"> | undefined, after: RecordDescription | undefined): boolean {
	if (before === undefined || after === undefined) return false;
	const told = ({ labels, conditions }: Pick<RecordHeader, "labels" | "conditions">) => JSON.stringify([[...labels].sort(), [...conditions].sort()]);
	return told(before) !== told(after);
}

function written({ record, prepared }: RecordWrite, { version, storedAtMs }: StoredRecord): WrittenRecord {
	const meta = { versionId: String(version), lastUpdated: new Date(storedAtMs).toISOString() };
	const text = prepared === undefined ? "" : withMeta(parseKeepingNumbers(prepared.resourceText) as Parameters<typeof withMeta>[0], meta);
	return { record, version, lastUpdatedMs: storedAtMs, text };
}
