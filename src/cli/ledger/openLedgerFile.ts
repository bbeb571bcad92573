import { join } from "node:path";
import { type Genesis, inspectLedger, type LedgerInspection } from "#ledger";
import { readGenesis } from "#node";
import { assertNetwork } from "../openNode.ts";

export interface LedgerFile {
	readonly path: string;
	readonly genesis: Genesis;
	readonly inspection: LedgerInspection;
}

/** Opens the ledger's file for reading while `work` runs; a node may go on writing it. */
export async function withLedgerFile<Result>(folder: string, work: (file: LedgerFile) => Result | Promise<Result>): Promise<Result> {
	assertNetwork(folder);
	const genesis = readGenesis(folder);
	const path = join(folder, "ledger", "ledger.db");
	const inspection = inspectLedger(path);
	try {
		return await work({ path, genesis, inspection });
	} finally {
		inspection.close();
	}
}
