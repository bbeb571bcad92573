import { decodeHex } from "#base";
import type { DataClass } from "#contracts";
import { type OpenedBlob, VaultError } from "#vault";
import { type AdmittedObject, admittedObject } from "./admittedObject.ts";
import { admitRequest } from "./authenticate.ts";
import { GateError } from "./errors.ts";
import type { ObjectRelease } from "./gate.ts";
import { pairwiseId } from "./minimise/pairwiseId.ts";
import { resolveRange } from "./objectRange.ts";
import { type OpenedRow, openRowsWithKeys } from "./openRows.ts";
import type { ResolvedPatient } from "./patients.ts";
import { audienceOf, decideAndLog, type GateContext, incompletenessNotice, type JudgedRequest, unlessErased } from "./release.ts";
import { watchStream } from "./watchStream.ts";

/**
 * The door to large objects: the same steps as a read of records, then the object of one of them, streamed in constant memory. It is opened by
 * the data key of its own record, so by the same receipt.
 *
 * Refused, absent, erased, a record that is held back and one without an object get one answer, whatever range was asked for (invariant 8).
 *
 * @throws {@link GateError} as `release`; `GATE_NOT_AVAILABLE`; `GATE_RANGE_UNSATISFIABLE` to those alone who may read the object.
 */
export async function releaseObject(gate: GateContext, input: unknown): Promise<ObjectRelease> {
	const { request, at } = await admitRequest(gate, input, "object");
	const { body } = request;
	if (body.level !== "identified" && body.level !== "pseudonymised") {
		throw new GateError("GATE_REQUEST_INVALID", `level ${body.level} is answered by a count, a cohort or a model, not by an object`, {
			at: "body.level",
		});
	}
	// A reader of pseudonymised records knows their pairwise ids alone: the record is then looked for among all.
	const { record, ...anyRecord } = body;
	const asked: JudgedRequest = { request: { ...request, body: body.level === "identified" ? body : anyRecord }, at };
	const logged = await decideAndLog(gate, asked, "read");
	const { patient, decision, access, load } = logged;
	const found =
		decision.decision === "permit"
			? await unlessErased(async () => {
					const { opened, dataKeys } = await openRowsWithKeys(gate.parts, access, await load());
					const naming = await namesFor(gate, asked, record);
					const row = opened.find((each) => naming.nameOf(each) === record);
					return row === undefined
						? undefined
						: { row, naming, object: admittedObject(row, decision, body.level), dataKey: dataKeys.get(row.row.dataKey) };
				})
			: undefined;
	if (found?.object === undefined) throw notAvailable();
	const { row, naming, object, dataKey } = found;
	const blob = await openObject(gate, patient, row, object, dataKey as Uint8Array);
	try {
		const { start, end } = resolveRange(body.range, blob.sizeBytes);
		const watched = watchStream(gate, { asked, access, patient, row, blob, start, end });
		// From here on an erasure ends the stream; one that came before it is seen here.
		if (await isErased(gate, patient, row.row.dataKey)) {
			await watched.close();
			throw notAvailable();
		}
		return {
			...{ level: object.level, contentType: object.contentType, sizeBytes: blob.sizeBytes, start, end, etag: naming.etagOf(object) },
			notice: incompletenessNotice,
			access: { log: access.entry.log, leafIndex: access.leafIndex, entryHash: access.receipt.entryHash },
			...watched,
		};
	} catch (error) {
		await blob.close();
		throw error;
	}
}

interface Naming {
	nameOf(row: OpenedRow): string;
	etagOf(object: AdmittedObject): string;
}

/** Names as the reader's level shows them: an object's own id would let two audiences join what they hold. */
async function namesFor({ parts }: GateContext, { request, at }: JudgedRequest, record: string): Promise<Naming> {
	if (request.body.level === "identified") return { nameOf: () => record, etagOf: ({ pointer }) => `"${pointer.id}-${pointer.version}"` };
	const audience = audienceOf(parts, request, request.body, at);
	const key = decodeHex(await parts.keyring.lookupToken("pairwise", audience));
	return {
		nameOf: ({ body: { resource } }) => `${resource.resourceType}/${pairwiseId(key, audience, resource.id)}`,
		etagOf: ({ pointer }) => `"${pairwiseId(key, audience, `${pointer.id}-${pointer.version}`)}"`,
	};
}

/**
 * Opens the object under the key of its own record: a pointer to anything sealed otherwise was not written by this gate.
 *
 * @throws VaultError `VAULT_INTEGRITY`, of kind stop; `GATE_NOT_AVAILABLE` where an erasure came in between.
 */
export async function openObject(
	gate: GateContext,
	patient: ResolvedPatient,
	{ row }: OpenedRow,
	{ pointer }: Pick<AdmittedObject, "pointer">,
	dataKey: Uint8Array,
): Promise<OpenedBlob> {
	if (pointer.dataKey !== row.dataKey)
		throw new VaultError("VAULT_INTEGRITY", "expected an object sealed with its own record, found a pointer to another");
	const compartments = row.compartments.split("+") as DataClass[];
	try {
		return await gate.parts.objects.open({ subject: patient.subject, compartments }, pointer, dataKey);
	} catch (error) {
		// Gone because the patient is, or only the class: the answer of both.
		if (await isErased(gate, patient, row.dataKey)) throw notAvailable();
		if (error instanceof VaultError && error.code === "VAULT_NOT_FOUND") {
			throw new VaultError("VAULT_INTEGRITY", "expected the object that a record points to, found none", {}, error);
		}
		throw error;
	}
}

export async function isErased({ parts }: GateContext, { subject }: ResolvedPatient, dataKey: string): Promise<boolean> {
	if ((await parts.keyring.status(subject)) !== "live") return true;
	return (await unlessErased(async () => parts.store.getDataKeys([dataKey]))) === undefined;
}

export function notAvailable(): GateError {
	return new GateError("GATE_NOT_AVAILABLE", "not available to you");
}
