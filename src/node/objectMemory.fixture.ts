import { createHash, randomBytes } from "node:crypto";
import { createObjectRecord } from "./objectRecord.ts";
import { byLocal, openSmallNetwork, smallMembers, toPractitioners } from "./testing/smallNetwork.ts";
import { askObject } from "./testing/smallObjects.ts";

/**
 * Files an object of the size asked for through the gate of a whole node, on disk, reads it back by the same door, and prints how much memory
 * that took and how long. Started by `objectMemory.test.ts`.
 */
const sizeBytes = Number(process.argv[2]);
const folder = process.argv[3] as string;
const small = await openSmallNetwork({ folder, members: smallMembers.slice(0, 1) });
const patient = await small.admit({ family: "Memory", given: "Test", birthDate: "1970-01-01" });
const doctor = await small.hire("practitioner");
await small.grant(patient, toPractitioners("north", ["genomics"]));
const noise = new Uint8Array(randomBytes(2 ** 20));

const before = process.memoryUsage.rss();
let peak = before;

/** Pieces of one MiB that differ from one another. */
async function* content(): AsyncGenerator<Uint8Array> {
	const piece = Uint8Array.from(noise);
	for (let written = 0; written < sizeBytes; written += piece.length) {
		new DataView(piece.buffer).setFloat64(0, written);
		peak = Math.max(peak, process.memoryUsage.rss());
		yield piece;
	}
}

const expected = createHash("sha1");
for await (const piece of content()) expected.update(piece);
const began = performance.now();
const record = createObjectRecord({ kind: "vcf", localId: patient.localId, namesNobody: false });
const filed = await small.institution().gate.importObject(record, content());
const written = performance.now();
const release = await askObject(small, doctor, { patient: byLocal(patient.localId), record: filed.record });
const found = createHash("sha1");
let length = 0;
for await (const piece of release.stream()) {
	found.update(piece);
	length += piece.length;
	peak = Math.max(peak, process.memoryUsage.rss());
}
const read = performance.now();
await small.close();
const times = { writeMs: Math.round(written - began), readMs: Math.round(read - written) };
process.stdout.write(JSON.stringify({ sizeBytes: length, before, peak, isEqual: found.digest("hex") === expected.digest("hex"), ...times }));
