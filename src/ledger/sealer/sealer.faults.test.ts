import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { codesOf, createTransaction, definition, put, sealerKey, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";

function run(path: string, sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

/** Each write of a block, made to fail by the database itself. */
const writes = [
	"INSERT ON state",
	"INSERT ON pages",
	"INSERT ON transactions",
	"INSERT ON leaves",
	"UPDATE ON tiles",
	"INSERT ON blocks",
	"UPDATE ON head",
];

describe("a write that fails", () => {
	it.each(writes)("[LG13] %s: the ledger halts, nothing of the block stands, and a restart goes on from the block before", async (write) => {
		const path = temporaryPath();
		const sealer = await openToySealer(path);
		await submit(sealer, ...Array.from({ length: 40 }, (_, i) => put(`k${i}`, i)));
		const before = sealer.head();
		run(path, `CREATE TRIGGER fault BEFORE ${write} BEGIN SELECT RAISE(ABORT, 'fault'); END`);
		const batch = [...Array.from({ length: 40 }, (_, i) => put(`n${i}`, i)), put("k1", 100), createTransaction("delete", { key: "k2" })];
		await expect(submit(sealer, ...batch)).rejects.toEqual(expect.objectContaining({ code: "LEDGER_HALTED", kind: "stop" }));
		expect(sealer.head()).toEqual(before);
		expect(sealer.get("consent", "k1")).toMatchObject({ value: 1 });
		expect(sealer.get("consent", "n1")).toBeUndefined();
		await sealer.close();
		expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
		run(path, "DROP TRIGGER fault");
		const again = await openToySealer(path);
		expect(again.head()).toEqual(before);
		expect(new Set(codesOf(await submit(again, ...batch)))).toEqual(new Set([""]));
		expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
	});

	it("[LG13] a second writer that got past the lock is noticed before anything is published", async () => {
		const path = temporaryPath();
		const sealer = await openToySealer(path);
		await submit(sealer, put("a", 1));
		run(path, "UPDATE head SET height = 7");
		await expect(submit(sealer, put("a", 2))).rejects.toEqual(expect.objectContaining({ code: "LEDGER_HALTED" }));
	});
});
