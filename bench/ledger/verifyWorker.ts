import { parentPort } from "node:worker_threads";
import { isValidSignature } from "#base";
import type { Claim } from "./measureVerification.ts";

parentPort?.on("message", (claims: readonly Claim[]) => {
	parentPort?.postMessage(claims.every(({ publicKey, message, signature }) => isValidSignature(publicKey, message, signature)));
});
