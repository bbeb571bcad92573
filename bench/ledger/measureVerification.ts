import { Worker } from "node:worker_threads";
import { type Transaction, transactionId, transactionMessage } from "#ledger";
import { threads } from "./benchLedger.ts";

export interface Claim {
	readonly publicKey: string;
	readonly message: Uint8Array;
	readonly signature: string;
}

const plainVerifier = `
	const { parentPort } = require("node:worker_threads");
	const { createPublicKey, verify } = require("node:crypto");
	const prefix = Buffer.from("302a300506032b6570032100", "hex");
	parentPort.on("message", (claims) => {
		parentPort.postMessage(claims.every(({ publicKey, message, signature }) => {
			const key = createPublicKey({ key: Buffer.concat([prefix, Buffer.from(publicKey, "hex")]), format: "der", type: "spki" });
			return verify(null, message, key, Buffer.from(signature, "hex"));
		}));
	});
`;

/** Signatures a second: plain node:crypto in as many threads as the machine has cores here, claims handed over before the clock runs. */
export function measureVerification(transactions: readonly Transaction[]): Promise<number> {
	return measureIn(() => new Worker(plainVerifier, { eval: true }), transactions);
}

/** The same by the verification that is really used ({@link signatureLibrary}), its checks of form included. */
export function measureOwnVerification(transactions: readonly Transaction[]): Promise<number> {
	return measureIn(() => new Worker(new URL("./verifyWorker.ts", import.meta.url)), transactions);
}

async function measureIn(start: () => Worker, transactions: readonly Transaction[]): Promise<number> {
	const claims = transactions.map(
		(transaction): Claim => ({
			publicKey: transaction.signer,
			message: transactionMessage(transactionId(transaction)),
			signature: transaction.signature,
		}),
	);
	const workers = Array.from({ length: threads }, start);
	try {
		await Promise.all(workers.map((worker) => verifyOn(worker, claims.slice(0, 50))));
		const share = Math.ceil(claims.length / threads);
		const begun = performance.now();
		await Promise.all(workers.map((worker, i) => verifyOn(worker, claims.slice(i * share, (i + 1) * share))));
		return claims.length / ((performance.now() - begun) / 1000);
	} finally {
		await Promise.all(workers.map((worker) => worker.terminate()));
	}
}

function verifyOn(worker: Worker, claims: readonly Claim[]): Promise<void> {
	return new Promise((resolve, reject) => {
		worker.once("error", reject);
		worker.once("message", (valid: boolean) => {
			worker.off("error", reject);
			if (valid) resolve();
			else reject(new Error("expected every signature to be valid"));
		});
		worker.postMessage(claims);
	});
}
