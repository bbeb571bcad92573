import type { Digest, Instant, MemberId } from "#base";
import type { Anchor, RegisteredLog } from "#contracts";
import { LedgerError, type LedgerTrust, type StateProof, type VerifiedState, verifyStateProof } from "#ledger";
import { WalletError } from "./errors.ts";
import type { HistoryExport } from "./historyExport.ts";
import { accessLogKey, anchorKey, memberKeyKey, readAnchorRecord, readKeyHolder, readLogRecord } from "./ledgerRecords.ts";

/** What the ledger itself says of the log, once proved. */
export interface LedgerFacts {
	readonly record: RegisteredLog;
	/** Undefined before the member's first anchor. */
	readonly anchor: Anchor | undefined;
	/** Whose each signing key is or was. */
	readonly holders: ReadonlyMap<string, MemberId>;
	/** Names of the witnesses that cosigned the state's checkpoint. */
	readonly witnesses: readonly string[];
	/** When the ledger last said that this is its newest state; block time where it did not say. */
	readonly asOfMs: number;
	readonly ledgerSize: number;
}

export interface LedgerExpectations {
	/** Leaves of the ledger's log that this wallet has seen before. */
	readonly ledgerSize?: number | undefined;
	/** The ledger must have spoken since. */
	readonly notBeforeMs?: Instant | undefined;
}

/**
 * Proves registration, last anchor and signers in one and the same ledger state.
 *
 * @throws {@link WalletError} `WALLET_LEDGER_SIGNATURE_INVALID`, `WALLET_LEDGER_PROOF_INVALID`, `WALLET_LEDGER_STALE`, `WALLET_LOG_UNREGISTERED`,
 * `WALLET_ANCHOR_INVALID`.
 */
export function verifyOnLedger(history: HistoryExport, trust: LedgerTrust, expected: LedgerExpectations): LedgerFacts {
	const { member, log, record, anchor, signers } = history;
	const state = proveState(record, trust);
	if (record.contract !== "access" || record.key !== accessLogKey(member, log)) throw unregistered();
	if (anchor.contract !== "access" || anchor.key !== anchorKey(member)) {
		throw new WalletError("WALLET_ANCHOR_INVALID", "expected the state of this custodian's latest anchor, found another key's");
	}
	const registered = readLogRecord(state.value);
	if (registered === undefined || registered.member !== member || registered.log !== log) throw unregistered();
	const holders = new Map(signers.map((proof) => readSigner(proof, proveSame(proof, state, trust))));
	const asOfMs = state.checkpoint.cosignedAtMs ?? state.block.time;
	if (state.checkpoint.size < (expected.ledgerSize ?? 0) || asOfMs < (expected.notBeforeMs ?? 0)) {
		throw new WalletError("WALLET_LEDGER_STALE", "expected a ledger state no older than what this wallet knows of, found an older one");
	}
	return {
		record: registered,
		anchor: readAnchorRecord(proveSame(anchor, state, trust)),
		holders,
		witnesses: state.checkpoint.witnesses,
		asOfMs,
		ledgerSize: state.checkpoint.size,
	};
}

function readSigner(proof: StateProof, value: StateProof["value"]): [string, MemberId] {
	const key = proof.key.slice(memberKeyKey("").length);
	const holder = readKeyHolder(value);
	if (proof.contract !== "membership" || proof.key !== memberKeyKey(key) || holder === undefined) {
		throw new WalletError("WALLET_ANCHOR_INVALID", "expected the holder of a member's key, found another state");
	}
	return [key, holder];
}

/** The value of a proof that must rest on the very state the first proof rests on, so that no two moments are mixed. */
function proveSame(proof: StateProof, state: VerifiedState, trust: LedgerTrust): StateProof["value"] {
	const other = proveState(proof, trust);
	if (other.checkpoint.size !== state.checkpoint.size || other.block.stateRoot !== state.block.stateRoot) {
		throw new WalletError("WALLET_LEDGER_PROOF_INVALID", "expected all state proofs from one ledger state, found two");
	}
	return other.value;
}

function proveState(proof: StateProof, trust: LedgerTrust): VerifiedState {
	return onLedger(() => verifyStateProof(proof, trust));
}

/** Names a refusal of the ledger's verifiers: who signed, or where the proof leads. */
export function onLedger<Result>(verify: () => Result): Result {
	try {
		return verify();
	} catch (cause) {
		if (!(cause instanceof LedgerError)) throw cause;
		const signature = cause.code === "LEDGER_CHECKPOINT_INVALID";
		throw new WalletError(
			signature ? "WALLET_LEDGER_SIGNATURE_INVALID" : "WALLET_LEDGER_PROOF_INVALID",
			signature ? "expected a checkpoint signed by the pinned ledger key" : "expected a proof that leads to the signed checkpoint",
			{},
			cause,
		);
	}
}

function unregistered(): WalletError {
	return new WalletError("WALLET_LOG_UNREGISTERED", "expected this log to be registered on the ledger for this custodian");
}

/** What a wallet keeps of a verified history, to be held against the next one. */
export interface SeenState {
	readonly ledgerSize: number;
	readonly logSize: number;
	readonly logRoot: Digest;
}
