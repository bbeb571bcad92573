import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeUtf8, encodeUtf8 } from "#base";
import { genesisState, rules } from "#contracts";
import { parseBlockLeaf } from "../blockLeaf.ts";
import type { Genesis } from "../ledger.ts";
import { replayLedger } from "../replayLedger.ts";
import { generateChain } from "./generateChain.ts";
import { runChain } from "./runChain.ts";

/** A log as it was sealed once, by the rules of that day. */
export interface RecordedChain {
	readonly genesis: Genesis;
	/** Transactions and block leaves in canonical text. */
	readonly leaves: readonly string[];
}

export const recordedChainsPath = join(import.meta.dirname, "recordedChains.json");
/** Together these chains take every action. */
const seeds = [201, 174, 190];

export function readRecordedChains(): readonly RecordedChain[] {
	return JSON.parse(readFileSync(recordedChainsPath, "utf8")) as RecordedChain[];
}

/** What the rules make of it today: `findings` is empty as long as they are the rules of that day. */
export function replayRecorded({ genesis, leaves }: RecordedChain): { readonly findings: readonly string[]; readonly stateRoot: string } {
	const steps = replayLedger(leaves.map(encodeUtf8), { genesis, rules, genesisState });
	for (;;) {
		const { done, value } = steps.next();
		if (done) return { findings: value.findings.map(({ code, leafIndex }) => `${code} ${leafIndex}`), stateRoot: value.stateRoot };
	}
}

/** The state root that the last block leaf was sealed with. */
export function sealedRoot({ leaves }: RecordedChain): string {
	return parseBlockLeaf(encodeUtf8(leaves.at(-1) ?? "")).stateRoot;
}

if (process.argv[1] === import.meta.filename) {
	const chains = seeds.map(generateChain).map((chain) => ({ genesis: chain.genesis, leaves: runChain(chain).leaves.map(decodeUtf8) }));
	writeFileSync(recordedChainsPath, `${JSON.stringify(chains, null, "\t")}\n`);
}
