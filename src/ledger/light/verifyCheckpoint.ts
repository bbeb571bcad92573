import { CodedError, type PublicKey, secondMs } from "#base";
import { type Checkpoint, openNote, parseCheckpoint } from "#log";
import { LedgerError } from "../errors.ts";
import { askedCosignatures, countableWitnesses, type TrustedWitness } from "./witnessQuorum.ts";

/** What a reader trusts: one log by its name, one sealer by its key, and the members whose cosignatures count. */
export interface LedgerTrust {
	/** The chain's name. */
	readonly origin: string;
	readonly sealerKey: PublicKey;
	/** The members' witnesses; that of the member that operates the sealer is left out by whoever makes the list. */
	readonly witnesses?: readonly TrustedWitness[];
	/** Cosignatures asked for; half of the witnesses, rounded up, when absent. */
	readonly quorum?: number;
}

/** `agreed`: more than two thirds of the validators signed its header. Of the others only `witnessed` may be shown green (PROTOCOL §3). */
export type CheckpointStanding = "agreed" | "witnessed" | "signed by one party";

export interface VerifiedCheckpoint extends Checkpoint {
	/** When the sealer last said that this is its newest checkpoint, UTC ms (whole seconds), or undefined when it did not say. */
	readonly cosignedAtMs: number | undefined;
	/** Names of the witnesses that cosigned; where validators agreed, the keys of those that signed. */
	readonly witnesses: readonly string[];
	readonly standing: CheckpointStanding;
	/** When the last witness that makes up the quorum cosigned, UTC ms (whole seconds); undefined without a quorum. */
	readonly witnessedAtMs: number | undefined;
}

/**
 * Verifies that a checkpoint is the sealer's own and of this chain. One party's signature: without witnesses it shows no more than what
 * the sealer chose to show.
 *
 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID`.
 */
export function verifyCheckpoint(note: string, trust: LedgerTrust): VerifiedCheckpoint {
	const { origin, sealerKey } = trust;
	const witnesses = countableWitnesses(trust.witnesses ?? [], sealerKey);
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
		const cosigned = signatures.filter(({ verifier }) => others.some((other) => other === verifier));
		const times = cosigned.map(({ timeSeconds }) => (timeSeconds ?? 0) * secondMs).sort((a, b) => b - a);
		const witnessedAtMs = times[(trust.quorum ?? askedCosignatures(witnesses.length)) - 1];
		return {
			...checkpoint,
			cosignedAtMs: beat === undefined ? undefined : beat * secondMs,
			witnesses: cosigned.map(({ verifier }) => verifier.name),
			standing: witnessedAtMs === undefined ? "signed by one party" : "witnessed",
			witnessedAtMs,
		};
	} catch (error) {
		if (error instanceof LedgerError || !(error instanceof CodedError)) throw error;
		throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a signed checkpoint", {}, error);
	}
}
