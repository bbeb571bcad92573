import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { decodeUtf8, type JsonValue } from "#base";
import { rules } from "#contracts";
import { Chance } from "./testing/chance.ts";
import { type GeneratedChain, generateChain } from "./testing/generateChain.ts";
import { findOlderNode, stripRooms } from "./testing/olderNode.ts";
import { readRecordedChains, replayRecorded, sealedRoot } from "./testing/recordedChains.ts";
import { formatRun, readText, runChain } from "./testing/runChain.ts";
import { readTransaction } from "./transaction.ts";

const slow = process.env.ACESO_SLOW === "1";
/** `ACESO_CHAINS` goes through the ten thousand in parts. */
const count = Number(process.env.ACESO_CHAINS ?? (slow ? 10_000 : 200));
/** Chains that one process is given at a time. */
const batch = 200;
/** Another each day, so that runs add up; `ACESO_SEED` repeats one. */
const firstSeed = Number(process.env.ACESO_SEED ?? Math.floor(Date.now() / 86_400_000) * 100_000);
const batches = Array.from({ length: Math.ceil(count / batch) }, (_, i) => firstSeed + i * batch);
const timeout = 240_000;

const replayProgram = fileURLToPath(new URL("./testing/replayChains.ts", import.meta.url));

/** `contract.action` of every action of the newest rules. */
const actionsOfRules = Object.values(rules.at(rules.version)?.contracts ?? {}).flatMap(({ name, actions }) =>
	Object.keys(actions).map((action) => `${name}.${action}`),
);

interface Ran {
	readonly chains: readonly GeneratedChain[];
	readonly runs: readonly ReturnType<typeof runChain>[];
	readonly lines: readonly string[];
}

/** One batch by its first seed; each is generated and run here once, whatever it is held against. */
const run = new Map<number, Ran>();

function chainsFrom(seed: number): Ran {
	const found = run.get(seed);
	if (found !== undefined) return found;
	const chains = Array.from({ length: batch }, (_, i) => generateChain(seed + i));
	const runs = chains.map((chain) => runChain(chain));
	const made = { chains, runs, lines: runs.map((each, i) => formatRun(seed + i, each)) };
	run.set(seed, made);
	return made;
}

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-determinism-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** What another process makes of chains, a line each. */
function runElsewhere(path: string, args: readonly string[], chains: readonly object[]): Promise<string[]> {
	const file = join(temporaryFolder(), "chains.jsonl");
	writeFileSync(file, chains.map((chain) => `${JSON.stringify(chain)}\n`).join(""));
	return new Promise((resolve, reject) => {
		const child = spawn(path, [...args, file], { stdio: ["ignore", "pipe", "pipe"] });
		let [out, problems] = ["", ""];
		child.stdout.on("data", (text) => {
			out += text;
		});
		child.stderr.on("data", (text) => {
			problems += text;
		});
		child.on("close", (status) => {
			if (status === 0) resolve(out.trimEnd().split("\n"));
			else reject(new Error(`a replaying process ended with ${status}: ${problems.slice(-2_000)}`));
		});
	});
}

/** The same value with the keys of every object in another order of insertion. */
function reordered(value: JsonValue, chance: Chance): JsonValue {
	if (Array.isArray(value)) return value.map((each) => reordered(each, chance));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(chance.shuffled(Object.entries(value)).map(([key, each]) => [key, reordered(each, chance)]));
}

function cutAnywhere(chance: Chance) {
	return <T>(candidates: readonly T[]): T[][] => {
		const pieces: T[][] = [[]];
		for (const candidate of candidates) {
			if (chance.once(3)) pieces.push([]);
			pieces.at(-1)!.push(candidate);
		}
		return pieces;
	};
}

/** State without what a contract copies from the block's height: the anchors' own. */
function withoutHeights(state: ReadonlyMap<string, string>): readonly string[] {
	return [...state].map(([name, text]) => `${name} ${name.startsWith("access a/") ? text.replace(/"height":\d+,/, "") : text}`).sort();
}

