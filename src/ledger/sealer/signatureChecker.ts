import { isValidSignature } from "#base";
import { type ReadTransaction, transactionMessage } from "../transaction.ts";
import { createSignaturePool } from "./signaturePool.ts";

/** Judges transactions' signatures, in order. Only arithmetic leaves the sealing thread: every verdict is base's one rule. */
export interface SignatureChecker {
	check(transactions: readonly ReadTransaction[]): Promise<readonly boolean[]>;
	close(): Promise<void>;
}

/** @param threads - Worker threads; 0 checks on the calling thread. */
export function createSignatureChecker(threads: number): SignatureChecker {
	const pool = threads > 0 ? createSignaturePool(threads) : undefined;
	return {
		async check(transactions) {
			if (pool !== undefined) return pool.check(transactions.map(({ transaction, id }) => transaction.signer + id + transaction.signature));
			return transactions.map(({ transaction, id }) => isValidSignature(transaction.signer, transactionMessage(id), transaction.signature));
		},
		close: async () => pool?.close(),
	};
}
