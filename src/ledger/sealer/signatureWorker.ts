import { parentPort } from "node:worker_threads";
import { isValidSignature } from "#base";
import type { SignatureClaim } from "./signatureChecker.ts";

parentPort?.on("message", (claims: readonly SignatureClaim[]) => {
	parentPort?.postMessage(claims.map(({ publicKey, message, signature }) => isValidSignature(publicKey, message, signature)));
});
