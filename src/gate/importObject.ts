import { encodeHex, type SubjectId } from "#base";
import type { RecordDescription } from "#fhir";
import { type BlobPointer, expectedObject, formatBlobUrl, type SealingHandle, sealRecord } from "#vault";
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
	/** The resource with its id and the pointer in its place. */
	render(id: string, url: string): { readonly resourceType: string; readonly [element: string]: unknown };
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
export async function importObject(gate: GateContext, record: ObjectRecord, content: AsyncIterable<Uint8Array>): Promise<ObjectImport> {
	const { parts } = gate;
	if (gate.relabelling.isPending) throw relabellingError();
	const subject = await findPatient(parts, record.localId);
	const handle = await parts.keyring.sealFor(subject, [...record.description.classes].sort());
	const pointer = await parts.objects.put(handle, content);
	try {
		// Not beside an erasure: it would find either nothing, or object and record.
		return await gate.turns.take("erase-or-file", () => fileRecord(parts, { subject, handle, pointer, record }));
	} catch (error) {
		await parts.objects.delete({ subject, compartments: handle.wrapped.compartments }, pointer);
		throw error;
	}
}

interface Filing {
	readonly subject: SubjectId;
	readonly handle: SealingHandle;
	readonly pointer: BlobPointer;
	readonly record: ObjectRecord;
}

async function fileRecord(parts: GateParts, { subject, handle, pointer, record }: Filing): Promise<ObjectImport> {
	const { classes } = record.description;
	// Throws when subject or class were erased while the object was stored.
	await parts.keyring.sealFor(subject, handle.wrapped.compartments);
	const id = encodeHex(parts.randomBytes(16));
	const reference = `${record.resourceType}/${id}`;
	const row = sealRecord({
		...{ custodian: parts.member, handle, version: 1, storedAtMs: parts.now(), deleted: false, randomBytes: parts.randomBytes },
		// Its class is its kind's and its labels are what somebody found who looked into it: no table can say either anew.
		token: await parts.keyring.lookupToken("record", subject, reference),
		body: { ...record.description, tableVersion: generatedVersion, resourceText: JSON.stringify(record.render(id, formatBlobUrl(pointer))) },
	});
	await logImport(parts, { subject, resources: 1 });
	await parts.store.putRecords([handle.wrapped], [row], [expectedObject(pointer)]);
	return { record: reference, sizeBytes: pointer.sizeBytes, classes };
}

async function findPatient(parts: GateParts, localId: string): Promise<SubjectId> {
	const [subject] = await parts.store.findSubjects("local-id", await parts.keyring.lookupToken("local-id", localId));
	if (subject !== undefined) return subject;
	throw new GateError("GATE_IMPORT_FAILED", "expected the id of a patient of this institution");
}
