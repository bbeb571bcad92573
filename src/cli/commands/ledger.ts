import type { Command } from "../command.ts";
import { auditLedger } from "../ledger/auditLedger.ts";
import { exportLedger } from "../ledger/exportLedger.ts";
import { listBlocks } from "../ledger/listBlocks.ts";
import { proveState } from "../ledger/proveState.ts";
import { replayFile } from "../ledger/replayFile.ts";
import { showHead } from "../ledger/showHead.ts";
import { showTransaction } from "../ledger/showTransaction.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso ledger head [--json]
       aceso ledger list [--from HEIGHT] [--limit N] [--json]
       aceso ledger show TRANSACTION [--json]
       aceso ledger prove CONTRACT KEY [--json]
       aceso ledger fsck [--json]
       aceso ledger replay [--json]
       aceso ledger export > leaves.ndjson

Looks into the ledger, which holds nothing personal and is made to be seen. All but \`prove\` read the ledger's file, also while a node
runs on it; \`prove\` asks the node (or opens the folder) and verifies the answer against the ledger's key.

  head     newest block and checkpoint, its signature verified
  list     blocks with their transactions, newest first (--from: starting below this height)
  show     one transaction, by its id
  prove    a value of the state, or its absence, with a proof up to the signed checkpoint
  fsck     every leaf hashed, every transaction run again, every page and root compared
  replay   every transaction run again from genesis; state roots compared with those in the log
  export   the log's leaves, one a line, for another program to check

  --data DIR  the data folder (default .aceso)

Exit codes: 0 sound, 66 not there, 70 something does not hold.

Examples:
  aceso ledger list --limit 5
  aceso ledger prove membership m/harbor`;

export const ledger: Command = {
	name: "ledger",
	summary: "look into the ledger, prove what it says, audit it",
	usage,
	run: (args, io) =>
		runSubcommand(
			{
				head: showHead,
				list: listBlocks,
				show: showTransaction,
				prove: proveState,
				fsck: auditLedger,
				replay: replayFile,
				export: exportLedger,
			},
			args,
			io,
		),
};
