import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { KeyBackupReport } from "#node";
import type { Command, Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso keys backup --member ID --out FILE [--data DIR]

Writes an institution's keys into a file, wrapped by the key of the current epoch, which stays with the keyring. When that key is destroyed,
after 30 days, nobody can open the file any more: that is how an erasure reaches backups. Keep it apart from backups of records.

  --member ID  the institution (lindenhof, harbor, meridian)
  --out FILE   a new file
  --data DIR   the data folder (default .aceso)

Example:
  aceso keys backup --member harbor --out /mnt/safe/harbor.keys`;

export const keys: Command = {
	name: "keys",
	summary: "back up an institution's keys, apart from its records",
	usage,
	run: (args, io) => runSubcommand({ backup: backupKeys }, args, io),
};

async function backupKeys(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, member: { type: "string" }, out: { type: "string" } });
	const member = required(values.member, "--member ID");
	const path = resolve(required(values.out, "--out FILE"));
	return withNode({ folder: folderOf(values), io }, async (node) => {
		if (existsSync(path)) throw new CliError("CLI_FILE_UNWRITABLE", "expected a path where no file stands");
		const { epoch, subjects } = await node.post<KeyBackupReport>(`/admin/members/${encodeURIComponent(member)}/key-backups`, { path });
		io.out(`✓ keys of ${subjects} patients of ${member} in ${path}, wrapped by the key of epoch ${epoch}`);
		return 0;
	});
}
