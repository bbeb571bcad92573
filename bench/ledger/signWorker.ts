import { parentPort } from "node:worker_threads";
import { canonicalText, createSigningKey, encodeUtf8, sha256 } from "#base";
import { signGrant } from "./benchLedger.ts";

/** Grants `from` to `to` of as many patients as there are, in turn, each signed and written as a leaf of the log. */
parentPort?.on("message", ({ from, to, patients }: { from: number; to: number; patients: number }) => {
	const leaves: string[] = [];
	for (let i = from; i < to; i++) {
		const key = createSigningKey(sha256(encodeUtf8(`patient ${i % patients}`)));
		leaves.push(canonicalText(signGrant(key, Math.floor(i / patients))));
	}
	parentPort?.postMessage(leaves.join("\n"));
});
