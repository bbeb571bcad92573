import { systemClock } from "#base";
import { auditFolder, lockFolder, recordAudit, socketPath } from "#node";
import { auditProgress, progressOption } from "../auditProgress.ts";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { assertNetwork } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { isListening } from "../socketClient.ts";

const usage = `Usage: aceso fsck [--data DIR] [--progress] [--json]

The auditor over a whole data folder: replays the ledger and the witnesses' copies, hashes every row of every vault, recomputes every access
log with its anchors and head maps. It needs no patient's key and no passphrase, changes nothing of it, and wants the folder for itself: stop the node first.

  --data DIR  the data folder (default .aceso)
  --progress  say how far it is also where no terminal is
  --json      the report

Exit codes: 0 sound, 70 with findings, 75 where a node works on the folder.

Example:
  aceso fsck --data /var/lib/aceso-demo`;

export const fsck: Command = {
	name: "fsck",
	summary: "audit ledger, vaults and access logs of a stopped folder",
	usage,
	async run(args, io) {
		const { values } = readWords(args, { ...dataOption, ...jsonOption, ...progressOption });
		const folder = folderOf(values);
		assertNetwork(folder);
		if (await isListening(socketPath(folder)))
			throw new CliError("CLI_NODE_RUNNING", "a node runs on this folder; stop it before auditing", { folder });
		const unlock = lockFolder(folder);
		try {
			const tell = auditProgress(io, values);
			const report = await auditFolder(folder, ({ part, member, unit, done, total }) =>
				tell(`${part}${member === "" ? "" : ` of ${member}`}: ${done} of ${total} ${unit}`),
			);
			tell("");
			recordAudit(folder, { atMs: systemClock(), findings: report.findings.length });
			const { findings, blocks, leaves, members } = report;
			if (values.json) io.out(JSON.stringify(report));
			else {
				io.out(`ledger: ${blocks} blocks, ${leaves} leaves`);
				for (const { member, rows, entries } of members) io.out(`${member}: ${rows} encrypted rows, ${entries} access log entries`);
				for (const { part, member, code, where } of findings) io.out(`✗ ${part}${member === "" ? "" : ` of ${member}`}: ${code} at ${where}`);
				io.out(findings.length === 0 ? "✓ sound" : `${findings.length} findings`);
			}
			return findings.length === 0 ? 0 : 70;
		} finally {
			unlock();
		}
	},
};
