import { CodedError, type Digest, encodeHex, type Instant, type MemberId, type Pseudonym, type PublicKey } from "#base";
import type { AccessEntry, RegisteredLog } from "#contracts";
import type { HeaderPin, ReaderTrust } from "#ledger";
import { clockWentBack } from "./clockWentBack.ts";
import { WalletError } from "./errors.ts";
import type { HistoryExport, ShownLog } from "./historyExport.ts";
import { blindPseudonym, headPath } from "./historyFormat.ts";
import { parseHistory } from "./historySchema.ts";
import { type LogCheckpoint, verifyAnchors, verifyLogCheckpoint } from "./verifyAnchors.ts";
import { type ProvedEntry, verifyAgainstSeen, verifyEntries, verifyExpected, verifyHeads } from "./verifyEntries.ts";
import { type LedgerFacts, type SeenLog, type SeenState, verifyOnLedger } from "./verifyOnLedger.ts";

/** A ledger on whose blocks validators decide, as it was pinned. */
export interface PinnedConsortium {
	/** At enrolment: a header, or the validators of that day. */
	readonly pin: HeaderPin;
	/** How long validators are believed after a header they decided on; a year when absent. */
	readonly trustingPeriodMs?: number;
	/** How far clocks may differ; a minute when absent. */
	readonly clockDriftMs?: number;
}

/** What the verifier brings; nothing of it is taken from the export. Exactly one of `ledgerKey` and `consortium`. */
export interface HistoryTrust {
	readonly chain: string;
	/** The sealer's key, pinned at enrolment. */
	readonly ledgerKey?: PublicKey;
	/** In place of a sealer. */
	readonly consortium?: PinnedConsortium;
	/** Members other than the operator, who cosign the ledger's checkpoints. */
	readonly witnesses?: readonly { readonly name: string; readonly key: PublicKey }[];
	/** Cosignatures asked for; half of the witnesses, rounded up, when absent. */
	readonly quorum?: number;
	readonly pseudonym: Pseudonym;
	/** The custodian asked; any when absent. */
	readonly member?: MemberId;
	readonly now: Instant;
	/** From the report on the history verified before this one. */
	readonly seen?: SeenState;
	/** Hashes of entries that this person was told of (`access.entryHash` of an answer). */
	readonly expected?: readonly Digest[];
	/** The ledger must have spoken at this time or later: when the history was asked for. */
	readonly notBeforeMs?: Instant;
}

export type CheckName = "form" | "subject" | "ledger" | "checkpoint" | "entries" | "anchors" | "completeness" | "acknowledged";

export interface HistoryCheck {
	readonly name: CheckName;
	readonly ok: boolean;
	/** Why not, from the closed list of codes; "" when ok. */
	readonly code: string;
	/** A sentence for people. */
	readonly detail: string;
}

export interface HistoryReport {
	/** Every check passed. Says nothing of who could have shown another ledger: see `verdict`. */
	readonly ok: boolean;
	/** `verified` where validators decided: all that passed is. `signed by one party`: everything fits, but fewer than the quorum of witnesses cosigned the ledger. Only `verified` may be shown green. */
	readonly verdict: "verified" | "signed by one party" | "refused";
	/** In the order they ran; the first that fails is the last. */
	readonly checks: readonly HistoryCheck[];
	/** Log by log; empty when refused. */
	readonly entries: readonly AccessEntry[];
	/** Of each entry, how many places its leaf has: 1 where it is a leaf of its own, otherwise more than patients were asked about with it. */
	readonly places: readonly number[];
	readonly warnings: readonly string[];
	/** When the ledger last spoke for this state, UTC ms, or null when refused before that was known. */
	readonly asOfMs: number | null;
	/** Cosignatures found and asked for; validators that signed the header, and the fewest that could have decided. */
	readonly cosignatures: { readonly found: number; readonly asked: number };
	/** To be kept and handed in as `seen` next time; null when refused. */
	readonly seen: SeenState | null;
}

/** What the steps hand on to each other. */
interface Progress {
	history?: HistoryExport;
	facts?: LedgerFacts;
	views?: readonly LogProgress[];
}

/** One log of which something is shown. */
interface LogProgress {
	readonly record: RegisteredLog;
	readonly shown: ShownLog;
	readonly seen: SeenLog | undefined;
	readonly checkpoint: LogCheckpoint;
	/** The patient's place in its head maps. */
	readonly path: Uint8Array;
	proved: readonly ProvedEntry[];
}

