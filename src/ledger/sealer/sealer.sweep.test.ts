import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CodedError, canonicalText, type Digest } from "#base";
import { sparsePath } from "#log";
import {
	createTransaction,
	genesis,
	put,
	sealerKey,
	sealerOptions,
	submit,
	definition as toyDefinition,
	toyGenesisState,
} from "../testing/toyLedger.ts";
import { BlockStore } from "./blockStore.ts";
import { refuseFirst } from "./findings.ts";
import { fsckLedger } from "./fsckLedger.ts";
import { judgeEdge, judgeOpened } from "./judgeStart.ts";
import { judgeApplied, judgeStateFile } from "./judgeState.ts";
import { LedgerReader } from "./ledgerReader.ts";
import { LedgerState } from "./ledgerState.ts";
import { openSealer } from "./openSealer.ts";
import type { LedgerDefinition, SeenCheckpoint } from "./options.ts";
import { StateFile } from "./stateFile.ts";
import { statePath } from "./statePath.ts";

/**
 * Every byte of a ledger's files, flipped one after the other in place: log and state of a closed one, and of one that was killed, where the newest
 * blocks stand in the write-ahead logs alone. The files are small and have pages of 512 bytes, so that a flip costs milliseconds;
 * `sealer.rot.test.ts` goes through a larger ledger, and opens it for sealing, at sampled places.
 */
const slow = process.env.ACESO_SLOW === "1";
/** Bytes flipped in each file in the usual run, spread by an odd step. */
const sample = 40;
/** Three, of which two share a page below the top one. */
const keys = neighbours();
/** With so many keys more than one page of the state tree takes, it has a page above others. */
const company = 36;
const definition: LedgerDefinition = {
	...toyDefinition,
	genesisState: (of) => [
		...toyGenesisState(of),
		...Array.from({ length: company }, (_, i) => ({ contract: "consent" as const, key: `c${i}`, value: i })),
	],
};
const publicKey = sealerKey.publicKey;

const walFrameBytes = 24 + 512;
const tables = {
	log: ["meta", "head", "blocks", "leaves", "tiles"],
	state: ["meta", "applied", "transactions", "pages", "deep_pages", "state", "page_undo", "value_undo"],
};

function neighbours(): string[] {
	const digitOf = (key: string) => sparsePath("consent", key)[0]! >> 4;
	const names = Array.from({ length: 100 }, (_, i) => `k${i}`);
	const near = names.find((name) => name !== "k0" && digitOf(name) === digitOf("k0"))!;
	return ["k0", near, names.find((name) => digitOf(name) !== digitOf("k0"))!];
}

/** Seals blocks into the closed ledger at `at`; `copy` sees its files while the sealer runs, as a kill would leave them. */
async function sealBlocks(at: string, from: number, to: number, copy?: () => void): Promise<readonly Digest[]> {
	const sealer = await openSealer(sealerOptions(at, definition));
	const ids: Digest[] = [];
	for (let block = from; block < to; block++) {
		const results = await submit(
			sealer,
			...keys.map((key, i) => put(key, block * 10 + i)),
			createTransaction("delete", { key: keys[(block + 2) % keys.length]! }),
		);
		ids.push(...results.map(({ id }) => id));
		// One commit of the state file each, so that its write-ahead log has several.
		await sealer.flush();
	}
	copy?.();
	await sealer.close();
	return ids;
}

function shrinkPages(file: string): void {
	const db = new DatabaseSync(file);
	db.exec("PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM; PRAGMA journal_mode=WAL");
	db.close();
}

/** All rows of all tables, or undefined when they cannot be had. */
function dump(file: string, names: readonly string[]): string | undefined {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		const rows = names.map((name) => db.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all());
		return JSON.stringify(rows, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value as unknown)));
	} catch {
		return undefined;
	} finally {
		db.close();
	}
}

/** What a start makes of the files, without what only a sealing one needs. */
type Started =
	| { readonly reader: LedgerReader; readonly store: BlockStore; close(): void }
	/** The state would be made again from the log, or brought up to it: what it then holds, the log alone decides. */
	| "follows the log";

