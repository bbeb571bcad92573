import { expect, it } from "vitest";
import type { MemberId, PublicKey } from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import type { ReceiptRefusal } from "../errors.ts";
import { createReceiptKey } from "../receipt.ts";
import { unenrolledPseudonym } from "../unenrolledPseudonym.ts";
import { createBench, type KeyringBench, logAccess, newPseudonym, newSubject, randomBytes } from "../vault.fixtures.ts";
import type { LoggedAccess, SealingHandle } from "../vault.ts";

const refused = (reason: ReceiptRefusal) => expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", kind: "refused", details: { reason } });
const coded = (code: string) => expect.objectContaining({ code });

async function patient(bench: KeyringBench) {
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	const seal = (...compartments: Compartment[]): Promise<SealingHandle> => bench.keyring.sealFor(subject, compartments);
	return { subject, pseudonym, seal };
}

it("[VA10] a receipt of a permitting entry opens the keys it names, in the order asked", async () => {
	const bench = await createBench();
	const { pseudonym, seal } = await patient(bench);
	const handles = [await seal("laboratory"), await seal("vitals"), await seal("vitals", "laboratory")];
	const opened = await bench.keyring.unwrap(
		bench.access({ pseudonym }),
		handles.map((handle) => handle.wrapped),
	);
	expect(opened).toEqual(handles.map((handle) => Buffer.from(handle.dataKey)));
});

it("[VA11] a gate that falsifies the append gets no key", async () => {
	const bench = await createBench();
	const { pseudonym, seal } = await patient(bench);
	const other = await patient(bench);
	const [mine, genome, theirs] = [(await seal("laboratory")).wrapped, (await seal("genomics")).wrapped, (await other.seal("laboratory")).wrapped];
	const both = (await seal("laboratory", "genomics")).wrapped;
	const forger = createReceiptKey(randomBytes);
	const now = bench.clock.now;
	const good = (): LoggedAccess => bench.access({ pseudonym });
	const altered = (change: Partial<AccessEntry>): LoggedAccess => {
		const access = good();
		return { ...access, entry: { ...access.entry, ...change } };
	};
	const late = bench.access({ pseudonym });
	const attacks: readonly (readonly [string, ReceiptRefusal, LoggedAccess, readonly (typeof mine)[]])[] = [
		["forged with another key", "mac-invalid", logAccess(forger, now, { pseudonym }), [mine]],
		["another patient's receipt", "subject-differs", bench.access({ pseudonym: other.pseudonym }), [mine]],
		["another patient's key among mine", "subject-differs", good(), [mine, theirs]],
		["another compartment", "compartment-not-named", good(), [genome]],
		["one compartment of two", "compartment-not-named", good(), [both]],
		["a logged refusal", "decision-not-permit", bench.access({ pseudonym, decision: "deny" }), [mine]],
		["refusal altered to permit after logging", "entry-differs", altered({ decision: "permit", compartments: ["genomics"] }), [genome]],
		["requester altered after logging", "entry-differs", altered({ requester: "11".repeat(32) as PublicKey }), [mine]],
		["another salt", "entry-differs", { ...good(), salt: "00".repeat(32) }, [mine]],
		["another custodian's entry", "member-differs", bench.access({ pseudonym, member: "labor-sued" as MemberId }), [mine]],
		["receipt from the future", "expiry-too-far", logAccess(bench.receiptKey, now + 1, { pseudonym }), [mine]],
		["expired", "expired", logAccess(bench.receiptKey, now - 5_000, { pseudonym }), [mine]],
		["receipt of one entry with another", "entry-differs", { ...good(), receipt: late.receipt }, [mine]],
		["not an entry", "malformed", { ...good(), entry: { ...late.entry, count: 0.5 } }, [mine]],
	];
	for (const [name, reason, access, keys] of attacks) {
		await expect(bench.keyring.unwrap(access, keys), name).rejects.toThrow(refused(reason));
	}
	expect(await bench.keyring.unwrap(good(), [mine])).toHaveLength(1);
});

