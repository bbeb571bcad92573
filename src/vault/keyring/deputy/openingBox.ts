import { openChaCha, type Pseudonym, type SubjectId, sealChaCha } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { keyBytes } from "../wrapping.ts";

/** What a box says of the data key in it. */
export interface BoxLabel {
	/** Boxes of another generation open nothing any more. */
	readonly generation: number;
	/** The log whose entries the key may be used for. */
	readonly log: string;
	readonly subject: SubjectId;
	/** The pseudonym that the subject is bound to. */
	readonly pseudonym: Pseudonym;
	/** Names of the key's compartments, joined. */
	readonly joined: string;
	/** Id of the data key. */
	readonly id: string;
}

export interface OpenedBox extends BoxLabel {
	/** The data key; whoever opened the box overwrites it. */
	readonly key: Uint8Array;
}

const nonceBytes = 12;
const associated = Buffer.from("aceso/opening/1", "latin1");

/** A data key with what it may be used for, sealed for the deputy alone: ChaCha20-Poly1305 over key(32) ‖ label. */
export function sealBox(boxKey: Uint8Array, { key, ...label }: OpenedBox, randomBytes: RandomBytes): Uint8Array {
	const text = formatLabel(label);
	const plaintext = Buffer.alloc(keyBytes + text.length);
	plaintext.set(key);
	plaintext.write(text, keyBytes, "latin1");
	const sealed = sealChaCha(boxKey, randomBytes(nonceBytes), plaintext, associated);
	plaintext.fill(0);
	return sealed;
}

/** Undefined for bytes that {@link sealBox} did not make under this key. */
export function unsealBox(boxKey: Uint8Array, box: Uint8Array): OpenedBox | undefined {
	const plaintext = openChaCha(boxKey, box, associated);
	if (plaintext === undefined) return undefined;
	const text = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.length).toString("latin1", keyBytes);
	return parseLabel(text, plaintext.subarray(0, keyBytes));
}

/** ASCII; the log's id comes last, since the others cannot hold the mark between them. */
function formatLabel({ generation, subject, pseudonym, joined, id, log }: BoxLabel): string {
	return [generation, subject, pseudonym, joined, id, log].join("|");
}

function parseLabel(text: string, key: Uint8Array): OpenedBox {
	const [generation, subject, pseudonym, joined, id, ...log] = text.split("|");
	return {
		generation: Number(generation),
		subject: subject as SubjectId,
		pseudonym: pseudonym as Pseudonym,
		joined: joined as string,
		id: id as string,
		log: log.join("|"),
		key,
	};
}
