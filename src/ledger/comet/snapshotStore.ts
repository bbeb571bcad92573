import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { sha256 } from "#base";
import { parseManifest, snapshotFormat } from "./snapshotFormat.ts";
import type { SnapshotJob } from "./snapshotWorker.ts";

/** Snapshots kept: a newcomer may be in the middle of the older one. */
const keptSnapshots = 2;

/** CometBFT's form of a snapshot. */
export interface OfferedSnapshot {
	readonly height: bigint;
	readonly format: number;
	readonly chunks: number;
	readonly hash: Uint8Array;
	readonly metadata: Uint8Array;
}

/** Where a ledger's snapshots lie. */
export function snapshotsFolder(path: string): string {
	return `${path}.snapshots`;
}

/** The snapshots that this member hands to newcomers, each in a folder named by CometBFT's height. */
export class SnapshotStore {
	readonly #folder: string;
	#writing: Promise<void> | undefined;

	/** @param path - The log's file. */
	constructor(path: string) {
		this.#folder = snapshotsFolder(path);
	}

	/** Newest first. */
	heights(): number[] {
		if (!existsSync(this.#folder)) return [];
		const names = readdirSync(this.#folder).filter((name) => /^\d+$/.test(name));
		return names.map(Number).sort((a, b) => b - a);
	}

	list(): OfferedSnapshot[] {
		return this.heights().map((height) => {
			const metadata = new Uint8Array(readFileSync(join(this.#folder, String(height), "manifest.json")));
			const { chunks } = parseManifest(metadata);
			return { height: BigInt(height), format: snapshotFormat, chunks: chunks.length, hash: sha256(metadata), metadata };
		});
	}

	/** Empty where there is none: CometBFT asks another member. */
	loadChunk({ height, format, chunk }: { readonly height: bigint; readonly format: number; readonly chunk: number }): Uint8Array {
		const path = join(this.#folder, String(height), `${chunk}.chunk`);
		return format === snapshotFormat && existsSync(path) ? new Uint8Array(readFileSync(path)) : new Uint8Array();
	}

	get isWriting(): boolean {
		return this.#writing !== undefined;
	}

	/**
	 * Begins a snapshot; resolves as soon as the moment is held, so that blocks may go on. One that fails is said and left out: the next is tried again.
	 *
	 * @param cometHeight - CometBFT's, of the block committed last.
	 */
	async begin(cometHeight: number, job: Omit<SnapshotJob, "folder">): Promise<void> {
		const worker = new Worker(new URL("./snapshotWorker.ts", import.meta.url), {
			workerData: { ...job, folder: join(this.#folder, String(cometHeight)) },
		});
		const opened = new Promise<void>((resolve) => {
			worker.once("message", () => resolve());
			worker.once("exit", () => resolve());
		});
		this.#writing = new Promise<void>((resolve) => {
			worker.on("error", (error) => process.emitWarning(error));
			worker.once("exit", () => {
				this.#prune();
				this.#writing = undefined;
				resolve();
			});
		});
		await opened;
	}

	/** Waits for the one under way. */
	async close(): Promise<void> {
		await this.#writing;
	}

	#prune(): void {
		for (const height of this.heights().slice(keptSnapshots)) rmSync(join(this.#folder, String(height)), { recursive: true, force: true });
	}
}
