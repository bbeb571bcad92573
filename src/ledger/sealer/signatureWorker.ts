import { parentPort } from "node:worker_threads";
import { type Digest, isValidSignature } from "#base";
import { transactionMessage } from "../transaction.ts";
import { claimLength } from "./signaturePool.ts";

parentPort?.on("message", (claims: string) => {
	const valid: boolean[] = [];
	for (let at = 0; at < claims.length; at += claimLength) {
		const id = claims.slice(at + 64, at + 128) as Digest;
		valid.push(isValidSignature(claims.slice(at, at + 64), transactionMessage(id), claims.slice(at + 128, at + claimLength)));
	}
	parentPort?.postMessage(valid);
});
