import { concatBytes, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { custodian, randomBytes } from "../../vault.fixtures.ts";
import type { BlobIdentity } from "../blobFormat.ts";
import type { BlobReader } from "../blobStore.ts";
import { type OpenedBlob, openBlob } from "../openBlob.ts";
import { identityOf, type SealBlobParameters, sealBlob } from "../sealBlob.ts";

/** The data key of every object here: bytes 0 … 31. */
export const dataKey: Uint8Array = new Uint8Array(32).map((_, index) => index);

/** A stand-in for the keyring's handle, the same each time: sealing needs no keyring. */
export function sealingParameters(
	overrides: Partial<SealBlobParameters> & { readonly compartments?: readonly Compartment[] } = {},
): SealBlobParameters {
	const { compartments = ["genomics"], ...rest } = overrides;
	const wrapped = { id: "3".repeat(32), subject: "1".repeat(32) as SubjectId, compartments, wrapped: new Uint8Array(60) };
	return { custodian, handle: { dataKey, wrapped }, id: "2".repeat(32), version: 1, randomBytes, ...rest };
}

/** Byte i is i mod 251: a period that no chunk border shares. */
export function patternBytes(sizeBytes: number): Uint8Array {
	const bytes = new Uint8Array(sizeBytes);
	for (let i = 0; i < sizeBytes; i++) bytes[i] = i % 251;
	return bytes;
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const pieces: Uint8Array[] = [];
	for await (const piece of stream) pieces.push(piece);
	return concatBytes(...pieces);
}

export async function sealBytes(plaintext: Uint8Array, parameters: SealBlobParameters = sealingParameters()): Promise<Uint8Array> {
	return collect(sealBlob(parameters, [plaintext]));
}

export interface ReadSpan {
	readonly offset: number;
	readonly length: number;
}

/** Reads from memory and remembers what was asked for. */
export function readerOf(sealed: Uint8Array, reads: ReadSpan[] = []): BlobReader {
	return {
		sizeBytes: sealed.length,
		read: async (offset, length) => {
			reads.push({ offset, length });
			return sealed.slice(offset, offset + length);
		},
		close: async () => {},
	};
}

/** Opens bytes at rest as the object of {@link sealingParameters}, or as another. */
export function openBytes(sealed: Uint8Array, identity: Partial<BlobIdentity> = {}, key: Uint8Array = dataKey): Promise<OpenedBlob> {
	return openBlob({ identity: { ...identityOf(sealingParameters()), ...identity }, dataKey: key, reader: readerOf(sealed) });
}
