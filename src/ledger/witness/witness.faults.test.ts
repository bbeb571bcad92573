import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { TileSource } from "#log";
import type { Sealer } from "../sealer/sealer.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { mountSmallDisk } from "../testing/smallDisk.ts";
import { definition, put, submit } from "../testing/toyLedger.ts";
import { ask, openToyWitness, tilesOf, toyWitness } from "../testing/toyWitness.ts";
import { fsckWitness } from "./fsckWitness.ts";
import type { Witness } from "./witness.ts";

const laboratory = toyWitness("laboratory");

function run(path: string, sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

const audit = (path: string) => fsckWitness({ ...definition, path, witnesses: [laboratory] });
const tiles = (sealer: Sealer): TileSource => tilesOf(() => sealer);

async function sealerWith(...puts: number[]): Promise<Sealer> {
	const sealer = await openToySealer();
	for (const count of puts) await submit(sealer, ...Array.from({ length: count }, (_, i) => put(`k${i}`, i)));
	return sealer;
}

beforeEach(() => {
	const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
	onTestFinished(() => warn.mockRestore());
});

/** Each write of a witness, by what makes it: the first tip, a later one, a download given up, evidence. */
const writes = [
	["INSERT ON leaves", "grow"],
	["INSERT ON tiles", "begin"],
	["UPDATE ON tiles", "grow"],
	["INSERT ON tip", "begin"],
	["UPDATE ON tip", "grow"],
	["DELETE ON leaves", "give up"],
	["INSERT ON evidence", "accuse"],
] as const;

interface Scene {
	readonly witness: Witness;
	readonly path: string;
	readonly sealer: Sealer;
	/** What makes the witness write; its answer's status. */
	readonly act: (witness: Witness) => Promise<number>;
	/** Opens the file again, reading what an honest sealer shows. */
	readonly reopen: () => Promise<Witness>;
	/** Leaves cosigned before and after. */
	readonly sizes: readonly [number, number];
}

async function setScene(what: (typeof writes)[number][1]): Promise<Scene> {
	const sealer = await sealerWith(100);
	const path = temporaryPath("laboratory.witness");
	const other = await sealerWith(100);
	const wrong = await sealerWith(101);
	let source = tiles(sealer);
	const open = () => openToyWitness("laboratory", (tile) => source(tile), { path });
	const witness = await open();
	const size = sealer.head().logSize;
	if (what !== "begin") await ask(witness, sealer, 0);
	if (what === "grow" || what === "give up") await submit(sealer, ...Array.from({ length: 40 }, (_, i) => put(`m${i}`, i)));
	if (what === "give up") source = tiles(wrong);
	const oldSize = what === "begin" ? 0 : size;
	const act = async (of: Witness) => (await ask(of, what === "accuse" ? other : sealer, oldSize)).status;
	const reopen = () => {
		source = tiles(sealer);
		return open();
	};
	const after = what === "begin" || what === "accuse" ? size : sealer.head().logSize;
	return { witness, path, sealer, act, reopen, sizes: [oldSize, after] };
}

describe("a write of the witness that fails", () => {
	const table = writes.flatMap(([write, what]) => [
		[write, "fails", what, `BEFORE ${write} BEGIN SELECT RAISE(ABORT, 'fault'); END`] as const,
		[write, "fails but was stored", what, `AFTER ${write} BEGIN SELECT RAISE(FAIL, 'fault'); END`] as const,
	]);

	it.each(table)("[LW8] %s %s (%s): nothing is cosigned, it halts, and the reopened file is sound and goes on", async (_, __, what, trigger) => {
		const { witness, path, sealer, act, reopen, sizes } = await setScene(what);
		run(path, `CREATE TRIGGER fault ${trigger}`);
		expect(await act(witness)).toBe(503);
		expect(await act(witness)).toBe(503);
		expect(witness.size).toBe(sizes[0]);
		await witness.close();
		run(path, "DROP TRIGGER fault");
		expect(audit(path)).toMatchObject({ findings: [], size: sizes[0] });
		const again = await reopen();
		expect(again.size).toBe(sizes[0]);
		if (what === "accuse") {
			// What was not written is found again as soon as it is shown again.
			expect(await act(again)).toBe(422);
			expect(again.evidence()).toHaveLength(1);
		} else expect((await ask(again, sealer, sizes[0])).status).toBe(200);
	});

	it.each([
		["BEGIN IMMEDIATE", "before"],
		["COMMIT", "before"],
		["COMMIT", "after"],
	] as const)("[LW8] %s fails %s it took effect: nothing is cosigned, and a restart reads what is stored", async (statement, when) => {
		for (const what of ["begin", "grow", "accuse"] as const) {
			const { witness, path, sealer, act, reopen, sizes } = await setScene(what);
			failAt(statement, when);
			expect(await act(witness)).toBe(503);
			vi.mocked(DatabaseSync.prototype.exec).mockRestore();
			expect(await act(witness)).toBe(503);
			await witness.close();
			// The first transaction of a download keeps pending leaves, which a start forgets: the tip is moved by the next one, which did not come.
			const stored = when === "after" && what === "accuse";
			expect(audit(path)).toMatchObject({ findings: stored ? [{ code: "EVIDENCE_SPLIT_VIEW", where: "evidence 0" }] : [], size: sizes[0] });
			const again = await reopen();
			if (what === "accuse") expect(await act(again)).toBe(422);
			else expect((await ask(again, sealer, sizes[0])).status).toBe(200);
		}
	});

	it("[LW8] the tip's COMMIT fails but was stored: nothing is cosigned, the restart holds the new tip, and the sealer learns its size", async () => {
		const { witness, path, sealer, act, reopen, sizes } = await setScene("grow");
		failAt("COMMIT", "after", 2);
		expect(await act(witness)).toBe(503);
		vi.mocked(DatabaseSync.prototype.exec).mockRestore();
		expect(witness.size).toBe(sizes[0]);
		await witness.close();
		expect(audit(path)).toMatchObject({ findings: [], size: sizes[1] });
		const again = await reopen();
		expect(await ask(again, sealer, sizes[0])).toMatchObject({ status: 409, body: `${sizes[1]}\n` });
		expect((await ask(again, sealer, sizes[1])).status).toBe(200);
	});

	it("[LW8] writes torn anywhere, or damaged there, leave the tip before or the tip after, and the file sound", { timeout: 600_000 }, async () => {
		const { witness, path, sealer, act, sizes } = await setScene("grow");
		const from = readFileSync(`${path}-wal`).length;
		expect(await act(witness)).toBe(200);
		const wal = readFileSync(`${path}-wal`);
		const frame = 24 + 4096;
		expect((wal.length - from) % frame).toBe(0);
		expect(wal.length).toBeGreaterThan(from);
		const seen = new Set<number>();
		for (let at = from; at <= wal.length; at += frame) {
			for (const [cut, flip] of [
				[at, false],
				[Math.min(at + 1_000, wal.length), false],
				[wal.length, true],
			] as const) {
				const copy = temporaryPath("torn.witness");
				copyFileSync(path, copy);
				const torn = Uint8Array.from(wal.subarray(0, cut));
				if (flip && at < wal.length) torn[at + 500]! ^= 0x10;
				writeFileSync(`${copy}-wal`, torn);
				const opened = await openToyWitness("laboratory", tiles(sealer), { path: copy });
				expect(sizes).toContain(opened.size);
				seen.add(opened.size);
				expect((await ask(opened, sealer, opened.size)).status).toBe(200);
				await opened.close();
				expect(audit(copy)).toMatchObject({ findings: [], size: sizes[1] });
			}
		}
		expect([...seen].sort((a, b) => a - b)).toEqual([...sizes]);
	});
});

/** Makes the database refuse a statement, at its `time`-th occurrence, before it runs or after it has taken effect. */
function failAt(statement: string, when: "before" | "after", time = 1): void {
	const exec = DatabaseSync.prototype.exec;
	let count = 0;
	vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql: string) {
		if (sql !== statement || ++count !== time) return exec.call(this, sql);
		if (when === "after") exec.call(this, sql);
		throw new Error("fault");
	});
}

