import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { DataClass } from "#contracts";
import type { ObjectBody, ObjectRelease, PatientReference } from "#gate";
import { createObjectRecord, type ObjectFacts } from "../objectRecord.ts";
import type { SmallNetwork, SmallPatient, Staff } from "./smallNetwork.ts";

/** The patient of the crash test, known to the child and to the test. */
export const crashPatient = "crash-object-patient";

/** Bytes that differ from one place to the next: byte i is i mod 251 plus the chunk it is in. */
export function patternOf(sizeBytes: number, seed = 0): Buffer {
	const bytes = Buffer.alloc(sizeBytes);
	for (let i = 0; i < sizeBytes; i++) bytes[i] = (i % 251) + (i >> 16) + seed;
	return bytes;
}

export async function* inPieces(bytes: Uint8Array, pieceBytes = 50_000): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** Files an object of a patient through the gate. @returns The record that points to it. */
export async function fileObject(
	small: SmallNetwork,
	patient: Pick<SmallPatient, "localId">,
	bytes: Uint8Array,
	facts: Partial<ObjectFacts> = {},
): Promise<string> {
	const record = createObjectRecord({ kind: "vcf", localId: patient.localId, namesNobody: false, ...facts });
	return (await small.institution().gate.importObject(record, inPieces(bytes))).record;
}

export interface AskObject extends Partial<Omit<ObjectBody, "kind">> {
	readonly patient: PatientReference;
	readonly record: string;
}

export function objectBody(asked: AskObject): ObjectBody {
	const classes: readonly DataClass[] = ["genomics"];
	return { kind: "object", purpose: "TREAT", classes, level: "identified", ...asked };
}

export function askObject(small: SmallNetwork, who: Pick<Staff, "key">, asked: AskObject): Promise<ObjectRelease> {
	return small.institution().gate.releaseObject(small.sign(who.key, objectBody(asked)));
}

export async function collect(release: Pick<ObjectRelease, "stream">): Promise<Buffer> {
	const pieces: Uint8Array[] = [];
	for await (const piece of release.stream()) pieces.push(piece);
	return Buffer.concat(pieces);
}

/** Paths of every large object of the first institution, and of what is on its way in. */
export function objectFiles(small: Pick<SmallNetwork, "folder">, member = "north"): readonly string[] {
	const folder = join(small.folder, "members", member, "blobs");
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((each) => each.isFile())
		.map((each) => join(each.parentPath, each.name));
}
