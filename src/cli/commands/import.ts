import { resolve } from "node:path";
import { CodedError } from "#base";
import type { ImportFileProgress } from "#node";
import type { Command, Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { exitCodeOf } from "../exitCode.ts";
import { describeError } from "../explainError.ts";
import { describeGenome, importGenomeFile, isNamedVcf, ownerOf } from "../genome/importGenomes.ts";
import { errorOfProblem, type NodeClient, type Problem } from "../nodeClient.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords, required } from "../options.ts";

const usage = `Usage: aceso import FILE… --member ID [--data DIR] [--json]
       aceso import GENOME.vcf[.gz]… (--person KEY | --member ID --patient ID) [--date DAY] [--names-nobody] [--data DIR] [--json]

Imports FHIR R4 bundles (Synthea's, plain or gzip, of any size) as records of an institution. Each file is read twice: first to judge the
whole of it, then to seal it record by record; what is sealed becomes visible all at once. A file with any fault is refused whole, naming
the entry, byte offset and path of the fault; nothing of it is stored, and the other files are imported all the same.

A genome (a name that ends in .vcf, .vcf.gz or .vcf.bgz) is the VCF of one person, GRCh38 or GRCh37, in order of position. It is read once and sealed
as it streams in, with an index of its positions beside it, so that a report opens only the parts it needs; what is no bgzip is packed into one. A line
that cannot be read, another build, a cut file or several people refuse it, naming the line, and nothing of it is stored.

Where a node runs on the folder, the import goes through it (stopping this command then does not stop the file under way); otherwise the
command opens the folder itself. In a new folder it first makes the demonstration's network, with its invented people.

  --member ID  the institution whose records these are (lindenhof, harbor, meridian)
  --person KEY   whose genome it is, of the demonstration (\`aceso consent people\`)
  --patient ID   whose genome it is, by the patient's id at the institution --member
  --date DAY     what day the sample is of, YYYY-MM-DD
  --names-nobody the genome file holds no name, number or date of the person: it may then be read pseudonymised too
  --data DIR   the data folder (default .aceso)
  --json       one JSON object a file

Exit code: 0 when all files are imported, else that of the first file that is not (65 bad input, 66 unreadable). Anything that is not the
file's fault (a locked folder, a full disk) ends the command there.

Examples:
  aceso import bundle.json --member lindenhof
  aceso import synthea/*.json.gz --member harbor --data trial
  aceso import genome.vcf.gz --person walter-lehmann --member lindenhof`;

interface Report {
	readonly resources: number;
	readonly patients: readonly { readonly isNew: boolean }[];
	readonly classes: Readonly<Record<string, number>>;
}

const options = {
	...dataOption,
	...jsonOption,
	member: { type: "string" },
	patient: { type: "string" },
	person: { type: "string" },
	date: { type: "string" },
	"names-nobody": { type: "boolean", default: false },
} as const;

/** Exit codes for which the file is to blame, and not the node. */
const faultsOfFile: readonly number[] = [65, 66];

export const importCommand: Command = {
	name: "import",
	summary: "import FHIR bundles, and genomes, as an institution's records",
	usage,
	async run(args, io) {
		const { values, positionals } = readWords(args, options, { min: 1, max: Number.POSITIVE_INFINITY, what: "one file or more" });
		if (values.patient !== undefined || values.person !== undefined || positionals.some(isNamedVcf)) return importGenomes(positionals, values, io);
		const member = required(values.member, "--member ID, the institution whose records these are");
		return withNode({ folder: folderOf(values), io, create: true }, async (node) => {
			await assertMember(node, member);
			let exit = 0;
			for (const file of positionals) {
				const failed = await importOne(node, { member, file, json: values.json }, io);
				if (exit === 0) exit = failed;
			}
			return exit;
		});
	},
};

type Values = ReturnType<typeof readWords<typeof options>>["values"];

/** Files that are one patient's; the first that is refused ends the command. */
async function importGenomes(files: readonly string[], values: Values, io: Io): Promise<number> {
	const foreign = files.find((file) => !isNamedVcf(file));
	if (foreign !== undefined) throw new CliError("CLI_USAGE", "expected names of genomes with --patient or --person: .vcf, .vcf.gz or .vcf.bgz");
	const folder = folderOf(values);
	const owner = ownerOf(folder, values);
	return withNode({ folder, io }, async (node) => {
		await assertMember(node, owner.member);
		for (const file of files) {
			try {
				const report = await importGenomeFile(node, { ...owner, file, date: values.date, namesNobody: values["names-nobody"] }, io);
				io.out(values.json ? JSON.stringify({ file, imported: true, ...report }) : `✓ ${file}: ${describeGenome(report)}`);
			} catch (error) {
				if (!(error instanceof CodedError) || !faultsOfFile.includes(exitCodeOf(error))) throw error;
				tellFault(file, error, values.json, io);
				return exitCodeOf(error);
			}
		}
		return 0;
	});
}

/** Asked first, so that a wrong member is told before a large file is read. @throws CliError `CLI_NOT_FOUND`. */
async function assertMember(node: NodeClient, member: string): Promise<void> {
	const members = await node.get<readonly { readonly id: string }[]>("/admin/members");
	if (members.some(({ id }) => id === member)) return;
	throw new CliError("CLI_NOT_FOUND", `expected --member to be one of ${members.map(({ id }) => id).join(", ")}`);
}

/** @returns 0, or the exit code of what is wrong with the file. */
async function importOne(node: NodeClient, { member, file, json }: { member: string; file: string; json: boolean }, io: Io): Promise<number> {
	const outcome: { report?: Report; problem?: Problem } = {};
	await node.stream("/admin/imports", { member, path: resolve(file) }, (line) => {
		const { progress, ...last } = line as { progress?: ImportFileProgress; report?: Report; problem?: Problem };
		if (progress !== undefined) io.progress(`${file}: ${describeProgress(progress)}`);
		Object.assign(outcome, last);
	});
	io.progress("");
	const { report, problem } = outcome;
	if (report !== undefined) {
		io.out(json ? JSON.stringify({ file, imported: true, ...summarise(report) }) : `✓ ${file}: ${describeReport(report)}`);
		return 0;
	}
	const error = errorOfProblem(problem ?? { title: "the node ended before the import did; nothing of the file is visible", status: 503 });
	const exit = exitCodeOf(error);
	if (!faultsOfFile.includes(exit)) throw error;
	tellFault(file, error, json, io);
	return exit;
}

function tellFault(file: string, error: CodedError, json: boolean, io: Io): void {
	if (json) io.out(JSON.stringify({ file, imported: false, code: error.code, message: error.message, ...error.details }));
	else io.note(`✗ ${file}: ${describeError(error)}\n  nothing of this file is imported`);
}

function describeProgress({ step, done, total }: ImportFileProgress): string {
	if (step === "seal") return `sealing ${done}${total === undefined ? "" : `/${total}`} resources`;
	return `judging ${megabytes(done)}${total === undefined ? "" : ` of ${megabytes(total)}`} MB`;
}

function megabytes(bytes: number): string {
	return (bytes / 1e6).toFixed(0);
}

function summarise({ resources, patients, classes }: Report) {
	return { resources, patients: patients.length, newPatients: patients.filter(({ isNew }) => isNew).length, classes };
}

function describeReport(report: Report): string {
	const { resources, patients, newPatients, classes } = summarise(report);
	const byClass = Object.entries(classes).sort(([, a], [, b]) => b - a);
	return `${resources} resources of ${patients} patient${patients === 1 ? "" : "s"} (${newPatients} new): ${byClass.map(([name, count]) => `${name} ${count}`).join(", ")}`;
}
