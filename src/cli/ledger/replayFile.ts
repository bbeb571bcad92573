import { genesisState, rules } from "#contracts";
import { LedgerReplay } from "#ledger";
import type { Io } from "../command.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

/** Runs the log again from genesis in memory: what anybody computes who has the leaves. */
export async function replayFile(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, ...jsonOption });
	return withLedgerFile(folderOf(values), ({ genesis, inspection }) => {
		const replay = new LedgerReplay({ genesis, rules, genesisState });
		let blocks = 0;
		for (const leaf of inspection.leaves()) {
			if (replay.append(leaf) === undefined) continue;
			blocks++;
			if (blocks % 100 === 0) io.progress(`replayed ${blocks} blocks`);
		}
		replay.end();
		io.progress("");
		const { findings, stateRoot, transactions } = replay;
		if (values.json) io.out(JSON.stringify({ blocks, transactions: transactions.size, stateRoot, findings }));
		else {
			io.out(`${blocks} blocks, ${transactions.size} transactions run again; state root ${stateRoot}`);
			for (const { code, leafIndex } of findings) io.out(`✗ ${code} at leaf ${leafIndex}`);
			if (findings.length === 0) io.out("✓ every state root is the one in the log");
		}
		return findings.length === 0 ? 0 : 70;
	});
}