describe("recorded chains", () => {
	const recorded = readRecordedChains();

	it("[LG54] replay to the roots they were sealed with: who changes that has made new rules, and gives them a new version", () => {
		for (const chain of recorded) expect(replayRecorded(chain)).toEqual({ findings: [], stateRoot: sealedRoot(chain) });
		const taken = recorded.flatMap(({ leaves }) => leaves.map((text) => JSON.parse(text) as { contract?: string; action?: string }));
		const names = new Set(taken.map(({ contract, action }) => `${contract}.${action}`));
		expect(actionsOfRules.filter((action) => !names.has(action))).toEqual([]);
	});

	it("[LG54] a leaf left out, moved or changed is found", () => {
		const { genesis, leaves } = recorded[0]!;
		const first = leaves.findIndex((text) => !text.startsWith('{"height"'));
		const changed = [leaves.toSpliced(first, 1), leaves.with(first, leaves[first]!.replace(/"salt":"../, '"salt":"00')), leaves.slice(0, -1)];
		for (const damaged of changed) expect(replayRecorded({ genesis, leaves: damaged }).findings).not.toEqual([]);
	});

	const older = findOlderNode();
	it.skipIf(older === undefined)("[LG54] an older Node finds the same (needs an older `node`, 20 or newer, on PATH)", { timeout }, async () => {
		const folder = temporaryFolder();
		stripRooms(folder);
		const program = join(folder, "src", "ledger", "testing", "replayChains.js");
		const lines = recorded.map((chain) => JSON.stringify(replayRecorded(chain)));
		expect(await runElsewhere(older!.path, [program], recorded)).toEqual(lines);
	});
});

describe.each(batches)(`determinism of the ledger over ${batch} chains from seed %i (ACESO_SEED repeats them)`, (seed) => {
	afterAll(() => {
		run.delete(seed);
	});

	it("[LG50] the chains take every action and meet most refusals, or they would show nothing", { timeout }, () => {
		const said = new Set(chainsFrom(seed).lines.flatMap((line) => (JSON.parse(line) as { said: string }).said.split(" ")));
		// A seed may happen to complete no rotation; two actions left out would be the generator's fault.
		expect(actionsOfRules.filter((action) => !said.has(action)).length).toBeLessThan(2);
		expect([...said].filter((code) => /^[A-Z]/.test(code)).length).toBeGreaterThan(40);
	});

	it("[LG50] the leaves alone lead every replay to the sealer's roots, with nothing found", { timeout }, () => {
		for (const line of chainsFrom(seed).lines) {
			const { findings, replayedRoot, stateRoots } = JSON.parse(line) as Record<string, string>;
			expect([findings, replayedRoot], line).toEqual(["", stateRoots!.split(" ").at(-1) || replayedRoot]);
		}
	});

	it("[LG51] another process with another size of stack comes to the same codes and roots", { timeout }, async () => {
		const { chains, lines } = chainsFrom(seed);
		expect(await runElsewhere(process.execPath, ["--stack-size=300", replayProgram], chains)).toEqual(lines);
	});

	const older = findOlderNode();
	it.skipIf(older === undefined)(
		"[LG51] an older Node comes to the same codes and roots (needs an older `node`, 20 or newer, on PATH)",
		{ timeout },
		async () => {
			const folder = temporaryFolder();
			stripRooms(folder);
			const program = join(folder, "src", "ledger", "testing", "replayChains.js");
			const { chains, lines } = chainsFrom(seed);
			expect(await runElsewhere(older!.path, [program], chains)).toEqual(lines);
		},
	);

	it("[LG52] the order in which keys of objects were inserted changes nothing", { timeout }, () => {
		const { chains, lines } = chainsFrom(seed);
		for (const [i, chain] of chains.entries()) {
			const chance = new Chance(chain.seed);
			// What is no transaction as bytes is refused as before; what is one comes as an object, as over HTTP.
			const read = (text: string) => readTransaction(reordered(JSON.parse(decodeUtf8(readText(text).bytes)) as JsonValue, chance));
			expect(formatRun(chain.seed, runChain(chain, { read, replay: false }))).toBe(lines[i]);
		}
	});

	it("[LG53] a block run in pieces at one height and time comes to the same codes and roots", { timeout }, () => {
		const { chains, lines } = chainsFrom(seed);
		for (const [i, chain] of chains.entries()) {
			expect(formatRun(chain.seed, runChain(chain, { cut: cutAnywhere(new Chance(chain.seed)), replay: false }))).toBe(lines[i]);
		}
	});

	it("[LG53] blocks cut into more blocks at the same times accept the same and come to the same state, but for heights that anchors record", {
		timeout,
	}, () => {
		const { chains, runs } = chainsFrom(seed);
		for (const [i, chain] of chains.entries()) {
			const cut = cutAnywhere(new Chance(chain.seed));
			const blocks = chain.blocks.flatMap(({ time, submitted }) => cut(submitted).map((piece) => ({ time, submitted: piece })));
			const [whole, pieces] = [runs[i]!, runChain({ ...chain, blocks }, { replay: false })];
			expect([chain.seed, pieces.said, withoutHeights(pieces.state)]).toEqual([chain.seed, whole.said, withoutHeights(whole.state)]);
		}
	});
});
