import type { Command } from "../command.ts";
import { exportConsent } from "../consent/exportConsent.ts";
import { grantConsent } from "../consent/grantConsent.ts";
import { importConsent } from "../consent/importConsent.ts";
import { listConsents } from "../consent/listConsents.ts";
import { listPeople } from "../consent/listPeople.ts";
import { revokeConsent } from "../consent/revokeConsent.ts";
import { showConsent } from "../consent/showConsent.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso consent people [--json]
       aceso consent list --person KEY [--member ID] [--language en|de] [--json]
       aceso consent show --person KEY --consent ID [--language en|de] [--json]
       aceso consent grant --person KEY --member ID --to WHO --purpose LIST --until YYYY-MM-DD [more below]
       aceso consent revoke --person KEY --consent ID
       aceso consent import FILE --person KEY --member ID [--until YYYY-MM-DD] [--title TEXT]
       aceso consent export --person KEY --consent ID [--out FILE]

Consents of the demonstration's people. Their wallets sign here, with keys from the data folder: in real life those would lie in their own
hands. The terms go to the institution that holds the record; the ledger gets a commitment to them, a status and a last day, nothing else.

  --person KEY     whose consents (\`people\` lists the keys)
  --member ID      the institution that holds the record
  --as KEY         signed by this delegate or guardian; a minor's guardian signs where nobody is named
  --data DIR       the data folder (default .aceso)

For grant:
  --to WHO         who may see it: MEMBER (its doctors and nurses), MEMBER:CREDENTIAL (harbor:relationship), MEMBER/DEPARTMENT (a department
                   or care team, harbor/cardiology), credential:KIND
                   (credential:researcher), study:ID, staff:KEY (one person); several separated by commas
  --classes LIST   conditions,medications,… (default: everything but what is unclassified)
  --purpose LIST   TREAT, HRESCH, CLINTRCH, …
  --level LEVEL    aggregate, compute, deidentified, pseudonymised or identified (default identified)
  --until DAY      last day, YYYY-MM-DD
  --labels LIST    sensitive data that it includes: mental-health, substance-use, …; none unless named
  --conditions, --diseases, --models LIST   limits to value sets, MONDO codes, named models
  --title TEXT     the consent in the patient's own words
  --yes            sign without asking

Import reads a FHIR R4 Consent, shows what it would say here, and has the person sign it; what has no exact or stricter form is refused with
the element's path. Export writes one as FHIR R4; imported again it says the same.

Examples:
  aceso consent list --person maria-sandoval
  aceso consent grant --person maria-sandoval --member harbor --to harbor:relationship --classes laboratory,vitals --purpose TREAT \\
    --until 2027-06-30
  aceso consent revoke --person maria-sandoval --consent 0123456789abcdef0123456789abcdef`;

export const consent: Command = {
	name: "consent",
	summary: "see, grant and revoke the consents of the demonstration's people",
	usage,
	run: (args, io) =>
		runSubcommand(
			{
				people: listPeople,
				list: listConsents,
				show: showConsent,
				grant: grantConsent,
				revoke: revokeConsent,
				import: importConsent,
				export: exportConsent,
			},
			args,
			io,
		),
};
