import type { Digest, Instant, MemberId } from "#base";
import type { RegisteredLog } from "#contracts";
import {
	LedgerError,
	type LedgerErrorCode,
	type ReaderTrust,
	type StateProof,
	type VerifiedHeader,
	type VerifiedState,
	verifyStateProof,
	verifyStateUnder,
} from "#ledger";
import { WalletError, type WalletErrorCode } from "./errors.ts";
import type { HistoryExport, LogHistory } from "./historyExport.ts";
import { accessLogKey, logCountKey, readLogCountRecord, readLogRecord } from "./ledgerRecords.ts";

/** What the ledger itself says of the logs, once proved. */
export interface LedgerFacts {
	/** One for each log of the export, in its order. */
	readonly records: readonly RegisteredLog[];
	/** Root of the ledger state that all of this rests on. */
	readonly stateRoot: string;
	/** Names of the witnesses that cosigned the state's checkpoint; keys of the validators that signed its header. */
	readonly witnesses: readonly string[];
	/** When the ledger last said that this is its newest state; block time where it did not say. */
	readonly asOfMs: number;
	/** Leaves of the ledger's log; 0 where validators decide, since they do not sign it. */
	readonly ledgerSize: number;
	/** The header that validators decided on, where they do. */
	readonly header?: VerifiedHeader["header"];
}

export interface LedgerExpectations {
	/** Leaves of the ledger's log that this wallet has seen before. */
	readonly ledgerSize?: number | undefined;
	/** The header that this wallet saw last. */
	readonly header?: SeenHeader | undefined;
	/** The ledger must have spoken since. */
	readonly notBeforeMs?: Instant | undefined;
}

/**
 * Proves in one and the same ledger state how many logs the custodian has, and the record of each: a log that is not shown is withheld.
 *
 * @throws {@link WalletError} `WALLET_LEDGER_SIGNATURE_INVALID`, `WALLET_LEDGER_PROOF_INVALID`, `WALLET_LEDGER_STALE`, `WALLET_LOG_UNREGISTERED`,
 * `WALLET_LOG_WITHHELD`.
 */
export function verifyOnLedger(history: HistoryExport, trust: ReaderTrust, expected: LedgerExpectations): LedgerFacts {
	const { member, count, logs } = history;
	const state = proveState(count, trust);
	const counted = readLogCountRecord(state.value);
	if (count.contract !== "access" || count.key !== logCountKey(member) || counted === undefined) throw unregistered();
	const asOfMs = state.checkpoint.cosignedAtMs ?? state.block.time;
	const { header } = state.checkpoint;
	if (header?.trail.some(({ height, hash }) => height === expected.header?.height && hash !== expected.header.hash)) {
		throw new WalletError("WALLET_LEDGER_FORKED", "expected the block that this wallet saw at this height, found another that validators decided on");
	}
	if (isOlder(state, expected) || asOfMs < (expected.notBeforeMs ?? 0)) {
		throw new WalletError("WALLET_LEDGER_STALE", "expected a ledger state no older than what this wallet knows of, found an older one");
	}
	const records = logs.map((log) => readRecord(log, member, proveSame(log.record, { state, of: count, trust })));
	for (const [at, { index }] of records.entries()) {
		if (index > at) throw withheld(`expected all ${counted} logs of this custodian, found one left out`, at);
		if (index < at) throw unregistered();
	}
	if (logs.length < counted) throw withheld(`expected all ${counted} logs of this custodian, found ${logs.length}`, logs.length);
	for (const [at, { shown }] of logs.entries()) if (shown === null) assertLost(records[at] as RegisteredLog, at);
	const { witnesses, size } = state.checkpoint;
	return {
		records,
		stateRoot: state.block.stateRoot,
		witnesses,
		asOfMs,
		...(header === undefined ? { ledgerSize: size } : { ledgerSize: 0, header }),
	};
}

/** A sealer's log by its size, validators' headers by their height: the size is not among what they decide on. */
function isOlder({ checkpoint: { size, header } }: VerifiedState, { ledgerSize = 0, header: seen }: LedgerExpectations): boolean {
	return header === undefined ? size < ledgerSize : header.height < (seen?.height ?? 0);
}

function readRecord({ log, record }: LogHistory, member: MemberId, value: StateProof["value"]): RegisteredLog {
	const registered = readLogRecord(value);
	const asked = record.contract === "access" && record.key === accessLogKey(member, log);
	if (!asked || registered === undefined || registered.member !== member || registered.log !== log) throw unregistered();
	return registered;
}

