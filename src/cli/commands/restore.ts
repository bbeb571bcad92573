import { resolve } from "node:path";
import { restoreBackup, restoreKeys, socketPath } from "#node";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { assertNetwork, withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";
import { isListening } from "../socketClient.ts";

const usage = `Usage: aceso restore --member ID --backup DIR [--data DIR]
       aceso restore --member ID --keys FILE [--epochs FILE] [--data DIR]

Puts a backup in place, on a stopped folder. Whoever was erased since the backup does not come back: the ledger is asked first, and one that is
older than the backup is refused, since it would not know. Neither ledger nor access log is ever set back: an access log that stands stays; a lost
one comes back only if the ledger has anchored nothing beyond it. One that is behind would hide accesses: it is refused, until \`aceso log close\`
has declared the loss on the ledger.

  --backup DIR    of \`aceso backup\`. Checked whole before anything is moved; records and objects that stood there are kept beside it.
                  What was filed since the backup is then missing. The gate's journal comes back only where it is lost.
  --keys FILE     of \`aceso keys backup\`, for a keyring that was lost; it replaces none
  --epochs FILE   the epochs' keys that lay beside the keyring (default: root.json.epochs where it was)
  --member ID     the institution (lindenhof, harbor, meridian)
  --data DIR      the data folder (default .aceso)

Exit codes: 0 restored, 70 the backup is not sound, 75 a node works on the folder, 77 refused (an expired epoch, an older ledger, a log behind
its anchor).

Example:
  aceso restore --member harbor --backup /mnt/backup/harbor-2026-11-21`;

export const restore: Command = {
	name: "restore",
	summary: "put a backup of records or keys in place, without the erased",
	usage,
	async run(args, io) {
		const options = {
			...dataOption,
			member: { type: "string" },
			backup: { type: "string" },
			keys: { type: "string" },
			epochs: { type: "string" },
		} as const;
		const { values } = readWords(args, options);
		const member = required(values.member, "--member ID");
		const folder = folderOf(values);
		if ((values.backup === undefined) === (values.keys === undefined)) throw new CliError("CLI_USAGE", "expected either --backup DIR or --keys FILE");
		assertNetwork(folder);
		if (await isListening(socketPath(folder)))
			throw new CliError("CLI_NODE_RUNNING", "a node runs on this folder; stop it before restoring", { folder });
		if (values.keys !== undefined) {
			io.progress("restoring keys");
			const epochs = values.epochs === undefined ? {} : { epochFile: resolve(values.epochs) };
			await restoreKeys({ folder, member, backup: resolve(values.keys), ...epochs });
		} else {
			io.progress("checking and restoring the backup");
			const { replaced, broughtBack } = await restoreBackup({ folder, member, backup: resolve(values.backup as string) });
			io.progress("");
			for (const path of replaced) io.note(`what stood there is kept as ${path}`);
			for (const name of broughtBack) io.note(`${name} was lost and is back as of the backup`);
		}
		// Opening takes away what was erased since the backup, before anybody can ask for it.
		await withNode({ folder, io }, (node) => node.get("/admin/members"));
		io.out(`✓ ${values.keys === undefined ? "records" : "keys"} of ${member} restored; what was erased stays erased`);
		return 0;
	},
};
