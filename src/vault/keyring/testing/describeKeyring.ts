import { describe, expect, it } from "vitest";
import { canonicalText, dayMs, encodeHex, type MemberId, type Pseudonym, type PublicKey, type SubjectId } from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import type { EvidenceAge, EvidenceRefusal, ReceiptRefusal } from "../../errors.ts";
import { createReceiptKey, type ReceiptKey } from "../../receipt.ts";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import { logAccess, newPseudonym, newSubject, randomBytes } from "../../vault.fixtures.ts";
import type { Keyring, LoggedAccess, SealingHandle } from "../../vault.ts";
import type { KeyringUpkeep } from "../keyringUpkeep.ts";
import { PaperLedger } from "./paperLedger.ts";

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
	/** Of a {@link PaperLedger} that the keyring is held to; it takes the ledger on trust when absent. */
	readonly pins?: string;
	readonly maxCachedSubjects?: number;
	readonly auditRetentionMs?: number;
}

const refused = (reason: ReceiptRefusal) => expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", kind: "refused", details: { reason } });
const coded = (code: string) => expect.objectContaining({ code });
const evidence = (reason: EvidenceRefusal) => expect.objectContaining({ code: "VAULT_EVIDENCE_REFUSED", kind: "refused", details: { reason } });
const stale = (reason: EvidenceAge) => expect.objectContaining({ code: "VAULT_EVIDENCE_STALE", kind: "again", details: { reason } });

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

/** A patient as a keyring that judges the ledger's evidence begins one. */
async function unenrolled(bench: KeyringUnderTest): Promise<Patient> {
	const subject = newSubject();
	await bench.keyring.createSubject(subject, unenrolledPseudonym(subject));
	return { subject, pseudonym: unenrolledPseudonym(subject), seal: (...compartments) => bench.keyring.sealFor(subject, compartments) };
}

