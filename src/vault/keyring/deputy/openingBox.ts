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

/** A data key with what it may be used for, sealed for the deputy alone: ChaCha20-Poly1305 over key(32) ‖ label as JSON. */
export function sealBox(boxKey: Uint8Array, { key, ...label }: OpenedBox, randomBytes: RandomBytes): Uint8Array {
	const text = JSON.stringify(label);
	const plaintext = Buffer.alloc(keyBytes + Buffer.byteLength(text));
	plaintext.set(key);
	plaintext.write(text, keyBytes);
	const sealed = sealChaCha(boxKey, randomBytes(nonceBytes), plaintext, associated);
	plaintext.fill(0);
	return sealed;
}

/** Undefined for bytes that {@link sealBox} did not make under this key. */
export function unsealBox(boxKey: Uint8Array, box: Uint8Array): OpenedBox | undefined {
	const plaintext = openChaCha(boxKey, box, associated);
	if (plaintext === undefined) return undefined;
	const label = JSON.parse(Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.length).toString("utf8", keyBytes)) as BoxLabel;
	return { ...label, key: plaintext.subarray(0, keyBytes) };
}
