import { closeSync, fstatSync, ftruncateSync, openSync, statfsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { RandomBytes } from "#vault";

/** What one release gives back to the disk, in bytes: dozens of emergencies, each in a commit of its own. */
const sliceBytes = 2 ** 20;
/** Room for 10,000 break-glass entries (PROTOCOL §8), in bytes: at most 4 KiB each with their rows, and the write-ahead log. */
export const emergencyReserveBytes = 48 * 2 ** 20;
/** The reserve is made only where so much stays free beside it, in bytes: it must not be what fills the disk. */
const spareBytes = 32 * 2 ** 20;
/** Least time between two attempts to take the room again, in ms. */
const retryMs = 10_000;

/** Room on the disk for emergencies alone. */
export interface EmergencyReserve {
	/** True once room was given back and not taken again: what is left on the disk is for emergencies. */
	readonly isOpen: boolean;
	/** Gives a slice back to the disk; false when there is none left. */
	release(): boolean;
	/** Takes the room again where the disk has enough; true when the reserve is whole. Asked often, it looks seldom. */
	close(nowMs: number): Promise<boolean>;
}

export interface DiskReserveParameters {
	readonly path: string;
	readonly sizeBytes: number;
	readonly randomBytes: RandomBytes;
	/** What the disk of a folder has free for this process, in bytes. */
	readonly freeBytes?: (folder: string) => number;
}

function freeBytesOf(folder: string): number {
	const { bavail, bsize } = statfsSync(folder);
	return bavail * bsize;
}

/**
 * A file that holds the room by being there, filled with random bytes, so that no file system stores it in less. It is filled aside and never
 * read; another program that fills the disk at the same moment may take what was released before the log does.
 */
export class DiskReserve implements EmergencyReserve {
	readonly #path: string;
	readonly #sizeBytes: number;
	readonly #randomBytes: RandomBytes;
	readonly #freeBytes: (folder: string) => number;
	#heldBytes: number;
	#isOpen = false;
	/** A release during a fill ends it. */
	#interrupted = false;
	#filling: Promise<void> | undefined;
	#triedAtMs = Number.NEGATIVE_INFINITY;

	constructor({ path, sizeBytes, randomBytes, freeBytes = freeBytesOf }: DiskReserveParameters) {
		this.#path = path;
		this.#sizeBytes = sizeBytes;
		this.#randomBytes = randomBytes;
		this.#freeBytes = freeBytes;
		this.#heldBytes = this.#change((file) => fstatSync(file).size);
	}

	get isOpen(): boolean {
		return this.#isOpen;
	}

	get heldBytes(): number {
		return this.#heldBytes;
	}

	release(): boolean {
		this.#isOpen = true;
		this.#interrupted = true;
		if (this.#heldBytes === 0) return false;
		const left = Math.max(0, this.#heldBytes - sliceBytes);
		this.#change((file) => ftruncateSync(file, left));
		this.#heldBytes = left;
		return true;
	}

	async close(nowMs: number): Promise<boolean> {
		if (nowMs - this.#triedAtMs >= retryMs) {
			this.#triedAtMs = nowMs;
			await this.fill();
			if (this.#heldBytes >= this.#sizeBytes) this.#isOpen = false;
		}
		return !this.#isOpen;
	}

	/** Fills the reserve as far as the disk has room to spare. A release ends it. */
	fill(): Promise<void> {
		this.#filling ??= this.#fill().finally(() => (this.#filling = undefined));
		return this.#filling;
	}

	/** Ends a fill that is under way. */
	async stop(): Promise<void> {
		this.#interrupted = true;
		await this.#filling;
	}

	async #fill(): Promise<void> {
		this.#interrupted = false;
		const free = this.#freeBytes(dirname(this.#path));
		if (this.#heldBytes >= this.#sizeBytes || free < this.#sizeBytes - this.#heldBytes + spareBytes) return;
		const file = await open(this.#path, "r+");
		try {
			while (this.#heldBytes < this.#sizeBytes && !this.#interrupted) await this.#addSlice(file);
			await file.sync();
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
			await file.truncate(this.#heldBytes);
		} finally {
			await file.close();
		}
	}

	async #addSlice(file: FileHandle): Promise<void> {
		const size = Math.min(sliceBytes, this.#sizeBytes - this.#heldBytes);
		const at = this.#heldBytes;
		await file.write(this.#randomBytes(size), 0, size, at);
		// A release meanwhile has cut the file; the slice written behind its end is no part of the reserve.
		if (this.#interrupted) await file.truncate(this.#heldBytes);
		else this.#heldBytes = at + size;
	}

	#change<Result>(work: (file: number) => Result): Result {
		const file = openSync(this.#path, "a", 0o600);
		try {
			return work(file);
		} finally {
			closeSync(file);
		}
	}
}
