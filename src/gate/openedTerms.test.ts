import { beforeEach, describe, expect, it } from "vitest";
import type { ConsentId, Digest, MemberId, Pseudonym, SubjectId } from "#base";
import { commitLegalUse, commitTerms, type LedgerConsent, type OpenedLegalUse, type OpenedTerms } from "#contracts";
import { type StoredRecord, sealRecord } from "#vault";
import { isLegalUse, OpenedTermsCache } from "./openedTerms.ts";
import type { GateParts } from "./parts.ts";

/** When terms are opened, and by how many entries: one look too few would tell who is here. */
const dataKey = new Uint8Array(32).fill(1);
const ada = { subject: "a".repeat(32) as SubjectId, pseudonym: "a".repeat(64) as Pseudonym, absent: false, erased: new Set<never>() };
const nobody = { subject: "0".repeat(32) as SubjectId, pseudonym: "0".repeat(64) as Pseudonym, absent: true, erased: new Set<never>() };
const byLocal = (localId: string) => ({ by: "local", localId }) as const;
const wrapped = { id: "0c".repeat(16), subject: ada.subject, compartments: ["consents"] as const, wrapped: new Uint8Array(60) };

const terms = (consentId: string): OpenedTerms =>
	({
		terms: {
			...{ format: "aceso/terms/1", chain: "c", consentId, version: 1, pseudonym: ada.pseudonym, custodian: "north", title: "t" },
			...{ provision: { type: "permit", classes: ["notes"], level: "identified" }, custodial: false },
		},
		salt: "0a".repeat(32),
	}) as unknown as OpenedTerms;
const use = {
	terms: {
		...{ format: "aceso/legal-use/1", chain: "c", pseudonym: ada.pseudonym, useId: "0b".repeat(16), custodian: "north", basis: "statutory-duty" },
		...{ citation: "§ 6", recipient: { member: "south" }, purpose: "PUBHLTH", classes: ["notes"], labels: [], level: "identified" },
		...{ startMs: 1, endMs: 2 },
	},
	salt: "0a".repeat(32),
} as unknown as OpenedLegalUse;
let random = 0;
function row(opened: OpenedTerms | OpenedLegalUse): StoredRecord {
	const resourceText = JSON.stringify({ resourceType: "Consent", id: "x", opened });
	return sealRecord({
		...{ custodian: "north" as MemberId, handle: { dataKey, wrapped }, token: "0d".repeat(32), version: 1, storedAtMs: 5, deleted: false },
		body: { labels: [], conditions: [], dataTimeMs: null, authors: [], encounter: null, tableVersion: "terms/1", resourceText },
		randomBytes: (size) => new Uint8Array(size).fill(++random % 256),
	});
}
const consent = (opened: OpenedTerms, status = "active") =>
	({ consentId: opened.terms.consentId, termsCommitment: commitTerms(opened), status }) as unknown as LedgerConsent;

let rows: StoredRecord[];
let entries: string[];
let cache: OpenedTermsCache;
beforeEach(() => {
	rows = [];
	entries = [];
	cache = new OpenedTermsCache({
		...{ member: "north", memberKey: { publicKey: "k" }, now: () => 7, ledger: { head: () => ({ height: 3 }), stalenessMs: () => 0 } },
		log: {
			append: async (draft: { count: number; pseudonym: Pseudonym }, { subject, isEmergency }: { subject: SubjectId; isEmergency: boolean }) => {
				entries.push(`${draft.pseudonym[0]}${subject[0]} x${draft.count}${isEmergency ? " emergency" : ""}`);
				return {};
			},
		},
		store: { listRecords: async () => rows, getDataKeys: async (ids: readonly string[]) => ids.map(() => wrapped) },
		keyring: { unwrap: async (_: unknown, keys: readonly unknown[]) => keys.map(() => dataKey) },
	} as unknown as GateParts);
});
const told = () => entries.splice(0);
const [first, second] = [terms("1".repeat(32)), terms("2".repeat(32))];

