import { describe, expect, it } from "vitest";
import type { MemberId, PublicKey } from "#base";
import { genesisState } from "../genesis.ts";
import { chain, day, idOf, keyOf, MemoryLedger, noon } from "../testing/memoryLedger.ts";
import { readMember, readMemberByKey, readMembers } from "./member.ts";
import { memberKeyMessage, type Proposal, readProposal } from "./membership.ts";
import { readValidators, validatorKeyMessage } from "./validators.ts";

const four = ["ant", "bee", "cat", "dog"].map((id) => ({ id, roles: ["hospital"] as const }));

function addition(name: string, overrides: object = {}): Proposal {
	const [id, key] = [name as MemberId, keyOf(name)];
	const keySignature = key.sign(memberKeyMessage({ chain, id, key: key.publicKey }));
	return {
		kind: "add",
		id,
		name,
		key: key.publicKey,
		keySignature,
		roles: ["hospital"],
		implicitPolicy: "deny",
		quota: 60,
		...overrides,
	} as Proposal;
}

function propose(ledger: MemoryLedger, by: string, proposal: Proposal, name = "p"): string {
	return ledger.codeOf("membership", "propose", by, { proposalId: idOf(name), proposal });
}

function vote(ledger: MemoryLedger, by: string, approve = true, name = "p"): string {
	return ledger.codeOf("membership", "vote", by, { proposalId: idOf(name), approve });
}

