import { CodedError, type Instant, type MemberId, minuteMs, type Pseudonym, type SubjectId } from "#base";
import { readLogs, type StateReader } from "#contracts";
import { inTransaction } from "../../exclusiveDatabase.ts";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import type { KeyTables } from "../keyTables.ts";
import { assertEnrolled, assertSuccessor } from "./assertEnrolled.ts";
import { evidenceRefusal, evidenceStale } from "./errors.ts";
import { LedgerMemory } from "./ledgerMemory.ts";
import type { JudgedEvidence, LedgerStanding } from "./ledgerVerifier.ts";
import { ProvenState } from "./provenState.ts";

/**
 * How far the cosignatures of new evidence may lie from the keyring's own clock, in ms. Witnesses and sealer cosign every five seconds; what is left
 * is room for clocks that differ, and bounds how long after a closure its keyring can still be shown the log as open.
 */
export const evidenceAgeMaxMs = 2 * minuteMs;

export interface LedgerJudgeParameters {
	readonly custodian: MemberId;
	readonly tables: KeyTables;
	readonly ledger: LedgerStanding;
}

export interface Binding {
	readonly subject: SubjectId;
	/** What the subject is bound to now. */
	readonly from: Pseudonym;
	readonly to: Pseudonym;
}

/**
 * Judges what a gate claims of the ledger: a binding, a log. A keyring that takes the ledger on trust lets everything pass. SPEC VA85–VA90.
 */
export class LedgerJudge {
	readonly #custodian: MemberId;
	readonly #tables: KeyTables;
	readonly #ledger: LedgerStanding;
	readonly #memory: LedgerMemory;

	/** @throws VaultError `VAULT_LEDGER_DIFFERS`. */
	constructor({ custodian, tables, ledger }: LedgerJudgeParameters) {
		[this.#custodian, this.#tables, this.#ledger] = [custodian, tables, ledger];
		this.#memory = new LedgerMemory(tables);
		this.#memory.pin(ledger);
	}

	/** @throws VaultError `VAULT_EVIDENCE_REFUSED`: a subject begins under its stand-in, or a gate would begin it under a pseudonym of its own. */
	assertNewSubject(subject: SubjectId, pseudonym: Pseudonym): void {
		if (this.#ledger !== "taken on trust" && pseudonym !== unenrolledPseudonym(subject)) throw evidenceRefusal("not-the-stand-in");
	}

	/**
	 * Runs `write` with what the evidence taught in one durable transaction.
	 *
	 * @throws VaultError `VAULT_EVIDENCE_REFUSED`, `VAULT_EVIDENCE_STALE`.
	 */
	bind({ subject, from, to }: Binding, evidence: Uint8Array | undefined, now: Instant, write: () => void): void {
		const checkpoint = this.#ledger === "taken on trust" ? undefined : this.#judgeBinding({ subject, from, to }, evidence, now);
		inTransaction(this.#tables.database, () => {
			if (checkpoint !== undefined) this.#memory.keepCheckpoint(checkpoint);
			write();
		});
	}

	/**
	 * Learns of each of the custodian's logs whether it is open. A new one is shown beside those that were closed for it, or not at all.
	 *
	 * @throws VaultError `VAULT_EVIDENCE_REFUSED`, `VAULT_EVIDENCE_STALE`.
	 */
	showLogs(evidence: Uint8Array, now: Instant): void {
		if (this.#ledger === "taken on trust") return;
		const { checkpoint, state } = this.#judge(evidence, now);
		const logs = readLogs(state, this.#custodian);
		for (const { log, status } of logs) this.#memory.assertNotReopened(log, status);
		inTransaction(this.#tables.database, () => {
			this.#memory.keepCheckpoint(checkpoint);
			for (const { log, status } of logs) this.#memory.keepLog(log, status);
		});
		for (const { log, status } of logs) this.#memory.remember(log, status);
	}

	/** Whether receipts of the log open anything. What was shown open once stays so until a closure is shown, however old that is. */
	honoursLog(log: string): boolean {
		return this.#ledger === "taken on trust" || this.#memory.statusOf(log) === "open";
	}

	#judgeBinding({ subject, from, to }: Binding, evidence: Uint8Array | undefined, now: Instant): JudgedEvidence["checkpoint"] {
		const { checkpoint, state } = this.#judge(evidence, now);
		assertEnrolled(state, this.#custodian, to);
		if (from !== unenrolledPseudonym(subject)) assertSuccessor(state, this.#custodian, from, to);
		return checkpoint;
	}

	#judge(evidence: Uint8Array | undefined, now: Instant): { readonly checkpoint: JudgedEvidence["checkpoint"]; readonly state: StateReader } {
		const { checkpoint, isWitnessed, signedAtMs, values } = this.#verify(evidence);
		this.#memory.assertNotBefore(checkpoint);
		if (!isWitnessed) throw evidenceStale("not-witnessed");
		if (signedAtMs === undefined || Math.abs(now - signedAtMs) > evidenceAgeMaxMs) throw evidenceStale("too-old");
		return { checkpoint, state: new ProvenState(values) };
	}

	#verify(evidence: Uint8Array | undefined): JudgedEvidence {
		if (evidence === undefined || evidence.length === 0 || this.#ledger === "taken on trust") throw evidenceRefusal("missing");
		try {
			return this.#ledger.verify(evidence);
		} catch (error) {
			if (error instanceof CodedError) throw evidenceRefusal("not-proven", error);
			throw error;
		}
	}
}