/** Nothing at all may be shown only of a log whose every anchored entry the ledger names as lost. */
function assertLost({ status, size, sizeLost }: RegisteredLog, at: number): void {
	if (status !== "closed" || sizeLost < size) throw withheld("expected this log to be shown: the ledger knows of no loss of all of it", at);
}

/** The state on which everything rests, and the proof that showed it. */
interface ProvedState {
	readonly state: VerifiedState;
	readonly of: StateProof;
	readonly trust: ReaderTrust;
}

/** The value of a proof that must rest on the very state the first proof rests on, so that no two moments are mixed. */
function proveSame(proof: StateProof, { state, of, trust }: ProvedState): StateProof["value"] {
	const isSame = proof.checkpoint === of.checkpoint;
	const other = isSame ? onLedger(() => verifyStateUnder(state.checkpoint, proof)) : proveState(proof, trust);
	if (other.checkpoint.size !== state.checkpoint.size || other.block.stateRoot !== state.block.stateRoot) {
		throw new WalletError("WALLET_LEDGER_PROOF_INVALID", "expected all state proofs from one ledger state, found two");
	}
	return other.value;
}

function proveState(proof: StateProof, trust: ReaderTrust): VerifiedState {
	return onLedger(() => verifyStateProof(proof, trust));
}

type Refusal = readonly [code: WalletErrorCode, message: string];

const proofRefused: Refusal = ["WALLET_LEDGER_PROOF_INVALID", "expected a proof that leads to the signed checkpoint"];
const undecided: Refusal = ["WALLET_LEDGER_SIGNATURE_INVALID", "expected a header decided by validators that what is pinned leads to"];
const refusals: Partial<Readonly<Record<LedgerErrorCode, Refusal>>> = {
	LEDGER_CHECKPOINT_INVALID: ["WALLET_LEDGER_SIGNATURE_INVALID", "expected a checkpoint signed by the pinned ledger key, or a header's evidence"],
	LEDGER_HEADER_INVALID: undecided,
	LEDGER_HEADER_UNTRUSTED: undecided,
	LEDGER_VALIDATORS_INVALID: undecided,
	LEDGER_COMMIT_INVALID: undecided,
	LEDGER_COMMIT_POWER_SHORT: undecided,
	LEDGER_HEADER_EXPIRED: ["WALLET_PIN_EXPIRED", "expected a pin younger than the trust period; pin a newer header, had from somebody trusted"],
	LEDGER_HEADER_FROM_FUTURE: ["WALLET_LEDGER_AHEAD", "expected a header of now or before, found one ahead of this clock"],
};

/** Names a refusal of the ledger's verifiers: who signed, or where the proof leads. */
export function onLedger<Result>(verify: () => Result): Result {
	try {
		return verify();
	} catch (cause) {
		if (!(cause instanceof LedgerError)) throw cause;
		const [code, message] = refusals[cause.code] ?? proofRefused;
		throw new WalletError(code, message, {}, cause);
	}
}

function withheld(message: string, at: number): WalletError {
	return new WalletError("WALLET_LOG_WITHHELD", message, { at });
}

function unregistered(): WalletError {
	return new WalletError("WALLET_LOG_UNREGISTERED", "expected each log to be registered on the ledger for this custodian, in the order shown");
}

/** What a wallet keeps of a verified history, to be held against the next one. */
export interface SeenState {
	/** 0 where validators decide. */
	readonly ledgerSize: number;
	/** The header that validators had decided on, where they do. */
	readonly header?: SeenHeader;
	/** The pseudonym's secret at this custodian: another one would lead to another chain. */
	readonly blind: string;
	readonly logs: readonly SeenLog[];
}

/** A header that was verified: a pin for the next history, and so are the validators that decided on it. */
export interface SeenHeader {
	readonly height: number;
	/** 32 bytes, hex. */
	readonly hash: string;
	/** 32 bytes, hex. */
	readonly validatorsHash: string;
	/** When they decided, UTC ms. */
	readonly timeMs: number;
}

/** How far one log was shown, and what of it was the patient's. */
export interface SeenLog {
	readonly log: string;
	readonly size: number;
	readonly root: Digest;
	/** The patient's entries in it, and the leaf hash of the last one, or "". */
	readonly entries: number;
	readonly head: string;
}
