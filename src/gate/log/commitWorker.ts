import type { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";
import type { ThreadAnswer, ThreadRequest } from "./commitThread.ts";
import { decodeBatch } from "./groupFrame.ts";
import { sealBatch } from "./groupWriter.ts";
import { openLogConnection } from "./logDatabase.ts";
import { RowWriter } from "./rowWriter.ts";

interface OpenLog {
	readonly log: string;
	readonly db: DatabaseSync;
	readonly rows: RowWriter;
}

const open = new Map<number, OpenLog>();

parentPort?.on("message", (request: ThreadRequest) => {
	parentPort?.postMessage(carryOut(request));
	// After the answer, so that nobody waits for it. What it throws ends the thread, and with it the log: nobody knows what the disk holds then.
	if (request.kind === "write") open.get(request.writer)?.rows.settleWhenDue();
});

function carryOut(request: ThreadRequest): ThreadAnswer {
	try {
		if (request.kind === "write") return write(open.get(request.writer) as OpenLog, request.frame);
		if (request.kind === "open") {
			const db = openLogConnection(request.path);
			open.set(request.writer, { log: request.log, db, rows: new RowWriter(db) });
		} else {
			open.get(request.writer)?.db.close();
			open.delete(request.writer);
		}
		return "done";
	} catch (error) {
		return { message: (error as Error).message, errcode: (error as { readonly errcode?: number }).errcode };
	}
}

function write({ log, rows }: OpenLog, frame: Uint8Array): ThreadAnswer {
	const batch = decodeBatch(frame);
	if (batch.base !== rows.size()) return "stale";
	try {
		rows.write(sealBatch(log, batch));
	} finally {
		// Data keys and entries in clear are needed no more.
		frame.fill(0);
	}
	return "done";
}
