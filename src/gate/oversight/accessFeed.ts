import type { MemberId, Pseudonym, PublicKey } from "#base";
import type { AccessEntry, Compartment, Level, Purpose, ReasonCode } from "#contracts";
import type { GateStore } from "../gateStore.ts";
import { AccessTally } from "./accessTally.ts";

/** Accesses kept for who begins to watch, or falls behind. */
const keptMost = 2_000;
/** Who waits is told of what comes within this time together, in ms. */
const togetherMs = 200;
/** How long a tally may wait for the disk, in ms: a kill loses so much of the numbers, and nothing of the log. */
const tallyEveryMs = 10_000;
/** Numbers that wait to be written; one more and they are. */
const untoldMost = 1_024;
/** Watches that wait at once; one more is answered at once. */
const waitingMost = 64;

/**
 * Why a request was refused, as far as officers are told: a code of the decision would tell a patient who is not here, or was erased, from one who
 * said no (invariant 8).
 */
export type RefusalCause = "not-permitted" | "ledger-stale" | "relabelling";

/** What is kept of an entry for whoever oversees the house: no reason given, no number of records, no study. */
export interface FedAccess {
	readonly number: number;
	readonly atMs: number;
	readonly requester: PublicKey;
	readonly via: MemberId;
	readonly action: AccessEntry["action"];
	readonly purpose: Purpose;
	readonly classes: readonly Compartment[];
	readonly level: Level;
	readonly decision: AccessEntry["decision"];
	/** Of a permit the code of the decision; of a refusal no more than {@link RefusalCause}. */
	readonly reason: ReasonCode | RefusalCause;
	/** Names the model, or "". */
	readonly model: string;
	readonly isEmergency: boolean;
	/** How many patients one question was about. */
	readonly patients: number;
	/** Of an access that was permitted and is about one patient; of a refusal nobody's, so that refused, absent and erased look alike. */
	readonly pseudonym: Pseudonym | undefined;
}

/**
 * What goes through the access log, as it comes: for officers who watch, and for the numbers of a house. In memory but for the numbers; the log
 * itself stays the only record. What patients and the system do is left out.
 */
export class AccessFeed {
	readonly #accesses = new Map<number, FedAccess>();
	readonly #waiting = new Set<() => void>();
	readonly #tally: AccessTally;
	#timer: NodeJS.Timeout | undefined;
	#last = 0;
	/** The disk did not take the numbers last time; then only the clock tries again, and not each access. */
	#isFull = false;

	constructor(store: GateStore) {
		this.#tally = new AccessTally(store);
	}

	/** @param nobody - Whose chain holds what concerned no patient. */
	note(entries: readonly AccessEntry[], nobody: Pseudonym): void {
		const [first] = entries as readonly [AccessEntry];
		if (first.requesterKind === "system" || first.requesterKind === "patient") return;
		const access = toFed(first, { number: ++this.#last, patients: entries.length, nobody });
		this.#accesses.set(access.number, access);
		if (this.#accesses.size > keptMost) this.#accesses.delete(access.number - keptMost);
		this.#tally.count(access);
		if (this.#tally.waiting >= untoldMost && !this.#isFull) this.tally();
		else this.#timer ??= setTimeout(() => this.tally(), tallyEveryMs).unref();
		for (const wake of this.#waiting) wake();
	}

	/** The number of the newest access; 0 before the first. */
	get last(): number {
		return this.#last;
	}

	/** Accesses after a number, at most so many, the newest of them. */
	after(number: number, most: number): readonly FedAccess[] {
		const from = Math.max(number + 1, this.#last - keptMost + 1, this.#last - most + 1);
		const found: FedAccess[] = [];
		for (let at = from; at <= this.#last; at++) {
			const access = this.#accesses.get(at);
			if (access !== undefined) found.push(access);
		}
		return found;
	}

	/** Until there is something after a number, the time is over, or a stop. */
	async wait(number: number, { timeoutMs, stopping }: { readonly timeoutMs: number; readonly stopping: AbortSignal | undefined }): Promise<void> {
		if (this.#last > number || timeoutMs === 0 || stopping?.aborted === true || this.#waiting.size >= waitingMost) return;
		await new Promise<void>((resolve) => {
			let collecting: NodeJS.Timeout | undefined;
			const end = () => {
				clearTimeout(timer);
				clearTimeout(collecting);
				stopping?.removeEventListener("abort", end);
				this.#waiting.delete(wake);
				resolve();
			};
			const timer = setTimeout(end, timeoutMs);
			const wake = () => {
				collecting ??= setTimeout(end, togetherMs);
			};
			stopping?.addEventListener("abort", end);
			this.#waiting.add(wake);
		});
	}

	/** Writes the numbers down. On a full disk they wait for the next time, the newest of them: what is asked for goes on, as far as the log can be written. */
	tally(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		try {
			this.#tally.write();
			this.#isFull = false;
		} catch {
			this.#isFull = true;
		}
	}
}

interface Place {
	readonly number: number;
	readonly patients: number;
	readonly nobody: Pseudonym;
}

function toFed(entry: AccessEntry, { number, patients, nobody }: Place): FedAccess {
	const isAboutOne = entry.decision === "permit" && patients === 1 && entry.pseudonym !== nobody;
	return {
		number,
		patients,
		atMs: entry.time,
		requester: entry.requester,
		via: entry.via,
		action: entry.action,
		purpose: entry.purpose,
		classes: entry.compartments,
		level: entry.level,
		decision: entry.decision,
		reason: reasonOf(entry),
		model: entry.model,
		isEmergency: entry.emergencyReason !== "" && entry.purpose === "ETREAT",
		pseudonym: isAboutOne ? entry.pseudonym : undefined,
	};
}

function reasonOf({ decision, reasons }: AccessEntry): FedAccess["reason"] {
	if (decision === "permit") return reasons[0] ?? "SYSTEM_TASK";
	if (reasons.includes("LEDGER_STALE")) return "ledger-stale";
	return reasons.includes("RELABELLING") ? "relabelling" : "not-permitted";
}
