import { isHex, type MemberId, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import type { RandomBytes } from "../aead.ts";
import { joinCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import type { ExpectedObject, Keyring, SealingHandle, VaultStore } from "../vault.ts";
import { type BlobIdentity, createBlobId, headerBytes, inspectHeader, layoutOf, layoutOfSealed } from "./blobFormat.ts";
import { type BlobName, type BlobStore, formatBlobName, parseBlobName } from "./blobStore.ts";
import { type OpenedBlob, openBlob } from "./openBlob.ts";
import { sealBlob } from "./sealBlob.ts";

/**
 * Points from an ordinary sealed record (a DocumentReference or Binary, an ImagingStudy) to its large object. It is written inside the
 * record, so only who may open the record learns of it, and the vault's root covers it.
 */
export interface BlobPointer {
	/** 32 hex digits. */
	readonly id: string;
	readonly version: number;
	/** Id of the data key, 32 hex digits: the record's own when both were sealed together; a later version of the record has another. */
	readonly dataKey: string;
	/** Plaintext length. */
	readonly sizeBytes: number;
}

/** What the row store remembers of the object, so that an audit without a key can tell whether it is there (BL31). */
export function expectedObject({ id, dataKey, sizeBytes }: BlobPointer): ExpectedObject {
	return { id, dataKey, sealedBytes: layoutOf(sizeBytes).sealedBytes };
}

/** Of whom and what an object is: the subject and compartments of the record that points to it. */
export type BlobOwner = Pick<BlobIdentity, "subject" | "compartments">;

export interface BlobState {
	readonly name: BlobName;
	readonly state: "kept" | "orphan" | "damaged";
	readonly sealedBytes: number;
}

export interface BlobVaultParameters {
	readonly custodian: MemberId;
	readonly store: BlobStore;
	/** Look-up tokens and who is erased; never a key. */
	readonly keyring: Pick<Keyring, "lookupToken" | "status">;
	readonly randomBytes: RandomBytes;
}

const scheme = "aceso-blob:";

/** `aceso-blob:<id>/<version>/<data key>/<size>`: the pointer as a FHIR `url` (R4's own `Attachment.size` ends at 2 GB). */
export function formatBlobUrl({ id, version, dataKey, sizeBytes }: BlobPointer): string {
	return `${scheme}${id}/${version}/${dataKey}/${sizeBytes}`;
}

/** The pointer, or undefined when the text is another kind of URL or has another spelling. */
export function parseBlobUrl(url: string): BlobPointer | undefined {
	if (!url.startsWith(scheme)) return undefined;
	const [id, version, dataKey = "", sizeBytes] = url.slice(scheme.length).split("/") as [string, ...string[]];
	if (!isHex(id, 16) || !isHex(dataKey, 16)) return undefined;
	const pointer = { id, version: Number(version), dataKey, sizeBytes: Number(sizeBytes) };
	const isWhole = [pointer.version - 1, pointer.sizeBytes].every((value) => Number.isSafeInteger(value) && value >= 0);
	return isWhole && formatBlobUrl(pointer) === url ? pointer : undefined;
}

/**
 * Large objects of a custodian's patients. An object belongs to the record that points to it: it is sealed under that record's data key
 * and needs the same receipt. Where it lies tells subject (as a token) and compartments, so `purge` finds everything without a key.
 */
export class BlobVault {
	readonly #parameters: BlobVaultParameters;
	/** Puts under way, by folder: a purge ends them. */
	readonly #puts = new Map<string, Set<PutUnderWay>>();

	constructor(parameters: BlobVaultParameters) {
		this.#parameters = parameters;
	}

	/**
	 * Seals and stores a stream in constant memory. Put the record that holds the pointer afterwards, with the same handle and its wrapped
	 * key: an object whose record was never put is found by {@link sweep}, a record without its object could not be read.
	 *
	 * @throws {@link VaultError} `VAULT_ERASED` when the subject is erased, or it or a compartment is purged meanwhile.
	 */
	async put(handle: SealingHandle, content: AsyncIterable<Uint8Array>): Promise<BlobPointer> {
		const { custodian, store, keyring, randomBytes } = this.#parameters;
		const { subject, compartments } = handle.wrapped;
		if ((await keyring.status(subject)) === "destroyed") throw erased();
		const folder = await this.#folderOf(subject);
		const [id, version] = [createBlobId(randomBytes(16)), 1];
		const name = formatBlobName({ folder, compartments, id });
		const put = new PutUnderWay(compartments);
		let sizeBytes = 0;
		async function* watched(): AsyncGenerator<Uint8Array> {
			for await (const piece of put.take(content)) {
				sizeBytes += piece.length;
				yield piece;
			}
		}
		const stored = store.put(name, sealBlob({ custodian, handle, id, version, randomBytes }, watched()));
		put.done = stored.then(
			() => {},
			() => {},
		);
		const underWay = this.#putsIn(folder);
		underWay.add(put);
		try {
			await stored;
			if (put.isEnded) throw erased();
			return { id, version, dataKey: handle.wrapped.id, sizeBytes };
		} finally {
			underWay.delete(put);
			if (underWay.size === 0) this.#puts.delete(folder);
		}
	}

	/**
	 * Opens the object that an opened record points to. Only gate/ has the data key, which is the pointer's and not always the record's.
	 *
	 * @throws {@link VaultError} `VAULT_NOT_FOUND`, `VAULT_INTEGRITY` (also when its size is not the pointer's).
	 */
	async open(owner: BlobOwner, pointer: BlobPointer, dataKey: Uint8Array): Promise<OpenedBlob> {
		const { custodian, store } = this.#parameters;
		const { subject, compartments } = owner;
		const { id, version, dataKey: dataKeyId, sizeBytes } = pointer;
		const reader = await store.open(await this.nameOf(owner, pointer));
		try {
			const blob = await openBlob({ identity: { custodian, subject, compartments, id, version, dataKey: dataKeyId }, dataKey, reader });
			if (blob.sizeBytes !== sizeBytes) throw new VaultError("VAULT_INTEGRITY", "expected an object of the size that its record says");
			return blob;
		} catch (error) {
			await reader.close();
			throw error;
		}
	}

	/** Deletes the object of a record that is replaced or withdrawn. */
	async delete(owner: BlobOwner, pointer: Pick<BlobPointer, "id">): Promise<void> {
		await this.#parameters.store.delete(await this.nameOf(owner, pointer));
	}

	/**
	 * Deletes every object of a subject, or every one whose compartments touch those given, and ends puts under way. Belongs to each
	 * erasure, after the keys and the store's rows; may be repeated.
	 *
	 * @returns how many objects were deleted.
	 */
	async purge(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<number> {
		if (what !== "all") joinCompartments(what);
		const folder = await this.#folderOf(subject);
		const touches = (compartments: readonly Compartment[]): boolean => what === "all" || compartments.some((each) => what.includes(each));
		const underWay = [...(this.#puts.get(folder) ?? [])].filter((put) => touches(put.compartments));
		for (const put of underWay) put.end();
		await Promise.all(underWay.map((put) => put.done));
		// Listed first: deleting while a list is read may make it skip some.
		const doomed: BlobName[] = [];
		for await (const name of this.#parameters.store.list(folder)) if (touches(parseBlobName(name).compartments)) doomed.push(name);
		for (const name of doomed) await this.#parameters.store.delete(name);
		return doomed.length;
	}

	/** {@link inspectObjects} over this custodian's objects. */
	inspect(records: Pick<VaultStore, "getDataKeys">): AsyncIterable<BlobState> {
		return inspectObjects(this.#parameters.store, records);
	}

	/**
	 * Deletes the orphans that {@link inspect} finds: what a crash between object and record, or a restored backup, leaves behind. At start,
	 * before objects are put: an object whose record is still on its way looks the same.
	 *
	 * @returns how many objects were deleted.
	 */
	async sweep(records: Pick<VaultStore, "getDataKeys">): Promise<number> {
		const orphans: BlobName[] = [];
		for await (const { name, state } of this.inspect(records)) if (state === "orphan") orphans.push(name);
		for (const name of orphans) await this.#parameters.store.delete(name);
		return orphans.length;
	}

	/** Where an object lies. */
	async nameOf({ subject, compartments }: BlobOwner, { id }: Pick<BlobPointer, "id">): Promise<BlobName> {
		return formatBlobName({ folder: await this.#folderOf(subject), compartments, id });
	}

	#putsIn(folder: string): Set<PutUnderWay> {
		const puts = this.#puts.get(folder) ?? new Set();
		this.#puts.set(folder, puts);
		return puts;
	}

	/** Half of a keyed token: whoever sees the place, such as an operator of the bucket, cannot link it to the subject's rows. */
	async #folderOf(subject: SubjectId): Promise<string> {
		return (await this.#parameters.keyring.lookupToken("blob-folder", subject)).slice(0, 32);
	}
}

/** One object being stored. */
class PutUnderWay {
	readonly compartments: readonly Compartment[];
	done: Promise<void> = Promise.resolve();
	#isEnded = false;
	#refuse: ((error: VaultError) => void) | undefined;

	constructor(compartments: readonly Compartment[]) {
		this.compartments = compartments;
	}

	get isEnded(): boolean {
		return this.#isEnded;
	}

	end(): void {
		this.#isEnded = true;
		this.#refuse?.(erased());
	}

	/** What the source sends until the put is ended. A source that sends nothing more must not hold up an erasure, so it is not waited for then. */
	async *take(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		const source = content[Symbol.asyncIterator]();
		try {
			for (;;) {
				const piece = await this.#unlessEnded(source.next());
				if (piece.done === true) return;
				yield piece.value;
			}
		} finally {
			// A stalled source answers this only when it moves again; nobody waits for it.
			source.return?.().catch(() => {});
		}
	}

	/** Not a race with one promise for all: that would keep a reaction for each piece of the object. */
	#unlessEnded<Result>(next: Promise<Result>): Promise<Result> {
		return new Promise((resolve, reject) => {
			this.#refuse = reject;
			next.then((result) => (this.#isEnded ? reject(erased()) : resolve(result)), reject);
			if (this.#isEnded) reject(erased());
		});
	}
}

/**
 * Looks at every object without a key: whether its header and size are those of a sealed object under its own name, and whether the
 * store still holds its data key. One whose data key is not there was never finished, or was purged: nobody can open it again.
 */
export async function* inspectObjects(store: BlobStore, records: Pick<VaultStore, "getDataKeys">): AsyncIterable<BlobState> {
	for await (const name of store.list()) {
		const reader = await store.open(name);
		try {
			const header = inspectHeader(await reader.read(0, headerBytes));
			const isWhole = header?.id === parseBlobName(name).id && isSealedSize(reader.sizeBytes);
			const state = !isWhole ? "damaged" : (await isKeyStored(records, header.dataKey)) ? "kept" : "orphan";
			yield { name, state, sealedBytes: reader.sizeBytes };
		} finally {
			await reader.close();
		}
	}
}

function erased(): VaultError {
	return new VaultError("VAULT_ERASED", "the subject or a compartment was erased on request");
}

function isSealedSize(sizeBytes: number): boolean {
	try {
		layoutOfSealed(sizeBytes);
		return true;
	} catch {
		return false;
	}
}

async function isKeyStored(records: Pick<VaultStore, "getDataKeys">, dataKey: string): Promise<boolean> {
	try {
		await records.getDataKeys([dataKey]);
		return true;
	} catch (error) {
		if (error instanceof VaultError && error.code === "VAULT_ERASED") return false;
		throw error;
	}
}
