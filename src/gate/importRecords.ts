import { type Awaitable, encodeHex, type SubjectId } from "#base";
import type { IdentifiedResource, PreparedBundle, PreparedResource } from "#fhir";
import { type StoredRecord, unenrolledPseudonym } from "#vault";
import { holdsPointer } from "./attachment.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import type { GateParts } from "./parts.ts";
import { labelledToken } from "./relabelPatient.ts";
import { ResourceSealer } from "./sealResource.ts";

export interface ImportProgress {
	readonly done: number;
	readonly total: number;
}

export interface ImportReport {
	readonly resources: number;
	readonly patients: readonly { readonly localId: string; readonly subject: SubjectId; readonly isNew: boolean; readonly resources: number }[];
	/** Records per data class; a record that needs several counts in each. */
	readonly classes: Readonly<Record<string, number>>;
}

interface Importing {
	readonly localId: string;
	readonly subject: SubjectId;
	readonly isNew: boolean;
	readonly sealer: ResourceSealer;
	readonly lookups: readonly { readonly kind: string; readonly token: string }[];
	resources: number;
}

const batchSize = 256;

/**
 * Files a custodian's own records: sealed one by one with encrypt-only handles, invisible until the last one is stored and the import is
 * on the access log, then visible together. A fault, a full disk or a stop in between leaves nothing of it.
 */
export async function importRecords(
	parts: GateParts,
	prepared: PreparedBundle,
	onProgress?: (progress: ImportProgress) => void,
): Promise<ImportReport> {
	const importId = encodeHex(parts.randomBytes(16));
	const patients = new Map<string, Importing>();
	await inTurns(prepared.patients, async (patient) => patients.set(`Patient/${patient.id}`, await openPatient(parts, patient)));
	const classes: Record<string, number> = {};
	await parts.store.beginImport(importId);
	try {
		let done = 0;
		for await (const batch of inBatches(prepared.resources(), batchSize)) {
			await stage(parts, importId, patients, batch, classes);
			done += batch.length;
			onProgress?.({ done, total: prepared.entryCount });
		}
		await inTurns([...patients.values()], (patient) => logImport(parts, patient));
		await parts.store.commitImport(
			importId,
			await Promise.all(
				[...patients.values()].map(async ({ subject, lookups }) => ({ subject, lookups, labelled: await labelledToken(parts, subject) })),
			),
		);
	} catch (error) {
		await parts.store.abortImport(importId);
		throw error;
	}
	return {
		resources: prepared.entryCount,
		patients: [...patients.values()].map(({ localId, subject, isNew, resources }) => ({ localId, subject, isNew, resources })),
		classes,
	};
}

async function openPatient(parts: GateParts, patient: IdentifiedResource): Promise<Importing> {
	const token = await parts.keyring.lookupToken("local-id", patient.id);
	const lookups = [{ kind: "local-id", token }, ...(await personLookups(parts, patient))];
	const known = (await parts.store.findSubjects("local-id", token))[0];
	const subject = known ?? (encodeHex(parts.randomBytes(16)) as SubjectId);
	if (known === undefined) await parts.keyring.createSubject(subject, unenrolledPseudonym(subject));
	return { localId: patient.id, subject, isNew: known === undefined, sealer: new ResourceSealer(parts, subject), lookups, resources: 0 };
}

async function stage(
	parts: GateParts,
	importId: string,
	patients: ReadonlyMap<string, Importing>,
	batch: readonly PreparedResource[],
	classes: Record<string, number>,
): Promise<void> {
	const rows: StoredRecord[] = [];
	const touched = new Set<Importing>();
	const filed = { how: "import", by: parts.member, via: parts.member, atMs: parts.now() } as const;
	for (const { patient: reference, resource, resourceText, description } of batch) {
		const patient = patients.get(reference);
		if (patient === undefined) throw new GateError("GATE_IMPORT_FAILED", "expected every resource to belong to a patient of the bundle");
		const name = `${resource.resourceType}/${resource.id}`;
		const version = patient.isNew ? 1 : await nextVersion(parts, patient.subject, name);
		// It would hand out, with this record's labels and consents, what was filed with another's.
		if (holdsPointer(resourceText)) throw new GateError("GATE_IMPORT_FAILED", "expected no pointer to a large object in an imported resource");
		rows.push(await patient.sealer.seal(name, [...description.classes].sort(), { ...description, resourceText, filed }, version));
		for (const dataClass of description.classes) classes[dataClass] = (classes[dataClass] ?? 0) + 1;
		patient.resources++;
		touched.add(patient);
	}
	const keys = [...touched].flatMap((patient) => [...patient.sealer.takeKeys()]);
	await parts.store.stageRecords(importId, keys, rows);
}

async function nextVersion(parts: GateParts, subject: SubjectId, name: string): Promise<number> {
	const token = await parts.keyring.lookupToken("record", subject, name);
	return ((await parts.store.getRecord(subject, token))?.version ?? 0) + 1;
}

/** Filing is an access: written down for the patient before anything of it is visible. */
export async function logImport(parts: GateParts, patient: Pick<Importing, "subject" | "resources">): Promise<void> {
	const pseudonym = (await parts.keyring.pseudonymOf(patient.subject)) ?? unenrolledPseudonym(patient.subject);
	const draft = draftFor(parts, pseudonym, parts.now(), {
		requesterKind: "member",
		action: "import",
		purpose: "TREAT",
		count: patient.resources,
		decision: "permit",
		reasons: ["CUSTODIAN_RECORD"],
	});
	await parts.log.append(draft, { subject: patient.subject });
}

/** Keyed tokens of name and birth date, so that the desk finds a patient without a readable index. */
async function personLookups(parts: GateParts, patient: IdentifiedResource): Promise<readonly { kind: string; token: string }[]> {
	const names = Array.isArray(patient["name"]) ? (patient["name"] as { family?: unknown; given?: unknown }[]) : [];
	const lookups = [];
	for (const { family, given } of names) {
		if (typeof family !== "string" || !Array.isArray(given) || typeof given[0] !== "string") continue;
		lookups.push({ kind: "person", token: await personToken(parts, family, given[0], String(patient["birthDate"] ?? "")) });
	}
	return lookups;
}

export function personToken(parts: GateParts, family: string, given: string, birthDate: string): Awaitable<string> {
	return parts.keyring.lookupToken("person", normaliseName(family), normaliseName(given), birthDate);
}

function normaliseName(name: string): string {
	return name.normalize("NFKC").trim().toLowerCase();
}

/** A batch at a time, each together: what keyring and log make durable for them then shares a commit. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
	for (let from = 0; from < items.length; from += batchSize) await Promise.all(items.slice(from, from + batchSize).map(work));
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
	let batch: T[] = [];
	for await (const item of items) {
		batch.push(item);
		if (batch.length === size) {
			yield batch;
			batch = [];
		}
	}
	if (batch.length > 0) yield batch;
}
