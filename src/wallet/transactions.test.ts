import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type CivilDay, createSigningKey, type Instant, type MemberId } from "#base";
import { checkTerms, type Delegate, endOfDayMs, enrolmentMessage, genesisState, readConsent, readEnrolment, readMember, rules } from "#contracts";
import { createEnvelope, openSealer, type Sealer, type Transaction } from "#ledger";
import { buildChange, buildDelegate, buildEnrol, buildGrant, buildRevoke, buildRotate, buildUndelegate, type ConsentChoice } from "./transactions.ts";
import { createWallet } from "./wallet.ts";

const custodian = "clinic-a" as MemberId;
const custodianKey = createSigningKey(new Uint8Array(32).fill(11));
const sealerKey = createSigningKey(new Uint8Array(32).fill(12));
const nowMs = Date.parse("2026-03-02T08:00:00Z");
const context = { chain: "test-chain", nowMs, randomBytes: (size: number) => new Uint8Array(randomBytes(size)) };
const wallet = createWallet(new Uint8Array(32).fill(13));
const key = wallet.pseudonymKey(custodian, 0);
const pseudonym = key.publicKey;
const choice: ConsentChoice = {
	title: "My specialist may see my lab results",
	provision: { type: "permit", classes: ["laboratory"], purposes: ["TREAT"], endMs: Date.parse("2027-01-01T00:00:00Z") },
	validUntil: "2026-12-31" as CivilDay,
};
const delegate: Delegate = {
	key: createWallet(new Uint8Array(32).fill(14)).delegateKey(pseudonym).publicKey,
	kind: "delegate",
	until: "2026-12-31" as CivilDay,
};

let ledger: Sealer;

async function submit(transaction: Transaction): Promise<string> {
	const [result] = await ledger.submit(createEnvelope([transaction], { chain: context.chain, member: custodian, key: custodianKey }));
	return result?.accepted ? "" : (result?.code ?? "no result");
}

/** The real ledger with the real rules decides whether what the wallet builds is right. */
beforeEach(async () => {
	const members = [{ id: custodian, name: "Clinic A", key: custodianKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" }];
	const genesis = {
		format: "aceso/genesis/1",
		chain: context.chain,
		time: nowMs,
		sealer: sealerKey.publicKey,
		members,
		rulesVersion: rules.version,
	} as const;
	const path = join(mkdtempSync(join(tmpdir(), "aceso-wallet-")), "ledger.db");
	ledger = await openSealer({
		path,
		genesis,
		rules,
		genesisState,
		readMember,
		sealerKey,
		now: () => nowMs as Instant,
		blockWindowMs: 0,
		verifyThreads: 0,
	});
	const custodianSignature = custodianKey.sign(enrolmentMessage({ chain: context.chain, pseudonym, custodian, delegates: [] }));
	expect(await submit(buildEnrol(key, { custodian, custodianSignature }, context))).toBe("");
});

describe("what the wallet builds, on the real ledger", () => {
	it("[WA6] enrols, grants, changes and revokes", async () => {
		const granted = buildGrant(key, { pseudonym, custodian, ...choice }, context);
		expect(await submit(granted.transaction)).toBe("");
		const { consentId } = granted.opened.terms;
		expect(checkTerms(readConsent(ledger, consentId)!, granted.opened, context.chain, custodian)).toBe("ok");
		const changed = buildChange(key, { before: granted.opened.terms, ...choice, provision: { type: "permit", classes: ["vitals"] } }, context);
		expect(await submit(changed.transaction)).toBe("");
		expect(checkTerms(readConsent(ledger, consentId)!, changed.opened, context.chain, custodian)).toBe("ok");
		expect(checkTerms(readConsent(ledger, consentId)!, granted.opened, context.chain, custodian)).toBe("TERMS_ALTERED");
		expect(await submit(buildRevoke(key, { consentId }, context))).toBe("");
		expect(readConsent(ledger, consentId)).toMatchObject({ status: "revoked" });
	});

	it("[WA6] a change of a version that is no longer the newest is refused by the ledger", async () => {
		const granted = buildGrant(key, { pseudonym, custodian, ...choice }, context);
		await submit(granted.transaction);
		const change = () => buildChange(key, { before: granted.opened.terms, ...choice }, context).transaction;
		expect(await submit(change())).toBe("");
		expect(await submit(change())).toMatch(/^CONSENT_/);
	});

	it("[WA6] appoints and dismisses a delegate, and rotates", async () => {
		expect(await submit(buildDelegate(key, { pseudonym, delegate }, context))).toBe("");
		expect(readEnrolment(ledger, pseudonym)?.delegates).toEqual([delegate]);
		expect(await submit(buildUndelegate(key, { pseudonym, key: delegate.key }, context))).toBe("");
		expect(readEnrolment(ledger, pseudonym)?.delegates).toEqual([]);
		const successor = wallet.pseudonymKey(custodian, 1);
		expect(await submit(buildRotate(key, { pseudonym, successor }, context))).toBe("");
		expect(readEnrolment(ledger, pseudonym)).toMatchObject({ status: "rotated", successor: successor.publicKey });
	});

	it("[WA7] two grants of the same choice share neither id nor commitment", () => {
		const [a, b] = [0, 1].map(() => buildGrant(key, { pseudonym, custodian, ...choice }, context));
		const fields = (signed: typeof a) => signed!.transaction.body as { consentId: string; termsCommitment: string };
		expect(fields(a).consentId).not.toBe(fields(b).consentId);
		expect(fields(a).termsCommitment).not.toBe(fields(b).termsCommitment);
	});

	it("[WA7] nothing of the terms is in the transaction", () => {
		const { transaction } = buildGrant(key, { pseudonym, custodian, ...choice }, context);
		expect(Object.keys(transaction.body).sort()).toEqual(["consentId", "pseudonym", "termsCommitment", "validUntil"]);
		expect(JSON.stringify(transaction)).not.toMatch(/laboratory|TREAT|specialist|clinic/);
	});

	it("[WA8] terms that reach beyond the ledger's last day are not signed", () => {
		const end = endOfDayMs(choice.validUntil);
		const grant = (endMs: number) => buildGrant(key, { pseudonym, custodian, ...choice, provision: { ...choice.provision, endMs } }, context);
		expect(grant(end).opened.terms.provision.endMs).toBe(end);
		expect(() => grant(end + 1)).toThrow(expect.objectContaining({ code: "WALLET_CONSENT_INVALID" }));
	});

	it("[WA8] terms of another ledger are not changed here", () => {
		const { opened } = buildGrant(key, { pseudonym, custodian, ...choice }, { ...context, chain: "another" });
		expect(() => buildChange(key, { before: opened.terms, ...choice }, context)).toThrow(expect.objectContaining({ code: "WALLET_CONSENT_INVALID" }));
	});
});
