import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { BlockStore } from "../sealer/blockStore.ts";
import { StateFile } from "../sealer/stateFile.ts";
import { statePath } from "../sealer/statePath.ts";
import { chunkBytesWanted, chunkHash, encodeManifest, encodeParts, encodeRow, type SnapshotManifest } from "./snapshotFormat.ts";

/** What the thread is to write, and where. */
export interface SnapshotJob {
	/** The log's file. */
	readonly path: string;
	/** The ledger's height that both files are of. */
	readonly height: number;
	readonly logSize: number;
	/** Comes to lie there when all of it is written. */
	readonly folder: string;
}

/** Writes a snapshot on a thread of its own: "opened" when it looks at one moment of both files, then "written", or why it was not. */
const { path, height, logSize, folder } = workerData as SnapshotJob;
const state = StateFile.openMoment(statePath(path));
const store = BlockStore.openReadOnly(path);
try {
	const isMoment = state.applied()?.height === height;
	parentPort?.postMessage(isMoment ? "opened" : "the state is of another height");
	if (isMoment) {
		write();
		parentPort?.postMessage("written");
	}
} finally {
	state.close();
	store.close();
}

function write(): void {
	const draft = `${folder}.new`;
	rmSync(draft, { recursive: true, force: true });
	mkdirSync(draft, { recursive: true, mode: 0o700 });
	const chunks: string[] = [];
	const add = (parts: Iterable<Uint8Array>): number => {
		let [count, size, waiting] = [0, 0, [] as Uint8Array[]];
		const close = () => {
			const chunk = encodeParts(waiting);
			writeFileSync(join(draft, `${chunks.length}.chunk`), chunk, { mode: 0o600 });
			chunks.push(chunkHash(chunk));
			[size, waiting] = [0, []];
		};
		for (const part of parts) {
			waiting.push(part);
			size += part.length + 4;
			count++;
			if (size >= chunkBytesWanted) close();
		}
		if (waiting.length > 0) close();
		return count;
	};
	const leaves = add(leavesBelow(logSize));
	const leafChunks = chunks.length;
	const stateRows = add(rows());
	const manifest: SnapshotManifest = { leaves, stateRows, chunks, leafChunks };
	writeFileSync(join(draft, "manifest.json"), encodeManifest(manifest), { mode: 0o600 });
	rmSync(folder, { recursive: true, force: true });
	renameSync(draft, folder);
}

function* leavesBelow(size: number): Generator<Uint8Array> {
	for (const { position, bytes } of store.leaves()) {
		if (position >= size) return;
		yield bytes;
	}
}

function* rows(): Generator<Uint8Array> {
	for (const row of state.stateRows()) yield encodeRow(row);
}
