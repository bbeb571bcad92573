/**
 * `npm run mutate -- TARGET [PATH…]`: changes the sources of a target, one small change at a time, and tells which changes no test notices. The
 * instrumenter is Stryker's and installed beside this file the first time; tests are collected once and run again for each mutant in one process.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  --help       this text

Targets: ${Object.keys(targets).join(", ")}. With parts of paths only the sources that hold one of them.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(commandLine: string[]): Promise<number> {
	const options = {
		sample: { type: "string" },
		seed: { type: "string", default: "1" },
		json: { type: "string" },
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
	const sandbox = await createSandbox(join(import.meta.dirname, "../.."), target, only);
	const workFolder = mkdtempSync(join(tmpdir(), "aceso-mutation-work-"));
	const runner = new MutantRunner(sandbox, workFolder);
	try {
		const failing = await runner.measure();
		for (const line of failing) process.stderr.write(`fails without a mutant, left out: ${line}\n`);
		const drawn = draw(sandbox.mutants, values.sample === undefined ? Number.POSITIVE_INFINITY : Number(values.sample), values.seed);
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

function summary(outcomes: readonly Outcome[]): string {
	const count = (verdict: Outcome["verdict"]) => outcomes.filter((outcome) => outcome.verdict === verdict).length;
	return `${count("killed")} killed, ${count("timed out")} timed out, ${count("survived")} survived, ${count("uncovered")} uncovered`;
}

function report(outcomes: readonly Outcome[], all: number): string {
	const alive = outcomes.filter(({ verdict }) => verdict === "survived" || verdict === "uncovered");
	const lines = alive.map(
		({ mutant: { path, line, mutator, original, replacement }, verdict }) =>
			`${path}:${line} ${verdict} ${mutator}\n  - ${original.replaceAll("\n", "\n    ")}\n  + ${replacement.replaceAll("\n", "\n    ")}\n`,
	);
	const percent = outcomes.length === 0 ? 0 : (100 * alive.length) / outcomes.length;
	return `${lines.join("")}\n${outcomes.length} of ${all} mutants: ${summary(outcomes)}; not noticed: ${percent.toFixed(1)} %\n`;
}
