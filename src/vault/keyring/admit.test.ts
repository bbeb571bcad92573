import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { type Instant, type MemberId, systemClock } from "#base";
import type { AccessEntry } from "#contracts";
import type { ReceiptRefusal } from "../errors.ts";
import { createReceiptKey, hashEntry, mintReceipt } from "../receipt.ts";
import { unenrolledPseudonym } from "../unenrolledPseudonym.ts";
import { createBench, logAccess, newPseudonym, newSubject, randomBytes, reopen } from "../vault.fixtures.ts";
import type { LoggedAccess, WrappedDataKey } from "../vault.ts";
import type { LedgerVerifier } from "./evidence/ledgerVerifier.ts";
import { createKeyRoot } from "./kms/createKeyRoot.ts";
import { startVaultTransitStandIn } from "./kms/testing/vaultTransitStandIn.ts";
import { AnswerCache } from "./process/answerCache.ts";
import { createPaperVerifier, PaperLedger } from "./testing/paperLedger.ts";

const refused = (reason: ReceiptRefusal) => expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", details: { reason } });
const coded = (code: string) => expect.objectContaining({ code });

/** A patient with a record, a history, and three ways to ask for something of theirs. */
async function opened(ledger?: LedgerVerifier) {
	const bench = await createBench(ledger && { ledger });
	const subject = newSubject();
	const pseudonym = ledger === undefined ? newPseudonym() : unenrolledPseudonym(subject);
	await bench.keyring.createSubject(subject, pseudonym);
	const record = (await bench.keyring.sealFor(subject, ["laboratory"])).wrapped;
	const history = (await bench.keyring.sealAudit(subject)).wrapped;
	const { keyring } = bench;
	const ways: Readonly<Record<string, { readonly compartments: AccessEntry["compartments"]; ask(access: LoggedAccess): Promise<unknown> }>> = {
		unwrap: { compartments: ["laboratory"], ask: async (access) => keyring.unwrap(access, [record]) },
		unwrapAudit: { compartments: [], ask: (access) => keyring.unwrapAudit(access, [history]) },
		dateShiftDays: { compartments: ["laboratory"], ask: (access) => keyring.dateShiftDays(access, subject, "study") },
	};
	return { ...bench, subject, pseudonym, record, history, ways };
}
type Opened = Awaited<ReturnType<typeof opened>>;

/** What a gate with a bug, or a developer in a hurry, may hand over in place of what the log writer gave. */
const falsehoods: readonly (readonly [string, ReceiptRefusal, (bench: Opened, entry: Partial<AccessEntry>) => LoggedAccess])[] = [
	[
		"a receipt of another key",
		"mac-invalid",
		({ clock, pseudonym }, entry) => logAccess(createReceiptKey(randomBytes), clock.now, { pseudonym, ...entry }),
	],
	[
		"a receipt that names another log than the entry",
		"log-differs",
		(bench, entry) => {
			const { entry: logged, salt } = bench.access({ pseudonym: bench.pseudonym, ...entry });
			const { receiptKey, clock } = bench;
			const named = { receiptKey, entryHash: hashEntry(logged, salt), log: "klinik-nord/2", leafIndex: 3, now: clock.now as Instant, randomBytes };
			return { entry: logged, salt, leafIndex: 3, receipt: mintReceipt(named) };
		},
	],
	[
		"another member's entry",
		"member-differs",
		(bench, entry) => bench.access({ pseudonym: bench.pseudonym, ...entry, member: "labor-sued" as MemberId }),
	],
	["a refusal", "decision-not-permit", (bench, entry) => bench.access({ pseudonym: bench.pseudonym, ...entry, decision: "deny" })],
	[
		"compartments that are no list",
		"malformed",
		(bench, entry) => bench.access({ pseudonym: bench.pseudonym, ...entry, compartments: "laboratory" as never }),
	],
	["another patient's entry", "subject-differs", (bench, entry) => bench.access({ pseudonym: newPseudonym(), ...entry })],
	[
		"an entry altered after it was logged",
		"entry-differs",
		(bench, entry) => {
			const access = bench.access({ pseudonym: bench.pseudonym, ...entry });
			return { ...access, entry: { ...access.entry, purpose: "PATRQT" } };
		},
	],
	[
		"a receipt that has ended",
		"expired",
		(bench, entry) => logAccess(bench.receiptKey, bench.clock.now - 5_000, { pseudonym: bench.pseudonym, ...entry }),
	],
	[
		"a receipt of the future",
		"expiry-too-far",
		(bench, entry) => logAccess(bench.receiptKey, bench.clock.now + 1, { pseudonym: bench.pseudonym, ...entry }),
	],
	[
		"a nonce that is none",
		"malformed",
		(bench, entry) => {
			const access = bench.access({ pseudonym: bench.pseudonym, ...entry });
			return { ...access, receipt: { ...access.receipt, nonce: "x" } };
		},
	],
];

