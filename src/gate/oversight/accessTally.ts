import { dayMs, hourMs } from "#base";
import type { GateStore, RefusalTally, UseTally } from "../gateStore.ts";
import type { FedAccess } from "./accessFeed.ts";

/** How long the numbers are kept: a year of uses for the records of processing, a quarter of refusals for who looks for patterns. */
const usesForMs = 400 * dayMs;
const refusalsForMs = 92 * dayMs;
/** Keys that are told apart within an hour. Anybody can make keys; what comes after so many is counted without one. */
const keysPerHourMost = 1_000;

/** Numbers that wait for the disk at most; the oldest are dropped for newer ones. On a disk with room they are a few hundred. */
const waitingMost = 4_096;

/** Numbers of what a house does with data: uses by day, refusals by hour. No patient is in them. */
export class AccessTally {
	readonly #store: GateStore;
	readonly #keys = new Set<string>();
	/** What is counted and not yet written, by what it counts. */
	#refusals = new Map<string, RefusalTally>();
	#uses = new Map<string, ManyUses>();
	/** The use that was counted last, while it waits: the next is nearly always another of it. */
	#lastUse: ManyUses | undefined;
	#hour = 0;
	#newestMs = 0;

	constructor(store: GateStore) {
		this.#store = store;
	}

	/** How many numbers wait to be written. */
	get waiting(): number {
		return this.#refusals.size + this.#uses.size;
	}

	count(access: FedAccess): void {
		this.#newestMs = access.atMs;
		if (access.decision === "deny") this.#countRefusal(this.#refusal(access));
		else this.#countUse(access);
		if (this.waiting <= waitingMost) return;
		this.#lastUse = undefined;
		dropOldest(this.#uses.size > this.#refusals.size ? this.#uses : this.#refusals);
	}

	/** Writes down what was counted. Whatever the disk throws comes through, and the numbers wait for the next time. */
	write(): void {
		if (this.waiting === 0) return;
		this.#store.addTallies({
			refusals: [...this.#refusals.values()],
			uses: [...this.#uses.values()].flatMap(({ classes, ...use }) => classes.map((name) => ({ ...use, class: name }))),
			forgetRefusalsBefore: this.#newestMs - refusalsForMs,
			forgetUsesBefore: this.#newestMs - usesForMs,
		});
		this.#refusals = new Map();
		this.#uses = new Map();
		this.#lastUse = undefined;
	}

	#refusal({ atMs, requester, via, action, purpose, reason }: FedAccess): RefusalTally {
		const hour = Math.floor(atMs / hourMs) * hourMs;
		if (hour !== this.#hour) this.#keys.clear();
		this.#hour = hour;
		const isTold = this.#keys.has(requester) || this.#keys.size < keysPerHourMost;
		if (isTold) this.#keys.add(requester);
		return { hour, requester: isTold ? requester : "", via: isTold ? via : "", action, purpose, reason, count: 1 };
	}

	#countRefusal(refusal: RefusalTally): void {
		const { hour, requester, via, action, purpose, reason } = refusal;
		const key = `${hour}|${requester}|${via}|${action}|${purpose}|${reason}`;
		this.#refusals.set(key, { ...refusal, count: 1 + (this.#refusals.get(key)?.count ?? 0) });
	}

	#countUse({ atMs, purpose, via, classes, level, patients }: FedAccess): void {
		const day = Math.floor(atMs / dayMs) * dayMs;
		const last = this.#lastUse;
		if (
			last !== undefined &&
			last.day === day &&
			last.purpose === purpose &&
			last.via === via &&
			last.level === level &&
			isSame(last.classes, classes)
		) {
			last.count += patients;
			return;
		}
		const key = `${day}|${purpose}|${via}|${level}|${classes.join("|")}`;
		const known = this.#uses.get(key);
		this.#lastUse = known ?? { day, purpose, via, classes, level, count: 0 };
		this.#lastUse.count += patients;
		if (known === undefined) this.#uses.set(key, this.#lastUse);
	}
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
	return a.length === b.length && a.every((name, at) => name === b[at]);
}

/** Uses of the same classes together: nearly all of a day's are alike, and this is on every read's way. */
interface ManyUses extends Omit<UseTally, "class" | "count"> {
	readonly classes: FedAccess["classes"];
	count: number;
}

function dropOldest(numbers: Map<string, unknown>): void {
	numbers.delete(numbers.keys().next().value as string);
}
