import { describe, expect, it } from "vitest";
import { dayMs } from "#base";
import { admitToQuery, type BudgetSpend, privacyBudget } from "./privacyBudget.ts";
import { queryKey } from "./queryKey.ts";

const nowMs = Date.UTC(2026, 10, 21);
const spend = (patient: string, atMs: number, epsilonMilli = 100): BudgetSpend => ({ patient, atMs, epsilonMilli, query: "q" });

describe("budget", () => {
	it("[MI52] ten queries of ε = 0.1 spend a year, and the eleventh is refused", () => {
		const stored: BudgetSpend[] = [];
		const ask = (query: string) => {
			const admission = admitToQuery({ candidates: ["a"], spendsOf: () => stored, epsilonMilli: 100, query, nowMs });
			stored.push(...admission.spends);
			return admission.admitted.length;
		};
		expect(Array.from({ length: 11 }, (_, i) => ask(`q${i}`))).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
		expect(privacyBudget(stored, nowMs)).toEqual({ spentMilli: 1000, remainingMilli: 0 });
	});

	it("[MI52] a spend is gone exactly 365 days later, not a millisecond before", () => {
		const spends = [spend("a", nowMs - 365 * dayMs)];
		expect(privacyBudget(spends, nowMs).spentMilli).toBe(0);
		expect(privacyBudget(spends, nowMs - 1).spentMilli).toBe(100);
	});

	it("[MI52] a clock set back frees nothing", () => {
		expect(privacyBudget([spend("a", nowMs + dayMs, 1000)], nowMs).remainingMilli).toBe(0);
	});

	it("[MI52] spends of patients who do not match count as well: candidates pay, not matches", () => {
		const spendsOf = (patient: string) => (patient === "b" ? [spend("b", nowMs - dayMs, 950)] : []);
		const admission = admitToQuery({ candidates: ["a", "b", "c", "a"], spendsOf, epsilonMilli: 60, query: "q", nowMs });
		expect(admission.admitted).toEqual(["a", "c"]);
		expect(admission.refused).toEqual(["b"]);
		expect(admission.spends.map(({ patient, epsilonMilli }) => [patient, epsilonMilli])).toEqual([
			["a", 60],
			["c", 60],
		]);
	});

	it("[MI52] refuses a query of more than 0.1 and of none", () => {
		for (const epsilonMilli of [0, 101]) {
			expect(() => admitToQuery({ candidates: [], spendsOf: () => [], epsilonMilli, query: "q", nowMs })).toThrow(
				expect.objectContaining({ code: "AGGREGATE_PARAMETER_INVALID" }),
			);
		}
	});

	it("[MI53] a query has one key, whatever the order of its fields; another study or ε has another", () => {
		const key = queryKey({ study: "s", count: { code: "I10" }, epsilonMilli: 100 });
		expect(queryKey({ epsilonMilli: 100, count: { code: "I10" }, study: "s" })).toBe(key);
		expect(queryKey({ study: "t", count: { code: "I10" }, epsilonMilli: 100 })).not.toBe(key);
		expect(queryKey({ study: "s", count: { code: "I10" }, epsilonMilli: 50 })).not.toBe(key);
	});
});
