import { dayMs, hourMs } from "#base";
import type { GateStore, RefusalTally, UseTally } from "../gateStore.ts";
import type { FedAccess } from "./accessFeed.ts";

/** How long the numbers are kept: a year of uses for the records of processing, a quarter of refusals for who looks for patterns. */
const usesForMs = 400 * dayMs;
const refusalsForMs = 92 * dayMs;
/** Keys that are told apart within an hour. Anybody can make keys; what comes after so many is counted without one. */
const keysPerHourMost = 1_000;

/** Numbers of what a house does with data: uses by day, refusals by hour. No patient is in them. */
export class AccessTally {
	readonly #store: GateStore;
	readonly #keys = new Set<string>();
	#hour = 0;

	constructor(store: GateStore) {
		this.#store = store;
	}

	add(accesses: readonly FedAccess[]): void {
		if (accesses.length === 0) return;
		const refusals = new Map<string, RefusalTally>();
		const alike = new Map<string, AlikeUses>();
		for (const access of accesses) {
			if (access.decision === "deny") addTo(refusals, this.#refusal(access));
			else countAlike(alike, access);
		}
		const uses = new Map<string, UseTally>();
		for (const use of alike.values()) for (const each of usesOf(use)) addTo(uses, each);
		const newestMs = accesses.at(-1)?.atMs ?? 0;
		this.#store.addTallies({
			refusals: [...refusals.values()],
			uses: [...uses.values()],
			forgetRefusalsBefore: newestMs - refusalsForMs,
			forgetUsesBefore: newestMs - usesForMs,
		});
	}

	#refusal({ atMs, requester, via, action, purpose, reason }: FedAccess): RefusalTally {
		const hour = Math.floor(atMs / hourMs) * hourMs;
		if (hour !== this.#hour) this.#keys.clear();
		this.#hour = hour;
		const isTold = this.#keys.has(requester) || this.#keys.size < keysPerHourMost;
		if (isTold) this.#keys.add(requester);
		return { hour, requester: isTold ? requester : "", via: isTold ? via : "", action, purpose, reason, count: 1 };
	}
}

/** Uses that differ in nothing but their number: most of a house's, so that classes are told apart once for all of them. */
interface AlikeUses {
	readonly access: FedAccess;
	patients: number;
}

function countAlike(alike: Map<string, AlikeUses>, access: FedAccess): void {
	const key = `${dayOf(access)}|${access.purpose}|${access.via}|${access.level}|${access.classes.join("+")}`;
	const known = alike.get(key);
	if (known === undefined) alike.set(key, { access, patients: access.patients });
	else known.patients += access.patients;
}

function dayOf({ atMs }: FedAccess): number {
	return Math.floor(atMs / dayMs) * dayMs;
}

function usesOf({ access, patients }: AlikeUses): readonly UseTally[] {
	const { purpose, via, classes, level } = access;
	return classes.map((name) => ({ day: dayOf(access), purpose, via, class: name, level, count: patients }));
}

function addTo<Tally extends { readonly count: number }>(tallies: Map<string, Tally>, tally: Tally): void {
	const { count, ...rest } = tally;
	const key = Object.values(rest).join("|");
	tallies.set(key, { ...tally, count: count + (tallies.get(key)?.count ?? 0) });
}
