import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { concatBytes, decodeHex, encodeHex, encodeUint64, encodeUtf8, equalBytes, isHex, type MemberId, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { associatedData } from "../aead.ts";
import { joinCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";

/** Everything that a sealed object is bound to. Any difference gives another object key, so not one chunk opens. */
export interface BlobIdentity {
	readonly custodian: MemberId;
	readonly subject: SubjectId;
	readonly compartments: readonly Compartment[];
	/** 16 random bytes, 32 hex digits. */
	readonly id: string;
	/** From 1. */
	readonly version: number;
	/** Id of the data key, 32 hex digits. */
	readonly dataKey: string;
}

/** A chunk at rest: 64 KiB, tag included. The first is shorter by the stream header, so that all borders are equally far apart. */
export const segmentBytes = 65_536;
export const tagBytes = 16;
/** Plaintext of a full chunk. */
export const chunkBytes: number = segmentBytes - tagBytes;
const magic = encodeUtf8("aceso/blob/1");
/** Our part of the header: magic(12) ‖ segment size(4) ‖ object id(16) ‖ data key id(16) ‖ version(8). */
export const prefixBytes = 56;
const saltBytes = 32;
const noncePrefixBytes = 7;
/** The published part: its own length(1) ‖ salt(32) ‖ nonce prefix(7). */
export const streamHeaderBytes: number = 1 + saltBytes + noncePrefixBytes;
/** Where the first chunk begins. */
export const headerBytes: number = prefixBytes + streamHeaderBytes;
/** The counter in the nonce has 32 bits. */
const maxSegments = 2 ** 32;
/** 281 TB: as many chunks as the counter tells apart. */
export const maxBlobBytes: number = maxSegments * chunkBytes - streamHeaderBytes;

/** What seals and opens the chunks of one object. */
export interface BlobKey {
	readonly key: KeyObject;
	/** 7 bytes. */
	readonly noncePrefix: Uint8Array;
}

/** A new object's header, and its key. `random` is 39 bytes: salt, then nonce prefix. */
export function createHeader(
	identity: BlobIdentity,
	dataKey: Uint8Array,
	random: Uint8Array,
): { readonly header: Uint8Array; readonly blobKey: BlobKey } {
	const streamHeader = concatBytes(Uint8Array.of(streamHeaderBytes), random);
	const header = concatBytes(encodePrefix(identity), streamHeader);
	return { header, blobKey: deriveBlobKey(identity, dataKey, streamHeader) };
}

/**
 * Checks that a header is that of the object asked for, and derives its key.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY` when it is another object's, another version's or no header.
 */
export function readHeader(identity: BlobIdentity, dataKey: Uint8Array, header: Uint8Array): BlobKey {
	const expected = concatBytes(encodePrefix(identity), Uint8Array.of(streamHeaderBytes));
	if (header.length !== headerBytes || !equalBytes(header.subarray(0, expected.length), expected)) {
		throw new VaultError("VAULT_INTEGRITY", "expected the header of this object and version, found another");
	}
	return deriveBlobKey(identity, dataKey, header.subarray(prefixBytes));
}

/** What a header says of itself, without any key; undefined when it is no header. */
export function inspectHeader(header: Uint8Array): { readonly id: string; readonly dataKey: string } | undefined {
	if (header.length < headerBytes || !equalBytes(header.subarray(0, magic.length), magic) || header[prefixBytes] !== streamHeaderBytes)
		return undefined;
	return { id: encodeHex(header.subarray(16, 32)), dataKey: encodeHex(header.subarray(32, 48)) };
}

function encodePrefix({ id, dataKey, version }: BlobIdentity): Uint8Array {
	if (!isHex(id, 16) || !isHex(dataKey, 16) || !Number.isSafeInteger(version) || version < 1) {
		throw new VaultError("VAULT_ROW_INVALID", "expected an object id, a data key id and a version from 1");
	}
	const size = new Uint8Array(4);
	new DataView(size.buffer).setUint32(0, segmentBytes);
	return concatBytes(magic, size, decodeHex(id), decodeHex(dataKey), encodeUint64(version));
}

/** HKDF-SHA-256 (RFC 5869) over the data key, salted per object, with the associated data as `info`. */
function deriveBlobKey(identity: BlobIdentity, dataKey: Uint8Array, streamHeader: Uint8Array): BlobKey {
	const salt = streamHeader.subarray(1, 1 + saltBytes);
	const derived = new Uint8Array(hkdfSync("sha256", dataKey, salt, blobAssociatedData(identity), 32));
	const key = createSecretKey(derived);
	derived.fill(0);
	return { key, noncePrefix: streamHeader.slice(1 + saltBytes) };
}

/** Associated data of a whole object. */
export function blobAssociatedData(identity: BlobIdentity): Uint8Array {
	const { custodian, subject, compartments, id, version, dataKey } = identity;
	return associatedData("aceso/blob/1", custodian, subject, joinCompartments(compartments), id, version, dataKey);
}

/** Nonce of a chunk: prefix(7) ‖ index(4) ‖ 1 for the last chunk, 0 for all others. */
export function segmentNonce(noncePrefix: Uint8Array, index: number, isLast: boolean): Uint8Array {
	const nonce = new Uint8Array(12);
	nonce.set(noncePrefix);
	new DataView(nonce.buffer).setUint32(noncePrefixBytes, index);
	nonce[11] = isLast ? 1 : 0;
	return nonce;
}

/** Where the chunks of an object lie. All sizes and offsets in bytes. */
export interface BlobLayout {
	readonly sealedBytes: number;
	readonly sizeBytes: number;
	readonly segments: number;
}

/** Size at rest of an object of `sizeBytes`. */
export function layoutOf(sizeBytes: number): BlobLayout {
	const segments = Math.max(1, Math.ceil((sizeBytes + streamHeaderBytes) / chunkBytes));
	return { sizeBytes, segments, sealedBytes: headerBytes + sizeBytes + segments * tagBytes };
}

/**
 * The only layout that has this size at rest; unauthenticated until the last chunk opens.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY` when no object has this size.
 */
export function layoutOfSealed(sealedBytes: number): BlobLayout {
	const streamBytes = sealedBytes - prefixBytes;
	const segments = Math.max(1, Math.ceil(streamBytes / segmentBytes));
	const sizeBytes = streamBytes - streamHeaderBytes - segments * tagBytes;
	// A border inside a tag, or a last chunk without a byte, leads to another size.
	if (sizeBytes < 0 || layoutOf(sizeBytes).segments !== segments) {
		throw new VaultError("VAULT_INTEGRITY", "expected the size of a sealed object, found one that none has", { at: sealedBytes });
	}
	return { sealedBytes, sizeBytes, segments };
}

/** Bytes `[start, end)` at rest of a chunk, its tag included. */
export function segmentSpan({ sealedBytes }: BlobLayout, index: number): { readonly start: number; readonly end: number } {
	const start = prefixBytes + index * segmentBytes;
	return { start: index === 0 ? headerBytes : start, end: Math.min(start + segmentBytes, sealedBytes) };
}

/** The chunk that holds the plaintext byte at `offset`. */
export function segmentAt(offset: number): number {
	return Math.floor((offset + streamHeaderBytes) / chunkBytes);
}

/** Plaintext offset at which a chunk begins. */
export function segmentStart(index: number): number {
	return index === 0 ? 0 : index * chunkBytes - streamHeaderBytes;
}

/** A name for a new object, from 16 random bytes. */
export function createBlobId(random: Uint8Array): string {
	return encodeHex(random);
}
