import { exportLeaves } from "#ledger";
import type { Io } from "../command.ts";
import { dataOption, folderOf, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

/** The log's leaves in order, one a line. */
export async function exportLedger(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, dataOption);
	return withLedgerFile(folderOf(values), ({ inspection }) => {
		for (const line of exportLeaves(inspection)) io.out(line.trimEnd());
		return 0;
	});
}
