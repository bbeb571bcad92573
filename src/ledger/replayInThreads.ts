import { LedgerReplay, type ReadLeaf, readLeaf } from "./replayLedger.ts";
import type { LedgerDefinition } from "./sealer/options.ts";
import { claimOfTransaction, createSignatureChecker } from "./sealer/signatureChecker.ts";
import type { ReadTransaction } from "./transaction.ts";

/** Leaves whose signatures are handed to the threads together. */
const partLeaves = 512;
/** Parts read ahead of the rules: enough that no thread waits while a block runs. */
const partsAheadMax = 8;

export interface ReplayInThreadsParameters {
	readonly leaves: Iterable<Uint8Array>;
	readonly definition: LedgerDefinition;
	/** Worker threads that verify signatures; 0 verifies here. */
	readonly threads: number;
}

interface Part {
	readonly leaves: readonly ReadLeaf[];
	/** One for each transaction of the part. */
	readonly verdicts: Promise<readonly boolean[]>;
}

/**
 * Runs a whole log as `replayLedger` does, to the same findings and roots, with signatures verified in worker threads ahead of the rules.
 * Rejects only when a thread dies: then nothing was judged.
 */
export async function replayInThreads({ leaves, definition, threads }: ReplayInThreadsParameters): Promise<LedgerReplay> {
	const replay = new LedgerReplay(definition);
	const checker = createSignatureChecker(threads);
	const ahead: Part[] = [];
	try {
		for (const part of splitLeaves(leaves)) {
			const verdicts = checker.check(part.filter(isTransaction).map(claimOfTransaction));
			// It is awaited below; until then a thread's death must not count as a rejection that nobody handles.
			verdicts.catch(() => undefined);
			ahead.push({ leaves: part, verdicts });
			if (ahead.length > partsAheadMax) await run(replay, ahead.shift()!);
		}
		for (const part of ahead) await run(replay, part);
		replay.end();
		return replay;
	} finally {
		await checker.close();
	}
}

function* splitLeaves(leaves: Iterable<Uint8Array>): Generator<ReadLeaf[]> {
	let part: ReadLeaf[] = [];
	for (const bytes of leaves) {
		part.push(readLeaf(bytes));
		if (part.length < partLeaves) continue;
		yield part;
		part = [];
	}
	if (part.length > 0) yield part;
}

async function run(replay: LedgerReplay, { leaves, verdicts }: Part): Promise<void> {
	const signed = await verdicts;
	let next = 0;
	for (const leaf of leaves) replay.appendRead(leaf, isTransaction(leaf) && signed[next++] === true);
}

function isTransaction(leaf: ReadLeaf): leaf is ReadTransaction {
	return leaf !== undefined && !("height" in leaf);
}