it("[VA12] a nonce is burned at first use, even by a refused one", async () => {
	const bench = await createBench();
	const { pseudonym, seal } = await patient(bench);
	const { wrapped } = await seal("laboratory");
	const once = bench.access({ pseudonym });
	await bench.keyring.unwrap(once, [wrapped]);
	await expect(bench.keyring.unwrap(once, [wrapped])).rejects.toThrow(refused("nonce-burned"));
	const spoiled = bench.access({ pseudonym });
	await expect(bench.keyring.unwrap(spoiled, [(await seal("genomics")).wrapped])).rejects.toThrow(refused("compartment-not-named"));
	await expect(bench.keyring.unwrap(spoiled, [wrapped])).rejects.toThrow(refused("nonce-burned"));
});

it("[VA12] a clock set back does not revive a receipt", async () => {
	const bench = await createBench();
	const { pseudonym, seal } = await patient(bench);
	const { wrapped } = await seal("laboratory");
	const once = bench.access({ pseudonym });
	await bench.keyring.unwrap(once, [wrapped]);
	for (let step = 0; step < 3; step++) {
		bench.clock.now += 6_000;
		await bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped]);
	}
	bench.clock.now -= 18_000;
	await expect(bench.keyring.unwrap(once, [wrapped])).rejects.toThrow(refused("expired"));
});

it("[VA13] an entry whose properties change between two looks gains nothing", async () => {
	const bench = await createBench();
	const { pseudonym, seal } = await patient(bench);
	const { wrapped } = await seal("genomics");
	const access = bench.access({ pseudonym });
	let looks = 0;
	const entry = Object.defineProperty({ ...access.entry }, "compartments", {
		enumerable: true,
		get: () => (looks++ === 0 ? ["laboratory", "vitals"] : ["genomics"]),
	});
	await expect(bench.keyring.unwrap({ ...access, entry }, [wrapped])).rejects.toThrow(refused("compartment-not-named"));
});

it("[VA14] a wrapped key moved to another subject, set or id does not open there", async () => {
	const bench = await createBench();
	const { pseudonym, seal, subject } = await patient(bench);
	const other = await patient(bench);
	const { wrapped } = await seal("laboratory");
	const stolen = { ...(await other.seal("laboratory")).wrapped, subject };
	await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [stolen])).rejects.toThrow(coded("VAULT_INTEGRITY"));
	await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [{ ...wrapped, compartments: ["vitals"] }])).rejects.toThrow(
		coded("VAULT_INTEGRITY"),
	);
	await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [{ ...wrapped, id: "0".repeat(32) }])).rejects.toThrow(coded("VAULT_INTEGRITY"));
});

it("[VA15] only registered logs are honoured", async () => {
	const bench = await createBench({ honoursLog: (log) => log === "klinik-nord/2" });
	const { pseudonym, seal } = await patient(bench);
	const { wrapped } = await seal("laboratory");
	await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped])).rejects.toThrow(refused("log-not-honoured"));
	expect(await bench.keyring.unwrap(bench.access({ pseudonym, log: "klinik-nord/2" }), [wrapped])).toHaveLength(1);
});

it("[VA16] a receipt for records opens no access history, nor the other way round", async () => {
	const bench = await createBench();
	const { pseudonym, subject, seal } = await patient(bench);
	const audit = await bench.keyring.sealAudit(subject);
	await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [audit.wrapped])).rejects.toThrow(refused("not-an-audit-access"));
	await expect(bench.keyring.unwrapAudit(bench.access({ pseudonym }), [audit.wrapped])).rejects.toThrow(refused("not-an-audit-access"));
	const history = (): LoggedAccess => bench.access({ pseudonym, compartments: [] });
	await expect(bench.keyring.unwrapAudit(history(), [(await seal("vitals")).wrapped])).rejects.toThrow(refused("not-an-audit-access"));
	expect(await bench.keyring.unwrapAudit(history(), [audit.wrapped])).toEqual([Buffer.from(audit.dataKey)]);
});

