import { existsSync } from "node:fs";
import { genesisState, rules } from "#contracts";
import { fsckWitness, witnessesOf } from "#ledger";
import { auditProgress, progressOption } from "../auditProgress.ts";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { folderOf, jsonOption, readWords, required } from "../options.ts";
import { readGenesisFile } from "./genesisFile.ts";
import { witnessDataOption, witnessFile } from "./witnessFolder.ts";

/** The auditor over one witness's copy; `aceso fsck` goes over those in a node's folder. */
export async function auditWitness(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...witnessDataOption, ...jsonOption, ...progressOption, genesis: { type: "string" } });
	const genesis = readGenesisFile(required(values.genesis, "--genesis FILE"));
	const path = witnessFile(folderOf(values));
	if (!existsSync(path)) throw new CliError("CLI_NOT_FOUND", "expected a witness's folder; name it with --data", { file: path });
	const tell = auditProgress(io, values);
	const onProgress = (done: number, total: number) => tell(`${done} of ${total} leaves run again`);
	const report = fsckWitness({ path, genesis, rules, genesisState, witnesses: witnessesOf(genesis), onProgress });
	tell("");
	if (values.json) io.out(JSON.stringify(report));
	else {
		io.out(`${report.size} leaves cosigned`);
		for (const { code, where } of report.findings) io.out(`✗ ${code} at ${where}`);
		if (report.findings.length === 0) io.out("✓ sound, and nothing against the sealer");
	}
	return report.findings.length === 0 ? 0 : 70;
}
