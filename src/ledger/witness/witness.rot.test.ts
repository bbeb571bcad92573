import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CodedError } from "#base";
import { formatTilePath } from "#log";
import { openSealer } from "../sealer/openSealer.ts";
import { definition, put, sealerOptions, stoppedClock, submit, toyKey } from "../testing/toyLedger.ts";
import { ask, tilesOf, toyWitness } from "../testing/toyWitness.ts";
import { fsckWitness } from "./fsckWitness.ts";
import { openWitness } from "./openWitness.ts";
import type { Witness } from "./witness.ts";

const slow = process.env.ACESO_SLOW === "1";
/**
 * Two files: one as it is in use, with a second tile and pages of 4,096 bytes, of which every page is met; and a small one, whose every byte the slow
 * tests try in minutes. `tried`: bytes flipped at most, evenly spread.
 */
const files = [
	{ name: "of 300 entries", entries: 150, pageBytes: 4_096, tried: slow ? 600 : 60 },
	{ name: "of 12 entries on pages of 512 bytes", entries: 6, pageBytes: 512, tried: slow ? Number.POSITIVE_INFINITY : 30 },
] as const;

/** Everything that a witness hands out. */
function everythingShown(witness: Witness): Map<string, string> {
	const { size } = witness;
	const paths = (["entries", 0] as const).flatMap((level) => [
		...Array.from({ length: Math.floor(size / 256) }, (_, index) => formatTilePath({ level, index, width: 256 })),
		formatTilePath({ level, index: Math.floor(size / 256), width: size % 256 }),
	]);
	const shown = new Map<string, string>([["latest", witness.latest() ?? ""]]);
	for (const path of paths)
		shown.set(
			path,
			answerOf(() => Buffer.from(witness.tile(path)!).toString("hex")),
		);
	return shown;
}

/** Anything but a coded refusal, or SQLite's own, is a bug. */
function answerOf(ask: () => string): string {
	try {
		return ask();
	} catch (error) {
		if (error instanceof CodedError || (error as { code?: string }).code === "ERR_SQLITE_ERROR") return "refused";
		throw error;
	}
}

/** All rows of all tables, or undefined when the database cannot give them. */
function dump(path: string): string | undefined {
	const db = new DatabaseSync(path, { readOnly: true });
	try {
		if (db.prepare("PRAGMA integrity_check(1)").get()?.integrity_check !== "ok") return undefined;
		const rows = ["meta", "leaves", "tiles", "tip", "evidence"].map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all());
		return JSON.stringify(rows, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value as unknown)));
	} catch {
		return undefined;
	} finally {
		db.close();
	}
}

function setPageSize(path: string, pageBytes: number): void {
	const db = new DatabaseSync(path);
	db.exec(`PRAGMA journal_mode=DELETE; PRAGMA page_size=${pageBytes}; VACUUM; PRAGMA journal_mode=WAL`);
	db.close();
}

describe.each(files)("a flipped byte in a witness's file $name", ({ entries, pageBytes, tried }) => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-rot-"));
	const path = join(folder, "rotten.witness");
	const options = { ...definition, path, name: "laboratory", key: toyKey("laboratory"), source: async () => undefined, now: stoppedClock().now };
	let sound: Uint8Array;
	let truth: Map<string, string>;
	let content: string | undefined;

	beforeAll(async () => {
		const sealer = await openSealer(sealerOptions(join(folder, "ledger.sqlite")));
		const whole = join(folder, "sound.witness");
		const witness = await openWitness({ ...options, path: whole, source: tilesOf(() => sealer) });
		for (const round of [0, 1]) {
			const known = witness.size;
			await submit(sealer, ...Array.from({ length: entries }, (_, i) => put(`k${i}`, round)));
			expect((await ask(witness, sealer, known)).status).toBe(200);
		}
		truth = everythingShown(witness);
		await witness.close();
		await sealer.close();
		setPageSize(whole, pageBytes);
		sound = readFileSync(whole);
		content = dump(whole);
	});

	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it(`[LW23] is found by fsck and refused at a start, or lies where nothing is stored; it is never shown (${slow && pageBytes === 512 ? "every byte" : `${tried} of them`})`, {
		timeout: 7_200_000,
	}, async () => {
		expect([...truth.values()]).not.toContain("refused");
		expect(content).toBeDefined();
		const step = Math.floor(sound.length / tried) | 1;
		const outcomes = { found: 0, harmless: 0, refusedAtStart: 0 };
		for (let at = 0; at < sound.length; at += step) {
			const rotten = Uint8Array.from(sound);
			rotten[at]! ^= 1 << (at % 8);
			writeFileSync(path, rotten);
			const { findings } = fsckWitness({ ...options, witnesses: [toyWitness("laboratory")] });
			if (findings.length === 0 && dump(path) !== content) throw new Error(`fsck found nothing though byte ${at} changed what is stored`);
			outcomes[findings.length > 0 ? "found" : "harmless"]++;
			let witness: Witness;
			try {
				witness = await openWitness(options);
			} catch (error) {
				if (!(error instanceof CodedError)) throw error;
				outcomes.refusedAtStart++;
				continue;
			}
			for (const [name, answer] of everythingShown(witness)) {
				if (answer !== "refused" && answer !== truth.get(name)) throw new Error(`byte ${at}: showed another ${name}`);
			}
			await witness.close();
		}
		console.info(`${sound.length} bytes, each ${step}.: ${JSON.stringify(outcomes)}`);
		expect(outcomes.found).toBeGreaterThan(0);
		expect(outcomes.refusedAtStart).toBeGreaterThan(0);
	});
});
