import { describe, expect, it } from "vitest";
import { canonicalText, dayMs, encodeHex, type MemberId, type Pseudonym, type PublicKey, type SubjectId } from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import type { ReceiptRefusal } from "../../errors.ts";
import { createReceiptKey, type ReceiptKey } from "../../receipt.ts";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import { logAccess, newPseudonym, newSubject, randomBytes } from "../../vault.fixtures.ts";
import type { Keyring, LoggedAccess, SealingHandle } from "../../vault.ts";
import type { KeyringUpkeep } from "../keyringUpkeep.ts";

/** A keyring, the log writer's side of its receipts, and a clock that the test turns. */
export interface KeyringUnderTest {
	readonly keyring: Keyring & KeyringUpkeep;
	readonly receiptKey: ReceiptKey;
	readonly clock: { now: number };
	/** What the log writer hands back for an entry: by default a permit to read laboratory and vitals. */
	access(entry: Partial<AccessEntry> & { readonly pseudonym: Pseudonym }): LoggedAccess;
	/** Closes the keyring and opens its files again. */
	reopen(): Promise<Keyring & KeyringUpkeep>;
	/** A path for a file that goes with the keyring's. */
	pathOf(name: string): string;
}

export interface KeyringOptions {
	readonly honoursLog?: (log: string) => boolean;
	readonly maxCachedSubjects?: number;
	readonly auditRetentionMs?: number;
}

const refused = (reason: ReceiptRefusal) => expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", kind: "refused", details: { reason } });
const coded = (code: string) => expect.objectContaining({ code });

interface Patient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	seal(...compartments: Compartment[]): Promise<SealingHandle>;
}

async function patient(bench: KeyringUnderTest): Promise<Patient> {
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	return { subject, pseudonym, seal: (...compartments) => bench.keyring.sealFor(subject, compartments) };
}

