import type { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Instant } from "#base";
import type { OpeningDeputy } from "#vault";
import type { Deputy, ThreadAnswer, ThreadRequest } from "./commitThread.ts";
import { decodeBatch } from "./groupFrame.ts";
import { sealBatch } from "./groupWriter.ts";
import { openLogConnection } from "./logDatabase.ts";
import type { StagedBatch } from "./logRows.ts";
import { encodeOpenings } from "./openingFrame.ts";
import { RowWriter } from "./rowWriter.ts";

interface OpenLog {
	readonly log: string;
	readonly db: DatabaseSync;
	readonly rows: RowWriter;
	/** Carries out orders; comes by itself, and until then nothing is opened here. */
	deputy?: OpeningDeputy;
}

const open = new Map<number, OpenLog>();

parentPort?.on("message", (request: ThreadRequest) => {
	const answer = carryOut(request);
	parentPort?.postMessage(answer, typeof answer === "object" && "openings" in answer ? [answer.openings.buffer] : []);
	// After the answer, so that nobody waits for it. What it throws ends the thread, and with it the log: nobody knows what the disk holds then.
	if (request.kind === "write") open.get(request.writer)?.rows.settleWhenDue();
});

function carryOut(request: ThreadRequest): ThreadAnswer {
	try {
		if (request.kind === "write") return write(open.get(request.writer) as OpenLog, request.frame);
		if (request.kind === "open") {
			const db = openLogConnection(request.path);
			const log: OpenLog = { log: request.log, db, rows: new RowWriter(db) };
			open.set(request.writer, log);
			if (request.deputy !== undefined) employ(log, request.deputy);
		} else {
			open.get(request.writer)?.db.close();
			open.get(request.writer)?.deputy?.close();
			open.delete(request.writer);
		}
		return "done";
	} catch (error) {
		return { message: (error as Error).message, errcode: (error as { readonly errcode?: number }).errcode };
	}
}

/** A deputy that does not come is none: the keyring hears that its channel is closed, and opens by itself. The log goes on. */
function employ(log: OpenLog, { module, port }: Deputy): void {
	import(module).then(
		({ OpeningDeputy }: { readonly OpeningDeputy: new (port: MessagePort) => OpeningDeputy }) => {
			log.deputy = new OpeningDeputy(port);
		},
		() => port.close(),
	);
}

function write({ log, rows, deputy }: OpenLog, frame: Uint8Array): ThreadAnswer {
	const batch = decodeBatch(frame);
	if (batch.base !== rows.size()) return "stale";
	try {
		rows.write(sealBatch(log, batch));
		const openings = deputy === undefined ? [] : openOrdered(log, batch, deputy);
		return openings.length === 0 ? "done" : { openings: encodeOpenings(openings) };
	} finally {
		// Data keys and entries in clear are needed no more.
		frame.fill(0);
	}
}

/** What was ordered with the entries that are durable now; what is not opened here is opened by the keyring, or refused there. */
function openOrdered(log: string, { entries }: StagedBatch, deputy: OpeningDeputy): (Buffer | undefined)[] {
	const now = Date.now() as Instant;
	const openings: (Buffer | undefined)[] = [];
	for (const { leafIndex, entryHash, plaintext: salted, order } of entries) {
		if (order !== undefined) openings.push(deputy.open({ log, leafIndex, entryHash, salted }, order, now));
	}
	return openings;
}
