import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createSigningKey, type Digest, decodeHex, encodeHex, type MemberId, type SubjectId } from "#base";
import { openNote, parseCheckpoint, verifyConsistency } from "#log";
import { hashEntry } from "#vault";
import { parseMapLine } from "#wallet";
import { type AnchorProposal, createAccessLog, openAccessLog } from "./accessLog.ts";
import { finishLog, judgeLogFile } from "./finishLog.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { openLogDatabase } from "./logDatabase.ts";
import type { LogBatch } from "./logRows.ts";
import { createLogStore, openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, keyOf, patientOf, testWriterKey, withCommit } from "./testing.ts";

async function openBench() {
	const bench = await createTestBench();
	const log = await openAccessLog({ path: bench.path, ...bench.parameters });
	return { bench, log, anna: await bench.enrol("anna"), bela: await bench.enrol("bela") };
}

describe("append", () => {
	it("[AL1] completes the draft: log, number and previous hash per pseudonym", async () => {
		const { log, anna, bela } = await openBench();
		const first = await log.append(draftOf(anna.pseudonym), anna);
		const other = await log.append(draftOf(bela.pseudonym), bela);
		const second = await log.append(draftOf(anna.pseudonym), anna);
		expect([first, other, second].map(({ entry, leafIndex }) => [entry.log, entry.seq, leafIndex])).toEqual([
			["clinic-a.1", 0, 0],
			["clinic-a.1", 0, 1],
			["clinic-a.1", 1, 2],
		]);
		expect(first.entry.previous).toBe("0".repeat(64));
		expect(second.entry.previous).toBe(hashEntry(first.entry, first.salt));
	});

	it("[AL2] the tree's leaf is the salted hash that the receipt names, and the keyring computes the same", async () => {
		const { log, anna } = await openBench();
		const { entry, salt, receipt } = await log.append(draftOf(anna.pseudonym), anna);
		expect(receipt.entryHash).toBe(hashEntry(entry, salt));
		expect(log.root()).toBe(receipt.entryHash);
	});

	it("[AL2] two equal drafts have unlike leaves, since each has its own salt", async () => {
		const { log, anna } = await openBench();
		const [a, b] = await Promise.all([log.append(draftOf(anna.pseudonym), anna), log.append(draftOf(anna.pseudonym), anna)]);
		expect(a.salt).not.toBe(b.salt);
		expect(a.receipt.entryHash).not.toBe(b.receipt.entryHash);
	});

	it("[AL3] the receipt opens the compartments that its entry names at the real keyring, once", async () => {
		const { bench, log, anna } = await openBench();
		const { wrapped, dataKey } = await bench.keyring.sealFor(anna.subject, ["laboratory"]);
		const access = await log.append(draftOf(anna.pseudonym), anna);
		expect((await bench.keyring.unwrap(access, [wrapped])).map(encodeHex)).toEqual([encodeHex(dataKey)]);
		await expect(bench.keyring.unwrap(access, [wrapped])).rejects.toMatchObject({ details: { reason: "nonce-burned" } });
	});

	it("[AL4] a refusal is logged like a permit, and the keyring opens nothing on its receipt", async () => {
		const { bench, log, anna } = await openBench();
		const { wrapped } = await bench.keyring.sealFor(anna.subject, ["laboratory"]);
		const access = await log.append(draftOf(anna.pseudonym, { decision: "deny", reasons: ["REFUSED_BY_CONSENT"] }), anna);
		expect(log.size()).toBe(1);
		await expect(bench.keyring.unwrap(access, [wrapped])).rejects.toMatchObject({ details: { reason: "decision-not-permit" } });
	});

	it("[AL5] appends that arrive together share a commit and keep each patient's order", async () => {
		const bench = await createTestBench();
		const store = openLogStore(bench.path);
		const commits: number[] = [];
		const counting = withCommit(store, (batch) => {
			commits.push(batch.entries.length);
			store.commit(batch);
		});
		const log = createAccessLog(counting, bench.parameters);
		const patients = await Promise.all(["a", "b", "c"].map((name) => bench.enrol(name)));
		const warm = await Promise.all(patients.map((patient) => log.append(draftOf(patient.pseudonym), patient)));
		const logged = await Promise.all(
			Array.from({ length: 60 }, (_, i) => log.append(draftOf(patients[i % 3]!.pseudonym, { count: i }), patients[i % 3]!)),
		);
		// In halves, since on this thread nothing is ever on its way when the next group is taken.
		expect(commits.slice(1)).toEqual([30, 15, 15]);
		for (const [p, patient] of patients.entries()) {
			const own = logged.filter(({ entry }) => entry.pseudonym === patient.pseudonym);
			expect(own.map(({ entry }) => entry.seq)).toEqual(own.map((_, i) => i + 1));
			let previous = hashEntry(warm[p]!.entry, warm[p]!.salt);
			for (const { entry, salt } of own) {
				expect(entry.previous).toBe(previous);
				previous = hashEntry(entry, salt);
			}
		}
	});

	it("[AL8] a draft outside the protocol's JSON is refused alone; its neighbours in the group are written", async () => {
		const { log, anna } = await openBench();
		const results = await Promise.allSettled([
			log.append(draftOf(anna.pseudonym), anna),
			log.append(draftOf(anna.pseudonym, { count: 0.5 }), anna),
			log.append(draftOf(anna.pseudonym, { emergencyReason: "x".repeat(40_000) }), anna),
			log.append(draftOf(anna.pseudonym), anna),
		]);
		expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
		expect(results[1]).toMatchObject({ reason: { code: "ACCESS_LOG_ENTRY_INVALID", kind: "mistake" } });
		expect(results[3]).toMatchObject({ value: { leafIndex: 1, entry: { seq: 1 } } });
	});

	it("[AL8] another member's entry is refused", async () => {
		const { log, anna } = await openBench();
		const draft = draftOf(anna.pseudonym, { member: "clinic-b" as typeof log.member });
		await expect(log.append(draft, anna)).rejects.toMatchObject({ code: "ACCESS_LOG_ENTRY_INVALID" });
	});

	it("[AL8] a pseudonym's chain stays under one subject: an entry sealed for someone else would hide it from its patient", async () => {
		const { log, anna, bela } = await openBench();
		await log.append(draftOf(anna.pseudonym), anna);
		await expect(log.append(draftOf(anna.pseudonym), bela)).rejects.toMatchObject({ code: "ACCESS_LOG_ENTRY_INVALID" });
		expect(log.size()).toBe(1);
	});

	it("[AL10] one data key seals at most 256 entries", async () => {
		const { bench, log, anna } = await openBench();
		let handles = 0;
		const keyring = {
			...bench.parameters.keyring,
			sealAudit: (subject: SubjectId) => {
				handles++;
				return bench.keyring.sealAudit(subject);
			},
			lookupToken: async () => "ab".repeat(32),
		};
		await log.close();
		const counted = createAccessLog(openLogStore(bench.path), { ...bench.parameters, keyring });
		await Promise.all(Array.from({ length: 600 }, () => counted.append(draftOf(anna.pseudonym), anna)));
		expect(handles).toBe(3);
		bench.clock.now += 11 * 60_000;
		await counted.append(draftOf(anna.pseudonym), anna);
		expect(handles).toBe(4);
	});

	it("[AL10] a keyring that refuses a handle refuses the append; the next one asks again", async () => {
		const { bench, anna } = await openBench();
		const stranger = patientOf("a stranger");
		const log = await openAccessLog({ ...bench.parameters, path: `${bench.path}2` });
		await expect(log.append(draftOf(stranger.pseudonym), stranger)).rejects.toMatchObject({ code: "VAULT_SUBJECT_UNKNOWN" });
		await bench.enrol("a stranger");
		expect((await log.append(draftOf(stranger.pseudonym), stranger)).leafIndex).toBe(0);
		expect((await log.append(draftOf(anna.pseudonym), anna)).leafIndex).toBe(1);
	});
});

