import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { type Digest, dayMs, minuteMs } from "#base";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { chain, codesOf, createTransaction, definition, put, sealerKey, startMs, stoppedClock, submit } from "../testing/toyLedger.ts";
import type { FsckFinding } from "./findings.ts";
import { fsckLedger } from "./fsckLedger.ts";
import type { Sealer } from "./sealer.ts";
import { statePath } from "./statePath.ts";

function run(path: string, sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

function findings(path: string): readonly FsckFinding[] {
	return fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings;
}

/** Each write of a block to the log. */
const writes = ["INSERT ON leaves", "UPDATE ON tiles", "INSERT ON blocks", "UPDATE ON head"];

/** Each write of a flush to the state file. */
const flushWrites = [
	"INSERT ON state",
	"DELETE ON state",
	"INSERT ON pages",
	"INSERT ON transactions",
	"INSERT ON page_undo",
	"INSERT ON value_undo",
	"INSERT ON applied",
];

const trust = { origin: chain, sealerKey: sealerKey.publicKey };
const halted = expect.objectContaining({ code: "LEDGER_HALTED", kind: "stop" });

function createBatch() {
	return [...Array.from({ length: 40 }, (_, i) => put(`n${i}`, i)), put("k1", 100), createTransaction("delete", { key: "k2" })];
}

async function openWithBlock(path: string): Promise<Sealer> {
	const sealer = await openToySealer(path);
	await submit(sealer, ...Array.from({ length: 40 }, (_, i) => put(`k${i}`, i)));
	return sealer;
}

/** Each write × {fails, fails but was stored}, as a trigger. */
function faultsOf(list: readonly string[]) {
	return list.flatMap((write) => [
		[write, "fails", `BEFORE ${write} BEGIN SELECT RAISE(ABORT, 'fault'); END`] as const,
		[write, "fails but was stored", `AFTER ${write} BEGIN SELECT RAISE(FAIL, 'fault'); END`] as const,
	]);
}

describe("a write that fails", () => {
	it.each(faultsOf(writes))(
		"[LG13] %s %s: the ledger halts, nothing of the block stands, and a restart goes on from the block before",
		async (_, __, trigger) => {
			const path = temporaryPath();
			const sealer = await openWithBlock(path);
			const before = sealer.head();
			run(path, `CREATE TRIGGER fault ${trigger}`);
			const batch = createBatch();
			await expect(submit(sealer, ...batch)).rejects.toEqual(halted);
			expect(sealer.head()).toEqual(before);
			expect(sealer.get("consent", "k1")).toMatchObject({ value: 1 });
			expect(sealer.get("consent", "n1")).toBeUndefined();
			await sealer.close();
			expect(findings(path)).toEqual([]);
			run(path, "DROP TRIGGER fault");
			const again = await openToySealer(path);
			expect(again.head()).toEqual(before);
			expect(new Set(codesOf(await submit(again, ...batch)))).toEqual(new Set([""]));
			expect(findings(path)).toEqual([]);
		},
	);

	it.each(["BEGIN IMMEDIATE", "COMMIT"])("[LG13] %s fails: nothing of the block stands", async (statement) => {
		const path = temporaryPath();
		const sealer = await openWithBlock(path);
		const before = sealer.head();
		failAt(statement, "before");
		const batch = createBatch();
		await expect(submit(sealer, ...batch)).rejects.toEqual(halted);
		vi.restoreAllMocks();
		expect(sealer.head()).toEqual(before);
		await sealer.close();
		const again = await openToySealer(path);
		expect(again.head()).toEqual(before);
		expect(new Set(codesOf(await submit(again, ...batch)))).toEqual(new Set([""]));
		expect(findings(path)).toEqual([]);
	});

	it("[LG57] COMMIT fails but was stored: nothing of it is published, and after a restart the block stands and takes nothing twice", async () => {
		const path = temporaryPath();
		const sealer = await openWithBlock(path);
		const [before, checkpoint] = [sealer.head(), sealer.checkpoint()];
		failAt("COMMIT", "after");
		const batch = createBatch();
		await expect(submit(sealer, ...batch)).rejects.toEqual(halted);
		vi.restoreAllMocks();
		expect(sealer.head()).toEqual(before);
		expect(sealer.checkpoint()).toBe(checkpoint);
		await sealer.close();
		expect(findings(path)).toEqual([]);
		const again = await openToySealer(path);
		expect(again.head().height).toBe(before.height + 1);
		expect(new Set(codesOf(await submit(again, ...batch)))).toEqual(new Set(["LEDGER_REPLAYED"]));
	});

	it("[LG19] a block's writes torn anywhere, or damaged there, leave the block before or the block, and the file sound", async () => {
		const path = temporaryPath();
		const sealer = await openWithBlock(path);
		const before = sealer.head();
		const from = readFileSync(`${path}-wal`).length;
		await submit(sealer, ...createBatch());
		const after = sealer.head();
		const wal = readFileSync(`${path}-wal`);
		const frame = 24 + 4096;
		expect((wal.length - from) % frame).toBe(0);
		const heights = new Set<number>();
		for (let at = from; at <= wal.length; at += frame) {
			for (const [cut, flip] of [
				[at, false],
				[Math.min(at + 1_000, wal.length), false],
				[wal.length, true],
			] as const) {
				const copy = temporaryPath();
				copyFileSync(path, copy);
				const torn = Uint8Array.from(wal.subarray(0, cut));
				if (flip && at < wal.length) torn[at + 500]! ^= 0x10;
				writeFileSync(`${copy}-wal`, torn);
				const opened = await openToySealer(copy);
				expect([before, after]).toContainEqual(opened.head());
				heights.add(opened.head().height);
				await opened.close();
				expect(findings(copy)).toEqual([]);
			}
		}
		expect([...heights].sort()).toEqual([before.height, after.height]);
	});

	it("[LG56] a block is seen by nobody before it is durable: while it is written, head, checkpoint, values and proofs are those before it", async () => {
		const path = temporaryPath();
		await (await openWithBlock(path)).close();
		// Opened anew it remembers no row and no page.
		const sealer = await openToySealer(path);
		const [head, checkpoint] = [sealer.head(), sealer.checkpoint()];
		const seen = whenCommitting(() => {
			expect([sealer.head(), sealer.checkpoint()]).toEqual([head, checkpoint]);
			for (let i = 0; i < 40; i++) {
				expect(verifyStateProof(sealer.proveState("consent", `k${i}`), trust)).toMatchObject({ value: { value: i }, block: { height: 1 } });
				expect(sealer.get("consent", `k${i}`)).toMatchObject({ value: i });
			}
			expect(verifyStateProof(sealer.proveState("consent", "n1"), trust).value).toBeUndefined();
			expect(sealer.getAt("consent", "k1", 0)).toBeUndefined();
			expect(() => sealer.proveState("consent", "k1", 2)).toThrow(expect.objectContaining({ code: "LEDGER_HEIGHT_NOT_SEALED" }));
		});
		expect(new Set(codesOf(await submit(sealer, ...createBatch())))).toEqual(new Set([""]));
		vi.restoreAllMocks();
		expect(seen()).toBe(1);
		expect(verifyStateProof(sealer.proveState("consent", "k1"), trust)).toMatchObject({ value: { value: 100 }, block: { height: 2 } });
		expect(verifyStateProof(sealer.proveState("consent", "k2"), trust).value).toBeUndefined();
		expect(sealer.get("consent", "n1")).toMatchObject({ value: 1 });
		expect(sealer.getAt("consent", "k1", 1)).toMatchObject({ value: 1 });
	});

	it("[LG13] a second writer that got past the lock is noticed before anything is published", async () => {
		const path = temporaryPath();
		const sealer = await openToySealer(path);
		await submit(sealer, put("a", 1));
		run(path, "UPDATE head SET height = 7");
		await expect(submit(sealer, put("a", 2))).rejects.toEqual(halted);
	});
});

/** Has somebody look while a block's transaction is about to commit; tells how often. */
function whenCommitting(look: () => void): () => number {
	const exec = DatabaseSync.prototype.exec;
	let count = 0;
	vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql: string) {
		if (sql === "COMMIT") {
			look();
			count++;
		}
		return exec.call(this, sql);
	});
	return () => count;
}

