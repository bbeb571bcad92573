import { resolve } from "node:path";
import { closeLog, socketPath } from "#node";
import type { Command, Io } from "../command.ts";
import { confirmWord } from "../confirm.ts";
import { CliError } from "../errors.ts";
import { assertNetwork } from "../openNode.ts";
import { dataOption, folderOf, numberOf, readWords, required } from "../options.ts";
import { isListening } from "../socketClient.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso log close --member ID [--backup DIR] [--lost N] [--intact] [--yes] [--data DIR]

Declares on the ledger, for everybody to see and for good, that entries of an institution's access log are lost, and lets a new log go on. It
is what remains when access.db is gone or older than what the ledger has anchored (the start says ACCESS_LOG_BEHIND) and no newer copy can be
found. What is still there is signed as the old log's last word and shown in every history; patients read that the rest was declared lost.
Works on a stopped folder. Calling it again after a stop in between finishes it.

  --member ID   the institution (lindenhof, harbor, meridian)
  --backup DIR  of \`aceso backup\`: where access.db is gone, the copy in it is put in its place first
  --lost N      declare so many, where more are known to be missing than the ledger shows
  --intact      close a log that has lost nothing as well, as when its writer's key is to change
  --yes         do not ask
  --data DIR    the data folder (default .aceso)

Exit codes: 0 closed, 70 the file is damaged, 75 a node works on the folder, 77 refused (nothing is lost).

Example:
  aceso log close --member harbor --backup /mnt/backup/harbor-2026-11-21`;

export const log: Command = {
	name: "log",
	summary: "declare entries of an access log lost and go on in a new one",
	usage,
	run: (args, io) => runSubcommand({ close: closeLostLog }, args, io),
};

async function closeLostLog(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		member: { type: "string" },
		backup: { type: "string" },
		lost: { type: "string" },
		intact: { type: "boolean" },
		yes: { type: "boolean" },
	} as const;
	const { values } = readWords(args, options);
	const member = required(values.member, "--member ID");
	const folder = folderOf(values);
	assertNetwork(folder);
	if (await isListening(socketPath(folder))) throw new CliError("CLI_NODE_RUNNING", "a node runs on this folder; stop it first", { folder });
	const lost = values.lost === undefined ? undefined : numberOf(values.lost, { min: 0, max: 1_000_000_000, option: "--lost N" });
	if (values.yes !== true) {
		io.note("What is declared lost is told to every patient and cannot be taken back. Look for a newer copy of access.db first.");
		await confirmWord(io, member);
	}
	io.progress("closing the log on the ledger");
	const backup = values.backup === undefined ? undefined : resolve(values.backup);
	const report = await closeLog({ folder, member, backup, lost, intact: values.intact });
	io.progress("");
	io.out(`✓ ${report.closed} is closed: of ${report.anchored} entries that the ledger has anchored, ${report.shown} are there`);
	io.out(`  ${report.lost} entries are declared lost; the next start goes on in ${report.successor}`);
	return 0;
}