const disk = mountSmallDisk(64);
disk?.remove();

describe("a full disk", () => {
	it.skipIf(disk === undefined)(
		"[LW8] the witness halts and cosigns nothing more; with room again it goes on from what it cosigned (needs the right to mount a small file system)",
		async () => {
			const small = mountSmallDisk(600)!;
			onTestFinished(() => small.remove());
			const sealer = await sealerWith(50);
			const path = join(small.folder, "laboratory.witness");
			const witness = await openToyWitness("laboratory", tiles(sealer), { path });
			let known = 0;
			let status = 200;
			for (let round = 0; status === 200 && round < 60; round++) {
				const answer = await ask(witness, sealer, known);
				status = answer.status;
				if (status === 200) known = witness.size;
				await submit(sealer, ...Array.from({ length: 50 }, (_, i) => put(`r${round}-${i}`, i)));
			}
			expect(status).toBe(503);
			expect(known).toBeGreaterThan(0);
			expect((await ask(witness, sealer, known)).body).toBe("WITNESS_HALTED\n");
			await witness.close();
			small.grow(16_384);
			expect(audit(path)).toMatchObject({ findings: [], size: known });
			const again = await openToyWitness("laboratory", tiles(sealer), { path });
			expect(again.size).toBe(known);
			expect((await ask(again, sealer, known)).status).toBe(200);
			expect(audit(path)).toMatchObject({ findings: [], size: sealer.head().logSize });
		},
	);
});
