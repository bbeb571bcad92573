import { genesisState, rules } from "#contracts";
import { type FsckProgress, fsckLedger } from "#ledger";
import { readLedgerGenesis } from "#node";
import { auditProgress, progressOption } from "../auditProgress.ts";
import type { Io } from "../command.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

const units = { files: "files", leaves: "leaves run again", state: "state rows and pages" } as const;

/** The ledger's auditor alone; `aceso fsck` goes over everything. */
export async function auditLedger(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, ...jsonOption, ...progressOption });
	const folder = folderOf(values);
	return withLedgerFile(folder, ({ path, genesis: view }) => {
		const genesis = readLedgerGenesis(folder, view);
		const tell = auditProgress(io, values);
		const onProgress = ({ step, done, total }: FsckProgress) => tell(`${done} of ${total} ${units[step]}`);
		const report = fsckLedger({ path, genesis, rules, genesisState, sealerKey: view.sealer, onProgress });
		tell("");
		if (values.json) io.out(JSON.stringify(report));
		else {
			io.out(`${report.blocks} blocks, ${report.leaves} leaves, ${report.stateRows} rows of state`);
			for (const { code, where } of report.findings) io.out(`✗ ${code} at ${where}`);
			if (report.findings.length === 0) io.out("✓ sound");
		}
		return report.findings.length === 0 ? 0 : 70;
	});
}
