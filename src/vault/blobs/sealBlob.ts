import { createCipheriv } from "node:crypto";
import type { MemberId } from "#base";
import type { RandomBytes } from "../aead.ts";
import { VaultError } from "../errors.ts";
import type { SealingHandle } from "../vault.ts";
import { type BlobIdentity, type BlobKey, chunkBytes, createHeader, maxBlobBytes, segmentNonce, streamHeaderBytes, tagBytes } from "./blobFormat.ts";

export interface SealBlobParameters {
	readonly custodian: MemberId;
	/** From the keyring's `sealFor`: names subject, compartments and data key. */
	readonly handle: SealingHandle;
	/** 16 random bytes, 32 hex digits. */
	readonly id: string;
	/** From 1. */
	readonly version: number;
	readonly randomBytes: RandomBytes;
}

/** What {@link sealBlob} binds an object to. */
export function identityOf({ custodian, handle, id, version }: SealBlobParameters): BlobIdentity {
	const { subject, compartments, id: dataKey } = handle.wrapped;
	return { custodian, subject, compartments, id, version, dataKey };
}

/**
 * Encrypts a stream of any length chunk by chunk, in constant memory. Pieces may have any size; the sealed object depends on their
 * bytes alone. The source is read as fast as the result is.
 *
 * Source: STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015, eprint 2015/189), in the form of Tink's AES-GCM-HKDF streaming
 * AEAD, to the byte from offset 56 (SPEC BL2).
 */
export async function* sealBlob(
	parameters: SealBlobParameters,
	source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
	const { header, blobKey } = createHeader(identityOf(parameters), parameters.handle.dataKey, parameters.randomBytes(39));
	yield header;
	const pending = new Uint8Array(chunkBytes);
	let [index, held, sizeBytes] = [0, 0, 0];
	for await (const piece of source) {
		sizeBytes += piece.length;
		if (sizeBytes > maxBlobBytes) throw new VaultError("VAULT_REQUEST_INVALID", "expected at most 2^32 chunks");
		for (let taken = 0; taken < piece.length; ) {
			const capacity = capacityOf(index);
			// A full chunk waits until a byte follows it: only then is it known not to be the last.
			if (held === capacity) {
				yield sealSegment(blobKey, index++, false, pending.subarray(0, held));
				held = 0;
			} else if (held === 0 && piece.length - taken > capacity) {
				yield sealSegment(blobKey, index++, false, piece.subarray(taken, taken + capacity));
				taken += capacity;
			} else {
				const count = Math.min(capacity - held, piece.length - taken);
				pending.set(piece.subarray(taken, taken + count), held);
				held += count;
				taken += count;
			}
		}
	}
	yield sealSegment(blobKey, index, true, pending.subarray(0, held));
	pending.fill(0);
}

function capacityOf(index: number): number {
	return index === 0 ? chunkBytes - streamHeaderBytes : chunkBytes;
}

function sealSegment({ key, noncePrefix }: BlobKey, index: number, isLast: boolean, plaintext: Uint8Array): Uint8Array {
	const cipher = createCipheriv("aes-256-gcm", key, segmentNonce(noncePrefix, index, isLast));
	const body = cipher.update(plaintext);
	cipher.final();
	const sealed = new Uint8Array(body.length + tagBytes);
	sealed.set(body);
	sealed.set(cipher.getAuthTag(), body.length);
	return sealed;
}
