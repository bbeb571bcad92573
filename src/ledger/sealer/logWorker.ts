import { parentPort, workerData } from "node:worker_threads";
import { BlockStore } from "./blockStore.ts";
import { type LogThreadAnswer, writeSealed } from "./logWriter.ts";
import { type PackedBlock, unpackBlock } from "./packedBlock.ts";

/**
 * Writes blocks to the log's file and answers each once it is durable, or with why it is not. What the write-ahead log gathered is copied back after an
 * answer, so that nobody waits for it but a block that comes at that moment. An exception of the copying ends the thread, which halts the ledger.
 */
const store = BlockStore.open(workerData as string, "when told");

parentPort?.on("message", (message: PackedBlock | "close") => {
	if (message === "close") {
		store.close();
		parentPort?.close();
		return;
	}
	try {
		writeSealed(store, unpackBlock(message));
		answer({});
	} catch (error) {
		answer({ failed: error instanceof Error ? error.message : "unknown" });
		return;
	}
	store.copyBack();
});

function answer(message: LogThreadAnswer): void {
	parentPort?.postMessage(message);
}
