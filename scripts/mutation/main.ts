/**
 * `npm run mutate -- TARGET [PATH…]`: changes the sources of a target, one small change at a time, and tells which changes no test notices. The
 * instrumenter is Stryker's and installed beside this file the first time; tests are measured once and run again for each mutant in one process.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Outcome } from "./mutantRunner.ts";
import type { Mutant } from "./sandbox.ts";
import { targets } from "./targets.ts";

const help = `usage: npm run mutate -- TARGET [OPTION…] [PATH…]

  --sample N   only N mutants, drawn at random
  --seed S     another draw (default 1)
  --json FILE  every mutant with its verdict
  --again FILE those of an earlier --json that no test noticed, instead of a sample
  --budget S   seconds of tests for a mutant, beyond which it counts as not noticed (default: all of its tests)
  --help       this text

Targets: ${Object.keys(targets).join(", ")}. With parts of paths only the sources that hold one of them.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(commandLine: string[]): Promise<number> {
	const options = {
		sample: { type: "string" },
		seed: { type: "string", default: "1" },
		json: { type: "string" },
		again: { type: "string" },
		budget: { type: "string" },
		help: { type: "boolean" },
	} as const;
	const { values, positionals } = parseArgs({ args: commandLine, options, allowPositionals: true });
	const [name = "", ...only] = positionals;
	const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
	if (values.help || target === undefined) {
		(values.help ? process.stdout : process.stderr).write(help);
		return values.help ? 0 : 64;
	}
	install();
	const { createSandbox } = await import("./sandbox.ts");
	const { MutantRunner } = await import("./mutantRunner.ts");
	const { measureTests } = await import("./measurement.ts");
	const sandbox = await createSandbox(join(import.meta.dirname, "../.."), target, only);
	const workFolder = mkdtempSync(join(inMemory(), "aceso-mutation-work-"));
	const runner = new MutantRunner(sandbox, workFolder, values.budget === undefined ? Number.MAX_SAFE_INTEGER : Number(values.budget) * 1_000);
	try {
		runner.use(await measureTests(sandbox, runner, join(import.meta.dirname, "../../node_modules/.cache/aceso-mutation")));
		// Whatever the tests left behind is not the mutants' to find.
		runner.close();
		const count = values.sample === undefined ? Number.POSITIVE_INFINITY : Number(values.sample);
		const drawn = values.again === undefined ? draw(sandbox.mutants, count, values.seed) : again(sandbox.mutants, values.again);
		const outcomes: Outcome[] = [];
		for (const mutant of drawn) {
			outcomes.push(await runner.try(mutant));
			if (outcomes.length % 25 === 0) process.stderr.write(`${outcomes.length} of ${drawn.length}: ${summary(outcomes)}\n`);
			if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ mutants: sandbox.mutants.length, outcomes }, null, "\t"));
		}
		process.stdout.write(report(outcomes, sandbox.mutants.length));
		return 0;
	} finally {
		runner.close();
		rmSync(dirname(sandbox.folder), { recursive: true, force: true });
		rmSync(workFolder, { recursive: true, force: true });
	}
}

/** Where the files of tests lie in memory: no test can tell, and each durable write is 8 ms sooner done. */
function inMemory(): string {
	return process.env["TMPDIR"] === undefined && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}

function install(): void {
	const folder = import.meta.dirname;
	if (existsSync(join(folder, "node_modules"))) return;
	const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
	if (status !== 0) throw new Error("the instrumenter could not be installed");
}

/** A sample without replacement; the same seed draws the same mutants from the same sources. */
function draw(mutants: readonly Mutant[], count: number, seed: string): readonly Mutant[] {
	if (count >= mutants.length) return mutants;
	let state = [...seed].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0, 7);
	const pool = [...mutants];
	return Array.from({ length: count }, () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return pool.splice(Math.floor((state / 2 ** 32) * pool.length), 1)[0] as Mutant;
	});
}

/** The mutants that an earlier run left unnoticed, as they are found in the sources of now; lines may have moved since. */
function again(mutants: readonly Mutant[], file: string): readonly Mutant[] {
	const { outcomes } = JSON.parse(readFileSync(file, "utf8")) as { readonly outcomes: readonly Outcome[] };
	return outcomes.filter(isUnnoticed).flatMap(({ mutant: before }) => {
		const same = mutants.filter((mutant) => (["path", "mutator", "original", "replacement"] as const).every((key) => mutant[key] === before[key]));
		const nearest = same.toSorted((a, b) => Math.abs(a.line - before.line) - Math.abs(b.line - before.line))[0];
		if (nearest === undefined) process.stderr.write(`not there any more: ${before.path}:${before.line} ${before.original}\n`);
		return nearest ?? [];
	});
}

function isUnnoticed({ verdict }: Outcome): boolean {
	return verdict === "survived" || verdict === "uncovered";
}

function summary(outcomes: readonly Outcome[]): string {
	const count = (verdict: Outcome["verdict"]) => outcomes.filter((outcome) => outcome.verdict === verdict).length;
	return `${count("killed")} killed, ${count("timed out")} timed out, ${count("survived")} survived, ${count("uncovered")} uncovered`;
}

function report(outcomes: readonly Outcome[], all: number): string {
	const alive = outcomes.filter(isUnnoticed);
	const lines = alive.map(
		({ mutant: { path, line, mutator, original, replacement }, verdict, isCutShort }) =>
			`${path}:${line} ${verdict}${isCutShort ? " (not all of its tests were run)" : ""} ${mutator}\n  - ${original.replaceAll("\n", "\n    ")}\n  + ${replacement.replaceAll("\n", "\n    ")}\n`,
	);
	const percent = outcomes.length === 0 ? 0 : (100 * alive.length) / outcomes.length;
	return `${lines.join("")}\n${outcomes.length} of ${all} mutants: ${summary(outcomes)}; not noticed: ${percent.toFixed(1)} %\n`;
}
