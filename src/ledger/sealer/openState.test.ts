import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { codesOf, createTransaction, definition, genesis, put, sealerKey, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";
import { inspectLedger } from "./inspectLedger.ts";
import { statePath } from "./statePath.ts";

const rejection = (code: string) => expect.objectContaining({ code });

function codes(path: string): string[] {
	return fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings.map(({ code }) => code);
}

/** A ledger of some blocks, closed. */
async function fill(path: string, from = 0, to = 5): Promise<void> {
	const sealer = await openToySealer(path);
	for (let block = from; block < to; block++) await submit(sealer, put(`k${block}`, block), createTransaction("delete", { key: `k${block - 2}` }));
	await sealer.close();
}

describe("openState", () => {
	it.each([
		["is missing", (path: string) => rmSync(path)],
		["is no database", (path: string) => writeFileSync(path, "anything")],
		["is empty", (path: string) => writeFileSync(path, "")],
		["is of another version", (path: string) => exec(path, "PRAGMA user_version = 99")],
		["is of another genesis", (path: string) => exec(path, "UPDATE meta SET value = '00'")],
	])("[LG32] a state file that %s is made again from genesis and log, and nobody can tell", async (_, damage) => {
		const path = temporaryPath();
		await fill(path);
		damage(statePath(path));
		const heights: [number, number][] = [];
		const sealer = await openToySealer(path, { onCatchUp: (height, last) => heights.push([height, last]) });
		expect(heights).toEqual([[5, 5]]);
		expect(sealer.get("consent", "k4")).toMatchObject({ value: 4 });
		expect(sealer.get("consent", "k1")).toBeUndefined();
		expect(sealer.getAt("consent", "k1", 3)).toMatchObject({ value: 1 });
		expect(codesOf(await submit(sealer, put("on", 1)))).toEqual([""]);
		await sealer.close();
		expect(codes(path)).toEqual([]);
	});

	it("[LG32] an older state file is brought up to the log, block by block to the sealed roots", async () => {
		const [path, older] = [temporaryPath(), temporaryPath()];
		await fill(path);
		copyFileSync(statePath(path), older);
		await fill(path, 5, 9);
		copyFileSync(older, statePath(path));
		expect(codes(path)).toEqual([]);
		const inspection = inspectLedger(path);
		expect(inspection.stateHeight()).toBe(5);
		const [transaction] = inspection.transactionsOf(9);
		expect(inspection.findTransaction(transaction!.id)?.leafIndex).toBe(transaction!.leafIndex);
		inspection.close();
		const sealer = await openToySealer(path);
		expect(sealer.head().height).toBe(9);
		expect(sealer.get("consent", "k8")).toMatchObject({ value: 8 });
		expect(sealer.proveTransaction(transaction!.id).leafIndex).toBe(transaction!.leafIndex);
		await sealer.close();
		expect(codes(path)).toEqual([]);
	});

	it("[LG22] a log restored from yesterday under today's state file is refused", async () => {
		const [path, yesterday] = [temporaryPath(), temporaryPath()];
		await fill(path);
		copyFileSync(path, yesterday);
		await fill(path, 5, 9);
		copyFileSync(yesterday, path);
		await expect(openToySealer(path)).rejects.toEqual(rejection("LEDGER_ROLLED_BACK"));
		expect(codes(path)).toContain("FSCK_STATE_AHEAD");
	});

	it("[LG22] a log that was lost does not begin anew under its state file", async () => {
		const path = temporaryPath();
		await fill(path);
		rmSync(path);
		await expect(openToySealer(path)).rejects.toEqual(rejection("LEDGER_ROLLED_BACK"));
		expect(codes(path)).toContain("FSCK_STATE_AHEAD");
	});

	it("[LG23] a state file of another history with the same genesis is refused, and not taken for the log's", async () => {
		const [path, other] = [temporaryPath(), temporaryPath()];
		await fill(path);
		const sealer = await openToySealer(other);
		for (let i = 0; i < 3; i++) await submit(sealer, put("other", i));
		await sealer.close();
		copyFileSync(statePath(other), statePath(path));
		await expect(openToySealer(path)).rejects.toEqual(rejection("LEDGER_CORRUPT"));
		expect(codes(path)).toContain("FSCK_STATE_FOREIGN");
	});

	it.each([
		["another transaction", "UPDATE leaves SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"value\":4', '\"value\":5') AS BLOB)"],
		["another salt, which no state root tells", 'UPDATE leaves SET bytes = CAST(replace(CAST(bytes AS TEXT), \'"salt":"\', \'"salt":"0\') AS BLOB)'],
		["a missing leaf", "DELETE FROM leaves WHERE position = 2"],
	])("[LG32] a log with %s is not run again", async (_, sql) => {
		const path = temporaryPath();
		await fill(path);
		rmSync(statePath(path));
		exec(path, sql);
		await expect(openToySealer(path)).rejects.toEqual(rejection("LEDGER_CORRUPT"));
	});

	it("[LG33] a flusher that cannot keep up holds the sealing up, and nothing is lost", { timeout: 60_000 }, async () => {
		const path = temporaryPath();
		const sealer = await openToySealer(path, { flushChanges: 4, maxBlockTransactions: 3 });
		const lock = new DatabaseSync(statePath(path));
		await submit(sealer, put("first", 0));
		lock.exec("BEGIN IMMEDIATE");
		const answers = Array.from({ length: 30 }, (_, i) => submit(sealer, put(`k${i}`, i)));
		const settled = await Promise.race([Promise.all(answers), new Promise((resolve) => setTimeout(() => resolve("held up"), 1_000))]);
		expect(settled).toBe("held up");
		lock.exec("COMMIT");
		lock.close();
		expect((await Promise.all(answers)).flatMap(codesOf)).toEqual(new Array(30).fill(""));
		await sealer.close();
		expect(codes(path)).toEqual([]);
	});

	it("[LG21] a genesis that differs is told by the log before the state file is touched", async () => {
		const path = temporaryPath();
		await fill(path);
		await expect(openToySealer(path, { genesis: { ...genesis, members: [] } })).rejects.toEqual(rejection("LEDGER_GENESIS_DIFFERS"));
		expect(codes(path)).toEqual([]);
	});
});

function exec(path: string, sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}
