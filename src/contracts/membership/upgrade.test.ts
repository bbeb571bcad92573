import { describe, expect, it } from "vitest";
import type { Digest } from "#base";
import { createRulebook, rules, rulesInForce } from "../rulebook.ts";
import { newestRules } from "../rules.ts";
import { idOf, MemoryLedger } from "../testing/memoryLedger.ts";
import type { Proposal } from "./membership.ts";
import { readUpgrade } from "./upgrade.ts";

const hash = "ab".repeat(32) as Digest;
const next = newestRules.version + 1;

function upgrade(height: number, overrides: object = {}): Proposal {
	return { kind: "upgrade", rulesVersion: next, rulesHash: hash, height, ...overrides };
}

function propose(ledger: MemoryLedger, proposal: Proposal, name: string): string {
	return ledger.codeOf("membership", "propose", "ant", { proposalId: idOf(name), proposal });
}

/** One member, whose proposal passes at once. */
const alone = () => new MemoryLedger([{ id: "ant", roles: ["hospital"] }]);

describe("upgrades of the rules", () => {
	it("[ME11] more than two thirds vote for the next version by its hash, and it is in force from its height on, not a block sooner", () => {
		const members = ["ant", "bee", "cat"].map((id) => ({ id, roles: ["hospital"] as const }));
		const ledger = new MemoryLedger(members);
		const inForce = (height: number) => rulesInForce(ledger, height, newestRules.version).version;
		expect(propose(ledger, upgrade(20), "u")).toBe("accepted");
		ledger.apply("membership", "vote", "bee", { proposalId: idOf("u"), approve: true });
		expect([readUpgrade(ledger), inForce(1_000)]).toEqual([undefined, newestRules.version]);
		ledger.apply("membership", "vote", "cat", { proposalId: idOf("u"), approve: true });
		expect(readUpgrade(ledger)).toEqual({ version: next, hash, height: 20 });
		expect([inForce(19), inForce(20), inForce(21)]).toEqual([newestRules.version, next, next]);
	});

	it("[ME11] no version is left out, repeated or gone back to, and no height has passed", () => {
		const ledger = alone();
		ledger.height = 7;
		for (const rulesVersion of [0, newestRules.version, next + 1]) {
			expect(propose(ledger, upgrade(20, { rulesVersion }), "u")).toBe("MEMBERSHIP_UPGRADE_VERSION");
		}
		for (const height of [0, 6, 7]) expect(propose(ledger, upgrade(height), "u")).toBe("MEMBERSHIP_UPGRADE_HEIGHT");
		expect(propose(ledger, upgrade(8), "u")).toBe("accepted");
		expect(propose(ledger, upgrade(20, { rulesHash: "AB" }), "s")).toBe("SCHEMA");
		expect(propose(ledger, upgrade(20, { code: "" }), "s")).toBe("SCHEMA");
	});

	it("[ME12] until its height an upgrade may be put off or its bundle replaced by another vote", () => {
		const ledger = alone();
		propose(ledger, upgrade(50), "u");
		const mended = "cd".repeat(32) as Digest;
		expect(propose(ledger, upgrade(90, { rulesHash: mended }), "later")).toBe("accepted");
		expect(readUpgrade(ledger)).toEqual({ version: next, hash: mended, height: 90 });
		expect(rulesInForce(ledger, 60, newestRules.version)).toEqual({ version: newestRules.version });
	});

	it("[ME5] a vote that drags on past the height cannot pass it", () => {
		const members = ["ant", "bee"].map((id) => ({ id, roles: ["hospital"] as const }));
		const ledger = new MemoryLedger(members);
		propose(ledger, upgrade(3), "u");
		ledger.height = 3;
		expect(ledger.codeOf("membership", "vote", "bee", { proposalId: idOf("u"), approve: true })).toBe("MEMBERSHIP_UPGRADE_HEIGHT");
		expect(readUpgrade(ledger)).toBeUndefined();
	});

	it("[RU11] the genesis names the rules until members do; then each height has one version, whoever asks and whenever", () => {
		const ledger = alone();
		expect([1, 1_000_000].map((height) => rulesInForce(ledger, height, 5))).toEqual([{ version: 5 }, { version: 5 }]);
		propose(ledger, upgrade(10), "u");
		ledger.height = 500;
		const versions = [1, 9, 10, 11, 499].map((height) => rulesInForce(ledger, height, newestRules.version).version);
		expect(versions).toEqual([next - 1, next - 1, next, next, next]);
		expect(rulesInForce(ledger, 10, newestRules.version).hash).toBe(hash);
	});

	it("[RU10] a rulebook answers with the very version asked for, or with none", () => {
		const later = { ...newestRules, version: next, hash };
		const book = createRulebook([newestRules, later]);
		expect([book.version, book.at(newestRules.version), book.at(next), book.at(next + 1)]).toEqual([next, newestRules, later, undefined]);
		expect(rules.at(rules.version)).toBe(newestRules);
		expect(() => createRulebook([])).toThrow(RangeError);
		expect(() => createRulebook([newestRules, { ...later, version: newestRules.version }])).toThrow(RangeError);
	});
});
