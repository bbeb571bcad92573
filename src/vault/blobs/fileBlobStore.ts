import { constants, type Dirent } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, rm, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { encodeHex } from "#base";
import type { RandomBytes } from "../aead.ts";
import { VaultError } from "../errors.ts";
import { assertBlobFolder, type BlobName, type BlobReader, type BlobStore, formatBlobName, isBlobName, parseBlobName } from "./blobStore.ts";

export interface FileBlobStoreParameters {
	/** Made when absent, readable by its owner only. On one file system as a whole, which has hard links (all usual ones do). */
	readonly folder: string;
	readonly randomBytes: RandomBytes;
}

/** Objects that are being written lie here, under random names. */
const incoming = "incoming";
/** Gathered before a write. */
const writeBytes = 2 ** 20;
/** Overwritten at deletion: the header with the salt is in it, without which no key opens the rest. */
const shreddedBytes = 4_096;

/**
 * Opens or makes a folder of objects, and removes what an earlier process left unfinished. One process uses it: the one that holds the
 * vault's store.
 */
export async function openFileBlobStore({ folder, randomBytes }: FileBlobStoreParameters): Promise<FileBlobStore> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	await rm(join(folder, incoming), { recursive: true, force: true });
	await mkdir(join(folder, incoming), { mode: 0o700 });
	await syncFolder(folder);
	return new FileBlobStore(folder, randomBytes);
}

/** A file for each object, readable by its owner only (SPEC BL21–BL23). */
export class FileBlobStore implements BlobStore {
	readonly #folder: string;
	readonly #randomBytes: RandomBytes;

	/** Made by {@link openFileBlobStore}. */
	constructor(folder: string, randomBytes: RandomBytes) {
		this.#folder = folder;
		this.#randomBytes = randomBytes;
	}

	async put(name: BlobName, content: AsyncIterable<Uint8Array>): Promise<number> {
		const path = this.#pathOf(name);
		const temporary = join(this.#folder, incoming, encodeHex(this.#randomBytes(16)));
		const file = await open(temporary, "wx", 0o600);
		try {
			let sizeBytes = 0;
			try {
				sizeBytes = await writeAll(file, content);
				await file.sync();
			} finally {
				await file.close();
			}
			await this.#moveIntoPlace(temporary, path);
			return sizeBytes;
		} catch (error) {
			await rm(temporary, { force: true });
			throw error;
		}
	}

	async open(name: BlobName): Promise<BlobReader> {
		const path = this.#pathOf(name);
		const file = await openExisting(path, constants.O_RDONLY);
		if (file === undefined) throw new VaultError("VAULT_NOT_FOUND", "expected a stored object");
		return new FileBlobReader(file, (await file.stat()).size);
	}

	async delete(name: BlobName): Promise<void> {
		const path = this.#pathOf(name);
		const file = await openExisting(path, constants.O_RDWR);
		if (file === undefined) return;
		try {
			const { size } = await file.stat();
			const noise = this.#randomBytes(Math.min(size, shreddedBytes));
			await file.write(noise, 0, noise.length, 0);
			await file.sync();
		} finally {
			await file.close();
		}
		await rm(path, { force: true });
		await syncFolder(dirname(path));
		await this.#removeEmptyFolders(path);
	}

	async *list(folder?: string): AsyncIterable<BlobName> {
		if (folder !== undefined) assertBlobFolder(folder);
		const subjects = folder === undefined ? await entriesOf(this.#folder) : [folder];
		for (const subject of subjects) {
			for (const set of await entriesOf(join(this.#folder, subject))) {
				for (const id of await entriesOf(join(this.#folder, subject, set))) {
					const name = `${subject}/${set}/${id}`;
					if (isBlobName(name)) yield name;
				}
			}
		}
	}

	async close(): Promise<void> {}

	/** Spelled anew from its parts: no name leads out of the folder. */
	#pathOf(name: BlobName): string {
		return join(this.#folder, ...formatBlobName(parseBlobName(name)).split("/"));
	}

	/** A deletion may take an empty folder away between its making and the move: then once more. */
	async #moveIntoPlace(temporary: string, path: string): Promise<void> {
		for (let attempt = 0; ; attempt++) {
			try {
				await mkdir(dirname(path), { recursive: true, mode: 0o700 });
				// Unlike a rename, a link never replaces: of two that put one name at once, one is told.
				await link(temporary, path);
				break;
			} catch (error) {
				if (codeOf(error) === "EEXIST") throw new VaultError("VAULT_EXISTS", "expected a new object, found one with its name", {}, error);
				if (attempt === 9 || codeOf(error) !== "ENOENT") throw error;
			}
		}
		await unlink(temporary);
		for (const folder of [dirname(path), dirname(dirname(path)), this.#folder]) await syncFolder(folder);
	}

	async #removeEmptyFolders(path: string): Promise<void> {
		for (const folder of [dirname(path), dirname(dirname(path))]) {
			try {
				await rmdir(folder);
			} catch {
				// Not empty, or gone already: others use it.
				return;
			}
		}
		await syncFolder(this.#folder);
	}
}

class FileBlobReader implements BlobReader {
	readonly sizeBytes: number;
	readonly #file: FileHandle;

	constructor(file: FileHandle, sizeBytes: number) {
		this.#file = file;
		this.sizeBytes = sizeBytes;
	}

	async read(offset: number, length: number, scratch?: Uint8Array): Promise<Uint8Array> {
		const bytes = scratch ?? Buffer.allocUnsafeSlow(length);
		let filled = 0;
		while (filled < length) {
			const { bytesRead } = await this.#file.read(bytes, filled, length - filled, offset + filled);
			if (bytesRead === 0) break;
			filled += bytesRead;
		}
		return bytes.subarray(0, filled);
	}

	close(): Promise<void> {
		return this.#file.close();
	}
}

/** Gathers pieces of any size into one buffer and writes it when it is full. */
async function writeAll(file: FileHandle, content: AsyncIterable<Uint8Array>): Promise<number> {
	const buffer = Buffer.allocUnsafeSlow(writeBytes);
	let [held, position] = [0, 0];
	const flush = async (): Promise<void> => {
		for (let written = 0; written < held; ) {
			written += (await file.write(buffer, written, held - written, position + written)).bytesWritten;
		}
		position += held;
		held = 0;
	};
	for await (const piece of content) {
		for (let taken = 0; taken < piece.length; ) {
			const count = Math.min(writeBytes - held, piece.length - taken);
			buffer.set(piece.subarray(taken, taken + count), held);
			held += count;
			taken += count;
			if (held === writeBytes) await flush();
		}
	}
	await flush();
	return position;
}

async function openExisting(path: string, flags: number): Promise<FileHandle | undefined> {
	try {
		return await open(path, flags);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

/** Names in a folder; none when it is gone. Names that are no part of an object's name are left alone by the caller. */
async function entriesOf(folder: string): Promise<string[]> {
	try {
		const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
		return entries.filter((entry) => entry.name !== incoming).map((entry) => entry.name);
	} catch (error) {
		if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
		throw error;
	}
}

function codeOf(error: unknown): string | undefined {
	return (error as NodeJS.ErrnoException).code;
}

async function syncFolder(path: string): Promise<void> {
	// Windows cannot open a folder; NTFS journals the rename itself.
	if (process.platform === "win32") return;
	const folder = await openExisting(path, constants.O_RDONLY);
	if (folder === undefined) return;
	try {
		await folder.sync();
	} finally {
		await folder.close();
	}
}
