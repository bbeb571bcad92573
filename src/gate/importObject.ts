import { encodeHex, type SubjectId } from "#base";
import type { RecordDescription } from "#fhir";
import { type BlobPointer, expectedObject, formatBlobUrl, type SealingHandle, type StoredRecord, sealRecord } from "#vault";
import { GateError } from "./errors.ts";
import { logImport } from "./importRecords.ts";
import type { GateParts } from "./parts.ts";
import { relabellingError } from "./relabelling.ts";
import { generatedVersion } from "./relabelPatient.ts";
import type { GateContext } from "./release.ts";

/** A record that is about to get its object: everything but the pointer, which the gate writes. */
export interface ObjectRecord {
	/** The patient's id at this custodian. */
	readonly localId: string;
	readonly resourceType: string;
	readonly description: RecordDescription;
	/** The resource with its id and the pointer in its place; and that of the object beside it, where there is one. */
	render(id: string, url: string, besideUrl?: string): Rendered;
}

type Rendered = { readonly resourceType: string; readonly [element: string]: unknown };

/** What is filed together with an object, and known only once all of it has come in. */
export interface ObjectCompanions {
	/** An object that belongs beside the first, such as an index of it; sealed under the same key. */
	readonly beside?: () => AsyncIterable<Uint8Array>;
	/** What the object was seen to say while it came in, as records of their own, each with an id that `newId` gave. */
	readonly results?: (newId: () => string, atMs: number) => readonly Rendered[];
	/** A record of where the object and its results came from (Provenance); `targets` begins with the object's. All get the classes and labels of the record, because they tell of it. */
	readonly provenance?: (id: string, targets: readonly string[], atMs: number) => Rendered;
}

export interface ObjectImport {
	/** `ResourceType/id` of the record that points to the object. */
	readonly record: string;
	readonly sizeBytes: number;
	readonly classes: readonly string[];
}

/**
 * Files a custodian's own large object with its record: the object first, sealed as it streams in, then, in one commit, its data key, the record
 * with the pointer and what the audit expects. Before that nothing tells that it exists; a failure, a kill or an erasure in between leaves
 * an object that nobody can find, which is deleted here or at the next start.
 *
 * @throws {@link GateError} `GATE_IMPORT_FAILED` without such a patient; VaultError `VAULT_ERASED`; whatever the source throws.
 */
export async function importObject(
	gate: GateContext,
	record: ObjectRecord,
	content: AsyncIterable<Uint8Array>,
	companions: ObjectCompanions = {},
): Promise<ObjectImport> {
	const { parts } = gate;
	if (gate.relabelling.isPending) throw relabellingError();
	const subject = await findPatient(parts, record.localId);
	const handle = await parts.keyring.sealFor(subject, [...record.description.classes].sort());
	const owner = { subject, compartments: handle.wrapped.compartments };
	const pointers = [await parts.objects.put(handle, content)];
	try {
		if (companions.beside !== undefined) pointers.push(await parts.objects.put(handle, companions.beside()));
		// Not beside an erasure: it would find either nothing, or objects and record.
		return await gate.turns.take("erase-or-file", () => fileRecord(parts, { subject, handle, pointers, record, companions }));
	} catch (error) {
		for (const pointer of pointers) await parts.objects.delete(owner, pointer);
		throw error;
	}
}

interface Filing {
	readonly subject: SubjectId;
	readonly handle: SealingHandle;
	/** The object's own first. */
	readonly pointers: readonly BlobPointer[];
	readonly record: ObjectRecord;
	readonly companions: ObjectCompanions;
}

async function fileRecord(parts: GateParts, { subject, handle, pointers, record, companions }: Filing): Promise<ObjectImport> {
	const { classes } = record.description;
	// Throws when subject or class were erased while the object was stored.
	await parts.keyring.sealFor(subject, handle.wrapped.compartments);
	const id = encodeHex(parts.randomBytes(16));
	const reference = `${record.resourceType}/${id}`;
	const storedAtMs = parts.now();
	const [url, besideUrl] = pointers.map(formatBlobUrl) as [string, string | undefined];
	const newId = () => encodeHex(parts.randomBytes(16));
	const resources = [record.render(id, url, besideUrl), ...(companions.results?.(newId, storedAtMs) ?? [])];
	const targets = resources.map((each) => `${each.resourceType}/${each["id"]}`);
	if (companions.provenance !== undefined) resources.push(companions.provenance(newId(), targets, storedAtMs));
	const rows: StoredRecord[] = [];
	for (const resource of resources)
		rows.push(
			sealRecord({
				...{ custodian: parts.member, handle, version: 1, storedAtMs, deleted: false, randomBytes: parts.randomBytes },
				// Its class is its kind's and its labels are what somebody found who looked into it: no table can say either anew.
				token: await parts.keyring.lookupToken("record", subject, `${resource.resourceType}/${resource["id"]}`),
				body: { ...record.description, tableVersion: generatedVersion, resourceText: JSON.stringify(resource) },
			}),
		);
	await logImport(parts, { subject, resources: rows.length });
	await parts.store.putRecords([handle.wrapped], rows, pointers.map(expectedObject));
	return { record: reference, sizeBytes: (pointers[0] as BlobPointer).sizeBytes, classes };
}

async function findPatient(parts: GateParts, localId: string): Promise<SubjectId> {
	const [subject] = await parts.store.findSubjects("local-id", await parts.keyring.lookupToken("local-id", localId));
	if (subject !== undefined) return subject;
	throw new GateError("GATE_IMPORT_FAILED", "expected the id of a patient of this institution");
}