describe("opened terms", () => {
	it("[GA6] the first look by any reference is one entry, whoever is behind it; the second none", async () => {
		rows = [row(first)];
		for (const [patient, reference, entry] of [
			[ada, byLocal("a"), "aa x1"],
			[ada, byLocal("other name"), "aa x0"],
			[nobody, byLocal("n"), "00 x0"],
			[nobody, byLocal("m"), "00 x0"],
		] as const) {
			await cache.lookAt(patient, reference);
			expect(told()).toEqual([entry]);
			await cache.lookAt(patient, reference);
			expect(told()).toEqual([]);
		}
		await cache.lookAt(ada, byLocal("in haste"), true);
		await cache.lookAt(nobody, byLocal("nobody in haste"), true);
		expect(told()).toEqual(["aa x0 emergency", "00 x0 emergency"]);
	});

	it("[GA21] [GA22] the terms are those that the ledger commits to, of withdrawn consents too and of revoked ones not; a legal use is none", async () => {
		rows = [row(first), row(second), row(use)];
		const found = await cache.termsOf(ada, [consent(first), consent(second, "withdrawn"), consent(terms("3".repeat(32)), "revoked")]);
		expect([...found]).toEqual([
			[first.terms.consentId, first],
			[second.terms.consentId, second],
		]);
		expect(told()).toEqual(["aa x3"]);
		expect(cache.seen(ada.pseudonym)).toBe(3);
		expect((await cache.termsOf(ada, [consent(first)])).size).toBe(1);
		expect((await cache.termsOf(ada, [consent(first, "revoked")])).size).toBe(0);
		expect(told()).toEqual([]);
		const asUse = { consentId: "9".repeat(32) as ConsentId, termsCommitment: commitLegalUse(use), status: "active" } as unknown as LedgerConsent;
		expect((await cache.termsOf(ada, [asUse])).size).toBe(0);
	});

	it("[GA21] a consent whose terms never came is looked for again when there are more rows, and only then", async () => {
		rows = [row(first)];
		const missing = consent(second);
		expect((await cache.termsOf(ada, [consent(first), missing])).size).toBe(1);
		expect(told()).toEqual(["aa x1"]);
		expect((await cache.termsOf(ada, [consent(first), missing])).size).toBe(1);
		expect(told()).toEqual([]);
		rows = [...rows, row(second)];
		expect((await cache.termsOf(ada, [consent(first), missing])).size).toBe(2);
		expect(told()).toEqual(["aa x2"]);
		// Nobody has none, and leaves an entry the first time alone.
		expect((await cache.termsOf(nobody, [missing])).size).toBe(0);
		expect((await cache.termsOf(nobody, [missing])).size).toBe(0);
		expect(told()).toEqual(["00 x0"]);
	});

	it("[GA93] a use required by law is opened by its own commitment, once, and no consent is taken for one", async () => {
		rows = [row(first), row(use)];
		expect(await cache.legalUse(ada, commitLegalUse(use))).toEqual(use);
		expect(await cache.legalUse(ada, commitLegalUse(use))).toEqual(use);
		expect(told()).toEqual(["aa x2"]);
		expect(await cache.legalUse(ada, commitTerms(first) as unknown as Digest)).toBeUndefined();
		expect(await cache.legalUse(ada, "f".repeat(64) as Digest)).toBeUndefined();
		expect(told()).toEqual([]);
		expect([isLegalUse(use), isLegalUse(first), isLegalUse(undefined)]).toEqual([true, false, false]);
	});

	it("[GA11] [GA39] what is deposited is known at once where somebody asked before, and all of it is forgotten with the patient", async () => {
		expect(cache.seen(ada.pseudonym)).toBe(-1);
		cache.remember(ada.pseudonym, first);
		expect(cache.seen(ada.pseudonym)).toBe(-1);
		await cache.termsOf(ada, [consent(first)]);
		expect(cache.seen(ada.pseudonym)).toBe(0);
		cache.remember(ada.pseudonym, first);
		cache.remember(ada.pseudonym, use);
		expect(cache.seen(ada.pseudonym)).toBe(2);
		told();
		expect((await cache.termsOf(ada, [consent(first)])).get(first.terms.consentId)).toBe(first);
		expect(told()).toEqual([]);
		cache.forget(ada.pseudonym);
		expect(cache.seen(ada.pseudonym)).toBe(-1);
		// After it another look by a name that was used before is none more: the place of the next entry would tell of the erasure.
		await cache.lookAt(nobody, byLocal("a"));
		await cache.lookAt(nobody, byLocal("a"));
		expect(told()).toEqual(["00 x0"]);
	});
});