/** @throws whatever a start is refused with. */
function start(path: string, seen: readonly SeenCheckpoint[]): Started {
	const store = BlockStore.openReadOnly(path);
	const file = StateFile.openIfReadable(statePath(path));
	const close = () => {
		file?.close();
		store.close();
	};
	try {
		refuseFirst(judgeEdge(store, { genesis, sealerKey: publicKey, seen }));
		const last = store.lastBlock()!;
		const [unreadable] = judgeStateFile(file, genesis);
		const applied = unreadable === undefined ? file!.applied()! : undefined;
		if (applied !== undefined) refuseFirst(judgeApplied(applied, (height) => store.getBlock(height)?.stateRoot));
		if (applied?.height !== last.height) {
			close();
			return "follows the log";
		}
		const state = new LedgerState(file!, applied);
		refuseFirst(judgeOpened(store, state, last, genesis));
		return { reader: new LedgerReader(store, state), store, close };
	} catch (error) {
		close();
		throw error;
	}
}

/** Everything that a reader can ask, as text; a coded refusal in place of what is not served. */
function everythingServed({ reader, store }: Exclude<Started, string>, ids: readonly Digest[]): Map<string, string> {
	const head = store.getHead()!;
	const asks: [string, () => unknown][] = [
		...[...keys, "never"].flatMap((key): [string, () => unknown][] => [
			[`get ${key}`, () => reader.get("consent", key) ?? null],
			[`get ${key} at 1`, () => reader.getAt("consent", key, 1) ?? null],
			[`state ${key}`, () => reader.proveState("consent", key, reader.block(head.height), head, head.checkpoint)],
			[`state ${key} at 1`, () => reader.proveState("consent", key, reader.block(1), head, head.checkpoint)],
		]),
		...ids.map((id): [string, () => unknown] => [`transaction ${id}`, () => reader.proveTransaction(id, head, head.checkpoint)]),
		...["0", "entries"].map((level): [string, () => unknown] => [
			`tile ${level}`,
			() => Buffer.from(reader.tile(`tile/${level}/000.p/${head.logSize}`, head.logSize)!).toString("hex"),
		]),
	];
	return new Map(asks.map(([name, ask]) => [name, answerOf(ask)]));
}

/** Anything but a coded refusal is a bug. */
function answerOf(ask: () => unknown): string {
	try {
		// Members that are absent are no part of an answer.
		return canonicalText(JSON.parse(JSON.stringify(ask() ?? null)));
	} catch (error) {
		if (error instanceof CodedError) return `refused: ${error.code}`;
		throw error;
	}
}

/** A ledger that lies still, what its readers are told, and what its files may hold. */
interface Still {
	readonly path: string;
	readonly ids: readonly Digest[];
	readonly seen: SeenCheckpoint;
	readonly truth: ReadonlyMap<string, string>;
	/** Rows of the log: the newest. Rows of the state: those of any of its commits, since a start goes on from each. */
	readonly rows: { readonly log: ReadonlySet<string>; readonly state: ReadonlySet<string> };
}

function readStill(path: string, ids: readonly Digest[]): Still {
	const store = BlockStore.openReadOnly(path);
	const { logSize: size, logRoot: root } = store.getHead()!;
	store.close();
	const started = start(path, [{ size, root }]);
	if (started === "follows the log") throw new Error("expected a state file that holds the newest block");
	const truth = everythingServed(started, ids);
	started.close();
	return {
		path,
		ids,
		seen: { size, root },
		truth,
		rows: { log: new Set([dump(path, tables.log)!]), state: new Set(committedStates(statePath(path))) },
	};
}

/** Rows of a state file with its write-ahead log cut after each frame, and without it. */
function* committedStates(file: string): Generator<string> {
	const [copy, log] = [`${file}-cut`, `${file}-wal`];
	const wal = existsSync(log) ? readFileSync(log) : new Uint8Array();
	for (let size = wal.length; size >= 0; size -= walFrameBytes) {
		copyFileSync(file, copy);
		if (size > 0) writeFileSync(`${copy}-wal`, wal.subarray(0, size));
		yield dump(copy, tables.state)!;
		for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
	}
}

function audit({ path, seen }: Still) {
	return fsckLedger({ ...definition, path, sealerKey: publicKey, seen: [seen] }).findings;
}

/** What a reader hears after a start on the files as they are now, as far as it is not the truth. */
function hear({ path, ids, seen, truth }: Still): "refused" | "follows the log" | { readonly refused: number; readonly others: string[] } {
	let started: Started;
	try {
		started = start(path, [seen]);
	} catch {
		// `openSealer` makes one coded refusal of whatever damage throws.
		return "refused";
	}
	if (started === "follows the log") return started;
	try {
		const differing = [...everythingServed(started, ids)].filter(([name, answer]) => answer !== truth.get(name));
		const others = differing.filter(([, answer]) => !answer.startsWith("refused")).map(([name]) => name);
		return { refused: differing.length - others.length, others };
	} finally {
		started.close();
	}
}

