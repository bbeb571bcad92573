import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CivilDay, Digest, MemberId } from "#base";
import { chain, day, idOf, keyOf, MemoryLedger, noon } from "../testing/memoryLedger.ts";
import { delegateOf, enrol, pseudonymOf } from "../testing/people.ts";
import { credentialKinds } from "../vocabulary.ts";
import { readCredential, readCredentials } from "./credential.ts";
import { credentialsPerKeyMax, type IssueBody } from "./credentials.ts";
import { issuerRules } from "./issuers.ts";
import { commitRelationship, openRelationship, type RelationshipFields, type RelationshipOpening, relationshipMessage } from "./relationship.ts";

const doctor = keyOf("doctor").publicKey;

function body(name: string, overrides: Partial<IssueBody> = {}): IssueBody {
	return { credentialId: idOf(name), subject: doctor, kind: "practitioner", validUntil: "2026-01-31" as CivilDay, ...overrides };
}

function issue(ledger: MemoryLedger, by: string, given: IssueBody): string {
	return ledger.codeOf("credentials", "issue", by, given);
}

function current(ledger: MemoryLedger, key = doctor, time = ledger.time): readonly string[] {
	return readCredentials(ledger, key, time).map(({ credentialId }) => credentialId);
}

const fields: RelationshipFields = {
	chain,
	credentialId: idOf("rel"),
	kind: "relationship",
	issuer: "charite" as MemberId,
	subject: doctor,
	validUntil: "2026-01-31" as CivilDay,
	pseudonym: pseudonymOf("anna"),
};

function opening(overrides: Partial<RelationshipFields> = {}, signer = "anna"): RelationshipOpening {
	const patientSignature = keyOf(signer).sign(relationshipMessage({ ...fields, ...overrides }));
	return { pseudonym: fields.pseudonym, salt: "5a".repeat(32), patientSignature };
}

