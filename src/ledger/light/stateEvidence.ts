import { CodedError, decodeUtf8, encodeUtf8 } from "#base";
import type { StateReader } from "#contracts";
import { LedgerError } from "../errors.ts";
import type { Ledger, StateProof } from "../ledger.ts";
import { type ReaderTrust, type VerifiedCommitment, verifyCommitment } from "./verifyCommitment.ts";
import { verifyStateUnder } from "./verifyStateProof.ts";

/** Values that one piece of evidence may prove. */
export const evidenceValuesMax = 512;

/** What evidence proves, all of it of one state. */
export interface VerifiedEvidence {
	readonly checkpoint: VerifiedCommitment;
	readonly values: readonly Pick<StateProof, "contract" | "key" | "value">[];
}

/**
 * Proves to somebody without a ledger whatever `read` looks at: present or absent, of the newest state. The judge reads the same with the same
 * reader. Made in one turn of the event loop, so that all proofs show one state: `await ledger.cosigned(…)` right before.
 *
 * @returns JSON array of state proofs, UTF-8.
 */
export function collectEvidence(ledger: Pick<Ledger, "proveState">, read: (state: StateReader) => void): Uint8Array {
	const proofs = new Map<string, StateProof>();
	read({
		get(contract, key) {
			const name = JSON.stringify([contract, key]);
			const proof = proofs.get(name) ?? ledger.proveState(contract, key);
			proofs.set(name, proof);
			return proof.value;
		},
	});
	return encodeUtf8(JSON.stringify([...proofs.values()]));
}

/**
 * Verifies evidence from outside. Whether enough witnesses cosigned, and when, its checkpoint says; the caller judges it.
 *
 * @throws {@link LedgerError} `LEDGER_PROOF_INVALID`, the codes of `verifyCommitment`.
 */
export function verifyEvidence(evidence: Uint8Array, trust: ReaderTrust): VerifiedEvidence {
	const proofs = parseProofs(evidence);
	const [first] = proofs;
	if (first === undefined || proofs.some(({ checkpoint }) => checkpoint !== first.checkpoint)) {
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected proofs of one state");
	}
	const checkpoint = verifyCommitment(first.checkpoint, trust);
	const values = proofs.map((proof) => {
		const { contract, key } = proof;
		return { contract, key, value: verifyStateUnder(checkpoint, proof).value };
	});
	return { checkpoint, values };
}

function parseProofs(evidence: Uint8Array): readonly StateProof[] {
	try {
		const proofs = JSON.parse(decodeUtf8(evidence)) as readonly StateProof[];
		if (Array.isArray(proofs) && proofs.length <= evidenceValuesMax && proofs.every(isFormed)) return proofs;
	} catch (error) {
		if (!(error instanceof SyntaxError || error instanceof CodedError)) throw error;
	}
	throw new LedgerError("LEDGER_PROOF_INVALID", `expected a list of at most ${evidenceValuesMax} state proofs`);
}

function isFormed(proof: unknown): boolean {
	if (typeof proof !== "object" || proof === null) return false;
	const { checkpoint, blockLeaf, contract, key } = proof as { readonly [name: string]: unknown };
	return [checkpoint, blockLeaf, contract, key].every((text) => typeof text === "string");
}
