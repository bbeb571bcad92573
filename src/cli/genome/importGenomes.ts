import { resolve } from "node:path";
import type { GenomeImport, GenomeProgress } from "#node";
import type { Io } from "../command.ts";
import { openDemoDesk, patientOf } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { errorOfProblem, type NodeClient, type Problem } from "../nodeClient.ts";
import { megabytes } from "../object/progress.ts";

/** By the file's name; what is in it is judged by the node. */
export function isNamedVcf(file: string): boolean {
	return /\.vcf(?:\.b?gz)?$/i.test(file);
}

export interface GenomeOwner {
	readonly member: string;
	/** The patient's id at the member. */
	readonly localId: string;
}

interface OwnerOptions {
	readonly member?: string | undefined;
	readonly patient?: string | undefined;
	readonly person?: string | undefined;
}

/** Whose genome the files hold. @throws CliError `CLI_USAGE`. */
export function ownerOf(folder: string, { member, patient, person }: OwnerOptions): GenomeOwner {
	if ((patient === undefined) === (person === undefined))
		throw new CliError("CLI_USAGE", "expected either --patient ID or --person KEY with a genome");
	if (person !== undefined) {
		const found = patientOf(openDemoDesk(folder), person, member === undefined ? {} : { member });
		return { member: found.custodian, localId: found.localId };
	}
	if (member === undefined) throw new CliError("CLI_USAGE", "expected --member ID beside --patient ID");
	return { member, localId: patient as string };
}

export interface GenomeFile extends GenomeOwner {
	readonly file: string;
	readonly date: string | undefined;
	readonly namesNobody: boolean;
}

/** Has the node seal a genome. @throws what the node refused it for. */
export async function importGenomeFile(node: NodeClient, { member, localId, file, date, namesNobody }: GenomeFile, io: Io): Promise<GenomeImport> {
	const outcome: { report?: GenomeImport; problem?: Problem } = {};
	const body = { member, patient: localId, path: resolve(file), namesNobody, ...(date === undefined ? {} : { date }) };
	await node.stream("/admin/genomes", body, (line) => {
		const { progress, ...last } = line as { progress?: GenomeProgress; report?: GenomeImport; problem?: Problem };
		if (progress !== undefined) io.progress(`${file}: sealing ${megabytes(progress.done)} of ${megabytes(progress.total)} MB`);
		Object.assign(outcome, last);
	});
	io.progress("");
	const { report, problem } = outcome;
	if (report !== undefined) return report;
	throw errorOfProblem(problem ?? { title: "the node ended before the import did; nothing of the file is visible", status: 503 });
}

export function describeGenome({ record, records, sizeBytes, compression, seen }: GenomeImport): string {
	const form = compression === "bgzip" ? "bgzip, as it came" : `${compression === "none" ? "plain text" : "gzip"}, packed with bgzip`;
	const build =
		seen.agreeing > 0 ? `${seen.build} by ${seen.agreeing} reference alleles` : "no known position in it, so that nothing shows its build";
	return `${record}: ${records} records in ${megabytes(sizeBytes)} MB (${form}), indexed; ${build}`;
}
