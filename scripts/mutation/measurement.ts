import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { MutantRunner } from "./mutantRunner.ts";
import type { Measured } from "./questions.ts";
import type { Sandbox } from "./sandbox.ts";

/** What each file of tests takes and passes, without a mutant. */
export type Measurement = ReadonlyMap<string, Measured>;

/**
 * Measures every file of tests once. What was measured is kept under a hash of the sources, the tests' helpers and the file itself, so that another
 * sample, or a test that was added, measures what is new alone.
 *
 * @param cacheFolder - Made when it is not there; what lies in it can be deleted at any time.
 */
export async function measureTests(sandbox: Sandbox, runner: MutantRunner, cacheFolder: string): Promise<Measurement> {
	mkdirSync(cacheFolder, { recursive: true });
	const sources = hashOfSources(sandbox.folder);
	const measurement = new Map<string, Measured>();
	for (const file of sandbox.tests) {
		const text = readFileSync(join(sandbox.folder, file));
		const name = createHash("sha256").update(`${sources}\n${sandbox.mutants.length}\n${file}\n`).update(text).digest("hex");
		const kept = join(cacheFolder, `${name}.json`);
		const measured = existsSync(kept) ? (JSON.parse(readFileSync(kept, "utf8")) as Measured) : await runner.measure(file);
		tell(file, measured);
		if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(measured));
		measurement.set(file, measured);
	}
	return measurement;
}

function tell(file: string, { failure, tests }: Measured): void {
	if (failure !== undefined) process.stderr.write(`left out: ${file}: ${failure}\n`);
	for (const test of tests) if (test.failure !== undefined) process.stderr.write(`fails without a mutant, left out: ${test.id}: ${test.failure}\n`);
}

/** What a measurement says of this process's own files holds as long as these stand. */
const measuring = ["runMutants.ts", "threadSwitch.ts", "processSwitch.ts", "programSwitch.ts", "vitestShim.ts", "sandbox.ts"];

/** Everything but files of tests: the text as it is run, mutants and all. */
function hashOfSources(folder: string): string {
	const hash = createHash("sha256").update(process.version);
	const entries = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	const sources = entries.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => /(?<!\.test)\.ts$/.test(path));
	const own = measuring.map((name) => join(import.meta.dirname, name));
	// By what they are called from their own root, so that another clone's measurement holds here.
	for (const path of sources.sort()) hash.update(path.replace(folder, "")).update("\n").update(readFileSync(path));
	for (const path of own) hash.update(basename(path)).update("\n").update(readFileSync(path));
	return hash.digest("hex");
}