/** What every keyring does, wherever it runs: SPEC VA10–VA21, VA27, VA29, VA31, VA33, VA58, VA86–VA90. */
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
				["a salt that is too short", "malformed", { ...good(), salt: "00" }, [mine]],
				["a salt that is no text", "malformed", { ...good(), salt: undefined as never }, [mine]],
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

		it("[VA15] [VA89] receipts of a log open nothing before the ledger showed it open, and never again once it showed it closed", async () => {
			const bench = await open({ pins: "paper ledger" });
			const ledger = new PaperLedger(bench.clock);
			const { pseudonym, seal } = await unenrolled(bench);
			const { wrapped } = await seal("laboratory");
			const ask = (keyring: Keyring = bench.keyring) => keyring.unwrap(bench.access({ pseudonym }), [wrapped]);
			const log = "klinik-nord/1";
			await expect(ask()).rejects.toThrow(refused("log-not-honoured"));
			expect(await bench.keyring.honoursLog(log)).toBe(false);
			ledger.setLog("klinik-nord/2", "open");
			await bench.keyring.showLogs(ledger.showLogs());
			await expect(ask()).rejects.toThrow(refused("log-not-honoured"));
			ledger.setLog(log, "open");
			const opened = ledger.showLogs();
			await bench.keyring.showLogs(opened);
			expect(await ask()).toHaveLength(1);
			// However old that is by now: emergencies are read while the log can be written.
			bench.clock.now += 40 * dayMs;
			expect(await ask()).toHaveLength(1);
			const again = await bench.reopen();
			expect(await again.honoursLog(log)).toBe(true);
			expect(await ask(again)).toHaveLength(1);
			ledger.setLog(log, "closed");
			await again.showLogs(ledger.showLogs());
			await expect(ask(again)).rejects.toThrow(refused("log-not-honoured"));
			// The registration again, as it was and as a ledger that went back would show it.
			await expect(again.showLogs(opened)).rejects.toThrow(coded("VAULT_EVIDENCE_STALE"));
			ledger.setLog(log, "open");
			await expect(again.showLogs(ledger.showLogs())).rejects.toThrow(evidence("log-closed"));
			await expect(ask(again)).rejects.toThrow(refused("log-not-honoured"));
		});

		it("[VA89] a successor is shown beside the log that was closed for it, or not at all", async () => {
			const bench = await open({ pins: "paper ledger" });
			const ledger = new PaperLedger(bench.clock);
			ledger.setLog("1", "open");
			await bench.keyring.showLogs(ledger.showLogs());
			const before = ledger.show((state) => void state.get("access", "n/klinik-nord/0"));
			ledger.setLog("2", "open");
			ledger.setLog("1", "closed");
			const names = ["m/klinik-nord", "n/klinik-nord/0", "n/klinik-nord/1", "l/klinik-nord/1", "l/klinik-nord/2"];
			for (const left of names) {
				const shown = ledger.show((state) => names.filter((name) => name !== left).forEach((name) => void state.get("access", name)));
				await expect(bench.keyring.showLogs(shown), left).rejects.toThrow(evidence("incomplete"));
			}
			await expect(bench.keyring.showLogs(before)).rejects.toThrow(evidence("incomplete"));
			expect([await bench.keyring.honoursLog("1"), await bench.keyring.honoursLog("2")]).toEqual([true, false]);
			await bench.keyring.showLogs(ledger.showLogs());
			expect([await bench.keyring.honoursLog("1"), await bench.keyring.honoursLog("2")]).toEqual([false, true]);
		});

		it("[VA87] a subject is bound to a pseudonym that the ledger shows enrolled and active at this custodian, and to no other", async () => {
			const bench = await open({ pins: "paper ledger" });
			const ledger = new PaperLedger(bench.clock);
			const { subject, pseudonym: standIn, seal } = await unenrolled(bench);
			const { wrapped } = await seal("laboratory");
			const mine = newPseudonym();
			const bind = (shown: Uint8Array | undefined, to = mine) => bench.keyring.bind(subject, to, shown);
			await expect(bind(undefined)).rejects.toThrow(evidence("missing"));
			await expect(bind(new Uint8Array(0))).rejects.toThrow(evidence("missing"));
			await expect(bind(ledger.showEnrolments(mine))).rejects.toThrow(evidence("not-enrolled"));
			for (const status of ["rotated", "destroyed"]) {
				ledger.enrol(mine, { status });
				await expect(bind(ledger.showEnrolments(mine)), status).rejects.toThrow(evidence("not-enrolled"));
			}
			ledger.enrol(mine, { custodian: "labor-sued" });
			await expect(bind(ledger.showEnrolments(mine))).rejects.toThrow(evidence("custodian-differs"));
			// Evidence of somebody else's enrolment is none of this one's.
			const other = newPseudonym();
			ledger.enrol(other);
			await expect(bind(ledger.showEnrolments(other))).rejects.toThrow(evidence("incomplete"));
			expect(await bench.keyring.pseudonymOf(subject)).toBe(standIn);
			ledger.setLog("klinik-nord/1", "open");
			await bench.keyring.showLogs(ledger.showLogs());
			expect(await bench.keyring.unwrap(bench.access({ pseudonym: standIn }), [wrapped])).toHaveLength(1);
			ledger.enrol(mine);
			await bind(ledger.showEnrolments(mine));
			expect(await bench.keyring.subjectOf(mine)).toBe(subject);
			// To what it is bound already it needs no evidence: nothing changes.
			await bind(undefined);
		});

		it("[VA88] whoever is enrolled moves on by rotations of the ledger alone, each of them shown", async () => {
			const bench = await open({ pins: "paper ledger" });
			const ledger = new PaperLedger(bench.clock);
			const { subject } = await unenrolled(bench);
			const [first, second, third, foreign] = [newPseudonym(), newPseudonym(), newPseudonym(), newPseudonym()];
			ledger.enrol(first);
			await bench.keyring.bind(subject, first, ledger.showEnrolments(first));
			ledger.enrol(foreign);
			const move = (to: Pseudonym, ...shown: readonly Pseudonym[]) => bench.keyring.bind(subject, to, ledger.showEnrolments(...shown));
			await expect(move(foreign, foreign, first)).rejects.toThrow(evidence("not-the-successor"));
			await expect(move(foreign, foreign)).rejects.toThrow(evidence("incomplete"));
			ledger.rotate(first, second);
			await expect(move(foreign, foreign, first, second)).rejects.toThrow(evidence("not-the-successor"));
			await expect(move(second, second)).rejects.toThrow(evidence("incomplete"));
			ledger.rotate(second, third);
			await expect(move(second, first, second)).rejects.toThrow(evidence("not-enrolled"));
			await expect(move(third, third, first)).rejects.toThrow(evidence("incomplete"));
			await move(third, third, first, second);
			expect(await bench.keyring.pseudonymOf(subject)).toBe(third);
		});

		it("[VA87] a new subject begins under its stand-in: a gate cannot make one under a pseudonym of its own", async () => {
			const bench = await open({ pins: "paper ledger" });
			const [subject, pseudonym] = [newSubject(), newPseudonym()];
			await expect(bench.keyring.createSubject(subject, pseudonym)).rejects.toThrow(evidence("not-the-stand-in"));
			await expect(bench.keyring.createSubject(subject, unenrolledPseudonym(newSubject()))).rejects.toThrow(evidence("not-the-stand-in"));
			expect(await bench.keyring.status(subject)).toBe("unknown");
		});

		it("[VA86] evidence that is forged, of another ledger, or lacks cosignatures teaches nothing", async () => {
			const bench = await open({ pins: "paper ledger" });
			const [ledger, forged] = [new PaperLedger(bench.clock), new PaperLedger(bench.clock, "a ledger of the gate's own")];
			const log = "klinik-nord/1";
			for (const each of [ledger, forged]) each.setLog(log, "open");
			const shown = ledger.showLogs();
			const flipped = shown.map((byte, i) => (i === shown.length - 20 ? byte ^ 1 : byte));
			const show = (bytes: Uint8Array) => bench.keyring.showLogs(bytes);
			for (const bytes of [forged.showLogs(), flipped, shown.slice(0, 100), new Uint8Array(70).fill(10)]) {
				await expect(show(bytes)).rejects.toThrow(evidence("not-proven"));
			}
			await expect(show(new Uint8Array(0))).rejects.toThrow(evidence("missing"));
			await expect(show(ledger.showLogs({ isWitnessed: false }))).rejects.toThrow(stale("not-witnessed"));
			expect(await bench.keyring.honoursLog(log)).toBe(false);
			await show(shown);
			expect(await bench.keyring.honoursLog(log)).toBe(true);
		});

		it("[VA90] evidence is of the last two minutes by the keyring's clock, and never older than what it has seen", async () => {
			const bench = await open({ pins: "paper ledger" });
			const ledger = new PaperLedger(bench.clock);
			const log = "klinik-nord/1";
			ledger.setLog(log, "open");
			const at = (signedAtMs: number | undefined) => bench.keyring.showLogs(ledger.showLogs({ signedAtMs }));
			const { now } = bench.clock;
			await expect(at(now - 120_001)).rejects.toThrow(stale("too-old"));
			await expect(at(now + 120_001)).rejects.toThrow(stale("too-old"));
			await expect(at(undefined)).rejects.toThrow(stale("too-old"));
			await at(now - 120_000);
			await at(now + 120_000);
			// The same state may be shown again; a smaller one, or another of the same size, may not.
			const { size } = ledger;
			const other = (checkpoint: { size: number; root: string }) => ledger.showLogs({ checkpoint });
			await bench.keyring.showLogs(other({ size, root: `root of ${size}` }));
			const again = await bench.reopen();
			await expect(again.showLogs(other({ size: size - 1, root: `root of ${size - 1}` }))).rejects.toThrow(stale("older-than-seen"));
			await expect(again.showLogs(other({ size, root: "another" }))).rejects.toThrow(evidence("forked"));
			await again.showLogs(other({ size: size + 1, root: "grown" }));
			await expect(again.showLogs(ledger.showLogs())).rejects.toThrow(stale("older-than-seen"));
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

		it("[VA93] a token is the same after whatever was done to its patient, and is not told by a keyring that is closed", async () => {
			const bench = await open();
			const { subject } = await patient(bench);
			const token = await bench.keyring.lookupToken("local-id", "p-1");
			await bench.keyring.destroy(subject, "all");
			expect(await bench.keyring.lookupToken("local-id", "p-1")).toBe(token);
			await bench.keyring.close();
			await expect(bench.keyring.lookupToken("local-id", "p-1")).rejects.toMatchObject({ code: expect.stringMatching(/^VAULT_/) });
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
