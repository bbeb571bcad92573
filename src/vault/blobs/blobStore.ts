import { type Brand, isHex } from "#base";
import type { Compartment } from "#contracts";
import { joinCompartments, splitCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";

/**
 * Where a sealed object lies: `folder/compartments/id`. The folder is a keyed token of the subject, so that everything of a subject, or
 * of some of its compartments, is found and deleted without a key and without a list that could be lost (SPEC BL20).
 */
export type BlobName = Brand<string, "BlobName">;

export interface BlobNameParts {
	/** 32 hex digits. */
	readonly folder: string;
	readonly compartments: readonly Compartment[];
	/** 32 hex digits. */
	readonly id: string;
}

/** Reads one object. The object it opened is the one it reads, whatever happens to the name meanwhile. */
export interface BlobReader {
	/** Size at rest. */
	readonly sizeBytes: number;
	/**
	 * The bytes of the range that exist: fewer than `length` at the end of the object. They may lie in `scratch`, which has room for them and
	 * which the caller uses again.
	 */
	read(offset: number, length: number, scratch?: Uint8Array): Promise<Uint8Array>;
	close(): Promise<void>;
}

/** Sealed objects by name. It sees no key. One conformance suite runs on every implementation. */
export interface BlobStore {
	/**
	 * Stores what the stream yields, in constant memory, and returns its size. The object becomes visible whole, durable and at once, or
	 * not at all: also when the stream fails or the process is killed.
	 *
	 * @throws VaultError `VAULT_EXISTS` when the name is taken; whatever the stream throws.
	 */
	put(name: BlobName, content: AsyncIterable<Uint8Array>): Promise<number>;
	/** @throws VaultError `VAULT_NOT_FOUND`. */
	open(name: BlobName): Promise<BlobReader>;
	/** Nothing happens when there is no such object. */
	delete(name: BlobName): Promise<void>;
	/** Every object, or those of one folder, in no particular order. */
	list(folder?: string): AsyncIterable<BlobName>;
	close(): Promise<void>;
}

/** @throws {@link VaultError} `VAULT_REQUEST_INVALID` on anything that is not a name; so no name leads out of the store. */
export function formatBlobName({ folder, compartments, id }: BlobNameParts): BlobName {
	if (!isHex(folder, 16) || !isHex(id, 16)) throw notAName();
	return `${folder}/${joinCompartments(compartments)}/${id}` as BlobName;
}

/** @throws {@link VaultError} `VAULT_REQUEST_INVALID`. */
export function parseBlobName(text: string): BlobNameParts {
	const [folder, joined, id, ...rest] = text.split("/");
	if (folder === undefined || joined === undefined || joined === "" || id === undefined || rest.length > 0) throw notAName();
	if (!isHex(folder, 16) || !isHex(id, 16)) throw notAName();
	try {
		return { folder, compartments: splitCompartments(joined), id };
	} catch (cause) {
		throw notAName(cause);
	}
}

/** @throws {@link VaultError} `VAULT_REQUEST_INVALID`. */
export function assertBlobFolder(folder: string): void {
	if (!isHex(folder, 16)) throw notAName();
}

export function isBlobName(text: string): text is BlobName {
	try {
		parseBlobName(text);
		return true;
	} catch {
		return false;
	}
}

function notAName(cause?: unknown): VaultError {
	return new VaultError("VAULT_REQUEST_INVALID", "expected an object's name: folder, compartments and id", {}, cause);
}
