import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { temporaryPath } from "../testing/openToySealer.ts";
import { chain, codesOf, createTransaction, definition, put, sealerKey, sealerOptions, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";
import { type CreateLogWriter, createLogWriter, type LogWriter } from "./logWriter.ts";
import { openSealer } from "./openSealer.ts";
import { statePath } from "./openState.ts";
import type { SealerOptions } from "./options.ts";
import type { Sealer } from "./sealer.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };
const halted = expect.objectContaining({ code: "LEDGER_HALTED", kind: "stop" });
const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);

function findings(path: string) {
	return fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings;
}

/** A disk that a test holds up: a block is on it once `release` was called, and the sealer hears what `answers` says. */
class SlowDisk {
	release: () => void = () => {};
	#arrived: () => void = () => {};
	/** A block has been handed over. */
	readonly arrived = new Promise<void>((resolve) => {
		this.#arrived = resolve;
	});
	readonly #answers: "stored" | "stored, then failed";
	readonly #held: number;
	#count = 0;

	/** @param held - Which block is held up, from 1. */
	constructor(held: number, answers: "stored" | "stored, then failed" = "stored") {
		[this.#held, this.#answers] = [held, answers];
	}

	readonly create: CreateLogWriter = (store, { path }): LogWriter => {
		const below = createLogWriter(store, { path, onThread: false });
		return {
			write: async (sealed) => {
				if (++this.#count !== this.#held) return below.write(sealed);
				const released = new Promise<void>((resolve) => {
					this.release = resolve;
				});
				this.#arrived();
				await released;
				await below.write(sealed);
				if (this.#answers === "stored, then failed") throw new Error("fault");
			},
			close: () => below.close(),
		};
	};
}

async function open(path: string, options: Partial<SealerOptions> = {}, create?: CreateLogWriter): Promise<Sealer> {
	const sealer = await openSealer(sealerOptions(path, options), create);
	onTestFinished(() => sealer.close());
	return sealer;
}

/** A ledger with a block, opened anew, so that it remembers no row and no page. */
async function openAnew(path: string, disk: SlowDisk, options: Partial<SealerOptions> = {}): Promise<Sealer> {
	const first = await open(path);
	await submit(first, ...keys.map((key, i) => put(key, i)));
	await first.close();
	return open(path, options, disk.create);
}

/** Other values, new keys, and one that goes. */
function nextBlock() {
	return [...keys.slice(0, 20).map((key, i) => put(key, 100 + i)), put("new", 1), createTransaction("delete", { key: "k30" })];
}

describe("a block on its way to disk", () => {
	it("[LG56] is seen by nobody: head, checkpoint, values and proofs are those before it", async () => {
		const disk = new SlowDisk(1);
		const sealer = await openAnew(temporaryPath(), disk);
		const [head, checkpoint] = [sealer.head(), sealer.checkpoint()];
		const answered = submit(sealer, ...nextBlock());
		await disk.arrived;
		expect([sealer.head(), sealer.checkpoint()]).toEqual([head, checkpoint]);
		for (const [i, key] of keys.entries()) {
			const proved = verifyStateProof(sealer.proveState("consent", key), trust);
			expect(proved).toMatchObject({ value: { value: i }, block: { height: 1 } });
			expect(sealer.get("consent", key)).toMatchObject({ value: i });
		}
		expect(verifyStateProof(sealer.proveState("consent", "new"), trust).value).toBeUndefined();
		expect(sealer.getAt("consent", "k0", 0)).toBeUndefined();
		expect(() => sealer.proveState("consent", "k0", 2)).toThrow(expect.objectContaining({ code: "LEDGER_HEIGHT_NOT_SEALED" }));
		disk.release();
		expect(new Set(codesOf(await answered))).toEqual(new Set([""]));
		for (const [key, value] of [
			["k0", 100],
			["k19", 119],
			["k20", 20],
			["new", 1],
			["k30", undefined],
		] as const) {
			const proved = verifyStateProof(sealer.proveState("consent", key), trust);
			expect((proved.value as { value: number } | undefined)?.value).toBe(value);
			expect(proved.block.height).toBe(2);
		}
		expect(sealer.getAt("consent", "k0", 1)).toMatchObject({ value: 0 });
	});

	it("[LG56] holds up what is submitted meanwhile, which runs over it, and is told that it is known", async () => {
		const disk = new SlowDisk(1);
		const sealer = await openAnew(temporaryPath(), disk);
		const block = nextBlock();
		const first = submit(sealer, ...block);
		await disk.arrived;
		const second = submit(sealer, put("k0", 200), block[1]!);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(sealer.head().height).toBe(1);
		disk.release();
		await first;
		expect(codesOf(await second)).toEqual(["", "LEDGER_REPLAYED"]);
		expect(sealer.get("consent", "k0")).toMatchObject({ value: 200, height: 3 });
		expect(sealer.getAt("consent", "k0", 2)).toMatchObject({ value: 100 });
	});

	it("[LG18] is waited for when the ledger closes, and answered", async () => {
		const [path, disk] = [temporaryPath(), new SlowDisk(1)];
		const sealer = await openAnew(path, disk);
		const answered = submit(sealer, put("a", 1));
		await disk.arrived;
		const later = submit(sealer, put("b", 1));
		await new Promise((resolve) => setTimeout(resolve, 5));
		const closing = sealer.close();
		disk.release();
		expect([...codesOf(await answered), ...codesOf(await later)]).toEqual(["", ""]);
		await closing;
		expect(findings(path)).toEqual([]);
	});

	it("[LG57] that fails but was stored halts: nothing of it is published, and after a restart it stands and takes nothing twice", async () => {
		const [path, disk] = [temporaryPath(), new SlowDisk(1, "stored, then failed")];
		const sealer = await openAnew(path, disk);
		const [head, checkpoint, block] = [sealer.head(), sealer.checkpoint(), nextBlock()];
		const answered = submit(sealer, ...block);
		await disk.arrived;
		const later = submit(sealer, put("later", 1));
		await new Promise((resolve) => setTimeout(resolve, 5));
		disk.release();
		await expect(answered).rejects.toEqual(halted);
		await expect(later).rejects.toEqual(halted);
		expect([sealer.head(), sealer.checkpoint()]).toEqual([head, checkpoint]);
		expect(verifyStateProof(sealer.proveState("consent", "k0"), trust).value).toMatchObject({ value: 0 });
		await sealer.close();
		expect(findings(path)).toEqual([]);
		const again = await open(path);
		expect(again.head().height).toBe(head.height + 1);
		expect(new Set(codesOf(await submit(again, ...block)))).toEqual(new Set(["LEDGER_REPLAYED"]));
		expect(again.get("consent", "k0")).toMatchObject({ value: 100 });
	});

	it("[LG57] is not answered when a flush halts the ledger meanwhile; after a restart it stands", async () => {
		const [path, disk] = [temporaryPath(), new SlowDisk(2)];
		const sealer = await openAnew(path, disk, { flushChanges: 1_000_000, flushIntervalMs: 60_000 });
		await submit(sealer, put("a", 1));
		const db = new DatabaseSync(statePath(path));
		db.exec("CREATE TRIGGER fault BEFORE INSERT ON applied BEGIN SELECT RAISE(ABORT, 'fault'); END");
		const block = nextBlock();
		const answered = submit(sealer, ...block);
		await disk.arrived;
		await sealer.flush();
		await expect(submit(sealer, put("late", 1))).rejects.toEqual(halted);
		expect(sealer.get("consent", "k0")).toMatchObject({ value: 0 });
		disk.release();
		await expect(answered).rejects.toEqual(halted);
		await sealer.close();
		db.exec("DROP TRIGGER fault");
		db.close();
		expect(findings(path)).toEqual([]);
		const again = await open(path);
		expect(again.head().height).toBe(3);
		expect(new Set(codesOf(await submit(again, ...block)))).toEqual(new Set(["LEDGER_REPLAYED"]));
	});
});

describe("the log's thread", () => {
	it("[LG4] writes what the sealing thread would: the same leaves, tiles, blocks and heads", async () => {
		const blocks = Array.from({ length: 6 }, (_, block) => keys.map((key, i) => put(key, 1_000 * block + i)));
		const files = await Promise.all(
			[false, true].map(async (logThread) => {
				const path = temporaryPath();
				const sealer = await open(path, { logThread });
				for (const block of blocks) await submit(sealer, ...block);
				await sealer.close();
				expect(findings(path)).toEqual([]);
				const db = new DatabaseSync(path, { readOnly: true });
				const rows = ["leaves", "tiles", "blocks", "head"].map((table) => db.prepare(`SELECT * FROM ${table}`).all());
				db.close();
				return rows;
			}),
		);
		expect(files[0]![0]!.length).toBe(1 + blocks.length * (keys.length + 1));
		expect(files[1]).toEqual(files[0]);
	});

	it("[LG57] that cannot open the file, or ends, halts the ledger", async () => {
		const path = temporaryPath();
		const sealer = await open(path, { logThread: true });
		const db = new DatabaseSync(path);
		db.exec("PRAGMA user_version = 99");
		await expect(submit(sealer, put("a", 1))).rejects.toEqual(halted);
		await expect(submit(sealer, put("b", 1))).rejects.toEqual(halted);
		expect(sealer.head().height).toBe(0);
		await sealer.close();
		db.exec("PRAGMA user_version = 3");
		db.close();
		expect(findings(path)).toEqual([]);
		expect(codesOf(await submit(await open(path, { logThread: true }), put("a", 1)))).toEqual([""]);
	});

	it("[LG19] copies its write-ahead log back, so that it does not grow with the ledger", async () => {
		const path = temporaryPath();
		const sealer = await open(path, { logThread: true });
		const db = new DatabaseSync(path, { readOnly: true });
		onTestFinished(() => db.close());
		const pagesOf = () => db.prepare("PRAGMA page_count").get()!.page_count as number;
		for (let block = 0; block < 60; block++) await submit(sealer, ...keys.map((key) => put(key, block)));
		expect(pagesOf()).toBeGreaterThan(200);
		// Two hundred pages, and those of a block or two.
		expect(statSync(`${path}-wal`).size).toBeLessThan(4096 * 500);
	});
});
