import { describe, expect, it } from "vitest";
import type { Digest } from "#base";
import { idOf, MemoryLedger } from "../testing/memoryLedger.ts";
import type { Proposal } from "./membership.ts";
import { readPortalRelease, readReleaseVersion } from "./portalRelease.ts";

const hashOf = (byte: string) => byte.repeat(32) as Digest;
const members = ["ant", "bee", "cat"].map((id) => ({ id, roles: ["hospital"] as const }));

function propose(ledger: MemoryLedger, by: string, proposal: object, name = "p"): string {
	return ledger.codeOf("membership", "propose", by, { proposalId: idOf(name), proposal: { kind: "portal-release", ...proposal } as Proposal });
}
const vote = (ledger: MemoryLedger, by: string, name = "p") => ledger.codeOf("membership", "vote", by, { proposalId: idOf(name), approve: true });
const alone = () => new MemoryLedger(members.slice(0, 1));

describe("releases of the portal", () => {
	it("[ME15] one institution, and two of three, release nothing; more than two thirds do", () => {
		const ledger = new MemoryLedger(members);
		expect(propose(ledger, "ant", { version: 1, hash: hashOf("ab") })).toBe("accepted");
		expect(vote(ledger, "bee")).toBe("accepted");
		expect([readPortalRelease(ledger), readReleaseVersion(ledger, hashOf("ab"))]).toEqual([undefined, undefined]);
		expect(propose(ledger, "mallory", { version: 1, hash: hashOf("cd") }, "m")).toBe("MEMBERSHIP_NOT_A_MEMBER");
		expect(vote(ledger, "cat")).toBe("accepted");
		expect(readPortalRelease(ledger)).toEqual({ version: 1, hash: hashOf("ab") });
	});

	it("[ME15] no version is left out, repeated or gone back to, and of two votes on one version the second cannot pass", () => {
		const ledger = alone();
		for (const version of [0, 2, 1_000]) expect(propose(ledger, "ant", { version, hash: hashOf("ab") })).toBe("MEMBERSHIP_PORTAL_VERSION");
		expect(propose(ledger, "ant", { version: 1, hash: "AB" })).toBe("SCHEMA");
		expect(propose(ledger, "ant", { version: 1, hash: hashOf("ab"), url: "https://elsewhere.example" })).toBe("SCHEMA");
		const three = new MemoryLedger(members);
		propose(three, "ant", { version: 1, hash: hashOf("ab") }, "one");
		propose(three, "bee", { version: 1, hash: hashOf("cd") }, "two");
		for (const by of ["bee", "cat"]) expect(vote(three, by, "one")).toBe("accepted");
		expect(vote(three, "ant", "two")).toBe("accepted");
		expect(vote(three, "cat", "two")).toBe("MEMBERSHIP_PORTAL_VERSION");
		expect(readPortalRelease(three)?.hash).toBe(hashOf("ab"));
	});

	it("[ME16] a later release supersedes, the earlier ones stay known by their hash, and going back is a vote of its own", () => {
		const ledger = alone();
		for (const [at, byte] of ["ab", "cd", "ab"].entries()) {
			expect(propose(ledger, "ant", { version: at + 1, hash: hashOf(byte) }, `v${at}`)).toBe("accepted");
			expect(readPortalRelease(ledger)).toEqual({ version: at + 1, hash: hashOf(byte) });
		}
		expect(["ab", "cd", "ef"].map((byte) => readReleaseVersion(ledger, hashOf(byte)))).toEqual([3, 2, undefined]);
	});
});
