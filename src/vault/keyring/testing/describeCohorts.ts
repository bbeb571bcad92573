import { describe, expect, it } from "vitest";
import { encodeHex, type Pseudonym, type PublicKey, type SubjectId } from "#base";
import type { AccessEntry } from "#contracts";
import type { CohortPlace } from "#log";
import type { ReceiptRefusal } from "../../errors.ts";
import { createReceiptKey, hashEntry, mintReceipt } from "../../receipt.ts";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import { logCohort, newSubject, randomBytes } from "../../vault.fixtures.ts";
import type { LoggedAccess, WrappedDataKey } from "../../vault.ts";
import type { KeyringOptions, KeyringUnderTest } from "./describeKeyring.ts";
import { PaperLedger } from "./paperLedger.ts";

const refused = (reason: ReceiptRefusal) => expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", kind: "refused", details: { reason } });

interface Patient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	/** Of a compartment that an entry names unless the test says otherwise. */
	readonly laboratoryKey: WrappedDataKey;
	/** Of one that no entry names. */
	readonly genomicsKey: WrappedDataKey;
	/** What {@link laboratoryKey} opens to, hex. */
	readonly dataKey: string;
}

async function enrol({ keyring }: KeyringUnderTest): Promise<Patient> {
	const subject = newSubject();
	const pseudonym = unenrolledPseudonym(subject);
	await keyring.createSubject(subject, pseudonym);
	const [laboratory, genomics] = [await keyring.sealFor(subject, ["laboratory"]), await keyring.sealFor(subject, ["genomics"])];
	return { subject, pseudonym, laboratoryKey: laboratory.wrapped, genomicsKey: genomics.wrapped, dataKey: encodeHex(laboratory.dataKey) };
}

type Three<Item> = readonly [Item, Item, Item];

/** Three patients, and a question over all of them as often as it is asked. */
async function createCohort(open: (options?: KeyringOptions) => Promise<KeyringUnderTest>, options: KeyringOptions = {}) {
	const bench = await open(options);
	const patients = (await Promise.all([enrol(bench), enrol(bench), enrol(bench)])) as unknown as Three<Patient>;
	const log = (...changes: readonly Partial<AccessEntry>[]) =>
		logCohort(
			bench.receiptKey,
			bench.clock.now,
			patients.map(({ pseudonym }, i) => ({ pseudonym, ...changes[i] })),
		) as unknown as Three<LoggedAccess>;
	const unwrap = (access: LoggedAccess, ...keys: readonly WrappedDataKey[]) => bench.keyring.unwrap(access, keys);
	return { bench, patients, log, unwrap };
}

const placed = (access: LoggedAccess, change: Partial<CohortPlace>): LoggedAccess => ({
	...access,
	cohort: { ...(access.cohort as CohortPlace), ...change },
});