describe("membership", () => {
	it("[RU9] genesis lists every member and refuses what it cannot mean", () => {
		const ledger = new MemoryLedger(four);
		expect(readMembers(ledger).map(({ id, status }) => [id, status])).toEqual(four.map(({ id }) => [id, "active"]));
		const member = { id: "ant" as MemberId, name: "Ant", key: keyOf("ant").publicKey, roles: ["hospital"], implicitPolicy: "deny" };
		const bad = [[], [member, member], [{ ...member, roles: ["bakery"] }], [{ ...member, roles: [] }], [{ ...member, implicitPolicy: "allow" }]];
		for (const members of bad) expect(() => genesisState({ members })).toThrow(expect.objectContaining({ code: "MEMBERSHIP_GENESIS_INVALID" }));
	});

	it("[ME1] strangers, patients and suspended members decide nothing", () => {
		const ledger = new MemoryLedger(four);
		expect(propose(ledger, "stranger", addition("elk"))).toBe("MEMBERSHIP_NOT_A_MEMBER");
		propose(ledger, "ant", { kind: "suspend", id: "dog" as MemberId }, "s");
		for (const by of ["bee", "cat"]) vote(ledger, by, true, "s");
		expect(propose(ledger, "dog", addition("elk"))).toBe("MEMBERSHIP_MEMBER_NOT_ACTIVE");
		expect(ledger.codeOf("membership", "setPolicy", "dog", { implicitPolicy: "deny" })).toBe("MEMBERSHIP_MEMBER_NOT_ACTIVE");
	});

	it("[ME2] two thirds are not more than two thirds", () => {
		const ledger = new MemoryLedger(four.slice(0, 3));
		propose(ledger, "ant", addition("elk"));
		vote(ledger, "bee");
		expect(readMember(ledger, "elk" as MemberId)).toBeUndefined();
		vote(ledger, "cat");
		expect(readMember(ledger, "elk" as MemberId)).toMatchObject({ status: "active", quota: 60 });
		expect(readMemberByKey(ledger, keyOf("elk").publicKey)?.id).toBe("elk");
		expect(readMembers(ledger).map(({ id }) => id)).toEqual(["ant", "bee", "cat", "elk"]);
	});

	it("[ME3] a member counts once however often it votes, and a changed mind counts as changed", () => {
		const ledger = new MemoryLedger(four);
		propose(ledger, "ant", addition("elk"));
		for (let i = 0; i < 5; i++) vote(ledger, "bee");
		vote(ledger, "ant");
		expect(readProposal(ledger, idOf("p"))).toMatchObject({ status: "open", approvals: ["ant", "bee"] });
		vote(ledger, "ant", false);
		vote(ledger, "cat");
		expect(readProposal(ledger, idOf("p"))).toMatchObject({ status: "open", approvals: ["bee", "cat"], rejections: ["ant"] });
	});

	it("[ME3] the vote of a member suspended meanwhile does not count", () => {
		const ledger = new MemoryLedger([...four, { id: "elk", roles: ["hospital"] }]);
		propose(ledger, "elk", addition("fox"));
		vote(ledger, "ant");
		propose(ledger, "ant", { kind: "suspend", id: "elk" as MemberId }, "s");
		for (const by of ["bee", "cat", "dog"]) vote(ledger, by, true, "s");
		vote(ledger, "bee");
		expect(readProposal(ledger, idOf("p"))?.status).toBe("open");
		vote(ledger, "cat");
		expect(readProposal(ledger, idOf("p"))?.status).toBe("passed");
	});

	it("[ME4] a proposal is void at the millisecond its 30 days end, and a passed one is closed", () => {
		const ledger = new MemoryLedger(four);
		propose(ledger, "ant", addition("elk"));
		ledger.time = noon + 30 * day - 1;
		expect(vote(ledger, "bee")).toBe("accepted");
		ledger.time++;
		expect(vote(ledger, "cat")).toBe("MEMBERSHIP_PROPOSAL_CLOSED");
		expect(vote(ledger, "cat", true, "other")).toBe("MEMBERSHIP_PROPOSAL_UNKNOWN");
		const alone = new MemoryLedger(four.slice(0, 1));
		expect(propose(alone, "ant", addition("elk"))).toBe("accepted");
		expect(vote(alone, "ant")).toBe("MEMBERSHIP_PROPOSAL_CLOSED");
		expect(propose(alone, "ant", addition("fox"))).toBe("MEMBERSHIP_PROPOSAL_EXISTS");
	});

	it("[ME5] two proposals for one id: the second cannot pass", () => {
		const ledger = new MemoryLedger(four);
		propose(ledger, "ant", addition("elk"), "one");
		propose(ledger, "ant", addition("elk"), "two");
		for (const by of ["bee", "cat"]) vote(ledger, by, true, "one");
		// The newcomer counts among the active now: four of five are needed.
		for (const by of ["bee", "cat"]) expect(vote(ledger, by, true, "two")).toBe("accepted");
		expect(vote(ledger, "dog", true, "two")).toBe("MEMBERSHIP_ID_TAKEN");
	});

	it("[ME6] a key must prove itself, be a real key, and stand for nobody yet", () => {
		const ledger = new MemoryLedger(four);
		const elsewhere = keyOf("elk").sign(memberKeyMessage({ chain: "other", id: "elk" as MemberId, key: keyOf("elk").publicKey }));
		expect(propose(ledger, "ant", addition("elk", { keySignature: elsewhere }))).toBe("MEMBERSHIP_KEY_UNPROVEN");
		expect(propose(ledger, "ant", addition("elk", { key: keyOf("bee").publicKey }))).toBe("MEMBERSHIP_KEY_USED");
		expect(propose(ledger, "ant", addition("elk", { key: `01${"0".repeat(62)}` as PublicKey }))).toBe("MEMBERSHIP_KEY_INVALID");
		expect(propose(ledger, "ant", addition("bee", { key: keyOf("elk").publicKey }))).toBe("MEMBERSHIP_ID_TAKEN");
	});

	it("[ME7] removal is final and the last active member stays", () => {
		const ledger = new MemoryLedger(four.slice(0, 2));
		propose(ledger, "ant", { kind: "remove", id: "bee" as MemberId });
		vote(ledger, "bee");
		expect(readMember(ledger, "bee" as MemberId)?.status).toBe("removed");
		expect(propose(ledger, "ant", { kind: "reinstate", id: "bee" as MemberId }, "r")).toBe("MEMBERSHIP_REMOVED");
		expect(propose(ledger, "ant", { kind: "suspend", id: "ant" as MemberId }, "l")).toBe("MEMBERSHIP_LAST");
		expect(propose(ledger, "ant", { kind: "suspend", id: "gnu" as MemberId }, "u")).toBe("MEMBERSHIP_UNKNOWN");
	});

	it("[ME7] a suspended member comes back as it was", () => {
		const ledger = new MemoryLedger(four);
		const before = readMember(ledger, "dog" as MemberId);
		propose(ledger, "ant", { kind: "suspend", id: "dog" as MemberId }, "s");
		for (const by of ["bee", "cat"]) vote(ledger, by, true, "s");
		propose(ledger, "ant", { kind: "reinstate", id: "dog" as MemberId }, "r");
		for (const by of ["bee", "cat"]) vote(ledger, by, true, "r");
		expect(readMember(ledger, "dog" as MemberId)).toEqual(before);
	});

	it("[ME8] after a rotation the old key signs nothing and comes back nowhere", () => {
		const ledger = new MemoryLedger(four.slice(0, 1));
		const key = keyOf("ant-2");
		const keySignature = key.sign(memberKeyMessage({ chain, id: "ant" as MemberId, key: key.publicKey }));
		propose(ledger, "ant", { kind: "rotate-key", id: "ant" as MemberId, key: key.publicKey, keySignature });
		expect(ledger.codeOf("membership", "setPolicy", "ant", { implicitPolicy: "deny" })).toBe("MEMBERSHIP_NOT_A_MEMBER");
		expect(ledger.codeOf("membership", "setPolicy", "ant-2", { implicitPolicy: "deny" })).toBe("accepted");
		expect(propose(ledger, "ant-2", addition("elk", { key: keyOf("ant").publicKey }), "again")).toBe("MEMBERSHIP_KEY_USED");
	});

	it("[ME9] a policy is the signer's own", () => {
		const ledger = new MemoryLedger(four);
		ledger.apply("membership", "setPolicy", "bee", { implicitPolicy: "break-glass-only" });
		expect(readMembers(ledger).map((member) => member.implicitPolicy)).toEqual(["deny", "break-glass-only", "deny", "deny"]);
		expect(ledger.codeOf("membership", "setPolicy", "bee", { implicitPolicy: "allow" })).toBe("SCHEMA");
		expect(ledger.codeOf("membership", "setPolicy", "bee", { implicitPolicy: "deny", member: "cat" })).toBe("SCHEMA");
	});

	it("[ME10] each role once, and the vote on a quota takes effect", () => {
		const ledger = new MemoryLedger(four.slice(0, 1));
		expect(propose(ledger, "ant", addition("elk", { roles: ["hospital", "hospital"] }))).toBe("MEMBERSHIP_ROLE_TWICE");
		expect(propose(ledger, "ant", addition("elk", { roles: [] }))).toBe("SCHEMA");
		propose(ledger, "ant", { kind: "quota", id: "ant" as MemberId, quota: 7 }, "q");
		expect(readMember(ledger, "ant" as MemberId)?.quota).toBe(7);
	});

	it("[ME13] a validator proves its key, which is nobody else's, and stands in place of the member's earlier one", () => {
		const ledger = new MemoryLedger([{ ...four[0]!, validator: keyOf("ant validates").publicKey }, ...four.slice(1)]);
		const [id, key] = ["bee" as MemberId, keyOf("bee validates")];
		const proof = (holder: MemberId, by = key) => by.sign(validatorKeyMessage({ chain, id: holder, key: by.publicKey }));
		const named = { kind: "validator", id, key: key.publicKey, keySignature: proof(id), power: 10 } as const;
		expect(propose(ledger, "ant", { ...named, keySignature: proof("cat" as MemberId) }, "a")).toBe("MEMBERSHIP_KEY_UNPROVEN");
		expect(propose(ledger, "ant", { ...named, keySignature: key.sign(memberKeyMessage({ chain, id, key: key.publicKey })) }, "b")).toBe(
			"MEMBERSHIP_KEY_UNPROVEN",
		);
		const [other, members] = [keyOf("ant validates"), keyOf("cat")];
		for (const used of [other, members]) {
			expect(propose(ledger, "ant", { ...named, key: used.publicKey, keySignature: proof(id, used) }, "c")).toBe("MEMBERSHIP_KEY_USED");
		}
		for (const power of [0, 1_000_001, -1]) expect(propose(ledger, "ant", { ...named, power }, "d")).toBe("SCHEMA");
		propose(ledger, "ant", named, "e");
		for (const by of ["bee", "cat"]) vote(ledger, by, true, "e");
		const again = keyOf("bee validates anew");
		propose(ledger, "ant", { ...named, key: again.publicKey, keySignature: proof(id, again), power: 7 }, "f");
		for (const by of ["bee", "cat"]) vote(ledger, by, true, "f");
		expect(readValidators(ledger).map((validator) => [validator.id, validator.key, validator.power])).toEqual([
			["ant", other.publicKey, 10],
			["bee", again.publicKey, 7],
		]);
		expect(propose(ledger, "ant", addition("elk", { key: again.publicKey }), "g")).toBe("MEMBERSHIP_KEY_USED");
		const twice = four.map((member) => ({
			id: member.id as MemberId,
			name: "n",
			key: keyOf(member.id).publicKey,
			roles: ["hospital"],
			implicitPolicy: "deny",
		}));
		for (const validator of [keyOf("x").publicKey, keyOf("ant").publicKey]) {
			const members = twice.map((member, i) => (i < 2 ? { ...member, validator } : member));
			expect(() => genesisState({ members })).toThrow(expect.objectContaining({ code: "MEMBERSHIP_GENESIS_INVALID" }));
		}
	});

	it("[ME14] who is suspended or removed validates no longer, and the last validator stays", () => {
		const ledger = new MemoryLedger(four.map((member, i) => (i < 3 ? { ...member, validator: keyOf(`${member.id} validates`).publicKey } : member)));
		const pass = (proposal: Proposal, name: string) => {
			const code = propose(ledger, "dog", proposal, name);
			for (const by of ["ant", "bee", "cat"]) vote(ledger, by, true, name);
			return code;
		};
		const left = () => readValidators(ledger).map(({ id }) => id);
		expect(pass({ kind: "validator-removal", id: "dog" as MemberId }, "0")).toBe("MEMBERSHIP_VALIDATOR_UNKNOWN");
		pass({ kind: "validator-removal", id: "cat" as MemberId }, "1");
		expect(left()).toEqual(["ant", "bee"]);
		pass({ kind: "suspend", id: "bee" as MemberId }, "2");
		expect(left()).toEqual(["ant"]);
		for (const kind of ["suspend", "remove", "validator-removal"] as const) {
			expect(propose(ledger, "dog", { kind, id: "ant" as MemberId }, kind)).toBe("MEMBERSHIP_VALIDATOR_LAST");
		}
		const bee = keyOf("bee validates");
		const keySignature = bee.sign(validatorKeyMessage({ chain, id: "bee" as MemberId, key: bee.publicKey }));
		const named = { kind: "validator", id: "bee" as MemberId, key: bee.publicKey, keySignature, power: 10 } as const;
		expect(propose(ledger, "ant", named, "3")).toBe("MEMBERSHIP_MEMBER_NOT_ACTIVE");
	});
});
