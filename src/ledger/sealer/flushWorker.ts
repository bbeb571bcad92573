import { parentPort, workerData } from "node:worker_threads";
import { decodeBatch } from "./batchCodec.ts";
import { StateFile } from "./stateFile.ts";

/** Writes batches to the state file, each in one transaction; answers each with its memory, for the next one, or, once for all, with why it failed. */
const file = StateFile.open(workerData as string);

parentPort?.on("message", (batch: Uint8Array<ArrayBuffer> | "close") => {
	if (batch === "close") {
		file.close();
		parentPort?.close();
		return;
	}
	try {
		file.apply(decodeBatch(batch));
		parentPort?.postMessage(batch.buffer, [batch.buffer]);
	} catch (error) {
		parentPort?.postMessage(error instanceof Error ? error.message : "unknown");
	}
});
