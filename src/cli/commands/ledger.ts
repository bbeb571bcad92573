import type { Command } from "../command.ts";
import { auditLedger } from "../ledger/auditLedger.ts";
import { printPins } from "../ledger/enrolmentPins.ts";
import { exportLedger } from "../ledger/exportLedger.ts";
import { initConsortium } from "../ledger/initConsortium.ts";
import { inspectFile } from "../ledger/inspectFile.ts";
import { joinLedger } from "../ledger/joinLedger.ts";
import { listBlocks } from "../ledger/listBlocks.ts";
import { proveState } from "../ledger/proveState.ts";
import { replayFile } from "../ledger/replayFile.ts";
import { showConsortium } from "../ledger/showConsortium.ts";
import { showHead } from "../ledger/showHead.ts";
import { showTransaction } from "../ledger/showTransaction.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso ledger inspect [HEIGHT | TRANSACTION] [--json]
       aceso ledger prove CONTRACT KEY [--height H] [--json]
       aceso ledger prove TRANSACTION [--json]
       aceso ledger replay [--leaves FILE --genesis FILE] [--json]
       aceso ledger fsck [--progress] [--json]
       aceso ledger head [--json]
       aceso ledger list [--from HEIGHT] [--limit N] [--json]
       aceso ledger show TRANSACTION [--json]
       aceso ledger export > leaves.ndjson
       aceso ledger init --member ID --peer HOST:PORT [--name NAME] [--roles LIST] [--policy POLICY] > card.json
       aceso ledger init --card FILE... (--chain NAME | --from DIR) > plan.json
       aceso ledger join --plan FILE --member ID [--listen HOST:PORT] [--rpc HOST:PORT] [--from DIR | --trust HEIGHT:HASH --servers URL,URL]
       aceso ledger status [--json]
       aceso ledger pins --pseudonym HEX > patient.pins.json

Looks into the ledger, which holds nothing personal and is made to be seen. All but \`prove\` read the ledger's file, also while a node
runs on it; \`prove\` asks the node (or opens the folder) and verifies the answer against the keys that the folder's genesis names.

  inspect  the whole at a glance: members, height, roots, what was done how often; or one block, or one transaction
  prove    a value of the state, its absence, or that a transaction is in the log, up to the signed checkpoint; and who cosigned that
  replay   every transaction run again from genesis; state roots compared with those in the log. From the folder, or from an export
  fsck     every leaf hashed, every transaction run again, every page and root compared
  head     newest block and checkpoint, its signature verified
  list     blocks with their transactions, newest first (--from: starting below this height)
  show     one transaction, by its id
  export   the log's leaves, one a line, for another program to check

Where several members order the ledger together (docs/consortium.md):

  init     with --member this member's card: its keys are made in the folder, their public halves printed. With everybody's cards the plan: of a
           new ledger (--chain), or of one that was sealed until now (--from its folder; its members have voted validators in)
  join     make this folder a member's place by that plan. A ledger with a history is copied --from a folder, or its state is handed over by
           other members: --trust names a header that you know, --servers two members' RPC
  status   how far this member's replica and its CometBFT are, and whether the members agree (exit code 69 when not)
  pins     what a patient is given at enrolment: the validators of now, by this member's own replica and a block they signed (its node runs)

  --data DIR      the data folder (default .aceso)
  --height H      prove what stood there after block H, one of the last 1,000; a later height is not sealed yet, an earlier one only a replay tells
  --leaves FILE   an export, instead of a folder
  --genesis FILE  what the exported ledger began with: network.json, or what GET /api/genesis gave you
  --progress      say how far it is also where no terminal is
  --json          for programs

"witnessed" means that as many other members' witnesses cosigned as readers ask for; with fewer a proof is "signed by one party", who may
show others another ledger.

Exit codes: 0 sound, 64 usage, 66 not there, 70 something does not hold.

Examples:
  aceso ledger inspect
  aceso ledger prove membership m/harbor
  aceso ledger export > leaves.ndjson
  aceso ledger replay --leaves leaves.ndjson --genesis .aceso/network.json`;

export const ledger: Command = {
	name: "ledger",
	summary: "look into the ledger, prove what it says, audit it",
	usage,
	run: (args, io) =>
		runSubcommand(
			{
				inspect: inspectFile,
				head: showHead,
				list: listBlocks,
				show: showTransaction,
				prove: proveState,
				fsck: auditLedger,
				replay: replayFile,
				pins: printPins,
				export: exportLedger,
				init: initConsortium,
				join: joinLedger,
				status: showConsortium,
			},
			args,
			io,
		),
};