type Outcome = "found, refused at the start" | "found, refused when asked" | "found" | "harmless" | "harmless, made again from the log";

/** What came of one flip. @throws Error for one that the auditor missed, or by which a reader would be told something else. */
function judgeFlip(still: Still, kind: keyof typeof tables): Outcome {
	const isFound = audit(still).length > 0;
	const heard = hear(still);
	if (typeof heard === "object" && heard.others.length > 0) throw new Error(`served another ${heard.others[0]}`);
	if (isFound)
		return heard === "refused"
			? "found, refused at the start"
			: typeof heard === "object" && heard.refused > 0
				? "found, refused when asked"
				: "found";
	const rows = dump(still.path + (kind === "log" ? "" : ".state"), tables[kind]);
	const isUnreadable = kind === "state" && heard === "follows the log";
	if (!still.rows[kind].has(rows ?? "") && !isUnreadable) throw new Error("fsck found nothing though it changed what is stored");
	if (heard === "refused" || (typeof heard === "object" && heard.refused > 0)) throw new Error("refused though fsck found nothing");
	return heard === "follows the log" ? "harmless, made again from the log" : "harmless";
}

describe.each([
	["closed", ["", ".state"]],
	["killed", ["", "-wal", ".state", ".state-wal"]],
] as const)("every byte of the files of a ledger that was %s", (end, files) => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-sweep-"));
	const path = join(folder, "ledger.sqlite");
	let still: Still;

	beforeAll(async () => {
		const living = join(folder, "living.sqlite");
		await sealBlocks(living, 0, 2);
		for (const file of [living, statePath(living)]) shrinkPages(file);
		const copy = () => {
			for (const file of files) copyFileSync(living + file, path + file);
		};
		const ids = await sealBlocks(living, 2, 4, end === "killed" ? copy : () => {});
		if (end === "closed") copy();
		still = readStill(path, ids.slice(0, 2));
	});

	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("[LG30] is sound before any is flipped, and each file holds something of its own", () => {
		expect(audit(still)).toEqual([]);
		expect([...still.truth.values()].filter((answer) => answer.startsWith("refused"))).toEqual([]);
		for (const file of files) expect(readFileSync(path + file).length).toBeGreaterThan(1_024);
		expect(JSON.parse([...still.rows.state][0]!)[tables.state.indexOf("pages")].length).toBeGreaterThan(1);
		expect(still.rows.state.size).toBeGreaterThan(end === "killed" ? 2 : 0);
	});

	if (end === "killed")
		it("[LG22] without its write-ahead log it is an older ledger, which only what was seen outside tells", () => {
			const wal = readFileSync(`${path}-wal`);
			truncateSync(`${path}-wal`, 0);
			expect(audit(still)).toContainEqual({ code: "FSCK_ROLLED_BACK", where: `seen ${still.seen.size}` });
			writeFileSync(`${path}-wal`, wal);
			expect(audit(still)).toEqual([]);
		});

	it.each(files)(
		`[LG30] flipped in ledger%s is found by fsck or changes nothing, and nothing else is served (${slow ? "all" : `${sample} of them`})`,
		{
			timeout: 7_200_000,
		},
		(suffix) => {
			const bytes = readFileSync(path + suffix);
			const file = openSync(path + suffix, "r+");
			const outcomes = new Map<Outcome, number>();
			const step = slow ? 1 : Math.floor(bytes.length / sample) | 1;
			try {
				for (let at = 0; at < bytes.length; at += step) {
					writeSync(file, Uint8Array.of(bytes[at]! ^ (1 << (at % 8))), 0, 1, at);
					try {
						const outcome = judgeFlip(still, suffix.startsWith(".state") ? "state" : "log");
						outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
					} catch (error) {
						throw new Error(`byte ${at} of ${bytes.length}`, { cause: error });
					}
					writeSync(file, bytes, at, 1, at);
				}
			} finally {
				closeSync(file);
			}
			expect(readFileSync(path + suffix).equals(bytes)).toBe(true);
			console.info(`${end}, ledger${suffix}, ${bytes.length} bytes: ${JSON.stringify(Object.fromEntries(outcomes))}`);
			// What is lost of the state's own write-ahead log the log makes good.
			expect([...outcomes.keys()].some((outcome) => outcome !== "harmless")).toBe(true);
		},
	);
});
