import type { Command } from "../command.ts";
import { runSubcommand } from "../subcommands.ts";
import { auditWitness } from "../witness/auditWitness.ts";
import { makeWitnessKey } from "../witness/makeWitnessKey.ts";
import { runWitness } from "../witness/runWitness.ts";
import { showWitness } from "../witness/showWitness.ts";

const usage = `Usage: aceso witness key [--data DIR]
       aceso witness run --genesis FILE --sealer URL [--peer URL]... [--data DIR] [--listen ADDRESS:PORT] [--key FILE]
       aceso witness show URL --genesis FILE [--json]
       aceso witness fsck --genesis FILE [--data DIR] [--json]

A member's witness of the ledger: it keeps a whole copy of the log, runs every transaction again under the rules, and cosigns a checkpoint only when
the same comes out. The sealer asks it over HTTP (C2SP tlog-witness); it reads what it replays from the sealer's tiles. docs/witnesses.md tells more.

  key    make the witness's key, or show its public half, which the genesis must name for this member
  run    run the witness until Ctrl-C (or SIGTERM)
  show   ask a running witness what it holds, and verify who signed it
  fsck   audit the copy in the folder, also while the witness runs

  --data DIR             its own folder (default .aceso-witness): witness.key, witness.db. Nothing of it is shared with a node's folder
  --genesis FILE         what the ledger began with, from a source that you trust: network.json, or what GET /api/genesis gave you
  --sealer URL           where the sealer shows its log: https://HOST/log (http only on this machine)
  --peer URL             another witness, to be compared with every 10 s; may be given again
  --listen ADDRESS:PORT  where it is reached (default 127.0.0.1:7500; put a proxy with TLS before it)
  --key FILE             its key, where it does not lie in the folder

Exit codes: 0 done, 64 usage, 66 not there, 70 the copy does not hold, or there is evidence against the sealer, 75 another process has the folder.

Examples:
  aceso witness key --data /var/lib/aceso-witness
  aceso witness run --genesis network.json --sealer https://ledger.example/log --peer https://witness.other.example`;

export const witness: Command = {
	name: "witness",
	summary: "run a member's verifying witness of the ledger",
	usage,
	run: (args, io) => runSubcommand({ key: makeWitnessKey, run: runWitness, show: showWitness, fsck: auditWitness }, args, io),
};
