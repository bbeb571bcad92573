import { dataClasses } from "#contracts";
import type { ReadBody, Release } from "#gate";
import { type DrugRecall, fromResources, type GeneRecall, type Recall, readStoredResult, recallResult, type StoredResult } from "#genomics";
import type { Io } from "../command.ts";
import { custodianFor, referTo } from "../custodianFor.ts";
import { openDemoDesk, relationshipOf, signFor } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { readJsonFile } from "../files.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords, required, splitList } from "../options.ts";
import { loadPgxGuidance } from "./loadPgxGuidance.ts";
import { loadPgxKnowledge } from "./loadPgxKnowledge.ts";

export const recallUsage = `Usage: aceso pgx recall RESULT… [--knowledge DIR] [--json]
       aceso pgx recall --staff KEY --person KEYS [--member ID] [--knowledge DIR] [--data DIR] [--json]

Whose results newer tables change, and how. A result is what aceso pgx --json or --fhir wrote; with --staff the results on file in the records of
these people, read through the gate as that member of staff (class genomics), so that each decides and sees it. Each result carries the version of
its tables and the hash of each gene's table: a gene whose table is the same cannot change.

What is compared: what the alleles that were called mean, and which rows of guidelines speak of them. Which alleles a sample has can change as well
where a table did: such a gene is to be called again from its genome, and is told.

  --knowledge DIR  the newer tables (npm run knowledge -- --from RELEASE --to DIR); those of this version when left out
  --json           one JSON object a result

Exit code 0, whatever changes; 65 for a file that is no result, 66 for one that cannot be read.

Examples:
  aceso pgx recall reports/*.json --knowledge release-2026-11
  aceso pgx recall --staff dr-marsh --person june-abernathy`;

const options = {
	...dataOption,
	...jsonOption,
	knowledge: { type: "string" },
	staff: { type: "string" },
	person: { type: "string" },
	member: { type: "string" },
} as const;

interface NamedResult {
	readonly name: string;
	/** undefined where the record is not available to the one who asks. */
	readonly stored: StoredResult | undefined;
}

/** Lists whose results change. */
export async function recall(args: readonly string[], io: Io): Promise<number> {
	const { values, positionals } = readWords(args, options, { min: 0, max: Number.POSITIVE_INFINITY, what: "results, or --staff" });
	if ((positionals.length === 0) === (values.staff === undefined))
		throw new CliError("CLI_USAGE", "expected results, or --staff KEY and --person KEYS");
	const { knowledge } = loadPgxKnowledge(values.knowledge);
	const guidance = loadPgxGuidance(values.knowledge);
	const results =
		values.staff === undefined
			? positionals.map((name) => ({ name, stored: readStoredResult(readJsonFile(name)) }))
			: await readRecords({ ...values, staff: values.staff }, io);
	for (const { name, stored } of results) {
		const found = stored === undefined ? undefined : recallResult({ stored, knowledge, guidance, today: new Date().toISOString().slice(0, 10) });
		if (values.json) io.out(JSON.stringify({ result: name, ...(found ?? { available: false }) }));
		else for (const line of describe(name, found)) io.out(line);
	}
	return 0;
}

interface Asking {
	readonly data: string;
	readonly staff: string;
	readonly person?: string | undefined;
	readonly member?: string | undefined;
}

/** One read a person, each decided and logged by itself. */
async function readRecords({ data, staff: staffKey, person, member }: Asking, io: Io): Promise<readonly NamedResult[]> {
	const folder = folderOf({ data });
	const desk = openDemoDesk(folder);
	const staff = desk.cast.staff(staffKey);
	return withNode({ folder, io }, async (node) => {
		const results: NamedResult[] = [];
		for (const personKey of splitList(required(person, "--person KEYS"))) {
			const patient = custodianFor(desk, personKey, staff.member, member);
			const relationship = relationshipOf(desk, staffKey, personKey, patient.key.publicKey);
			const body: ReadBody = {
				...{ kind: "read", purpose: "TREAT", classes: dataClasses.filter((name) => name === "genomics"), level: "identified" },
				patient: await referTo(node, desk, patient, staff.member),
				...(relationship === undefined ? {} : { relationship }),
			};
			const request = signFor(desk, staff.signingKey, { audience: patient.custodian, via: staff.member as typeof patient.custodian, body });
			const sent = staff.member === patient.custodian ? request : await node.post<object>("/admin/forwards", request);
			const release = await node.post<Release>(`/members/${patient.custodian}/api/records`, sent);
			const isReleased = release.classes.every(({ status }) => status === "released");
			results.push({ name: personKey, stored: isReleased ? fromResources(release.resources.map(({ resource }) => resource)) : undefined });
		}
		return results;
	});
}

function describe(name: string, found: Recall | undefined): readonly string[] {
	if (found === undefined) return [`${name}: not available to you; whether results change is not known`];
	const { genes, drugs, newGenes, changes } = found;
	if (genes.length === 0) return [`${name}: no result that could be read`];
	const told = genes.filter(({ change, callAgain }) => callAgain || change === "meaning" || change === "gone" || change === "unknown");
	return [
		`${name}: ${changes ? "changes" : "nothing changes"} (tables ${found.knowledgeVersions.map((version) => version.slice(0, 16)).join(", ") || "not stated"} → ${found.newKnowledgeVersion.slice(0, 16)})`,
		...told.map((gene) => `  ${describeGene(gene)}`),
		...drugs.map((drug) => `  ${describeDrug(drug)}`),
		...(newGenes.length === 0 ? [] : [`  not in the result: ${newGenes.join(", ")}`]),
	];
}

const changeWords = {
	same: "the same table",
	table: "another table, the same meaning",
	meaning: "means something else",
	gone: "not in these tables",
	unknown: "the result does not say by which table it was come by; its alleles mean the same",
} as const satisfies Record<GeneRecall["change"], string>;

function describeGene({ gene, change, before, after, callAgain }: GeneRecall): string {
	const meanings = change === "meaning" ? `: ${before.join(" or ") || "nothing"} → ${after.join(" or ")}` : "";
	return `${gene}: ${changeWords[change]}${meanings}${callAgain ? "; call it again from the genome, its alleles may be named otherwise" : ""}`;
}

const gistWords = {
	change: "something else than usual",
	usual: "as usual",
	unknown: "not known",
	silent: "the guideline says nothing",
} as const satisfies Record<DrugRecall["after"], string>;

function describeDrug({ drug, after, rowsBefore, rowsAfter }: DrugRecall): string {
	return `${drug}: other advice, now ${gistWords[after]} (${rowsBefore.join(", ") || "none"} → ${rowsAfter.join(", ") || "none"})`;
}
