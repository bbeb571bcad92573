import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { type Digest, encodeHex } from "#base";
import { createRulebook } from "#contracts";
import type { LedgerError } from "../errors.ts";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { replayLedger } from "../replayLedger.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { chain, codesOf, createTransaction, definition, genesis, put, sealerKey, submit, toyKey, toyRules } from "../testing/toyLedger.ts";
import { type FsckProgress, type FsckReport, fsckLedger } from "./fsckLedger.ts";
import { exportLeaves, inspectLedger } from "./inspectLedger.ts";
import { statePath } from "./statePath.ts";

function fsck(path: string): FsckReport {
	return fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey });
}

function rejection(code: string): unknown {
	return expect.objectContaining({ code });
}

/** A closed ledger of a few hundred leaves over several blocks, keys written, overwritten and deleted. */
async function fill(path: string): Promise<void> {
	const sealer = await openToySealer(path, { maxBlockTransactions: 50 });
	for (let block = 0; block < 6; block++) {
		const puts = Array.from({ length: 60 }, (_, i) => put(`k${(block * 37 + i) % 150}`, i));
		await submit(sealer, ...puts, createTransaction("delete", { key: `k${block}` }));
	}
	await sealer.close();
}

const stateTables = /\b(state|pages|transactions|applied|page_undo|value_undo)\b/;

/** Whichever of the two files has the table. */
function tamper(path: string, sql: string): void {
	const db = new DatabaseSync(stateTables.test(/(?:UPDATE|INTO|FROM) (\w+)/.exec(sql)![1]!) ? statePath(path) : path);
	const before = db.prepare("SELECT total_changes() AS n").get()!.n as number;
	db.exec(sql);
	expect(db.prepare("SELECT total_changes() AS n").get()!.n).toBeGreaterThan(before);
	db.close();
}

describe("openSealer", () => {
	it("[LG19] finds everything as it was", async () => {
		const path = temporaryPath();
		const first = await openToySealer(path);
		const transaction = put("a", 1);
		const [result] = await submit(first, transaction);
		const head = first.head();
		await first.close();
		const second = await openToySealer(path);
		expect(second.head()).toEqual(head);
		expect(second.get("consent", "a")).toMatchObject({ value: 1 });
		expect(second.proveTransaction(result!.id).leafIndex).toBe(1);
		expect(codesOf(await submit(second, transaction, put("b", 2)))).toEqual(["LEDGER_REPLAYED", ""]);
		expect(second.head().height).toBe(head.height + 1);
		expect(fsck(path).findings).toEqual([]);
	});

	it("[LG20] a second opener is refused while the first lives", async () => {
		const path = temporaryPath();
		const first = await openToySealer(path);
		await expect(openToySealer(path)).rejects.toEqual(rejection("LEDGER_LOCKED"));
		await first.close();
		const second = await openToySealer(path);
		expect(second.head().height).toBe(0);
	});

	it("[LG21] another genesis, key or rules version is refused", async () => {
		const path = temporaryPath();
		await (await openToySealer(path)).close();
		const differs = rejection("LEDGER_GENESIS_DIFFERS");
		await expect(openToySealer(path, { genesis: { ...genesis, chain: "other" } })).rejects.toEqual(differs);
		await expect(openToySealer(path, { genesis: { ...genesis, members: [] } })).rejects.toEqual(differs);
		await expect(openToySealer(path, { sealerKey: toyKey("mallory") })).rejects.toEqual(differs);
		await expect(openToySealer(path, { rules: createRulebook([{ ...toyRules, version: 2 }]) })).rejects.toEqual(differs);
	});

	it("[LG22] a file older than a checkpoint that was seen is refused, and one with another past", async () => {
		const [path, backup] = [temporaryPath(), temporaryPath()];
		await fill(path);
		copyFileSync(path, backup);
		const sealer = await openToySealer(path);
		await submit(sealer, put("later", 1));
		const { size, root } = verifyCheckpoint(sealer.checkpoint(), { origin: chain, sealerKey: sealerKey.publicKey });
		const seen = { size, root: encodeHex(root) as never };
		await sealer.close();
		await expect(openToySealer(backup, { seen })).rejects.toEqual(rejection("LEDGER_ROLLED_BACK"));
		await expect(openToySealer(path, { seen: { ...seen, size: size - 1 } })).rejects.toEqual(rejection("LEDGER_CORRUPT"));
		await (await openToySealer(path, { seen })).close();
	});

	it.each([
		["a head set back", "UPDATE head SET height = height - 1"],
		["a head and block taken away", "DELETE FROM blocks WHERE height = (SELECT height FROM head); UPDATE head SET height = height - 1"],
		["no head", "DELETE FROM head"],
		["a head whose row lies under another key", "PRAGMA ignore_check_constraints=1; UPDATE head SET one = 5"],
		["a leaf too many", "INSERT INTO leaves SELECT max(position) + 1, x'00' FROM leaves"],
		["a last leaf taken away", "DELETE FROM leaves WHERE position = (SELECT log_size - 1 FROM head)"],
		["another block leaf", "UPDATE leaves SET bytes = x'7b7d' WHERE position = (SELECT log_size - 1 FROM head)"],
		["another state root", "UPDATE blocks SET state_root = zeroblob(32) WHERE height = (SELECT height FROM head)"],
		["a changed top page", "UPDATE pages SET page = x'00000000' WHERE name = (SELECT min(name) FROM pages)"],
		["a state file that names another root", "UPDATE applied SET state_root = zeroblob(32)"],
		["a changed tile", "UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0"],
		["an unsigned checkpoint", "UPDATE head SET checkpoint = replace(checkpoint, 'toy', 'joy')"],
		["a forgotten id", "DELETE FROM transactions WHERE position = (SELECT max(position) FROM transactions)"],
	])("[LG23] a start on %s is refused and seals nothing", async (_, sql) => {
		const path = temporaryPath();
		await fill(path);
		tamper(path, sql);
		const refusal = await openToySealer(path).then(
			() => undefined,
			(error: LedgerError) => error,
		);
		expect(refusal).toMatchObject({ code: "LEDGER_CORRUPT", kind: "stop" });
		// One auditor: what the start stumbled over is in its list, under the same code and place.
		const { finding, where } = refusal!.details;
		expect(fsck(path).findings).toContainEqual({ code: finding, where });
	});
});

