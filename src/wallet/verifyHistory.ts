import { CodedError, type Digest, encodeHex, type Instant, type MemberId, type Pseudonym, type PublicKey } from "#base";
import type { AccessEntry } from "#contracts";
import { WalletError } from "./errors.ts";
import type { HistoryExport } from "./historyExport.ts";
import { parseHistory } from "./historySchema.ts";
import { type LogCheckpoint, verifyAnchors, verifyLogCheckpoint } from "./verifyAnchors.ts";
import { type ProvedEntry, verifyEntries, verifyExpected, verifyHeads } from "./verifyEntries.ts";
import { type LedgerFacts, type SeenState, verifyOnLedger } from "./verifyOnLedger.ts";

/** What the verifier brings; nothing of it is taken from the export. */
export interface HistoryTrust {
	readonly chain: string;
	/** The sealer's key, pinned at enrolment. */
	readonly ledgerKey: PublicKey;
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

export type CheckName = "form" | "subject" | "ledger" | "checkpoint" | "anchors" | "entries" | "completeness" | "acknowledged";

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
	/** `signed by one party`: everything fits, but fewer than the quorum of witnesses cosigned the ledger. Only `verified` may be shown green. */
	readonly verdict: "verified" | "signed by one party" | "refused";
	/** In the order they ran; the first that fails is the last. */
	readonly checks: readonly HistoryCheck[];
	/** Empty when refused. */
	readonly entries: readonly AccessEntry[];
	readonly warnings: readonly string[];
	/** When the ledger last spoke for this state, UTC ms, or null when refused before that was known. */
	readonly asOfMs: number | null;
	/** Cosignatures found and asked for. */
	readonly cosignatures: { readonly found: number; readonly asked: number };
	/** To be kept and handed in as `seen` next time; null when refused. */
	readonly seen: SeenState | null;
}

/** What the steps hand on to each other. */
interface Progress {
	history?: HistoryExport;
	facts?: LedgerFacts;
	checkpoint?: LogCheckpoint;
	proved?: readonly ProvedEntry[];
}

/** A ledger state older than this at `now` is mentioned, not refused: an exported file is as old as it is. */
const mentionAgeMs = 60 * 60_000;

/**
 * Verifies an exported access history offline against nothing but the ledger's pinned keys (PROTOCOL §8): every entry is in the log at its
 * place, in one chain without gap; the log only grew, its writer is registered and signed it; the ledger's state carries its anchors;
 * and by the head maps no entry was left out, the last one included.
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
			return `a history of ${progress.history.entries.length} entries`;
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
			const { ledgerKey, chain, witnesses = [], seen, notBeforeMs } = trust;
			progress.facts = verifyOnLedger(
				progress.history!,
				{ origin: chain, sealerKey: ledgerKey, witnesses },
				{ ledgerSize: seen?.ledgerSize, notBeforeMs },
			);
			return "the log and its writer are registered in a ledger state signed by the pinned key";
		},
	],
	[
		"checkpoint",
		(_input, trust, progress) => {
			progress.checkpoint = verifyLogCheckpoint(progress.history!, progress.facts!, trust.seen);
			return `signed by the registered writer at ${progress.checkpoint.size} entries`;
		},
	],
	[
		"anchors",
		(_input, { chain, ledgerKey }, { history, facts, checkpoint }) => {
			verifyAnchors(history!, facts!, checkpoint!, { origin: chain, sealerKey: ledgerKey });
			return `the log only grew over ${history!.anchors.length} anchors on the ledger`;
		},
	],
	[
		"entries",
		(_input, _trust, progress) => {
			progress.proved = verifyEntries(progress.history!, progress.checkpoint!);
			return "every entry is in the log, numbered without gap and chained";
		},
	],
	[
		"completeness",
		(_input, _trust, { history, checkpoint, proved }) => {
			verifyHeads(history!, checkpoint!, proved!);
			return "no entry was left out, the last one included";
		},
	],
	[
		"acknowledged",
		(_input, { expected = [] }, { proved }) => {
			verifyExpected(proved!, expected);
			return `${expected.length} accesses known from elsewhere are among them`;
		},
	],
];

function runStep(name: CheckName, step: () => string): HistoryCheck {
	try {
		return { name, ok: true, code: "", detail: step() };
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
		return { name, ok: false, code: error.code, detail: error.message };
	}
}

function assertSubject(history: HistoryExport, { chain, pseudonym, member }: HistoryTrust): void {
	if (history.chain !== chain || history.pseudonym !== pseudonym || (member !== undefined && history.member !== member)) {
		throw new WalletError("WALLET_SUBJECT_DIFFERS", "expected the history of the patient, ledger and custodian asked for");
	}
}

function report(checks: readonly HistoryCheck[], trust: HistoryTrust, progress: Progress, ok: boolean): HistoryReport {
	const { history, facts, checkpoint } = progress;
	const asked = trust.quorum ?? Math.max(1, Math.ceil((trust.witnesses?.length ?? 0) / 2));
	const found = facts?.witnesses.length ?? 0;
	const seen =
		ok && facts !== undefined && checkpoint !== undefined
			? { ledgerSize: facts.ledgerSize, logSize: checkpoint.size, logRoot: encodeHex(checkpoint.root) as Digest }
			: null;
	return {
		ok,
		verdict: !ok ? "refused" : found >= asked && asked > 0 ? "verified" : "signed by one party",
		checks,
		entries: ok ? history!.entries.map(({ entry }) => entry) : [],
		warnings: ok ? listWarnings(progress, trust) : [],
		asOfMs: facts?.asOfMs ?? null,
		cosignatures: { found, asked },
		seen,
	};
}

function listWarnings({ history, facts, proved }: Progress, { now }: HistoryTrust): readonly string[] {
	const { record, asOfMs } = facts!;
	const unanchored = proved!.filter(({ leafIndex }) => leafIndex >= record.size).length;
	const backwards = history!.entries.some(({ entry }, i) => i > 0 && entry.time < history!.entries[i - 1]!.entry.time);
	const warnings = [];
	if (unanchored > 0) warnings.push(`${unanchored} newest entries are signed by the custodian but not yet anchored on the ledger`);
	if (now - asOfMs > mentionAgeMs) warnings.push(`this shows the state of ${new Date(asOfMs).toISOString()}; accesses after that are not in it`);
	if (record.status === "closed") warnings.push("this log was closed; later accesses stand in its successor");
	if (record.sizeLost > 0) warnings.push(`the custodian declared ${record.sizeLost} entries of this log lost`);
	if (backwards) warnings.push("the custodian's clock went back between entries; their order is that of the log");
	return warnings;
}