/** A ledger state older than this at `now` is mentioned, not refused: an exported file is as old as it is. */
const mentionAgeMs = 60 * 60_000;

/**
 * Verifies an exported access history offline against nothing but the ledger's pinned keys or validators (PROTOCOL §8): all logs of the custodian are there;
 * every entry is in its log at its place, in one chain without gap; each log only grew, its writer is registered and signed it; the ledger's
 * state commits to its anchors; and by the head maps no entry was left out, the last one included.
 *
 * It cannot show a read that happened outside the keyring, nor an entry that the custodian never wrote. Never throws for a bad export:
 * the report says what is wrong. Cost: O(entries · log n) hashes.
 */
export function verifyHistory(input: unknown, trust: HistoryTrust): HistoryReport {
	const checks: HistoryCheck[] = [];
	const progress: Progress = {};
	for (const [name, step] of steps) {
		const check = runStep(name, () => step(input, trust, progress));
		checks.push(check);
		if (!check.ok) return report(checks, trust, progress, false);
	}
	return report(checks, trust, progress, true);
}

/** Each step relies on those before it; that is why they stop at the first failure. */
const steps: readonly (readonly [CheckName, (input: unknown, trust: HistoryTrust, progress: Progress) => string])[] = [
	[
		"form",
		(input, _trust, progress) => {
			progress.history = parseHistory(input);
			return `a history of ${progress.history.logs.reduce((sum, { shown }) => sum + (shown?.entries.length ?? 0), 0)} entries`;
		},
	],
	[
		"subject",
		(_input, trust, { history }) => {
			assertSubject(history!, trust);
			return "of the patient, ledger and custodian asked for";
		},
	],
	[
		"ledger",
		(_input, trust, progress) => {
			const { seen, notBeforeMs } = trust;
			const expected = { ledgerSize: seen?.ledgerSize, header: seen?.header, notBeforeMs };
			progress.facts = verifyOnLedger(progress.history!, readerTrust(trust), expected);
			const by = progress.facts.header === undefined ? "signed by the pinned key" : "decided by validators that what is pinned leads to";
			return `all logs of the custodian and their writers are registered in a ledger state ${by}`;
		},
	],
	[
		"checkpoint",
		(_input, { seen }, progress) => {
			const { history, facts } = progress;
			progress.views = facts!.records.flatMap((record, at) => openLog(history!, record, history!.logs[at]!.shown, seen) ?? []);
			return `signed by the registered writers at ${progress.views.map(({ checkpoint }) => checkpoint.size).join(", ")} entries`;
		},
	],
	[
		"entries",
		(_input, _trust, { history, views }) => {
			for (const view of views!) {
				view.proved = verifyEntries({ ...history!, log: view.record.log }, view.shown, view.checkpoint);
				verifyAgainstSeen(view.proved, view.checkpoint, view.seen);
			}
			return "every entry is in the log, numbered without gap and chained";
		},
	],
	[
		"anchors",
		(_input, _trust, { facts, views }) => {
			for (const view of views!) verifyAnchors(view.shown, { ...view, stateRoot: facts!.stateRoot });
			const shown = views!.reduce((sum, { shown: { anchors } }) => sum + anchors.length, 0);
			return `the log only grew; of ${views!.reduce((sum, { record }) => sum + record.anchors, 0)} anchors on the ledger none of the ${shown} asked for is missing`;
		},
	],
	[
		"completeness",
		(_input, _trust, { views }) => {
			for (const { shown, checkpoint, proved, path } of views!) verifyHeads(shown, checkpoint, proved, path);
			if (views!.every(({ proved }) => proved.length === 0))
				throw new WalletError("WALLET_HISTORY_INCOMPLETE", "expected at least the look's own entry");
			return "no entry was left out, the last one included";
		},
	],
	[
		"acknowledged",
		(_input, { expected = [] }, { views }) => {
			verifyExpected(
				views!.flatMap(({ proved }) => proved),
				expected,
			);
			return `${expected.length} accesses known from elsewhere are among them`;
		},
	],
];

function pinsOf(seen: SeenState | undefined): readonly HeaderPin[] {
	if (seen?.header === undefined) return [];
	const { height, hash, validatorsHash, timeMs } = seen.header;
	return [
		{ height, hash },
		{ validatorsHash, pinnedAtMs: timeMs },
	];
}

