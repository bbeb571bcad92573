/**
 * The mutant switch of a program that a test starts, loaded before everything else there: its address says which mutant is switched on for the whole
 * of its life, and the file to which it tells each mutant whose place it passes. Nothing of it stands in the environment, which tests look at.
 */
import { appendFileSync } from "node:fs";

const { searchParams } = new URL(import.meta.url);
const hitsFile = searchParams.get("hits");

const told = new Set<string>();
/** Told at once, since many of these programs are killed. */
const hits = new Proxy({} as Record<string, number>, {
	get: () => 0,
	set: (_, mutant) => {
		if (hitsFile === null || told.has(String(mutant))) return true;
		told.add(String(mutant));
		appendFileSync(hitsFile, `${String(mutant)}\n`);
		return true;
	},
});
Reflect.set(globalThis, "__stryker__", { activeMutant: searchParams.get("mutant") ?? "", mutantCoverage: { static: hits, perTest: {} } });
