import type { ContractName } from "#contracts";

/** What the ledger's state held under a key; `value` undefined: nothing. */
export interface ProvenValue {
	readonly contract: ContractName;
	readonly key: string;
	readonly value: unknown;
}

/** What evidence proves, after every signature and hash in it was found right. */
export interface JudgedEvidence {
	/** The log of the ledger that all of it stands in. */
	readonly checkpoint: { readonly size: number; readonly root: string };
	/** Whether as many witnesses cosigned as the pins ask for; true where they name none. */
	readonly isWitnessed: boolean;
	/** When the last cosignature that was needed was made, UTC ms; undefined where there is none. */
	readonly signedAtMs: number | undefined;
	/** All of one state. */
	readonly values: readonly ProvenValue[];
}

/**
 * Judges evidence of the ledger's state. The composition root makes it from the ledger's light verification; a keyring holds it and asks
 * nobody else.
 */
export interface LedgerVerifier {
	/** Ledger, sealer and witnesses that are trusted, in one spelling: the keyring writes it down when it is made and opens under no other. */
	readonly pins: string;
	/** @throws CodedError when anything in it does not verify. */
	verify(evidence: Uint8Array): JudgedEvidence;
}

/** How a keyring stands to the ledger. Whoever makes one that believes the gate has to spell it out. */
export type LedgerStanding = LedgerVerifier | "taken on trust";
