import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";

const usage = `Usage: aceso backup --member ID --out DIR [--data DIR]

Copies an institution's encrypted records into a folder, while a node goes on working. No key is in it: alone it can be read by nobody, and
whoever is erased later stays unreadable in it. Keys are backed up apart, by \`aceso keys backup\`, and must not be kept beside it.

  --member ID  the institution (lindenhof, harbor, meridian)
  --out DIR    where to; gets vault.db, which must not be there yet
  --data DIR   the data folder (default .aceso)

Example:
  aceso backup --member harbor --out /mnt/backup/harbor-2026-11-21`;

/** Name of the records' copy in a backup folder. */
export const vaultCopyName = "vault.db";

export const backup: Command = {
	name: "backup",
	summary: "copy an institution's encrypted records, without keys",
	usage,
	async run(args, io) {
		const { values } = readWords(args, { ...dataOption, member: { type: "string" }, out: { type: "string" } });
		const member = required(values.member, "--member ID");
		const out = resolve(required(values.out, "--out DIR"));
		const path = join(out, vaultCopyName);
		return withNode({ folder: folderOf(values), io }, async (node) => {
			makeFolder(out);
			if (existsSync(path)) throw new CliError("CLI_FILE_UNWRITABLE", "expected a folder without a backup in it");
			io.progress("copying records");
			await node.post(`/admin/members/${encodeURIComponent(member)}/backups`, { path });
			io.progress("");
			io.out(`✓ encrypted records of ${member} in ${path}`);
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