describe("credentials", () => {
	it("[CR1] the table in SPEC.md is the table in the code", () => {
		const spec = readFileSync(new URL("SPEC.md", import.meta.url), "utf8");
		for (const kind of credentialKinds) {
			const { roles, countersignedBy } = issuerRules[kind];
			const condition = kind === "researcher" ? ", when it names a study" : "";
			expect(spec).toContain(`| ${kind} | ${roles.join(", ")} | ${countersignedBy}${condition} |`);
		}
	});

	it("[CR1] only an active member with the role issues", () => {
		const ledger = new MemoryLedger();
		expect(issue(ledger, "charite", body("one"))).toBe("accepted");
		expect(issue(ledger, "institute", body("two"))).toBe("CREDENTIALS_ROLE_MISSING");
		expect(issue(ledger, "doctor", body("two"))).toBe("CREDENTIALS_NOT_A_MEMBER");
		expect(issue(ledger, "charite", body("two", { kind: "ethics-approval", study: "s" }))).toBe("CREDENTIALS_ROLE_MISSING");
	});

	it("[CR7] a patient's key and a delegate's hold no credential", () => {
		const ledger = new MemoryLedger();
		enrol(ledger, "anna", [delegateOf("son")]);
		for (const holder of ["anna", "son"])
			expect(issue(ledger, "charite", body("one", { subject: keyOf(holder).publicKey }))).toBe("CREDENTIALS_KEY_NOT_SEPARATE");
		expect(issue(ledger, "charite", body("one"))).toBe("accepted");
	});

	it("[CR2] an id is given once, and the last day is a real day to come", () => {
		const ledger = new MemoryLedger();
		issue(ledger, "charite", body("one"));
		expect(issue(ledger, "charite", body("one"))).toBe("CREDENTIALS_ID_TAKEN");
		expect(issue(ledger, "charite", body("two", { validUntil: "2026-02-30" as CivilDay }))).toBe("CREDENTIALS_DAY_INVALID");
		expect(issue(ledger, "charite", body("two", { validUntil: "2025-12-31" as CivilDay }))).toBe("CREDENTIALS_DAY_INVALID");
	});

	it("[CR3] a study needs an ethics approval of the same study by another member, for as long as it holds", () => {
		const ledger = new MemoryLedger([
			{ id: "charite", roles: ["hospital", "ethics-board"] },
			{ id: "ethics", roles: ["ethics-board"] },
		]);
		const researcher = (overrides: Partial<IssueBody> = {}) =>
			body("res", { kind: "researcher", study: "trial-1", approval: idOf("ok"), ...overrides });
		const approval = body("ok", { kind: "ethics-approval", study: "trial-1", subject: keyOf("pi").publicKey, validUntil: "2026-01-10" as CivilDay });
		expect(issue(ledger, "charite", researcher({ approval: undefined }))).toBe("CREDENTIALS_APPROVAL_MISPLACED");
		expect(issue(ledger, "charite", researcher())).toBe("CREDENTIALS_APPROVAL_INVALID");
		expect(issue(ledger, "ethics", { ...approval, study: undefined })).toBe("CREDENTIALS_STUDY_MISSING");
		issue(ledger, "ethics", approval);
		issue(ledger, "charite", { ...approval, credentialId: idOf("own") });
		expect(issue(ledger, "charite", researcher({ study: "trial-2" }))).toBe("CREDENTIALS_APPROVAL_INVALID");
		expect(issue(ledger, "charite", researcher({ approval: idOf("own") }))).toBe("CREDENTIALS_APPROVAL_OWN");
		expect(issue(ledger, "charite", body("x", { approval: idOf("ok") }))).toBe("CREDENTIALS_APPROVAL_MISPLACED");
		expect(issue(ledger, "charite", researcher())).toBe("accepted");
		const approvalEnds = noon + 9.5 * day;
		expect(current(ledger, doctor, approvalEnds - 1)).toEqual([idOf("res")]);
		expect(current(ledger, doctor, approvalEnds)).toEqual([]);
		ledger.apply("credentials", "revoke", "ethics", { credentialId: idOf("ok") });
		expect(current(ledger)).toEqual([]);
	});

	it("[CR4] a commitment stands where a patient is meant and nowhere else", () => {
		const ledger = new MemoryLedger();
		const commitment = commitRelationship(opening());
		expect(issue(ledger, "charite", body("rel", { kind: "relationship" }))).toBe("CREDENTIALS_COMMITMENT_MISPLACED");
		expect(issue(ledger, "charite", body("rel", { kind: "relationship", commitment: "0".repeat(64) as Digest }))).toBe(
			"CREDENTIALS_COMMITMENT_MISPLACED",
		);
		expect(issue(ledger, "charite", body("rel", { commitment }))).toBe("CREDENTIALS_COMMITMENT_MISPLACED");
		expect(issue(ledger, "charite", body("rel", { kind: "relationship", commitment }))).toBe("accepted");
		expect(JSON.stringify([...ledger.state])).not.toContain(fields.pseudonym);
	});

	it("[CR5] the salt hides: with pseudonym and signature in hand, another salt gives another commitment", () => {
		const known = opening();
		expect(commitRelationship({ ...known, salt: "5b".repeat(32) })).not.toBe(commitRelationship(known));
	});

	it("[CR6] an opening fits one patient, one credential, one holder, one end", () => {
		const ledger = new MemoryLedger();
		const good = opening();
		issue(ledger, "charite", body("rel", { kind: "relationship", commitment: commitRelationship(good) }));
		const credential = readCredential(ledger, idOf("rel"))!;
		expect(openRelationship(credential, good, fields.pseudonym)).toBe(true);
		expect(openRelationship(credential, good, pseudonymOf("bert"))).toBe(false);
		expect(openRelationship(credential, { ...good, pseudonym: pseudonymOf("bert") }, pseudonymOf("bert"))).toBe(false);
		expect(openRelationship(credential, { ...good, salt: "00".repeat(32) }, fields.pseudonym)).toBe(false);
		expect(openRelationship(credential, { ...good, salt: "" }, fields.pseudonym)).toBe(false);
		expect(openRelationship({ ...credential, kind: "practitioner" }, good, fields.pseudonym)).toBe(false);
		// An issuer that commits to a signature given for something else gains nothing.
		const borrowed = [
			opening({ chain: "elsewhere" }),
			opening({ credentialId: idOf("other") }),
			opening({ kind: "guardianship" }),
			opening({ issuer: "institute" as MemberId }),
			opening({ subject: keyOf("quack").publicKey }),
			opening({ validUntil: "2030-01-31" as CivilDay }),
			opening({ pseudonym: pseudonymOf("bert") }),
			opening({}, "charite"),
		];
		for (const other of borrowed) {
			expect(openRelationship({ ...credential, commitment: commitRelationship(other) }, other, fields.pseudonym)).toBe(false);
		}
	});

	it("[CR8] issuer or holder revokes, once", () => {
		const ledger = new MemoryLedger();
		issue(ledger, "charite", body("one"));
		issue(ledger, "charite", body("two"));
		const revoke = (by: string, name: string) => ledger.codeOf("credentials", "revoke", by, { credentialId: idOf(name) });
		expect(revoke("institute", "one")).toBe("CREDENTIALS_NOT_ISSUER");
		expect(revoke("mallory", "one")).toBe("CREDENTIALS_NOT_A_MEMBER");
		expect(revoke("charite", "three")).toBe("CREDENTIALS_UNKNOWN");
		expect([revoke("charite", "one"), revoke("doctor", "two")]).toEqual(["accepted", "accepted"]);
		expect(revoke("charite", "one")).toBe("CREDENTIALS_REVOKED");
		expect(current(ledger)).toEqual([]);
	});

	it("[CR9] current ends with the last day's midnight, and with the issuer's membership", () => {
		const ledger = new MemoryLedger(
			[
				{ id: "charite", roles: ["hospital"] },
				{ id: "b", roles: ["hospital"] },
				{ id: "c", roles: ["hospital"] },
				{ id: "d", roles: ["hospital"] },
			].map((member) => ({ ...member, id: member.id.padEnd(2, "x"), roles: ["hospital"] as const })),
		);
		issue(ledger, "charite", body("one"));
		const end = noon + 30.5 * day;
		expect([current(ledger, doctor, end - 1), current(ledger, doctor, end)]).toEqual([[idOf("one")], []]);
		ledger.apply("membership", "propose", "bx", { proposalId: idOf("p"), proposal: { kind: "suspend", id: "charite" } });
		for (const by of ["cx", "dx"]) ledger.apply("membership", "vote", by, { proposalId: idOf("p"), approve: true });
		expect(current(ledger)).toEqual([]);
	});

	it("[CR10] a key holds 64 at most; revoked and expired ones make room", () => {
		const ledger = new MemoryLedger();
		for (let i = 0; i < credentialsPerKeyMax; i++) expect(issue(ledger, "charite", body(`c${i}`))).toBe("accepted");
		expect(issue(ledger, "charite", body("more"))).toBe("CREDENTIALS_TOO_MANY");
		ledger.apply("credentials", "revoke", "charite", { credentialId: idOf("c5") });
		expect(issue(ledger, "charite", body("more"))).toBe("accepted");
		expect(current(ledger)).toHaveLength(credentialsPerKeyMax);
	});
});