/** @throws {@link WalletError} `WALLET_LEDGER_SIGNATURE_INVALID` when neither a sealer nor validators are pinned, or both: nobody's word would count. */
export function readerTrust({ chain, ledgerKey, consortium, witnesses = [], seen, now }: HistoryTrust): ReaderTrust {
	if (consortium === undefined && ledgerKey !== undefined) return { origin: chain, sealerKey: ledgerKey, witnesses };
	if (consortium !== undefined && ledgerKey === undefined) {
		const { pin, ...limits } = consortium;
		return { origin: chain, pins: [pin, ...pinsOf(seen)], now, ...limits };
	}
	throw new WalletError("WALLET_LEDGER_SIGNATURE_INVALID", "expected either a sealer's key or validators to be pinned");
}

function runStep(name: CheckName, step: () => string): HistoryCheck {
	try {
		return { name, ok: true, code: "", detail: step() };
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
		return { name, ok: false, code: error.code, detail: error.message };
	}
}

function openLog(
	{ pseudonym, blind }: HistoryExport,
	record: RegisteredLog,
	shown: ShownLog | null,
	seen: SeenState | undefined,
): LogProgress | undefined {
	const before = seen?.logs.find(({ log }) => log === record.log);
	if (shown === null) return undefined;
	const path = headPath(blindPseudonym(record.log, pseudonym, blind));
	return { record, shown, seen: before, checkpoint: verifyLogCheckpoint(shown, record, before), path, proved: [] };
}

function assertSubject(history: HistoryExport, { chain, pseudonym, member, seen }: HistoryTrust): void {
	const asked = history.chain === chain && history.pseudonym === pseudonym && (member === undefined || history.member === member);
	if (!asked || (seen !== undefined && seen.blind !== history.blind)) {
		throw new WalletError("WALLET_SUBJECT_DIFFERS", "expected the history of the patient, ledger and custodian asked for");
	}
}

function report(checks: readonly HistoryCheck[], trust: HistoryTrust, progress: Progress, ok: boolean): HistoryReport {
	const { history, facts, views } = progress;
	const asked = facts?.header?.fewest ?? trust.quorum ?? Math.max(1, Math.ceil((trust.witnesses?.length ?? 0) / 2));
	const found = facts?.witnesses.length ?? 0;
	const shown = ok ? views!.flatMap(({ shown: { entries } }) => entries) : [];
	return {
		ok,
		verdict: !ok ? "refused" : found >= asked && asked > 0 ? "verified" : "signed by one party",
		checks,
		entries: shown.map(({ entry }) => entry),
		places: shown.map(({ cohort }) => cohort?.count ?? 1),
		warnings: ok ? listWarnings(progress, trust) : [],
		asOfMs: facts?.asOfMs ?? null,
		cosignatures: { found, asked },
		seen: ok ? { ...seenLedger(facts!), blind: history!.blind, logs: views!.map(seenOf) } : null,
	};
}

function seenLedger({ ledgerSize, header }: LedgerFacts): Pick<SeenState, "ledgerSize" | "header"> {
	if (header === undefined) return { ledgerSize };
	const { height, hash, validatorsHash, timeMs } = header;
	return { ledgerSize, header: { height, hash, validatorsHash, timeMs } };
}

function seenOf({ record: { log }, checkpoint: { size, root }, proved }: LogProgress): SeenLog {
	return { log, size, root: encodeHex(root) as Digest, entries: proved.length, head: proved.at(-1)?.hash ?? "" };
}

function listWarnings({ facts, views }: Progress, { now }: HistoryTrust): readonly string[] {
	const { records, asOfMs } = facts!;
	const warnings = [];
	const unanchored = views!.reduce((sum, { proved, record }) => sum + proved.filter(({ leafIndex }) => leafIndex >= record.size).length, 0);
	if (unanchored > 0) warnings.push(`${unanchored} newest entries are signed by the custodian but not yet anchored on the ledger`);
	if (now - asOfMs > mentionAgeMs) warnings.push(`this shows the state of ${new Date(asOfMs).toISOString()}; accesses after that are not in it`);
	for (const { log, status, successor, sizeLost } of records) {
		if (status === "closed") warnings.push(`the log ${log} was closed${successor === "" ? "" : `; later accesses stand in ${successor}`}`);
		if (sizeLost > 0) warnings.push(`the custodian declared ${sizeLost} entries of the log ${log} lost; yours among them cannot be shown`);
	}
	if (views!.some(({ shown }) => clockWentBack(shown.entries.map(({ entry }) => entry.time))))
		warnings.push("the custodian's clock went back between entries; their order is that of the log");
	return warnings;
}