/** Makes the database refuse one statement, before it runs or after it has taken effect. */
function failAt(statement: string, when: "before" | "after"): void {
	const exec = DatabaseSync.prototype.exec;
	vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql: string) {
		if (sql !== statement) return exec.call(this, sql);
		if (when === "after") exec.call(this, sql);
		throw new Error("fault");
	});
}

describe("a flush that fails", () => {
	/** One batch a block, on the flushing thread. */
	const options = { flushChanges: 1 };

	it.each(faultsOf(flushWrites))(
		"[LG33] %s %s: the ledger halts, what was acknowledged stands, and a restart runs it again",
		async (_, __, trigger) => {
			const path = temporaryPath();
			const sealer = await openToySealer(path, options);
			await submit(sealer, ...Array.from({ length: 40 }, (_, i) => put(`k${i}`, i)));
			await sealer.flush();
			run(statePath(path), `CREATE TRIGGER fault ${trigger}`);
			const batch = createBatch();
			expect(new Set(codesOf(await submit(sealer, ...batch)))).toEqual(new Set([""]));
			await sealer.flush();
			const head = sealer.head();
			await expect(submit(sealer, put("late", 1))).rejects.toEqual(halted);
			expect(sealer.get("consent", "n1")).toMatchObject({ value: 1 });
			expect(sealer.proveState("consent", "k2").value).toBeUndefined();
			await sealer.close();
			run(statePath(path), "DROP TRIGGER fault");
			expect(findings(path)).toEqual([]);
			const again = await openToySealer(path);
			expect(again.head()).toEqual(head);
			expect(new Set(codesOf(await submit(again, ...batch)))).toEqual(new Set(["LEDGER_REPLAYED"]));
			expect(again.get("consent", "n1")).toMatchObject({ value: 1 });
			await again.close();
			expect(findings(path)).toEqual([]);
		},
	);

	it("[LG32] a flush torn anywhere, or damaged there, leaves the state before or after it, and a restart comes to the log's", async () => {
		const path = temporaryPath();
		const sealer = await openToySealer(path, options);
		await submit(sealer, ...Array.from({ length: 40 }, (_, i) => put(`k${i}`, i)));
		await sealer.flush();
		const from = readFileSync(`${statePath(path)}-wal`).length;
		await submit(sealer, ...createBatch());
		await sealer.flush();
		const head = sealer.head();
		const wal = readFileSync(`${statePath(path)}-wal`);
		const frame = 24 + 4096;
		expect((wal.length - from) % frame).toBe(0);
		expect(wal.length).toBeGreaterThan(from);
		for (let at = from; at <= wal.length; at += frame) {
			for (const [cut, flip] of [
				[Math.min(at + 1_000, wal.length), false],
				[wal.length, true],
			] as const) {
				const copy = temporaryPath();
				for (const suffix of ["", "-wal", ".state"]) copyFileSync(path + suffix, copy + suffix);
				const torn = Uint8Array.from(wal.subarray(0, cut));
				if (flip && at < wal.length) torn[at + 500]! ^= 0x10;
				writeFileSync(`${statePath(copy)}-wal`, torn);
				expect(findings(copy)).toEqual([]);
				const opened = await openToySealer(copy);
				expect(opened.head()).toEqual(head);
				expect(opened.get("consent", "k1")).toMatchObject({ value: 100 });
				await opened.close();
				expect(findings(copy)).toEqual([]);
			}
		}
	});

	it("[LG33] a flushing thread that ends halts the ledger", async () => {
		const path = temporaryPath();
		const sealer = await openToySealer(path, options);
		await submit(sealer, put("a", 1));
		await sealer.flush();
		await sealer.close();
		// The next thread finds a file of a version that it does not know.
		const again = await openToySealer(path, options);
		run(statePath(path), "PRAGMA user_version = 99");
		await submit(again, put("b", 1));
		await again.flush();
		await expect(submit(again, put("c", 1))).rejects.toEqual(halted);
	});
});