it("[VA17] binding moves the access to the new pseudonym and never back", async () => {
	const bench = await createBench();
	const [subject, enrolled] = [newSubject(), newPseudonym()];
	const before = unenrolledPseudonym(subject);
	await bench.keyring.createSubject(subject, before);
	const { wrapped } = await bench.keyring.sealFor(subject, ["laboratory"]);
	await bench.keyring.bind(subject, enrolled);
	expect(await bench.keyring.subjectOf(enrolled)).toBe(subject);
	expect(await bench.keyring.subjectOf(before)).toBeUndefined();
	await expect(bench.keyring.unwrap(bench.access({ pseudonym: before }), [wrapped])).rejects.toThrow(refused("subject-differs"));
	expect(await bench.keyring.unwrap(bench.access({ pseudonym: enrolled }), [wrapped])).toHaveLength(1);
	// A detour over a pseudonym of the attacker's own would keep an access out of the patient's history: it cannot come back.
	await expect(bench.keyring.bind(subject, before)).rejects.toThrow(coded("VAULT_PSEUDONYM_TAKEN"));
	const other = newSubject();
	await expect(bench.keyring.createSubject(other, enrolled)).rejects.toThrow(coded("VAULT_PSEUDONYM_TAKEN"));
	await expect(bench.keyring.createSubject(subject, newPseudonym())).rejects.toThrow(coded("VAULT_EXISTS"));
});

it("[VA18] subjects created together share a commit, and a duplicate among them is refused", async () => {
	const bench = await createBench();
	const subjects = Array.from({ length: 20 }, newSubject);
	const [first] = subjects as [(typeof subjects)[number]];
	const creations = subjects.map((subject) => bench.keyring.createSubject(subject, unenrolledPseudonym(subject)));
	await expect(bench.keyring.createSubject(first, newPseudonym())).rejects.toThrow(coded("VAULT_EXISTS"));
	await Promise.all(creations);
	expect(await bench.keyring.verifyKeys()).toEqual({ live: 20, destroyed: 0 });
});

it("[VA19] tokens and date shifts are constant per use and differ between uses", async () => {
	const bench = await createBench();
	const { subject, pseudonym } = await patient(bench);
	const token = await bench.keyring.lookupToken("name", "a", "b");
	expect(await bench.keyring.lookupToken("name", "a", "b")).toBe(token);
	expect(await bench.keyring.lookupToken("name", "ab", "")).not.toBe(token);
	expect(await bench.keyring.lookupToken("record", "a", "b")).not.toBe(token);
	const shift = (context: string): Promise<number> => bench.keyring.dateShiftDays(bench.access({ pseudonym }), subject, context);
	const shifts = await Promise.all(Array.from({ length: 200 }, (_, index) => shift(`study-${index}`)));
	expect(shifts.every((days) => Number.isInteger(days) && days !== 0 && Math.abs(days) <= 365)).toBe(true);
	expect(new Set(shifts).size).toBeGreaterThan(100);
	expect(await shift("study-0")).toBe(shifts[0]);
	const other = await patient(bench);
	await expect(bench.keyring.dateShiftDays(bench.access({ pseudonym: other.pseudonym }), subject, "x")).rejects.toThrow(refused("subject-differs"));
});

it("[VA20] what is cached needs a receipt too, and a cache of one subject serves many", async () => {
	const bench = await createBench({ maxCachedSubjects: 1 });
	const [a, b] = [await patient(bench), await patient(bench)];
	const [ka, kb] = [await a.seal("laboratory"), await b.seal("laboratory")];
	for (let turn = 0; turn < 3; turn++) {
		expect(await bench.keyring.unwrap(bench.access({ pseudonym: a.pseudonym }), [ka.wrapped])).toEqual([Buffer.from(ka.dataKey)]);
		expect(await bench.keyring.unwrap(bench.access({ pseudonym: b.pseudonym }), [kb.wrapped])).toEqual([Buffer.from(kb.dataKey)]);
	}
	await expect(bench.keyring.unwrap(bench.access({ pseudonym: a.pseudonym }), [kb.wrapped])).rejects.toThrow(refused("subject-differs"));
});

it("[VA21] sealing names known compartments, each once, of a subject that is here", async () => {
	const bench = await createBench();
	const { subject } = await patient(bench);
	for (const compartments of [[], ["vitals", "vitals"], ["date-shift" as Compartment]] as Compartment[][]) {
		await expect(bench.keyring.sealFor(subject, compartments)).rejects.toThrow(coded("VAULT_COMPARTMENTS_INVALID"));
	}
	await expect(bench.keyring.sealFor(newSubject(), ["vitals"])).rejects.toThrow(coded("VAULT_SUBJECT_UNKNOWN"));
	expect((await bench.keyring.sealFor(subject, ["vitals", "laboratory"])).wrapped.compartments).toEqual(["laboratory", "vitals"]);
});
