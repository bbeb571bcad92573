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
 * Bytes tried: all of them in the slow tests (`ACESO_ROT_FROM` and `ACESO_ROT_TO`, in per cent of the file, try a piece), else as many as here, evenly
 * spread. The file has pages of 4,096 bytes: every page is met in either.
 */
const sample = 60;
const percent = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise) / 100;

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

describe("a flipped byte in a witness's file", () => {
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
			await submit(sealer, ...Array.from({ length: 150 }, (_, i) => put(`k${i}`, round)));
			expect((await ask(witness, sealer, known)).status).toBe(200);
		}
		truth = everythingShown(witness);
		await witness.close();
		await sealer.close();
		sound = readFileSync(whole);
		content = dump(whole);
	});

	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it(`[LW23] is found by fsck and refused at a start, or lies where nothing is stored; it is never shown (${slow ? "every byte" : `${sample} of them`})`, {
		timeout: 7_200_000,
	}, async () => {
		expect([...truth.values()]).not.toContain("refused");
		expect(content).toBeDefined();
		const step = slow ? 1 : Math.floor(sound.length / sample) | 1;
		const outcomes = { found: 0, harmless: 0, refusedAtStart: 0 };
		const [from, to] = [Math.floor(sound.length * percent("ACESO_ROT_FROM", 0)), Math.floor(sound.length * percent("ACESO_ROT_TO", 100))];
		for (let at = from; at < to; at += step) {
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
		console.info(`${sound.length} bytes, ${from} to ${to}: ${JSON.stringify(outcomes)}`);
		expect(outcomes.found).toBeGreaterThan(0);
		expect(outcomes.refusedAtStart).toBeGreaterThan(0);
	});
});