describe("a full disk", () => {
	const child = fileURLToPath(new URL("../testing/crashChild.ts", import.meta.url));

	/** Submits until the operating system refuses a write, since no file may grow beyond a size. */
	function submitUntilFull(path: string, kib: number): Promise<{ ids: Digest[]; problems: string; status: number | null }> {
		return new Promise((resolve) => {
			const shell = spawn("bash", ["-c", `ulimit -f ${kib}; exec "$0" "$@"`, process.execPath, child, path, "0"], {
				stdio: ["ignore", "pipe", "pipe"],
			});
			let [out, problems] = ["", ""];
			shell.stdout.on("data", (text) => {
				out += text;
			});
			shell.stderr.on("data", (text) => {
				problems += text;
			});
			shell.on("close", (status) => resolve({ ids: out.split("\n").filter((line) => line.length === 64) as Digest[], problems, status }));
		});
	}

	it.skipIf(!existsSync("/bin/bash"))(
		"[LG26] halts the ledger and loses nothing acknowledged; with room again it goes on (needs bash for a file size limit)",
		async () => {
			const path = temporaryPath();
			const { ids, problems, status } = await submitUntilFull(path, 1_500);
			expect(status).toBe(1);
			expect(problems).toContain("LEDGER_HALTED");
			expect(ids.length).toBeGreaterThan(0);
			expect(findings(path)).toEqual([]);
			const sealer = await openToySealer(path);
			for (const id of ids) expect(sealer.proveTransaction(id).leafIndex).toBeGreaterThan(0);
			expect(codesOf(await submit(sealer, put("room", 1)))).toEqual([""]);
		},
	);
});

