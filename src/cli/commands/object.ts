import type { Command } from "../command.ts";
import { getObject } from "../object/getObject.ts";
import { putObject } from "../object/putObject.ts";
import { runSubcommand } from "../subcommands.ts";

const usage = `Usage: aceso object put FILE --kind KIND (--person KEY | --member ID --patient ID) [more below]
       aceso object get --staff KEY --person KEY --record TYPE/ID --classes LIST --out FILE [more below]

Large objects: a genome, an image, a sensor's series. \`put\` seals one as it streams in, however large, and files it with a record that points to
it; what fails leaves nothing. \`get\` reads it through the gate as a member of staff would; consents are asked again every MiB, and where they
no longer permit it, the download ends. What breaks off goes on by itself, or with the same command later.

put:
  FILE            - for standard input
  --kind KIND     vcf (class genomics; \`aceso import\` files one with an index, which reports need), dicom (imaging), cgm (wearables)
  --person KEY    of the demonstration (\`aceso consent people\`); --member ID where there are several custodians
  --patient ID    the patient's id at the institution --member
  --type TYPE     media type (default by the file's name, else by kind)
  --date DAY      what day the data are about, YYYY-MM-DD
  --names-nobody  the file itself holds no name, number or date of the person: a genome may then be read pseudonymised too
  --labels LIST   sensitivity labels that somebody found who looked into it ("" for none); what nobody looked into of an image carries all

get:
  --staff KEY         who asks
  --person KEY        about whom
  --record TYPE/ID    the record that points to it (\`aceso read --classes genomics --json\`)
  --classes LIST      its classes: genomics, imaging, wearables
  --out FILE          a new file; until it is whole, FILE.<tag>.part beside it
  --range A-B         these bytes alone; A- from there on, -N the last ones
  --purpose, --level, --member, --emergency   as for \`aceso read\`

  --json              the answer as JSON
  --data DIR          the data folder (default .aceso)

Exit codes: 0 done, 65 no such bytes or a bad file, 66 unreadable, 73 unwritable, 75 try again, 77 not available to the one who asks.

Examples:
  aceso object put genome.vcf.gz --kind vcf --person james-okafor
  aceso object get --staff dr-marsh --person james-okafor --record DiagnosticReport/0f… --classes genomics --out genome.vcf.gz`;

export const object: Command = {
	name: "object",
	summary: "file and read large objects: genomes, images, series",
	usage,
	run: (args, io) => runSubcommand({ put: putObject, get: getObject }, args, io),
};
