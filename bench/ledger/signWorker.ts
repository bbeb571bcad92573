import { parentPort } from "node:worker_threads";
import { canonicalText, createSigningKey, encodeUtf8, type SigningKey, sha256 } from "#base";
import { signGrant } from "./benchLedger.ts";

export interface SignJob {
	readonly block: number;
	/** Grants of this number to that, of as many patients as there are, in turn. */
	readonly from: number;
	readonly to: number;
	readonly patients: number;
}

const keys = new Map<number, SigningKey>();

function keyOf(patient: number): SigningKey {
	const known = keys.get(patient) ?? createSigningKey(sha256(encodeUtf8(`patient ${patient}`)));
	keys.set(patient, known);
	return known;
}

/** Signs a block's grants and writes each as a leaf of the log, a line each. */
parentPort?.on("message", ({ block, from, to, patients }: SignJob) => {
	let text = "";
	for (let i = from; i < to; i++) text += `${canonicalText(signGrant(keyOf(i % patients), Math.floor(i / patients)))}\n`;
	const lines = encodeUtf8(text);
	parentPort?.postMessage({ block, lines }, [lines.buffer as ArrayBuffer]);
});
