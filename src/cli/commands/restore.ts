import { resolve } from "node:path";
import { restoreKeys, restoreRecords, socketPath } from "#node";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { assertNetwork, withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";
import { isListening } from "../socketClient.ts";

const usage = `Usage: aceso restore --member ID --records FILE [--data DIR]
       aceso restore --member ID --keys FILE [--epochs FILE] [--data DIR]

Puts a backup in place, on a stopped folder. Whoever was erased since the backup does not come back: the ledger is asked first.

  --records FILE  vault.db of \`aceso backup\`. Checked whole before anything is moved; the vault that stood there is kept beside it.
                  Records and consent terms filed since the backup are then missing.
  --keys FILE     of \`aceso keys backup\`, for a keyring that was lost; it replaces none
  --epochs FILE   the epochs' keys that lay beside the keyring (default: root.json.epochs where it was)
  --member ID     the institution (lindenhof, harbor, meridian)
  --data DIR      the data folder (default .aceso)

Exit codes: 0 restored, 70 the backup is not sound, 75 a node works on the folder, 77 refused (an expired epoch, another institution's).

Example:
  aceso restore --member harbor --records /mnt/backup/harbor-2026-11-21/vault.db`;

export const restore: Command = {
	name: "restore",
	summary: "put a backup of records or keys in place, without the erased",
	usage,
	async run(args, io) {
		const options = {
			...dataOption,
			member: { type: "string" },
			records: { type: "string" },
			keys: { type: "string" },
			epochs: { type: "string" },
		} as const;
		const { values } = readWords(args, options);
		const member = required(values.member, "--member ID");
		const folder = folderOf(values);
		if ((values.records === undefined) === (values.keys === undefined))
			throw new CliError("CLI_USAGE", "expected either --records FILE or --keys FILE");
		assertNetwork(folder);
		if (await isListening(socketPath(folder)))
			throw new CliError("CLI_NODE_RUNNING", "a node runs on this folder; stop it before restoring", { folder });
		if (values.keys !== undefined) {
			io.progress("restoring keys");
			const epochs = values.epochs === undefined ? {} : { epochFile: resolve(values.epochs) };
			await restoreKeys({ folder, member, backup: resolve(values.keys), ...epochs });
		} else {
			io.progress("checking and restoring records");
			const replaced = await restoreRecords({ folder, member, backup: resolve(values.records as string) });
			io.progress("");
			if (replaced !== "") io.note(`the vault that stood there is kept as ${replaced}`);
		}
		// Opening takes away what was erased since the backup, before anybody can ask for it.
		await withNode({ folder, io }, (node) => node.get("/admin/members"));
		io.out(`✓ ${values.keys === undefined ? "records" : "keys"} of ${member} restored; what was erased stays erased`);
		return 0;
	},
};