describe("[VA10] [VA11] whatever a receipt is asked to open, it opens for what was logged and for nothing else", () => {
	it.each(["unwrap", "unwrapAudit", "dateShiftDays"])("%s", async (name) => {
		const bench = await opened();
		const { ask, compartments } = bench.ways[name]!;
		for (const [what, reason, lie] of falsehoods) {
			const access = lie(bench, { compartments });
			await expect(ask(access), what).rejects.toThrow(refused(reason));
			// Refused or not, a nonce of the right form is burned.
			if (what !== "a nonce that is none") await expect(ask(access), what).rejects.toThrow(refused("nonce-burned"));
		}
		const good = bench.access({ pseudonym: bench.pseudonym, compartments });
		expect(await ask(good)).toBeDefined();
		await expect(ask(good)).rejects.toThrow(refused("nonce-burned"));
	});

	it.each(["unwrap", "unwrapAudit", "dateShiftDays"])("[VA15] %s: of a log that the ledger does not know, nothing", async (name) => {
		const bench = await opened(createPaperVerifier("paper ledger"));
		const paper = new PaperLedger(bench.clock);
		paper.setLog("klinik-nord/1", "open");
		await bench.keyring.showLogs(paper.showLogs());
		const { ask, compartments } = bench.ways[name]!;
		const of = (log: string) => ask(bench.access({ pseudonym: bench.pseudonym, compartments, log }));
		await expect(of("klinik-nord/2")).rejects.toThrow(refused("log-not-honoured"));
		expect(await of("klinik-nord/1")).toBeDefined();
	});

	it("[VA16] keys of records and of histories are not each other's, one among many spoils all, and no keys are no keys", async () => {
		const { keyring, access, pseudonym, record, history } = await opened();
		const read = (keys: readonly WrappedDataKey[]) => keyring.unwrap(access({ pseudonym, compartments: ["laboratory"] }), keys);
		const look = (keys: readonly WrappedDataKey[]) => keyring.unwrapAudit(access({ pseudonym, compartments: [] }), keys);
		await expect(read([record, history])).rejects.toThrow(refused("not-an-audit-access"));
		await expect(look([history, record])).rejects.toThrow(refused("not-an-audit-access"));
		await expect(keyring.unwrapAudit(access({ pseudonym }), [history])).rejects.toThrow(refused("not-an-audit-access"));
		expect([await read([]), await look([])]).toEqual([[], []]);
		expect([(await read([record, record])).length, (await look([history])).length]).toEqual([2, 1]);
	});
});

describe("[VA24] a place where no keyring is", () => {
	it("is told from a keyring of somebody else's", async () => {
		const bench = await createBench();
		await bench.keyring.close();
		await expect(reopen({ ...bench.parameters, custodian: "labor-sued" as MemberId })).rejects.toThrow(coded("VAULT_INTEGRITY"));
		await expect(reopen({ ...bench.parameters, path: `${bench.parameters.path}.none` })).rejects.toThrow(coded("VAULT_NOT_FOUND"));
		const empty = `${bench.parameters.path}.empty`;
		new DatabaseSync(empty).close();
		writeFileSync(empty, "");
		await expect(reopen({ ...bench.parameters, path: empty })).rejects.toThrow(coded("VAULT_NOT_FOUND"));
		expect(await (await reopen(bench.parameters)).verifyKeys()).toEqual({ live: 0, destroyed: 0 });
	});
});

describe("[VA69] Transit's answers", () => {
	it.each([
		...[400, 403, 404, 405, 471].map((status) => [status, "VAULT_KMS_REFUSED", 1] as const),
		...[412, 429, 472, 473, 500, 503].map((status) => [status, "VAULT_KMS_UNREACHABLE", 3] as const),
	])("%i is told as it is, and asked again only where it may pass", async (status, code, times) => {
		const { config, requests } = await startVaultTransitStandIn(() => ({ status, body: { errors: ["no"] } }));
		const root = createKeyRoot(config, { now: systemClock, randomBytes });
		await expect(root.createSealingKey({ custodian: "klinik-nord" as MemberId })).rejects.toThrow(
			expect.objectContaining({ code, details: expect.objectContaining({ at: status }) }),
		);
		expect(requests).toHaveLength(times);
	});
});

describe("[VA71] answers kept", () => {
	it("are not those that were on their way before a change that has ended", async () => {
		const cache = new AnswerCache();
		let arrive: (answer: string) => void = () => {};
		const before = cache.of("status", () => new Promise<string>((resolve) => (arrive = resolve)));
		await cache.changing(async () => {});
		arrive("live");
		expect(await before).toBe("live");
		expect(await cache.of("status", async () => "destroyed")).toBe("destroyed");
	});

	it("are 16,384 at most, and those kept longest make room, a sixteenth at a time", async () => {
		const cache = new AnswerCache();
		for (let i = 0; i < 16_384; i++) await cache.of(`${i}`, async () => "old");
		expect(await cache.of("0", async () => "new")).toBe("old");
		await cache.of("more", async () => "old");
		for (const kept of ["1025", "16383", "more"]) expect(await cache.of(kept, async () => "new")).toBe("old");
		for (const gone of ["0", "1024"]) expect(await cache.of(gone, async () => "new")).toBe("new");
	});
});
