import { genesisState, rules } from "#contracts";
import { fsckLedger } from "#ledger";
import type { Io } from "../command.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

/** The ledger's auditor alone; `aceso fsck` goes over everything. */
export async function auditLedger(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, ...jsonOption });
	return withLedgerFile(folderOf(values), ({ path, genesis }) => {
		io.progress("auditing the ledger");
		const report = fsckLedger({ path, genesis, rules, genesisState, sealerKey: genesis.sealer });
		io.progress("");
		if (values.json) io.out(JSON.stringify(report));
		else {
			io.out(`${report.blocks} blocks, ${report.leaves} leaves, ${report.stateRows} rows of state`);
			for (const { code, where } of report.findings) io.out(`✗ ${code} at ${where}`);
			if (report.findings.length === 0) io.out("✓ sound");
		}
		return report.findings.length === 0 ? 0 : 70;
	});
}
