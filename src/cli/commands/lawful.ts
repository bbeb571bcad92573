import type { Command } from "../command.ts";
import { listUses } from "../lawful/listUses.ts";
import { recordUse } from "../lawful/recordUse.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso lawful record --staff KEY --person KEY --basis BASIS --citation TEXT --recipient WHO --purpose CODE --classes LIST --until DAY
       aceso lawful list --person KEY [--member ID] [--json]

Uses of a record that the law requires without the person's consent: a public-health report, a court's order. A compliance officer of the
institution records one, with the law it rests on. The ledger keeps the basis and a commitment; the person is told at once and at every use,
and reads here what it reaches. The recipient reads with \`aceso read --lawful-use ID\`.

  --staff KEY      the compliance officer (\`aceso consent people\` lists them)
  --person KEY     about whom
  --member ID      the institution that holds the record (record: where the officer works; list: the person's main one)
  --basis BASIS    statutory-duty, court-order or authority-order
  --citation TEXT  the provision or file number, such as "IfSG § 6"
  --recipient WHO  MEMBER, or MEMBER/KEY for one of its staff alone
  --purpose CODE   PUBHLTH, HOPERAT, …
  --classes LIST   conditions,laboratory,…
  --labels LIST    sensitive data that it includes; none unless named
  --level LEVEL    identified (default) or pseudonymised
  --until DAY      last day, YYYY-MM-DD, at most a year away
  --as KEY         (list) asked by this delegate or guardian
  --data DIR       the data folder (default .aceso)

Examples:
  aceso lawful record --staff officer-clarke --person james-okafor --basis statutory-duty --citation "IfSG § 6" --recipient meridian \\
    --purpose PUBHLTH --classes conditions --until 2027-01-31
  aceso lawful list --person james-okafor --member harbor`;

export const lawful: Command = {
	name: "lawful",
	summary: "record a use that the law requires, and see those about a person",
	usage,
	run: (args, io) => runSubcommand({ record: recordUse, list: listUses }, args, io),
};