describe("fsckLedger", () => {
	it("[LG24] finds nothing in a sound file, before and after a restart, and while a sealer runs", async () => {
		const path = temporaryPath();
		await fill(path);
		const report = fsck(path);
		expect(report).toMatchObject({ findings: [], leaves: 379, blocks: 13 });
		const sealer = await openToySealer(path);
		await submit(sealer, put("x", 1));
		expect(fsck(path)).toMatchObject({ findings: [], leaves: 381 });
	});

	it.each([
		[
			"a changed transaction",
			"UPDATE leaves SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"value\":7', '\"value\":8') AS BLOB)",
			"REPLAY_SIGNATURE_INVALID",
		],
		["an unreadable leaf", "UPDATE leaves SET bytes = x'00' WHERE position = 5", "REPLAY_LEAF_UNREADABLE"],
		["a missing leaf", "DELETE FROM leaves WHERE position = 5", "FSCK_LEAF_MISSING"],
		["a changed state row", "UPDATE state SET value = replace(value, 'height', 'weight') WHERE key = 'k9'", "FSCK_STATE_ROW_DIFFERS"],
		["a state row too many", "INSERT INTO state VALUES ('consent', 'zz', '1')", "FSCK_STATE_ROW_DIFFERS"],
		["a missing state row", "DELETE FROM state WHERE key = 'k9'", "FSCK_STATE_ROW_DIFFERS"],
		["a changed page", "UPDATE pages SET page = x'00000000' WHERE name = (SELECT max(name) FROM pages)", "FSCK_PAGE_DIFFERS"],
		["a page too many", "INSERT INTO pages VALUES (4502500115742723, x'00000000', 0)", "FSCK_PAGE_DIFFERS"],
		["a changed tile", "UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 1", "FSCK_TILE_DIFFERS"],
		["a missing tile", "DELETE FROM tiles WHERE level = 0 AND position = 0", "FSCK_TILE_DIFFERS"],
		["a changed block row", "UPDATE blocks SET time = time + 1 WHERE height = 2", "FSCK_BLOCK_DIFFERS"],
		[
			"a block row too many",
			"INSERT INTO blocks SELECT 99, time, 1, log_size, log_root, state_root, rules_version FROM blocks WHERE height = 1",
			"FSCK_BLOCK_DIFFERS",
		],
		["an index entry moved", "UPDATE transactions SET position = position + 1 WHERE position = 7", "FSCK_INDEX_DIFFERS"],
		["an index entry too many", "INSERT INTO transactions VALUES (zeroblob(32), 1)", "FSCK_INDEX_DIFFERS"],
		["what a page held before, changed", "UPDATE page_undo SET pages = x'00000100' WHERE part = 9 * 512 + 1", "FSCK_UNDO_DIFFERS"],
		[
			"what a page held before, missing",
			"DELETE FROM page_undo WHERE part = (SELECT max(part) FROM page_undo WHERE part < 10 * 512)",
			"FSCK_UNDO_DIFFERS",
		],
		["what a value was before, changed", "UPDATE value_undo SET value = '1' WHERE height = 9 AND value IS NOT NULL", "FSCK_UNDO_DIFFERS"],
		[
			"what a value was before, missing",
			"DELETE FROM value_undo WHERE (height, key) = (SELECT height, key FROM value_undo LIMIT 1)",
			"FSCK_UNDO_DIFFERS",
		],
		["something to undo of a height that is not there", "INSERT INTO page_undo VALUES (99 * 512 + 1, x'00000100')", "FSCK_UNDO_DIFFERS"],
		["a state file of a height that is not there", "UPDATE applied SET height = 99", "FSCK_STATE_AHEAD"],
		[
			"a state file whose height lies under another key",
			"PRAGMA ignore_check_constraints=1; UPDATE applied SET one = 5",
			"FSCK_STATE_FILE_UNREADABLE",
		],
		["another genesis", "UPDATE meta SET value = '00' WHERE name = 'genesis'", "FSCK_GENESIS_DIFFERS"],
		["a checkpoint of another size", "UPDATE head SET checkpoint = replace(checkpoint, '379', '381')", "FSCK_CHECKPOINT_DIFFERS"],
		["a head set back", "UPDATE head SET height = height - 1", "FSCK_HEAD_DIFFERS"],
	])("[LG24] finds %s", async (_, sql, code) => {
		const path = temporaryPath();
		await fill(path);
		tamper(path, sql);
		expect(fsck(path).findings.map((finding) => finding.code)).toContain(code);
	});

	it("[LG22] [LG24] holds a log against what was seen of it outside, as a start does", async () => {
		const path = temporaryPath();
		await fill(path);
		const inspection = inspectLedger(path);
		const [older, newest] = [...inspection.blocks()].slice(-2);
		inspection.close();
		const audit = (size: number, root: Digest) =>
			fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey, seen: [{ size, root }] }).findings;
		expect(audit(older!.logSize, older!.logRoot)).toEqual([]);
		expect(audit(newest!.logSize, newest!.logRoot)).toEqual([]);
		expect(audit(older!.logSize, newest!.logRoot)).toEqual([{ code: "FSCK_PAST_DIFFERS", where: `seen ${older!.logSize}` }]);
		expect(audit(newest!.logSize + 1, newest!.logRoot)).toEqual([{ code: "FSCK_ROLLED_BACK", where: `seen ${newest!.logSize + 1}` }]);
	});

	it("[LG24] tells how far it is, to the end of each step", async () => {
		const path = temporaryPath();
		await fill(path);
		const told: FsckProgress[] = [];
		const { leaves, stateRows } = fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey, onProgress: (progress) => told.push(progress) });
		const last = (step: string) => told.filter((progress) => progress.step === step).at(-1);
		expect(last("files")).toEqual({ step: "files", done: 2, total: 2 });
		expect(last("leaves")).toEqual({ step: "leaves", done: leaves, total: leaves });
		expect(told).toContainEqual({ step: "state", done: stateRows, total: stateRows });
		expect(last("state")).toMatchObject({ done: last("state")!.total });
	});

	it("[LG24] a sealer that seals what the rules refuse is found, though every hash and signature holds", async () => {
		const path = temporaryPath();
		const lax = {
			...toyRules.contracts.consent,
			actions: { ...toyRules.contracts.consent.actions, refuse: toyRules.contracts.consent.actions.delete! },
		};
		const sealer = await openToySealer(path, { rules: createRulebook([{ ...toyRules, contracts: { ...toyRules.contracts, consent: lax } }]) });
		await submit(sealer, put("a", 1), createTransaction("refuse", { key: "a" }));
		await sealer.close();
		const codes = fsck(path).findings.map(({ code }) => code);
		expect(codes).toContain("REPLAY_REFUSED");
		expect(codes).toContain("REPLAY_STATE_ROOT_DIFFERS");
	});

	it("[LG24] says so when there is no ledger to read", () => {
		expect(fsck(temporaryPath()).findings).toEqual([{ code: "FSCK_FILE_UNREADABLE", where: "file" }]);
	});
});