describe("what stands on the disk", () => {
	it("[AL9] neither pseudonym nor requester nor anything of an entry is in the file in clear", async () => {
		const { bench, log, anna } = await openBench();
		const logged = await log.append(draftOf(anna.pseudonym, { emergencyReason: "found unconscious", model: "prevent-2024" }), anna);
		await log.close();
		const db = new DatabaseSync(bench.path);
		const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
		const cells = tables.flatMap(({ name }) => db.prepare(`SELECT * FROM ${name}`).all()).flatMap((row) => Object.values(row));
		const dump = cells
			.map((cell) => (cell instanceof Uint8Array ? `${encodeHex(cell)} ${Buffer.from(cell).toString("latin1")}` : String(cell)))
			.join("\n");
		expect(dump).toContain(logged.receipt.entryHash);
		for (const secret of [anna.pseudonym, keyOf("a clinician").publicKey, logged.salt, "found unconscious", "laboratory", "prevent-2024"]) {
			expect(dump).not.toContain(secret);
			expect(dump).not.toContain(Buffer.from(secret).toString("hex"));
		}
	});

	it("[AL11] a second process, or a second opening, is refused", async () => {
		const { bench, log } = await openBench();
		await expect(openAccessLog({ path: bench.path, ...bench.parameters })).rejects.toMatchObject({ code: "ACCESS_LOG_LOCKED", kind: "again" });
		await log.close();
		const again = await openAccessLog({ path: bench.path, ...bench.parameters });
		expect(again.size()).toBe(0);
	});

	it("[AL11] the file of another log, or of another writer key, is refused", async () => {
		const { bench, log } = await openBench();
		await log.close();
		await expect(openAccessLog({ path: bench.path, ...bench.parameters, log: "clinic-a.2" })).rejects.toMatchObject({ code: "ACCESS_LOG_FOREIGN" });
		const writerKey = createSigningKey(new Uint8Array(32).fill(7));
		await expect(openAccessLog({ path: bench.path, ...bench.parameters, writerKey })).rejects.toMatchObject({ code: "ACCESS_LOG_FOREIGN" });
	});

	it.each(["access-log/1", "access-log/2"])(
		"[LO25] a log of format %s is refused and left as it is, and never taken for one that lost its entries",
		async (format) => {
			const { bench, log, anna } = await openBench();
			await log.append(draftOf(anna.pseudonym), anna);
			await log.close();
			const older = new DatabaseSync(bench.path);
			older.exec(`DROP TABLE groups; UPDATE meta SET value = replace(value, 'access-log/3', '${format}') WHERE key = 'identity';`);
			older.close();
			await expect(openAccessLog({ path: bench.path, ...bench.parameters })).rejects.toMatchObject({ code: "ACCESS_LOG_FOREIGN" });
			const anchored = { size: 1, root: "0".repeat(64) as Digest };
			const judge = () => judgeLogFile(bench.path, { ...bench.parameters, writer: bench.parameters.writerKey.publicKey, anchored });
			expect(judge).toThrow(expect.objectContaining({ code: "ACCESS_LOG_FOREIGN" }));
			const after = new DatabaseSync(bench.path);
			expect(after.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'groups'").get()).toEqual({ n: 0 });
			after.close();
		},
	);

	it("[AL18] a file of this log by another writer's key is told from another log's, another member's, and this log's own", async () => {
		const { bench, log, anna } = await openBench();
		await log.append(draftOf(anna.pseudonym), anna);
		await log.close();
		const own = { ...bench.parameters, writer: bench.parameters.writerKey.publicKey, anchored: undefined };
		const judge = (other: object) => judgeLogFile(bench.path, { ...own, ...other });
		expect(judge({})).toMatchObject({ standing: "intact", entries: 1 });
		expect(judge({ writer: keyOf("another writer").publicKey })).toMatchObject({ standing: "another-writer", entries: 1 });
		for (const other of [{ log: "clinic-a.2" }, { member: "lab-b" as MemberId }])
			expect(() => judge({ writer: keyOf("another writer").publicKey, ...other })).toThrow(expect.objectContaining({ code: "ACCESS_LOG_FOREIGN" }));
	});

	it("[AL18] a log is finished by its writer's key with all that is in it, and without it as it was last signed; twice changes nothing", async () => {
		const { bench, log, anna } = await openBench();
		await log.append(draftOf(anna.pseudonym), anna);
		log.anchorBody(0);
		await log.append(draftOf(anna.pseudonym), anna);
		await log.close();
		const file = { path: bench.path, log: "clinic-a.1", anchors: [] };
		expect([finishLog(file), finishLog(file)]).toEqual([1, 1]);
		expect([finishLog({ ...file, writerKey: testWriterKey }), finishLog(file)]).toEqual([2, 2]);
		expect(fsckAccessLog(bench.path).findings).toEqual([]);
		expect(finishLog({ ...file, path: `${bench.path}-none` })).toBe(0);
	});

	it("[AL12] everything goes on after a restart where it stood", async () => {
		const { bench, log, anna } = await openBench();
		const before = await Promise.all(Array.from({ length: 37 }, () => log.append(draftOf(anna.pseudonym), anna)));
		const root = log.root();
		await log.close();
		const again = await openAccessLog({ path: bench.path, ...bench.parameters });
		expect([again.size(), again.root()]).toEqual([37, root]);
		const next = await again.append(draftOf(anna.pseudonym), anna);
		expect([next.leafIndex, next.entry.seq, next.entry.previous]).toEqual([37, 37, before.at(-1)!.receipt.entryHash]);
	});

	it("[AL12] a log that is behind its anchor refuses to open: a restored copy must not sign a second history", async () => {
		const { bench, log, anna } = await openBench();
		await log.append(draftOf(anna.pseudonym), anna);
		const root = log.root();
		await log.close();
		const open = (size: number, anchorRoot: typeof root) =>
			openAccessLog({ path: bench.path, ...bench.parameters, anchored: { size, root: anchorRoot } });
		await expect(open(2, root)).rejects.toMatchObject({ code: "ACCESS_LOG_BEHIND", kind: "stop", details: { at: 1, anchored: 2 } });
		await expect(open(1, "f".repeat(64) as typeof root)).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
		expect((await open(1, root)).size()).toBe(1);
	});
});

describe("checkpoint and anchor", () => {
	it("[AL13] the checkpoint is a note signed by the writer over size, root and head map", async () => {
		const { log, anna } = await openBench();
		await log.append(draftOf(anna.pseudonym), anna);
		const { text } = openNote(log.checkpoint(), [{ name: "clinic-a.1", key: testWriterKey.publicKey, type: "ed25519" }]);
		const checkpoint = parseCheckpoint(text);
		expect([checkpoint.origin, checkpoint.size, encodeHex(checkpoint.root)]).toEqual(["clinic-a.1", 1, log.root()]);
		expect(parseMapLine(checkpoint.extensions)).toBe(log.anchorBody(0).mapRoot);
	});

	it("[AL14] an anchor's body proves that the log only grew, and its map root does not depend on when it was computed", async () => {
		const { log, anna, bela } = await openBench();
		const grow = (n: number) =>
			Promise.all(
				Array.from({ length: n }, (_, i) => (i % 3 === 0 ? log.append(draftOf(bela.pseudonym), bela) : log.append(draftOf(anna.pseudonym), anna))),
			);
		await grow(5);
		const first = log.anchorBody(0);
		await grow(9);
		const second = log.anchorBody(5);
		const lazily = [second.mapRoot];
		const recorded = (index: number, { size, root, mapRoot }: AnchorProposal) =>
			log.markAnchored({ size, root, mapRoot, anchors: index + 1, anchorsRoot: root, anchoredAtMs: 7 });
		recorded(0, first);
		lazily.push(log.anchorBody(5).mapRoot);
		expect(() => recorded(2, second)).toThrow(expect.objectContaining({ code: "ACCESS_LOG_INTEGRITY" }));
		expect(() => recorded(1, { ...second, mapRoot: first.mapRoot })).toThrow(expect.objectContaining({ code: "ACCESS_LOG_INTEGRITY" }));
		expect(() => recorded(1, { ...second, size: 15 })).toThrow(expect.objectContaining({ code: "ACCESS_LOG_UNKNOWN" }));
		recorded(1, second);
		recorded(1, second);
		lazily.push(log.anchorBody(14).mapRoot);
		expect(new Set(lazily).size).toBe(1);
		expect(first.mapRoot).not.toBe(second.mapRoot);
		verifyConsistency({
			from: 5,
			to: 14,
			fromRoot: decodeHex(first.root),
			toRoot: decodeHex(second.root),
			proof: second.consistency.map((hash) => decodeHex(hash)),
		});
		expect(log.anchorBody(14).consistency).toEqual([]);
	});
});

const failures: readonly { name: string; errcode: number; stored: boolean; code: string; goesOn: boolean }[] = [
	{ name: "the disk is full, nothing stored", errcode: 13, stored: false, code: "ACCESS_LOG_WRITE_FAILED", goesOn: true },
	{ name: "the file is busy, nothing stored", errcode: 5, stored: false, code: "ACCESS_LOG_WRITE_FAILED", goesOn: true },
	{ name: "the disk is full, but it was stored", errcode: 13, stored: true, code: "ACCESS_LOG_INTEGRITY", goesOn: false },
	{ name: "the sync failed, nothing stored", errcode: 1034, stored: false, code: "ACCESS_LOG_INTEGRITY", goesOn: false },
	{ name: "the sync failed, but it was stored", errcode: 1034, stored: true, code: "ACCESS_LOG_INTEGRITY", goesOn: false },
];

describe("[AL7] a write that fails", () => {
	it.each(failures)("$name", async ({ errcode, stored, code, goesOn }) => {
		const bench = await createTestBench();
		const store = openLogStore(bench.path);
		let failing = false;
		const commit = (batch: LogBatch) => {
			if (!failing || stored) store.commit(batch);
			if (failing) throw Object.assign(new Error("disk"), { errcode });
		};
		let minted = 0;
		const randomBytes = (size: number) => {
			// Receipts' nonces are the only randomness in whole sixteens: one entry's salt and nonce are 44 bytes, two entries' 88.
			if (size % 16 === 0) minted += size / 16;
			return bench.parameters.randomBytes(size);
		};
		const log = createAccessLog(withCommit(store, commit), { ...bench.parameters, randomBytes });
		const anna = await bench.enrol("anna");
		await log.append(draftOf(anna.pseudonym), anna);
		failing = true;
		const [a, b] = await Promise.allSettled([log.append(draftOf(anna.pseudonym), anna), log.append(draftOf(anna.pseudonym), anna)]);
		failing = false;
		expect([a, b]).toMatchObject([{ reason: { code } }, { reason: { code } }]);
		expect(minted, "a receipt for an entry that nobody promised").toBe(1);
		if (goesOn) expect((await log.append(draftOf(anna.pseudonym), anna)).entry.seq).toBe(1);
		else await expect(log.append(draftOf(anna.pseudonym), anna)).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY", kind: "stop" });
		await log.close();
		const again = await openAccessLog({ path: bench.path, ...bench.parameters });
		expect(again.size()).toBe(goesOn ? 2 : stored ? 3 : 1);
		expect((await again.append(draftOf(anna.pseudonym), anna)).leafIndex).toBe(again.size() - 1);
		await again.close();
		expect(fsckAccessLog(bench.path).findings).toEqual([]);
	});

	it("[AL7] a disk that is really full rejects, keeps what was acknowledged and goes on when there is room", async () => {
		const bench = await createTestBench();
		const db = openLogDatabase(bench.path);
		const log = createAccessLog(createLogStore(db), bench.parameters);
		const anna = await bench.enrol("anna");
		await log.append(draftOf(anna.pseudonym), anna);
		db.exec("PRAGMA max_page_count = 1");
		const big = draftOf(anna.pseudonym, { emergencyReason: "x".repeat(9_000) });
		await expect(log.append(big, anna)).rejects.toMatchObject({ code: "ACCESS_LOG_WRITE_FAILED" });
		db.exec("PRAGMA max_page_count = 1000000");
		expect((await log.append(big, anna)).leafIndex).toBe(1);
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 2, findings: [] });
	});
});
