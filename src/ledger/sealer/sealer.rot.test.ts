import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CodedError, canonicalText, type Digest } from "#base";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { verifyTransactionProof } from "../light/verifyTransactionProof.ts";
import { chain, createTransaction, definition, put, sealerKey, sealerOptions, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";
import { openSealer } from "./openSealer.ts";
import type { Sealer } from "./sealer.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };
const slow = process.env.ACESO_SLOW === "1";
/** Bytes flipped, spread over the file by an odd step. `sealer.sweep.test.ts` flips every byte of smaller files, without a sealer. */
const sample = slow ? 1_000 : 100;
/** Enough for a second tile. */
const blocks = 11;
/** More than one page of the state tree takes. */
const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);

/** Everything that a reader can ask of the ledger, as text; a coded refusal in place of what is not served. */
function everythingServed(sealer: Sealer, ids: readonly Digest[]): Map<string, string> {
	const { logSize } = sealer.head();
	const asks: [string, () => unknown][] = [
		["head", () => ({ ...sealer.head() })],
		["checkpoint", () => sealer.checkpoint()],
		...[...keys, "never"].flatMap((key): [string, () => unknown][] => [
			[`get ${key}`, () => sealer.get("consent", key) ?? null],
			[`state ${key}`, () => verifyStateProof(sealer.proveState("consent", key), trust).value ?? null],
			[`state ${key} at 1`, () => verifyStateProof(sealer.proveState("consent", key, 1), trust, 1).value ?? null],
			[`get ${key} at 1`, () => sealer.getAt("consent", key, 1) ?? null],
		]),
		...ids.map((id): [string, () => unknown] => [`transaction ${id}`, () => verifyTransactionProof(sealer.proveTransaction(id), trust).leafIndex]),
		...[1, 7, logSize - 1].map((from): [string, () => unknown] => [`consistency ${from}`, () => sealer.proveConsistency(from)]),
		...tilePaths(logSize).map((path): [string, () => unknown] => [path, () => Buffer.from(sealer.tile(path)!).toString("hex")]),
	];
	return new Map(asks.map(([name, ask]) => [name, answerOf(ask)]));
}

/** All tiles and bundles of a log below 65,536 leaves. */
function tilePaths(size: number): string[] {
	const full = Math.floor(size / 256);
	const widths = [...new Array<string>(full).fill(""), `.p/${size % 256}`];
	const paths = widths.flatMap((width, i) => ["0", "entries"].map((level) => `tile/${level}/00${i}${width}`));
	return full === 0 ? paths : [...paths, `tile/1/000.p/${full}`];
}

/** Anything but a coded refusal is a bug. */
function answerOf(ask: () => unknown): string {
	try {
		const answer = ask();
		return typeof answer === "string" ? answer : canonicalText(answer);
	} catch (error) {
		if (error instanceof CodedError) return `refused: ${error.code}`;
		throw error;
	}
}

/** The tables of the log and of the state file. */
const logTables = ["meta", "head", "blocks", "leaves", "tiles"];
const stateTables = ["meta", "applied", "transactions", "pages", "deep_pages", "state", "page_undo", "value_undo"];

/** All rows of all tables, or undefined when the database itself cannot give them. */
function dump(path: string, tables: readonly string[]): string | undefined {
	const db = new DatabaseSync(path, { readOnly: true });
	try {
		if (db.prepare("PRAGMA integrity_check(1)").get()?.integrity_check !== "ok") return undefined;
		const rows = tables.map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all());
		return JSON.stringify(rows, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value as unknown)));
	} catch {
		return undefined;
	} finally {
		db.close();
	}
}

describe.each([
	["the log", "", logTables],
	["the state file", ".state", stateTables],
])("a flipped byte in %s", (_, suffix, tables) => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-rot-"));
	/** Both files, by suffix. */
	const sound = new Map<string, Uint8Array>();
	let ids: Digest[];
	let truth: Map<string, string>;
	let content: string | undefined;

	beforeAll(async () => {
		const path = join(folder, "sound.sqlite");
		const sealer = await openSealer(sealerOptions(path));
		ids = [];
		for (let block = 0; block < blocks; block++) {
			const batch = keys.map((key, i) => put(key, block * 100 + i));
			const results = await submit(sealer, ...batch, createTransaction("delete", { key: `k${block}` }));
			ids.push(results[block % results.length]!.id);
		}
		truth = everythingServed(sealer, ids);
		await sealer.close();
		for (const each of ["", ".state"]) sound.set(each, readFileSync(path + each));
		content = dump(path + suffix, tables);
	});

	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it(`[LG30] is found by fsck, or lies where nothing is stored; it is never served (${sample} of them)`, {
		timeout: 7_200_000,
	}, async () => {
		expect([...truth.values()].filter((answer) => answer.startsWith("refused"))).toEqual([]);
		expect(content).toBeDefined();
		const { length } = sound.get(suffix)!;
		const step = Math.floor(length / sample) | 1;
		const outcomes = { found: 0, harmless: 0, refusedAtStart: 0, refusedWhenAsked: 0, madeAgain: 0 };
		const path = join(folder, "rotten.sqlite");
		for (let at = 0; at < length; at += step) {
			for (const [each, bytes] of sound) writeFileSync(path + each, bytes);
			const rotten = Uint8Array.from(sound.get(suffix)!);
			rotten[at]! ^= 1 << (at % 8);
			writeFileSync(path + suffix, rotten);
			const { findings } = fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey });
			const harmless = dump(path + suffix, tables) === content;
			if (findings.length === 0 && !harmless) throw new Error(`fsck found nothing though byte ${at} changed what is stored`);
			outcomes[findings.length > 0 ? "found" : "harmless"]++;
			let sealer: Sealer;
			try {
				sealer = await openSealer(sealerOptions(path));
			} catch (error) {
				if (!(error instanceof CodedError)) throw error;
				outcomes.refusedAtStart++;
				continue;
			}
			let refused = 0;
			for (const [name, answer] of everythingServed(sealer, ids)) {
				if (answer.startsWith("refused: ")) refused++;
				else if (answer !== truth.get(name)) throw new Error(`byte ${at}: served another ${name}`);
			}
			if (refused > 0) outcomes.refusedWhenAsked++;
			else if (findings.length > 0) outcomes.madeAgain++;
			await sealer.close();
		}
		console.info(`${length} bytes: ${JSON.stringify(outcomes)}`);
		expect(outcomes.found).toBeGreaterThan(0);
		expect(outcomes.harmless).toBeGreaterThan(0);
		expect(outcomes.refusedAtStart + outcomes.refusedWhenAsked).toBeGreaterThan(0);
	});
});