describe("a clock that jumps by a day", () => {
	it("[LG10] forward: block time leaps with it, what was signed for the day before is expired, and the file stays sound", async () => {
		const [path, clock] = [temporaryPath(), stoppedClock()];
		const sealer = await openToySealer(path, { now: clock.now });
		await submit(sealer, put("a", 1));
		clock.at += dayMs;
		const results = await submit(sealer, put("old", 1), put("b", 2, { until: clock.at + 5 * minuteMs }));
		expect(codesOf(results)).toEqual(["LEDGER_EXPIRED", ""]);
		expect(sealer.head().time).toBe(startMs + dayMs);
		expect(findings(path)).toEqual([]);
	});

	it("[LG10] back: block time stands still, nothing is undone, and only what is signed for block time is timely", async () => {
		const [path, clock] = [temporaryPath(), stoppedClock(startMs + dayMs)];
		const sealer = await openToySealer(path, { now: clock.now });
		const until = startMs + dayMs + 5 * minuteMs;
		await submit(sealer, put("a", 1, { until }));
		clock.at -= dayMs;
		const results = await submit(sealer, put("b", 1), put("c", 1, { until }));
		expect(codesOf(results)).toEqual(["LEDGER_EXPIRED", ""]);
		expect(sealer.head().time).toBe(startMs + dayMs);
		await sealer.close();
		const again = await openToySealer(path, { now: clock.now });
		expect(codesOf(await submit(again, put("d", 1, { until })))).toEqual([""]);
		expect(findings(path)).toEqual([]);
	});
});