describe("inspectLedger", () => {
	it("[LG25] shows blocks and transactions, and hands out leaves that replay to the same state root", async () => {
		const path = temporaryPath();
		await fill(path);
		const inspection = inspectLedger(path);
		const blocks = [...inspection.blocks()];
		expect(blocks.map(({ height }) => height)).toEqual([...blocks.keys()]);
		const transactions = blocks.flatMap(({ height }) => inspection.transactionsOf(height));
		expect(transactions).toHaveLength(366);
		expect(inspection.findTransaction(transactions[9]!.id)?.leafIndex).toBe(transactions[9]!.leafIndex);
		const run = replayLedger(inspection.leaves(), definition);
		let step = run.next();
		for (let height = 0; step.done !== true; height++, step = run.next()) expect(step.value.leaf.height).toBe(height);
		expect(step.value.findings).toEqual([]);
		expect(step.value.stateRoot).toBe(blocks.at(-1)!.stateRoot);
		expect([...inspection.state("consent")]).toHaveLength([...step.value.state.values()].filter(({ contract }) => contract === "consent").length);
		expect([...exportLeaves(inspection)].every((line) => line.startsWith("{") && line.endsWith("}\n"))).toBe(true);
		expect(() => inspection.transactionsOf(99)).toThrow(rejection("LEDGER_TRANSACTION_UNKNOWN") as Error);
		inspection.close();
		expect(() => inspectLedger(`${path}.none`)).toThrow(rejection("LEDGER_CORRUPT") as Error);
	});
});
