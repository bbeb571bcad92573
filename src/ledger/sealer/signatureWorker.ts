import { parentPort } from "node:worker_threads";
import { giveWay } from "./giveWay.ts";
import { holdsClaim } from "./signatureChecker.ts";
import { claimLength } from "./signaturePool.ts";

giveWay();

parentPort?.on("message", (claims: string) => {
	const valid: boolean[] = [];
	for (let at = 0; at < claims.length; at += claimLength) valid.push(holdsClaim(claims.slice(at, at + claimLength)));
	parentPort?.postMessage(valid);
});