/** What a receipt of a cohort opens, wherever the keyring runs: SPEC VA74–VA80. */
export function describeCohorts(name: string, open: (options?: KeyringOptions) => Promise<KeyringUnderTest>): void {
	describe(name, () => {
		it("[VA74] one receipt opens to each patient's entry what that entry names", async () => {
			const { bench, patients, log, unwrap } = await createCohort(open);
			const accesses = log();
			const opened = await Promise.all(accesses.map((access, i) => unwrap(access, (patients[i] as Patient).laboratoryKey)));
			expect(opened.map(([key]) => encodeHex(key as Uint8Array))).toEqual(patients.map(({ dataKey }) => dataKey));
			const shifts = await Promise.all(accesses.map((access, i) => bench.keyring.dateShiftDays(access, (patients[i] as Patient).subject, "x")));
			expect(shifts.every((days) => days !== 0)).toBe(true);
		});

		it("[VA74] [VA80] a gate that falsifies an entry of a cohort, or its place, gets no key", async () => {
			const { patients, log, unwrap } = await createCohort(open);
			const [anna, bela] = patients;
			const forged = (change: Partial<AccessEntry>): LoggedAccess => {
				const access = log()[0];
				return { ...access, entry: { ...access.entry, ...change } };
			};
			const [yesterday, today] = [log(), log()];
			const long = (log()[0].cohort as CohortPlace).proof;
			const attacks: readonly (readonly [string, ReceiptRefusal, LoggedAccess, WrappedDataKey])[] = [
				["compartments widened", "entry-differs", forged({ compartments: ["genomics"] }), anna.genomicsKey],
				["another patient written in", "entry-differs", forged({ pseudonym: bela.pseudonym }), bela.laboratoryKey],
				["the requester whitewashed", "entry-differs", forged({ requester: "11".repeat(32) as PublicKey }), anna.laboratoryKey],
				["an entry of another cohort", "entry-differs", { ...yesterday[0], receipt: today[0].receipt }, anna.laboratoryKey],
				["a neighbour's salt", "entry-differs", { ...log()[0], salt: log()[1].salt }, anna.laboratoryKey],
				["a neighbour's place", "entry-differs", placed(log()[0], { index: 1 }), anna.laboratoryKey],
				["a larger tree", "entry-differs", placed(log()[0], { count: 9 }), anna.laboratoryKey],
				["a smaller tree", "entry-differs", placed(log()[0], { count: 7 }), anna.laboratoryKey],
				["a way that is too short", "entry-differs", placed(log()[0], { proof: long.slice(1) }), anna.laboratoryKey],
				["a way that is too long", "entry-differs", placed(log()[0], { proof: [...long, "00".repeat(32)] }), anna.laboratoryKey],
				["another way", "entry-differs", placed(log()[0], { proof: ["00".repeat(32), ...long.slice(1)] }), anna.laboratoryKey],
				["a place beyond the tree", "malformed", placed(log()[0], { index: 8 }), anna.laboratoryKey],
				["a place that is no number", "malformed", placed(log()[0], { index: "0" as never }), anna.laboratoryKey],
				["a way that is no list", "malformed", placed(log()[0], { proof: null as never }), anna.laboratoryKey],
				["no place at all", "malformed", { ...log()[0], cohort: null as never }, anna.laboratoryKey],
			];
			for (const [what, reason, access, key] of attacks) await expect(unwrap(access, key), what).rejects.toThrow(refused(reason));
			expect(await unwrap(log()[0], anna.laboratoryKey)).toHaveLength(1);
		});

		it("[VA74] an entry opens nothing of its neighbours, and nothing that it does not name", async () => {
			const { patients, log, unwrap } = await createCohort(open);
			const [anna, bela] = patients;
			await expect(unwrap(log()[0], bela.laboratoryKey)).rejects.toThrow(refused("subject-differs"));
			await expect(unwrap(log()[0], anna.laboratoryKey, bela.laboratoryKey)).rejects.toThrow(refused("subject-differs"));
			await expect(unwrap(log({}, { compartments: ["genomics"] })[0], anna.genomicsKey)).rejects.toThrow(refused("compartment-not-named"));
		});

		it("[VA75] a cohort's receipt opens nothing as an entry's own, nor an entry's own as a cohort's", async () => {
			const { bench, patients, log, unwrap } = await createCohort(open);
			const [{ pseudonym, laboratoryKey }] = patients;
			const { cohort: _, ...alone } = log()[0];
			await expect(unwrap(alone, laboratoryKey)).rejects.toThrow(refused("entry-differs"));
			const ordinary = () => bench.access({ pseudonym });
			await expect(unwrap({ ...ordinary(), cohort: { index: 0, count: 1, proof: [] } }, laboratoryKey)).rejects.toThrow(refused("entry-differs"));
			// A tree of one place has its only entry's hash for a root: with its tag it is another leaf all the same.
			const [single] = logCohort(bench.receiptKey, bench.clock.now, [{ pseudonym }], 1) as [LoggedAccess];
			const { cohort: __, ...bare } = single;
			await expect(unwrap(bare, laboratoryKey)).rejects.toThrow(refused("entry-differs"));
			expect(await unwrap(single, laboratoryKey)).toHaveLength(1);
		});

		it("[VA75] a receipt over the root of a cohort's tree, without its tag and count, opens nothing", async () => {
			const { bench, patients, unwrap } = await createCohort(open);
			const [{ pseudonym, laboratoryKey }] = patients;
			const { entry, salt } = bench.access({ pseudonym });
			const [log, now] = [entry.log, bench.clock.now as never];
			const receipt = mintReceipt({ receiptKey: bench.receiptKey, entryHash: hashEntry(entry, salt), log, leafIndex: 3, now, randomBytes });
			const asRoot = { entry, salt, leafIndex: 3, cohort: { index: 0, count: 1, proof: [] }, receipt };
			await expect(unwrap(asRoot, laboratoryKey)).rejects.toThrow(refused("entry-differs"));
		});

		it("[VA76] a place is used once per operation, whatever came of it, and stands apart from its neighbours", async () => {
			const { bench, patients, log, unwrap } = await createCohort(open);
			const [anna, bela, cora] = patients;
			const accesses = log();
			await unwrap(accesses[0], anna.laboratoryKey);
			await expect(unwrap(accesses[0], anna.laboratoryKey)).rejects.toThrow(refused("nonce-burned"));
			await expect(unwrap(accesses[1], bela.genomicsKey)).rejects.toThrow(refused("compartment-not-named"));
			await expect(unwrap(accesses[1], bela.laboratoryKey)).rejects.toThrow(refused("nonce-burned"));
			expect(await unwrap(accesses[2], cora.laboratoryKey)).toHaveLength(1);
			expect(await bench.keyring.dateShiftDays(accesses[0], anna.subject, "x")).not.toBe(0);
			await expect(bench.keyring.dateShiftDays(accesses[0], anna.subject, "x")).rejects.toThrow(refused("nonce-burned"));
		});

		it("[VA76] another index does not give a used place back", async () => {
			const { patients, log, unwrap } = await createCohort(open);
			const [anna] = patients;
			const access = log()[0];
			await unwrap(access, anna.laboratoryKey);
			for (let index = 1; index < 8; index++) {
				await expect(unwrap(placed(access, { index }), anna.laboratoryKey)).rejects.toThrow(refused("entry-differs"));
			}
			const { cohort: _, ...alone } = access;
			await expect(unwrap(alone, anna.laboratoryKey)).rejects.toThrow(refused("entry-differs"));
		});

		it("[VA77] a second entry of the same patient in one cohort opens nothing", async () => {
			const { bench, patients, unwrap } = await createCohort(open);
			const [{ pseudonym, laboratoryKey, genomicsKey }] = patients;
			const twice = () =>
				logCohort(bench.receiptKey, bench.clock.now, [{ pseudonym }, { pseudonym, seq: 1, compartments: ["genomics"] }]) as unknown as readonly [
					LoggedAccess,
					LoggedAccess,
				];
			const [first, second] = twice();
			await unwrap(first, laboratoryKey);
			await expect(unwrap(second, genomicsKey)).rejects.toThrow(refused("patient-repeated"));
			const [later, sooner] = twice();
			await unwrap(sooner, genomicsKey);
			await expect(unwrap(later, laboratoryKey)).rejects.toThrow(refused("patient-repeated"));
		});

		it("[VA78] a denied entry among permitted ones opens nothing, and its neighbours open", async () => {
			const { patients, log, unwrap } = await createCohort(open);
			const [anna, bela] = patients;
			const accesses = log({ decision: "deny" });
			await expect(unwrap(accesses[0], anna.laboratoryKey)).rejects.toThrow(refused("decision-not-permit"));
			expect(await unwrap(accesses[1], bela.laboratoryKey)).toHaveLength(1);
		});

		it("[VA78] a cohort's receipt is void when forged, expired, of another log or of one that is not honoured", async () => {
			const { bench, patients, log, unwrap } = await createCohort(open, { pins: "paper ledger" });
			const ledger = new PaperLedger(bench.clock);
			ledger.setLog("klinik-nord/1", "open");
			await bench.keyring.showLogs(ledger.showLogs());
			const [{ pseudonym, laboratoryKey }] = patients;
			const [forged] = logCohort(createReceiptKey(randomBytes), bench.clock.now, [{ pseudonym }]) as [LoggedAccess];
			await expect(unwrap(forged, laboratoryKey)).rejects.toThrow(refused("mac-invalid"));
			const [unknown] = logCohort(bench.receiptKey, bench.clock.now, [{ pseudonym, log: "klinik-nord/9" }]) as [LoggedAccess];
			await expect(unwrap(unknown, laboratoryKey)).rejects.toThrow(refused("log-not-honoured"));
			await expect(unwrap(log({ log: "klinik-nord/2" }, {}, {})[1], (patients[1] as Patient).laboratoryKey)).rejects.toThrow(refused("log-differs"));
			await expect(unwrap(log({ member: "labor-sued" as never })[0], laboratoryKey)).rejects.toThrow(refused("member-differs"));
			const late = log()[0];
			bench.clock.now += 5_000;
			await expect(unwrap(late, laboratoryKey)).rejects.toThrow(refused("expired"));
		});

		it("[VA79] no entry of a cohort opens a history, however empty it is", async () => {
			const { bench, patients, log } = await createCohort(open);
			const [{ subject }] = patients;
			const audit = await bench.keyring.sealAudit(subject);
			const access = log({ compartments: [] })[0];
			await expect(bench.keyring.unwrapAudit(access, [audit.wrapped])).rejects.toThrow(refused("not-an-audit-access"));
			const { cohort, ...rest } = access;
			let looks = 0;
			const turning = Object.defineProperty({ ...rest }, "cohort", { enumerable: true, get: () => (looks++ === 0 ? undefined : cohort) });
			await expect(bench.keyring.unwrapAudit(turning as LoggedAccess, [audit.wrapped])).rejects.toThrow(
				expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED" }),
			);
		});
	});
}