/** What every keyring does, wherever it runs: SPEC VA10–VA21, VA27, VA29, VA31, VA33, VA58. */
export function describeKeyring(name: string, open: (options?: KeyringOptions) => Promise<KeyringUnderTest>): void {
	describe(name, () => {
		it("[VA10] a receipt of a permitting entry opens the keys it names, in the order asked", async () => {
			const bench = await open();
			const { pseudonym, seal } = await patient(bench);
			const handles = [await seal("laboratory"), await seal("vitals"), await seal("vitals", "laboratory")];
			const opened = await bench.keyring.unwrap(
				bench.access({ pseudonym }),
				handles.map((handle) => handle.wrapped),
			);
			expect(opened.map(encodeHex)).toEqual(handles.map((handle) => encodeHex(handle.dataKey)));
		});

		it("[VA11] a gate that falsifies the append gets no key", async () => {
			const bench = await open();
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
			const bench = await open();
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
			const bench = await open();
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
			const bench = await open();
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
			const bench = await open();
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
			const bench = await open({ honoursLog: (log) => log === "klinik-nord/2" });
			const { pseudonym, seal } = await patient(bench);
			const { wrapped } = await seal("laboratory");
			await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped])).rejects.toThrow(refused("log-not-honoured"));
			expect(await bench.keyring.unwrap(bench.access({ pseudonym, log: "klinik-nord/2" }), [wrapped])).toHaveLength(1);
		});

		it("[VA16] a receipt for records opens no access history, nor the other way round", async () => {
			const bench = await open();
			const { pseudonym, subject, seal } = await patient(bench);
			const audit = await bench.keyring.sealAudit(subject);
			await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [audit.wrapped])).rejects.toThrow(refused("not-an-audit-access"));
			await expect(bench.keyring.unwrapAudit(bench.access({ pseudonym }), [audit.wrapped])).rejects.toThrow(refused("not-an-audit-access"));
			const history = (): LoggedAccess => bench.access({ pseudonym, compartments: [] });
			await expect(bench.keyring.unwrapAudit(history(), [(await seal("vitals")).wrapped])).rejects.toThrow(refused("not-an-audit-access"));
			expect((await bench.keyring.unwrapAudit(history(), [audit.wrapped])).map(encodeHex)).toEqual([encodeHex(audit.dataKey)]);
		});

		it("[VA17] binding moves the access to the new pseudonym and never back", async () => {
			const bench = await open();
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
			const bench = await open();
			const subjects = Array.from({ length: 20 }, newSubject);
			const [first] = subjects as [(typeof subjects)[number]];
			const creations = subjects.map((subject) => bench.keyring.createSubject(subject, unenrolledPseudonym(subject)));
			await expect(bench.keyring.createSubject(first, newPseudonym())).rejects.toThrow(coded("VAULT_EXISTS"));
			await Promise.all(creations);
			expect(await bench.keyring.verifyKeys()).toEqual({ live: 20, destroyed: 0 });
		});

		it("[VA19] tokens and date shifts are constant per use and differ between uses", async () => {
			const bench = await open();
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
			await expect(bench.keyring.dateShiftDays(bench.access({ pseudonym: other.pseudonym }), subject, "x")).rejects.toThrow(
				refused("subject-differs"),
			);
		});

		it("[VA20] what is cached needs a receipt too, and a cache of one subject serves many", async () => {
			const bench = await open({ maxCachedSubjects: 1 });
			const [a, b] = [await patient(bench), await patient(bench)];
			const [ka, kb] = [await a.seal("laboratory"), await b.seal("laboratory")];
			for (let turn = 0; turn < 3; turn++) {
				expect((await bench.keyring.unwrap(bench.access({ pseudonym: a.pseudonym }), [ka.wrapped])).map(encodeHex)).toEqual([encodeHex(ka.dataKey)]);
				expect((await bench.keyring.unwrap(bench.access({ pseudonym: b.pseudonym }), [kb.wrapped])).map(encodeHex)).toEqual([encodeHex(kb.dataKey)]);
			}
			await expect(bench.keyring.unwrap(bench.access({ pseudonym: a.pseudonym }), [kb.wrapped])).rejects.toThrow(refused("subject-differs"));
		});

		it("[VA21] sealing names known compartments, each once, of a subject that is here", async () => {
			const bench = await open();
			const { subject } = await patient(bench);
			for (const compartments of [[], ["vitals", "vitals"], ["date-shift" as Compartment]] as Compartment[][]) {
				await expect(bench.keyring.sealFor(subject, compartments)).rejects.toThrow(coded("VAULT_COMPARTMENTS_INVALID"));
			}
			await expect(bench.keyring.sealFor(newSubject(), ["vitals"])).rejects.toThrow(coded("VAULT_SUBJECT_UNKNOWN"));
			expect((await bench.keyring.sealFor(subject, ["vitals", "laboratory"])).wrapped.compartments).toEqual(["laboratory", "vitals"]);
		});

		it("[VA27] a destroyed subject is unreadable, sealed to no more and never made again, also after a restart", async () => {
			const bench = await open();
			const [gone, other] = [await patient(bench), await patient(bench)];
			const [lost, kept] = [await gone.seal("laboratory"), await other.seal("laboratory")];
			await bench.keyring.unwrap(bench.access({ pseudonym: gone.pseudonym }), [lost.wrapped]);
			const report = await bench.keyring.destroy(gone.subject, "all");
			expect(report).toMatchObject({ subject: gone.subject, compartments: "all", unreadableSinceMs: bench.clock.now });
			expect(await bench.keyring.destroy(gone.subject, "all")).toEqual(report);
			const keyring = await bench.reopen();
			expect(await keyring.status(gone.subject)).toBe("destroyed");
			await expect(keyring.unwrap(bench.access({ pseudonym: gone.pseudonym }), [lost.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
			await expect(keyring.sealFor(gone.subject, ["vitals"])).rejects.toThrow(coded("VAULT_ERASED"));
			await expect(keyring.createSubject(gone.subject, newPseudonym())).rejects.toThrow(coded("VAULT_ERASED"));
			await expect(keyring.bind(gone.subject, newPseudonym())).rejects.toThrow(coded("VAULT_ERASED"));
			expect((await keyring.unwrap(bench.access({ pseudonym: other.pseudonym }), [kept.wrapped])).map(encodeHex)).toEqual([encodeHex(kept.dataKey)]);
			expect(await keyring.verifyKeys()).toEqual({ live: 1, destroyed: 1 });
		});

		it("[VA29] a compartment destroyed alone takes with it what needs it, and nothing else", async () => {
			const bench = await open();
			const one = await patient(bench);
			const [laboratory, vitals, both] = [await one.seal("laboratory"), await one.seal("vitals"), await one.seal("laboratory", "vitals")];
			const shift = await bench.keyring.dateShiftDays(bench.access({ pseudonym: one.pseudonym }), one.subject, "study");
			const report = await bench.keyring.destroy(one.subject, ["vitals"]);
			expect(report).toMatchObject({ compartments: ["vitals"], unreadableSinceMs: bench.clock.now, auditKeyHeldUntilMs: 0 });
			for (const handle of [vitals, both]) {
				await expect(bench.keyring.unwrap(bench.access({ pseudonym: one.pseudonym }), [handle.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
			}
			await expect(one.seal("vitals", "notes")).rejects.toThrow(coded("VAULT_ERASED"));
			expect((await bench.keyring.unwrap(bench.access({ pseudonym: one.pseudonym }), [laboratory.wrapped])).map(encodeHex)).toEqual([
				encodeHex(laboratory.dataKey),
			]);
			expect(await bench.keyring.dateShiftDays(bench.access({ pseudonym: one.pseudonym }), one.subject, "study")).toBe(shift);
			expect(await bench.keyring.status(one.subject)).toBe("live");
			await expect(bench.keyring.destroy(one.subject, [])).rejects.toThrow(coded("VAULT_COMPARTMENTS_INVALID"));
			await expect(bench.keyring.destroy(newSubject(), "all")).rejects.toThrow(coded("VAULT_SUBJECT_UNKNOWN"));
		});

		it("[VA33] the audit key outlives the record keys until its hold ends", async () => {
			const bench = await open({ auditRetentionMs: 10 * dayMs });
			const gone = await patient(bench);
			const { dataKey, wrapped } = await bench.keyring.sealAudit(gone.subject);
			const { auditKeyHeldUntilMs } = await bench.keyring.destroy(gone.subject, "all");
			expect(auditKeyHeldUntilMs).toBe(bench.clock.now + 10 * dayMs);
			const history = (): LoggedAccess => bench.access({ pseudonym: gone.pseudonym, compartments: [] });
			expect((await bench.keyring.unwrapAudit(history(), [wrapped])).map(encodeHex)).toEqual([encodeHex(dataKey)]);
			expect(await bench.keyring.expireAuditKeys()).toBe(0);
			bench.clock.now = auditKeyHeldUntilMs;
			expect(await bench.keyring.expireAuditKeys()).toBe(1);
			await expect(bench.keyring.unwrapAudit(history(), [wrapped])).rejects.toThrow(coded("VAULT_RECEIPT_REFUSED"));
			await expect(bench.keyring.sealAudit(gone.subject)).rejects.toThrow(coded("VAULT_ERASED"));
			expect(await bench.keyring.subjectOf(gone.pseudonym)).toBeUndefined();
		});

		it("[VA31] the report names when the last key backup that could hold the keys dies, and the epoch's key dies then", async () => {
			const bench = await open();
			const gone = await patient(bench);
			expect(await bench.keyring.backupKeys(bench.pathOf("keys.1"))).toEqual({ epoch: 1, subjects: 1 });
			await expect(bench.keyring.backupKeys(bench.pathOf("keys.1"))).rejects.toThrow(coded("VAULT_EXISTS"));
			const report = await bench.keyring.destroy(gone.subject, "all");
			expect(report.unreadableInBackupsFromMs).toBe(bench.clock.now + 30 * dayMs);
			expect((await bench.keyring.backupKeys(bench.pathOf("keys.2"))).epoch).toBe(2);
			bench.clock.now = report.unreadableInBackupsFromMs - 1;
			expect(await bench.keyring.expireEpochs()).toBe(0);
			bench.clock.now = report.unreadableInBackupsFromMs;
			expect(await bench.keyring.expireEpochs()).toBeGreaterThan(0);
		});

		it("[VA64] the root rotates while requests are answered, and everything opens as before", async () => {
			const bench = await open();
			const patients = await Promise.all(Array.from({ length: 300 }, () => patient(bench)));
			const [first, second, third] = patients as [Patient, Patient, Patient];
			const handle = await first.seal("laboratory");
			const rotation = bench.keyring.rotateRoot();
			// All in flight at once: answered between the turns of the rotation, or after it.
			const created = patient(bench);
			const destroyed = bench.keyring.destroy(second.subject, "all");
			const sealed = third.seal("vitals");
			expect(await bench.keyring.unwrap(bench.access({ pseudonym: first.pseudonym }), [handle.wrapped])).toHaveLength(1);
			// The destruction rotates as well, before or after.
			await destroyed;
			expect([2, 3]).toContain(await rotation);
			const [late, vitals] = [await created, await sealed];
			expect(await bench.keyring.verifyKeys()).toEqual({ live: 300, destroyed: 1 });
			const keyring = await bench.reopen();
			expect(await keyring.verifyKeys()).toEqual({ live: 300, destroyed: 1 });
			expect((await keyring.unwrap(bench.access({ pseudonym: third.pseudonym }), [vitals.wrapped])).map(encodeHex)).toEqual([
				encodeHex(vitals.dataKey),
			]);
			expect(await keyring.status(late.subject)).toBe("live");
			expect(await keyring.rotateRoot()).toBe(4);
		});

		it("[VA65] a new passphrase takes the place of the old one, for root and epoch keys", async () => {
			const bench = await open();
			const one = await patient(bench);
			const handle = await one.seal("laboratory");
			await bench.keyring.backupKeys(bench.pathOf("keys.1"));
			await bench.keyring.changeKeyRoot({ kind: "passphrase", passphrase: "a new passphrase", scrypt: { N: 2 ** 4, r: 8, p: 1 } });
			expect(await bench.keyring.unwrap(bench.access({ pseudonym: one.pseudonym }), [handle.wrapped])).toHaveLength(1);
			expect((await bench.keyring.backupKeys(bench.pathOf("keys.2"))).epoch).toBe(1);
			await expect(bench.reopen()).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
		});

		it("[VA71] what is kept at hand about a subject changes in the same step as the subject", async () => {
			const bench = await open();
			const { subject, pseudonym, seal } = await patient(bench);
			const { wrapped } = await seal("laboratory");
			const standing = async () => [await bench.keyring.status(subject), await bench.keyring.pseudonymOf(subject)];
			for (let times = 0; times < 2; times++) expect(await standing()).toEqual(["live", pseudonym]);
			const next = newPseudonym();
			await bench.keyring.bind(subject, next);
			expect(await standing()).toEqual(["live", next]);
			await expect(bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped])).rejects.toThrow(refused("subject-differs"));
			await bench.keyring.destroy(subject, "all");
			expect((await standing())[0]).toBe("destroyed");
			const stranger = newSubject();
			expect(await bench.keyring.status(stranger)).toBe("unknown");
			await bench.keyring.createSubject(stranger, newPseudonym());
			expect(await bench.keyring.status(stranger)).toBe("live");
		});

		it("[VA72] a data key opened before needs a receipt like any other, opens from its own wrapped bytes alone, and goes with its compartment", async () => {
			const bench = await open();
			const { subject, pseudonym, seal } = await patient(bench);
			const [{ wrapped, dataKey }, other] = [await seal("laboratory"), await seal("vitals")];
			const ask = (key = wrapped, entry = {}) => bench.keyring.unwrap(bench.access({ pseudonym, ...entry }), [key]);
			const expected = encodeHex(dataKey);
			for (let times = 0; times < 3; times++) expect((await ask()).map(encodeHex)).toEqual([expected]);
			const spent = bench.access({ pseudonym });
			await bench.keyring.unwrap(spent, []);
			await expect(bench.keyring.unwrap(spent, [wrapped])).rejects.toThrow(refused("nonce-burned"));
			await expect(ask(wrapped, { compartments: ["vitals"] })).rejects.toThrow(refused("compartment-not-named"));
			await expect(ask({ ...wrapped, wrapped: other.wrapped.wrapped })).rejects.toThrow(coded("VAULT_INTEGRITY"));
			await expect(ask({ ...wrapped, compartments: ["vitals"] })).rejects.toThrow(coded("VAULT_INTEGRITY"));
			// What a caller does to a key it was given changes nothing for the next.
			(await ask())[0]?.fill(0);
			expect((await ask()).map(encodeHex)).toEqual([expected]);
			await bench.keyring.destroy(subject, ["laboratory"]);
			await expect(ask()).rejects.toThrow(coded("VAULT_ERASED"));
		});

		it("[VA73] the text that comes with an entry is what is judged: no other text opens anything, and no entry beside it does", async () => {
			const bench = await open();
			const { pseudonym, seal } = await patient(bench);
			const { wrapped } = await seal("genomics");
			const logged = (entry: Partial<AccessEntry>): LoggedAccess => {
				const access = bench.access({ pseudonym, ...entry });
				return { ...access, canonical: canonicalText(access.entry) };
			};
			expect(await bench.keyring.unwrap(logged({ compartments: ["genomics"] }), [wrapped])).toHaveLength(1);
			const laboratory = logged({});
			const wishful = { ...laboratory.entry, compartments: ["genomics"] as const };
			const attempts: readonly (readonly [ReceiptRefusal, LoggedAccess])[] = [
				["compartment-not-named", { ...laboratory, entry: wishful }],
				["entry-differs", { ...logged({}), canonical: canonicalText(wishful) }],
				["entry-differs", { ...logged({}), canonical: ` ${laboratory.canonical}` }],
				["decision-not-permit", { ...logged({ decision: "deny", compartments: ["genomics"] }), entry: wishful }],
				["malformed", { ...logged({}), canonical: 7 as never }],
			];
			for (const [reason, access] of attempts) await expect(bench.keyring.unwrap(access, [wrapped]), reason).rejects.toThrow(refused(reason));
		});

		it("[VA58] many calls at once are answered each with its own result, errors among them", async () => {
			const bench = await open();
			const patients = await Promise.all(Array.from({ length: 20 }, () => patient(bench)));
			const calls = Array.from({ length: 3_000 }, (_, index) => {
				const who = patients[index % 20] as Patient;
				if (index % 3 === 0) return bench.keyring.pseudonymOf(who.subject);
				return index % 3 === 1
					? bench.keyring.subjectOf(who.pseudonym)
					: bench.keyring.sealFor(newSubject(), ["vitals"]).catch((error) => error.code);
			});
			const expected = calls.map((_, index) => {
				const who = patients[index % 20] as Patient;
				return [who.pseudonym, who.subject, "VAULT_SUBJECT_UNKNOWN"][index % 3];
			});
			expect(await Promise.all(calls)).toEqual(expected);
		});

		it("[VA58] errors of other rooms and of closed keyrings come with their codes", async () => {
			const bench = await open();
			await expect(bench.keyring.createSubject("no id" as SubjectId, newPseudonym())).rejects.toThrow(coded("IDENTIFIER_INVALID"));
			await bench.keyring.close();
			await bench.keyring.close();
			await expect(bench.keyring.status(newSubject())).rejects.toThrow(coded("VAULT_CLOSED"));
		});
	});
}
