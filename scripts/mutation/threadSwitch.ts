/**
 * The mutant switch of threads, which have a `globalThis` of their own. Loaded before everything else in the process and in each of its threads:
 * one piece of shared memory says which mutant is switched on, and counts how often a thread passed the place of each.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";

const key = "aceso.mutation";
const mutantsAtMost = 65_536;

/** Word 0: the number of the mutant switched on, or -1. Word 1 + n: how often threads passed mutant n. */
const words = open();

function open(): Int32Array {
	if (!isMainThread) return new Int32Array(getEnvironmentData(key) as SharedArrayBuffer);
	const memory = new SharedArrayBuffer(4 * (1 + mutantsAtMost));
	setEnvironmentData(key, memory);
	return new Int32Array(memory).fill(-1, 0, 1);
}

export function switchThreads(mutant: string): void {
	Atomics.store(words, 0, mutant === "" ? -1 : Number(mutant));
}

/** What threads passed since the last call. */
export function takeThreadHits(): Record<string, number> {
	const hits: Record<string, number> = {};
	for (let index = 1; index < words.length; index++) if (words[index] !== 0) hits[index - 1] = Atomics.exchange(words, index, 0);
	return hits;
}

if (!isMainThread) {
	const counts = new Proxy({} as Record<string, number>, {
		get: () => 0,
		set: (_, mutant) => {
			Atomics.add(words, 1 + Number(mutant), 1);
			return true;
		},
	});
	const names: string[] = [];
	const namespace = {
		get activeMutant() {
			const active = words[0] as number;
			if (active < 0) return "";
			names[active] ??= String(active);
			return names[active];
		},
		mutantCoverage: { static: counts, perTest: {} },
	};
	Reflect.set(globalThis, "__stryker__", namespace);
}
