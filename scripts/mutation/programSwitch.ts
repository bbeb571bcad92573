/** Switches mutants in programs that tests start: every `spawn` of this Node loads `processSwitch.ts` first. */
import childProcess, { type SpawnOptions } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const hitsFile = join(mkdtempSync(join(tmpdir(), "aceso-hits-")), "hits");
let active = "";
let isMeasuring = false;

/** For programs that start from now on; with `undefined` they tell what they pass instead. */
export function switchPrograms(mutant: string | undefined): void {
	[active, isMeasuring] = [mutant ?? "", mutant === undefined];
}

/** Mutants whose places the programs passed since the last call. */
export function takeProgramHits(): readonly string[] {
	if (!existsSync(hitsFile)) return [];
	const hits = readFileSync(hitsFile, "utf8").split("\n").slice(0, -1);
	rmSync(hitsFile);
	return [...new Set(hits)];
}

const spawn = childProcess.spawn as (command: string, args?: readonly string[] | SpawnOptions, options?: SpawnOptions) => childProcess.ChildProcess;

function spawnSwitched(command: string, args?: readonly string[] | SpawnOptions, options?: SpawnOptions): childProcess.ChildProcess {
	const isOurs = command === process.execPath && Array.isArray(args) && (isMeasuring || active !== "");
	return isOurs ? spawn(command, ["--import", address(), ...(args as readonly string[])], options) : spawn(command, args, options);
}

function address(): string {
	const url = new URL("./processSwitch.ts", import.meta.url);
	if (isMeasuring) url.searchParams.set("hits", hitsFile);
	else url.searchParams.set("mutant", active);
	return url.href;
}

Object.assign(childProcess, { spawn: spawnSwitched });
syncBuiltinESMExports();
