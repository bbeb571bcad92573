import { isValidSignature } from "#base";
import { type ReadTransaction, transactionMessage } from "../transaction.ts";
import { createSignaturePool } from "./signaturePool.ts";

/** Judges transactions' signatures, in order. Only arithmetic leaves the main thread: every decision rests on base's one rule. */
export interface SignatureChecker {
	check(transactions: readonly ReadTransaction[]): Promise<readonly boolean[]>;
	close(): Promise<void>;
}

export interface SignatureClaim {
	readonly publicKey: string;
	readonly message: Uint8Array;
	readonly signature: string;
}

/** @param threads - Worker threads; 0 checks on the calling thread. */
export function createSignatureChecker(threads: number): SignatureChecker {
	const pool = threads > 0 ? createSignaturePool(threads) : undefined;
	return {
		async check(transactions) {
			const claims = transactions.map(toClaim);
			if (pool !== undefined) return pool.check(claims);
			return claims.map(({ publicKey, message, signature }) => isValidSignature(publicKey, message, signature));
		},
		close: async () => pool?.close(),
	};
}

function toClaim({ transaction, id }: ReadTransaction): SignatureClaim {
	return { publicKey: transaction.signer, message: transactionMessage(id), signature: transaction.signature };
}
