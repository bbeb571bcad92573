/**
 * `npm run check [-- NAME…]`: everything that can be told without running the project. All checks run even after one has failed; with names
 * only those.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cruiseRooms } from "./arrows/cruiseRooms.ts";
import { checkCapabilities } from "./check/capabilities.ts";
import { checkDoors } from "./check/doors.ts";
import { type Finding, formatFinding } from "./check/finding.ts";
import { checkLockfile } from "./check/lockfile.ts";
import { readRepositoryFiles } from "./check/repositoryFiles.ts";
import { checkRuleNumbers, listUntestedRules } from "./check/ruleNumbers.ts";
import { checkWords } from "./check/words.ts";

const root = join(import.meta.dirname, "..");
const files = readRepositoryFiles(root);

const checks: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
	style: () => tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", "--max-diagnostics=200"),
	types: () => tool("typescript/bin/tsc", "-p", ".") && tool("typescript/bin/tsc", "-p", "portal"),
	arrows: checkArrows,
	capabilities: () => report(checkCapabilities(files)),
	doors: () => report(checkDoors(roomNames(), files)),
	rules: checkRules,
	unused: () => tool("knip/bin/knip.js", "--no-progress"),
	words: () => report(checkWords(files.filter(({ path }) => path !== "package-lock.json"))),
	lockfile: () => report(checkLockfile(textOf("package-lock.json"), manifests())),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
	process.stderr.write(`No such check; there are: ${Object.keys(checks).join(", ")}\n`);
	process.exitCode = 64;
} else {
	await runChecks(names.length > 0 ? names : Object.keys(checks));
}

async function runChecks(selected: readonly string[]): Promise<void> {
	const failed: string[] = [];
	for (const name of selected) {
		const startedMs = performance.now();
		const passed = await checks[name]?.();
		if (!passed) failed.push(name);
		process.stdout.write(`${passed ? "ok  " : "FAIL"} ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)\n`);
	}
	if (failed.length > 0) process.stdout.write(`check failed: ${failed.join(", ")}\n`);
	process.exitCode = failed.length > 0 ? 1 : 0;
}

/** Runs a package's program from our own node_modules, output to the terminal. */
function tool(program: string, ...toolArguments: readonly string[]): boolean {
	const path = join(root, "node_modules", program);
	return spawnSync(process.execPath, [path, ...toolArguments], { cwd: root, stdio: "inherit" }).status === 0;
}

function report(findings: readonly Finding[]): boolean {
	for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
	return findings.length === 0;
}

async function checkArrows(): Promise<boolean> {
	const { modules, sourceFiles, violations } = await cruiseRooms(root);
	const unread = modules === sourceFiles ? [] : [{ path: "src", message: `${sourceFiles} source files, but ${modules} were read` }];
	return report([...unread, ...violations.map(({ rule, from, to, comment }) => ({ path: from, message: `→ ${to}: ${rule}. ${comment}` }))]);
}

/** Rules without a test are told, not refused: a definition or a table needs none. */
function checkRules(): boolean {
	const untested = listUntestedRules(files);
	if (untested.length > 0) process.stdout.write(`rules that no test carries: ${untested.join(" ")}\n`);
	return report(checkRuleNumbers(files));
}

function roomNames(): string[] {
	const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
	return folders.map(({ name }) => name).filter((name) => files.some(({ path }) => path.startsWith(`src/${name}/`)));
}

function textOf(path: string): string {
	return files.find((file) => file.path === path)?.text ?? "";
}

function manifests(): Record<string, string> {
	const own = files.filter(({ path }) => /(?:^|\/)package\.json$/.test(path));
	return Object.fromEntries(own.map(({ path, text }) => [path, text]));
}
