import { describe, expect, it } from "vitest";
import { encodeHex, encodeUtf8, type MemberId } from "#base";
import { MerkleTree } from "#log";
import type { ContractName } from "./contract.ts";
import { day, idOf, keyOf, MemoryLedger, noon } from "./testing/memoryLedger.ts";
import { consentIdOf, delegateOf, enrolBody, grantBody, pseudonymOf, rotateBody } from "./testing/people.ts";

const [anna, second] = [pseudonymOf("anna"), pseudonymOf("anna-2")];
const member = "charite";

/** What one action tells. */
function told(ledger: MemoryLedger, contract: ContractName, action: string, by: string, body: object): unknown {
	const before = ledger.events.length;
	ledger.apply(contract, action, by, body);
	return ledger.events.slice(before);
}

/** Nodes notify patients and refresh what they keep by these: an event that is missing, or names another, is a notice that nobody gets. */
describe("[RU12] every accepted action tells one event, with exactly what it names", () => {
	it("of a relationship and its consents", () => {
		const ledger = new MemoryLedger();
		const say = (action: string, by: string, body: object) => told(ledger, "consent", action, by, body);
		expect(say("enrol", "anna", enrolBody("anna"))).toEqual([{ type: "consent.enrolled", data: { pseudonym: anna, custodian: member } }]);
		const son = delegateOf("son");
		expect(say("delegate", "anna", { pseudonym: anna, delegate: son })).toEqual([
			{ type: "consent.delegated", data: { pseudonym: anna, key: son.key } },
		]);
		expect(say("undelegate", "anna", { pseudonym: anna, key: son.key })).toEqual([
			{ type: "consent.undelegated", data: { pseudonym: anna, key: son.key } },
		]);
		const consent = { pseudonym: anna, consentId: consentIdOf("one") };
		const { pseudonym: _, ...terms } = grantBody("anna", "one");
		expect(say("grant", "anna", grantBody("anna", "one"))).toEqual([{ type: "consent.granted", data: { ...consent, version: 1 } }]);
		expect(say("change", "anna", { ...terms, version: 1 })).toEqual([{ type: "consent.changed", data: { ...consent, version: 2 } }]);
		const [revoked] = say("revoke", "anna", { consentId: consent.consentId }) as [{ type: string; data: object }];
		expect(revoked).toMatchObject({ type: "consent.revoked", data: consent });
		const use = { pseudonym: anna, useId: idOf("use"), basis: "statutory-duty" };
		expect(say("legalUse", member, { ...use, useCommitment: "ab".repeat(32) })).toEqual([{ type: "consent.legal-use", data: use }]);
	});

	it("of a rotation and an erasure", () => {
		const ledger = new MemoryLedger();
		ledger.apply("consent", "enrol", "anna", enrolBody("anna"));
		const say = (action: string, by: string, body: object) => told(ledger, "consent", action, by, body);
		const announced = [{ type: "consent.rotation-announced", data: { pseudonym: anna, effectiveAtMs: noon + 7 * day } }];
		const rotated = [{ type: "consent.rotated", data: { pseudonym: anna, successor: second } }];
		expect(say("announceRotation", member, rotateBody("anna", "anna-2"))).toEqual(announced);
		expect(say("cancelRotation", "anna", { pseudonym: anna })).toEqual([{ type: "consent.rotation-cancelled", data: { pseudonym: anna } }]);
		expect(say("announceRotation", member, rotateBody("anna", "anna-2"))).toEqual(announced);
		ledger.time += 7 * day;
		expect(say("completeRotation", member, { pseudonym: anna })).toEqual(rotated);
		const third = pseudonymOf("anna-3");
		expect(say("rotate", "anna-2", rotateBody("anna-2", "anna-3"))).toEqual([
			{ type: "consent.rotated", data: { pseudonym: second, successor: third } },
		]);
		const receipt = { pseudonym: third, unreadableSinceMs: noon, unreadableInBackupsFromMs: noon, auditKeyHeldUntilMs: noon + day };
		expect(say("destroyed", member, receipt), "backups may become unreadable at the same millisecond").toEqual([
			{ type: "consent.destroyed", data: { pseudonym: third } },
		]);
	});

	it("of logs and their anchors", () => {
		const ledger = new MemoryLedger();
		const tree = new MerkleTree();
		tree.append(encodeUtf8("entry"));
		const say = (action: string, body: object) => told(ledger, "access", action, member, body);
		for (const log of ["log-1", "log-2"]) {
			expect(say("registerLog", { log, writer: keyOf("writer").publicKey })).toEqual([{ type: "access.registered", data: { member, log } }]);
		}
		const at = { log: "log-1", size: 1, root: encodeHex(tree.root(1)), proof: [] };
		const event = { type: "access.anchored", data: { member, urgent: true, logs: [{ log: "log-1", size: 1 }] } };
		expect(say("anchor", { ...anchorBody(at), time: ledger.time, urgent: true })).toEqual([event]);
		const closing = { log: "log-1", successor: "log-2", sizeLost: 3 };
		expect(say("closeLog", closing)).toEqual([{ type: "access.closed", data: { member, ...closing } }]);
	});

	it("of credentials, models and members", () => {
		const ledger = new MemoryLedger();
		const subject = keyOf("doctor").publicKey;
		const credential = { credentialId: idOf("cred"), subject, kind: "practitioner" };
		expect(told(ledger, "credentials", "issue", member, { ...credential, validUntil: "2026-01-31" })).toEqual([
			{ type: "credentials.issued", data: { ...credential, issuer: member } },
		]);
		expect(told(ledger, "credentials", "revoke", member, { credentialId: credential.credentialId })).toEqual([
			{ type: "credentials.revoked", data: { credentialId: credential.credentialId } },
		]);
		const model = { modelId: "prevent", version: "1.0.0" };
		expect(told(ledger, "models", "publish", member, { ...model, cardHash: "aa".repeat(32), knowledgeHash: "bb".repeat(32) })).toEqual([
			{ type: "models.published", data: { ...model, publisher: member } },
		]);
		expect(told(ledger, "models", "retire", member, model)).toEqual([{ type: "models.retired", data: model }]);
		expect(told(ledger, "membership", "setPolicy", member, { implicitPolicy: "break-glass-only" })).toEqual([
			{ type: "membership.policy", data: { member, implicitPolicy: "break-glass-only" } },
		]);
		const proposalId = idOf("p");
		const proposal = { kind: "suspend", id: "ethics" as MemberId };
		expect(told(ledger, "membership", "propose", member, { proposalId, proposal })).toEqual([
			{ type: "membership.vote", data: { proposalId, kind: "suspend" } },
		]);
		const votes = ["institute", "ethics"].map((by) => told(ledger, "membership", "vote", by, { proposalId, approve: true }));
		expect(votes.flat().at(-1)).toEqual({ type: "membership.passed", data: { proposalId, kind: "suspend" } });
	});
});

/** An anchor of one log, in the form of the contract's body. */
function anchorBody(log: object): object {
	const mapRoot = "aa".repeat(32);
	return { logs: [{ ...log, mapRoot }], vaultRoot: "bb".repeat(32) };
}
