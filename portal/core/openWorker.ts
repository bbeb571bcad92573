import { trustedScript, workerUrl } from "./trustedScripts.ts";

/** Starts the thread that holds the key. */
export function openWorker(): Worker {
	return new Worker(trustedScript(workerUrl), { type: "module" });
}
