import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { encodeUtf8 } from "#base";
import { genesisState, rules } from "#contracts";
import { type Genesis, LedgerReplay } from "#ledger";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { assertReadable } from "../files.ts";
import { dataOption, folderOf, jsonOption, readWords, required } from "../options.ts";
import { readGenesisFile } from "../witness/genesisFile.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

/** Leaves between two words on how far it is. */
const leavesPerProgress = 2_000;

/** Runs the log again from genesis in memory: what anybody computes who has the leaves, from a folder or from an export. */
export async function replayFile(args: readonly string[], io: Io): Promise<number> {
	const options = { ...dataOption, ...jsonOption, leaves: { type: "string" }, genesis: { type: "string" } } as const;
	const { values } = readWords(args, options);
	const { leaves } = values;
	if (leaves === undefined) {
		if (values.genesis !== undefined) throw new CliError("CLI_USAGE", "expected --leaves FILE beside --genesis FILE");
		return withLedgerFile(folderOf(values), ({ genesis, inspection }) =>
			replay({ genesis, leaves: inspection.leaves(), total: sizeOf(inspection.checkpoint()), io, asJson: values.json }),
		);
	}
	const genesis = readGenesisFile(required(values.genesis, "--genesis FILE beside --leaves FILE"));
	assertReadable(leaves);
	return replay({ genesis, leaves: readLeaves(leaves), total: undefined, io, asJson: values.json });
}

interface ReplayParameters {
	readonly genesis: Genesis;
	readonly leaves: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
	/** Leaves there are, where that is known. */
	readonly total: number | undefined;
	readonly io: Io;
	readonly asJson: boolean;
}

async function replay({ genesis, leaves, total, io, asJson }: ReplayParameters): Promise<number> {
	const run = new LedgerReplay({ genesis, rules, genesisState });
	let [blocks, done] = [0, 0];
	for await (const leaf of leaves) {
		if (run.append(leaf) !== undefined) blocks++;
		if (++done % leavesPerProgress === 0) io.progress(`run again: ${done}${total === undefined ? "" : ` of ${total}`} leaves, ${blocks} blocks`);
	}
	run.end();
	io.progress("");
	const { findings, stateRoot, transactions } = run;
	if (asJson) io.out(JSON.stringify({ blocks, transactions: transactions.size, stateRoot, findings }));
	else {
		io.out(`${blocks} blocks, ${transactions.size} transactions run again; state root ${stateRoot}`);
		for (const { code, leafIndex } of findings) io.out(`✗ ${code} at leaf ${leafIndex}`);
		if (findings.length === 0) io.out("✓ every state root is the one in the log");
	}
	return findings.length === 0 ? 0 : 70;
}

/** An export: a leaf a line. */
async function* readLeaves(path: string): AsyncGenerator<Uint8Array> {
	for await (const line of createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY })) yield encodeUtf8(line);
}

/** Size that a stored checkpoint names. */
function sizeOf(checkpoint: string): number {
	return Number(checkpoint.split("\n")[1] ?? 0);
}
