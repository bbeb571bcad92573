import { parentPort, workerData } from "node:worker_threads";
import { decodeBatch } from "./batchCodec.ts";
import { giveWay } from "./giveWay.ts";
import { LogCopier } from "./logCopier.ts";
import { StateFile } from "./stateFile.ts";
import type { FlushJob } from "./stateFlusher.ts";
import { statePath } from "./statePath.ts";

giveWay();

const path = workerData as string;
const file = StateFile.open(statePath(path));
const log = new LogCopier(path);

/** Nothing to write for so long: there is time to copy the state file's write-ahead log back. */
const quietMs = 20;
let quiet: NodeJS.Timeout | undefined;

/**
 * Writes batches to the state file, each in one transaction; answers each, so that its memory can be the next one's, or, once for all, with why it failed. What the
 * write-ahead logs gathered, of the log and of the state file, is copied back after an answer, so that whoever waits for a batch does not wait for that;
 * an exception of it ends the thread, which halts the ledger.
 */
parentPort?.on("message", (job: FlushJob | "close") => {
	clearTimeout(quiet);
	if (job === "close") {
		file.close();
		log.close();
		parentPort?.close();
		return;
	}
	try {
		file.apply(decodeBatch(job.batch));
		parentPort?.postMessage(undefined);
	} catch (error) {
		parentPort?.postMessage(error instanceof Error ? error.message : "unknown");
		return;
	}
	if (job.copiesLog) log.copyBack();
	file.copyBack("busy");
	quiet = setTimeout(() => file.copyBack("pause"), quietMs);
});
