import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { BackupManifest } from "#node";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";

const usage = `Usage: aceso backup --member ID --out DIR [--data DIR]

Copies what an institution has into a folder, as one consistent set, while a node goes on working: encrypted records and large objects, the
access log, the gate's journal (reviews, holds, budgets, erasures), what the network is, and a copy of the ledger where this node seals it. No key
and no secret is in it: alone it can be read by nobody, and whoever is erased later stays unreadable in it. Keys are backed up apart, by
\`aceso keys backup\`, and must not be kept beside it; member.key and writer.key of the data folder are copied by neither.

  --member ID  the institution (lindenhof, harbor, meridian)
  --out DIR    where to; empty, or not there yet. manifest.json comes last: without it the set is not whole
  --data DIR   the data folder (default .aceso)

Example:
  aceso backup --member harbor --out /mnt/backup/harbor-2026-11-21`;

export const backup: Command = {
	name: "backup",
	summary: "copy an institution's records, objects, log and journal, without keys",
	usage,
	async run(args, io) {
		const { values } = readWords(args, { ...dataOption, member: { type: "string" }, out: { type: "string" } });
		const member = required(values.member, "--member ID");
		const out = resolve(required(values.out, "--out DIR"));
		return withNode({ folder: folderOf(values), io }, async (node) => {
			makeFolder(out);
			io.progress("copying ledger, records, objects and log");
			const { objects, log } = await node.post<BackupManifest>(`/admin/members/${encodeURIComponent(member)}/backups`, { path: out });
			io.progress("");
			io.out(`✓ ${member} in ${out}: encrypted records, ${objects} large objects, ${log.size} access log entries; no key`);
			return 0;
		});
	},
};

function makeFolder(path: string): void {
	try {
		mkdirSync(path, { recursive: true, mode: 0o700 });
	} catch (cause) {
		throw new CliError(
			"CLI_FILE_UNWRITABLE",
			"expected a path where a folder can be made",
			{ system: (cause as NodeJS.ErrnoException).code ?? "" },
			cause,
		);
	}
}
