import { dayMs } from "#base";
import { assertInteger } from "./discreteLaplace.ts";
import { maxEpsilonMilliPerQuery } from "./noisyCount.ts";

/** ε one patient may spend in any 365 days, in thousandths, over all queries and studies of a custodian. */
export const yearlyEpsilonMilli = 1000;
const yearMs = 365 * dayMs;

/** One query that a patient was a candidate for, whether they matched it or not: membership among the matches must not show in the budget. */
export interface BudgetSpend {
	readonly patient: string;
	readonly atMs: number;
	readonly epsilonMilli: number;
	/** {@link queryKey} of the query: the same query is answered from store and spends once. */
	readonly query: string;
}

/** A patient's budget as a fold over their spends; where the spends are stored is the custodian's. */
export interface PrivacyBudget {
	readonly spentMilli: number;
	readonly remainingMilli: number;
}

/** Spends of the last 365 days, the one exactly a year ago no longer among them. Spends in the future count: a clock set back frees nothing. */
export function privacyBudget(spends: readonly BudgetSpend[], nowMs: number): PrivacyBudget {
	const spentMilli = spends.filter((spend) => spend.atMs > nowMs - yearMs).reduce((sum, spend) => sum + spend.epsilonMilli, 0);
	return { spentMilli, remainingMilli: Math.max(0, yearlyEpsilonMilli - spentMilli) };
}

export interface AdmitParameters {
	/** Every patient whose consent covers the query. */
	readonly candidates: readonly string[];
	readonly spendsOf: (patient: string) => readonly BudgetSpend[];
	readonly epsilonMilli: number;
	readonly query: string;
	readonly nowMs: number;
}

export interface Admission {
	/** Whom the query may count, in the order given. */
	readonly admitted: readonly string[];
	/** Whose budget is spent: they are left out before anything of theirs is opened. */
	readonly refused: readonly string[];
	/** To be stored durably before the answer leaves; a crash in between wastes budget and never privacy. */
	readonly spends: readonly BudgetSpend[];
}

/**
 * Splits the candidates by what is left of each one's budget. Leaving out a patient depends on their own earlier spends only, so each patient's total
 * loss stays within the year's ε (a privacy filter per person: Feldman and Zrnic, "Individual Privacy Accounting via a Rényi Filter", 2021).
 */
export function admitToQuery({ candidates, spendsOf, epsilonMilli, query, nowMs }: AdmitParameters): Admission {
	assertInteger(epsilonMilli, 1, maxEpsilonMilliPerQuery, "epsilonMilli");
	const distinct = [...new Set(candidates)];
	const isAdmitted = (patient: string) => privacyBudget(spendsOf(patient), nowMs).remainingMilli >= epsilonMilli;
	const admitted = distinct.filter(isAdmitted);
	const taken = new Set(admitted);
	return {
		admitted,
		refused: distinct.filter((patient) => !taken.has(patient)),
		spends: admitted.map((patient) => ({ patient, atMs: nowMs, epsilonMilli, query })),
	};
}
