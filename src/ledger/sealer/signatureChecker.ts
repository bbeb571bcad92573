import { type Digest, isValidSignature } from "#base";
import { envelopeMessage, type UnjudgedEnvelope } from "../envelope.ts";
import { type ReadTransaction, transactionMessage } from "../transaction.ts";
import { createSignaturePool } from "./signaturePool.ts";

/**
 * That a key signed a digest, and as what: `t` a transaction, `e` an envelope, so that the one never passes for the other. Then key, digest and signature in
 * hex, which have been read as such.
 */
export type SignatureClaim = string;

/** Judges signatures, in order. Only arithmetic leaves the sealing thread: every verdict is base's one rule, wherever it falls. */
export interface SignatureChecker {
	check(claims: readonly SignatureClaim[]): Promise<readonly boolean[]>;
	close(): Promise<void>;
}

/** @param threads - Worker threads, for all but a few claims at a time; 0 checks on the calling thread. */
export function createSignatureChecker(threads: number): SignatureChecker {
	const pool = threads > 0 ? createSignaturePool(threads, holdsClaim) : undefined;
	return {
		check: async (claims) => (pool === undefined ? claims.map(holdsClaim) : pool.check(claims)),
		close: async () => pool?.close(),
	};
}

export function claimOfTransaction({ transaction, id }: ReadTransaction): SignatureClaim {
	return `t${transaction.signer}${id}${transaction.signature}`;
}

export function claimOfEnvelope({ signer, digest, signature }: UnjudgedEnvelope): SignatureClaim {
	return `e${signer}${digest}${signature}`;
}

export function holdsClaim(claim: SignatureClaim): boolean {
	const digest = claim.slice(65, 129) as Digest;
	const message = claim.startsWith("e") ? envelopeMessage(digest) : transactionMessage(digest);
	return isValidSignature(claim.slice(1, 65), message, claim.slice(129));
}
