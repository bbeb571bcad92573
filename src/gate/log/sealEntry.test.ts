import { createDecipheriv } from "node:crypto";
import { expect, it } from "vitest";
import { canonicalBytes, encodeHex } from "#base";
import type { AccessEntry } from "#contracts";
import { openEntry, type SealEntryParameters, sealEntry } from "./sealEntry.ts";
import { draftOf, patientOf } from "./testing.ts";

const salt = new Uint8Array(32).fill(3);
const entry = draftOf(patientOf("anna").pseudonym) as unknown as AccessEntry;
const plaintext = Buffer.concat([salt, canonicalBytes(entry)]);
const at: SealEntryParameters = {
	log: "clinic-a.1",
	leafIndex: 41,
	place: null,
	dataKey: new Uint8Array(32).fill(1),
	nonce: new Uint8Array(12).fill(2),
};

/** Opens what was sealed by Node's own cipher, with the associated data spelt out: whoever writes the other way round opens nothing of before. */
function openWith(sealed: Uint8Array, associatedData: string): Buffer {
	const decipher = createDecipheriv("chacha20-poly1305", at.dataKey, sealed.subarray(0, 12), { authTagLength: 16 });
	decipher.setAAD(Buffer.from(associatedData), { plaintextLength: sealed.length - 28 });
	decipher.setAuthTag(sealed.subarray(-16));
	return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

it("[AL9] [AL24] an entry is sealed under log and leaf index, one of a cohort under its place too", () => {
	expect(openWith(sealEntry(plaintext, at), "aceso/log-entry/2|clinic-a.1|41")).toEqual(plaintext);
	expect(openWith(sealEntry(plaintext, { ...at, place: 0 }), "aceso/log-entry/2|clinic-a.1|41|0")).toEqual(plaintext);
	expect(openWith(sealEntry(plaintext, { ...at, place: 255 }), "aceso/log-entry/2|clinic-a.1|41|255")).toEqual(plaintext);
});

it.each([
	["of another log", { log: "clinic-a.2" }],
	["at another leaf", { leafIndex: 42 }],
	["at a place", { place: 0 }],
	["under another key", { dataKey: new Uint8Array(32) }],
])("[AL9] an entry opens %s no more", (_, other) => {
	const sealed = sealEntry(plaintext, at);
	expect(openEntry(sealed, at)).toEqual({ salt: encodeHex(salt), entry });
	expect(() => openEntry(sealed, { ...at, ...other })).toThrow(expect.objectContaining({ code: "ACCESS_LOG_INTEGRITY" }));
});
