import { CodedError, type PublicKey } from "#base";
import { type Checkpoint, openNote, parseCheckpoint } from "#log";
import { LedgerError } from "../errors.ts";

/** What a reader trusts: one log by its name, one sealer by its key, and the members whose cosignatures count. */
export interface LedgerTrust {
	/** The chain's name. */
	readonly origin: string;
	readonly sealerKey: PublicKey;
	/** Witnesses' names and keys; the operator's own is left out by whoever makes the list. */
	readonly witnesses?: readonly { readonly name: string; readonly key: PublicKey }[];
}

export interface VerifiedCheckpoint extends Checkpoint {
	/** When the sealer last said that this is its newest checkpoint, UTC ms (whole seconds), or undefined when it did not say. */
	readonly cosignedAtMs: number | undefined;
	/** Names of the witnesses that cosigned. */
	readonly witnesses: readonly string[];
}

/**
 * Verifies that a checkpoint is the sealer's own and of this chain. One party's signature: without witnesses it shows no more than what
 * the sealer chose to show.
 *
 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID`.
 */
export function verifyCheckpoint(note: string, { origin, sealerKey, witnesses = [] }: LedgerTrust): VerifiedCheckpoint {
	try {
		const author = { name: origin, key: sealerKey, type: "ed25519" } as const;
		const heartbeat = { name: origin, key: sealerKey, type: "cosignature/v1" } as const;
		const others = witnesses.map(({ name, key }) => ({ name, key, type: "cosignature/v1" }) as const);
		const { text, signatures } = openNote(note, [author, heartbeat, ...others]);
		const checkpoint = parseCheckpoint(text);
		if (!signatures.some(({ verifier }) => verifier === author) || checkpoint.origin !== origin) {
			throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a checkpoint of this chain, signed by its sealer");
		}
		const beat = signatures.find(({ verifier }) => verifier === heartbeat)?.timeSeconds;
		return {
			...checkpoint,
			cosignedAtMs: beat === undefined ? undefined : beat * 1000,
			witnesses: signatures.filter(({ verifier }) => others.includes(verifier as (typeof others)[number])).map(({ verifier }) => verifier.name),
		};
	} catch (error) {
		if (error instanceof LedgerError || !(error instanceof CodedError)) throw error;
		throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a signed checkpoint", {}, error);
	}
}
