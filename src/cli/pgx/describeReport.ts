import type { GeneNote, GeneResult, MissingPosition, NoCallReason, PgxReport, PhenotypeResult } from "#genomics";

const noCallSentences = {
	noData: "not called: the file says nothing of its positions",
	requiredPositionMissing: "not called: a position that it cannot be called without is missing",
	halfCalled: "not called: a genotype is known on one chromosome copy only",
	noMatch: "not called: no pair of known alleles explains what was seen",
	tooManyUnphased: "not called: too many heterozygous positions of unknown phase",
	outsideCallNeeded: "not called: a VCF cannot tell it; bring a call with --outside",
} as const satisfies Record<NoCallReason, string>;

const noteSentences = {
	dpydHapB3ExonicWithoutIntronic: "c.1236G>A without c.1129-5923C>G, which causes the loss of function: not called as HapB3",
	dpydHapB3ExonicOnly: "HapB3 from c.1236G>A alone; c.1129-5923C>G, which causes the loss of function, was not seen",
	unphasedPriority: "several diplotypes explain unphased data; the most frequent was picked",
	undocumentedReadAsReference: "a change that no allele has was read as reference",
	halfCalledReadAsReference: "what a genotype does not say of one chromosome copy was read as reference there; the other could carry a change",
	amp1PositionMissing: "a position that AMP's tier 1 asks for is missing",
	slco1b1FromRs4149056: "no pair of alleles fits; the phenotype comes from rs4149056 alone",
	copyNumberClass: "its number of copies was read as the largest class of the table",
	outsideCallPreferred: "the call from elsewhere stands before that of the file",
	outsidePhenotypeDiffers: "the phenotype or score that came with the call is not the one the table gives for its alleles",
} as const satisfies Record<GeneNote, string>;

const grch37Sentence =
	"The file is of GRCh37: positions whose place there is not known count as missing, and so do those where GRCh37's base is another and the file says nothing.";

/** Positions or alleles that are named before the rest is counted. */
const namedMost = 6;

/** The whole report, line by line: a gene a paragraph. */
export function describeReport(report: PgxReport): readonly string[] {
	return [
		`Pharmacogenes by knowledge ${report.knowledgeVersion.slice(0, 16)}, released ${report.knowledgeReleased.slice(0, 10)} (CPIC, PharmVar, ClinPGx)`,
		...(report.build === "GRCh37" ? [grch37Sentence] : []),
		report.absent === "reference"
			? "The file lists variants only: positions it does not mention were assumed to be reference, and are counted."
			: "Positions that the file does not mention count as missing.",
		...report.genes.flatMap((gene) => ["", ...describeGene(gene)]),
		"",
		"Alleles outside these tables, and changes at other positions, are not seen. No finding here is a prescription.",
	];
}

function describeGene(result: GeneResult): readonly string[] {
	const { gene, noCall } = result;
	return [
		`${gene.padEnd(8)} ${noCall === undefined ? nameCalls(result) : noCallSentences[noCall]}${result.source === "outside" ? "  (called elsewhere)" : ""}`,
		...describePhenotypes(result),
		...describeSites(result),
		...result.notes.map((note) => `         note: ${noteSentences[note]}`),
	];
}

function nameCalls({ diplotypes, haplotypes }: GeneResult): string {
	if (haplotypes.length > 0) {
		const counts = Map.groupBy(haplotypes, (name) => name);
		return `${[...counts].map(([name, found]) => (found.length > 1 ? `${name} (on both copies)` : name)).join(", ")}  (phase unknown)`;
	}
	if (diplotypes.length === 0) return "no alleles given";
	const names = diplotypes.slice(0, namedMost).map(({ name }) => name);
	return `${names.join(" or ")}${diplotypes.length > namedMost ? ` or one of ${diplotypes.length - namedMost} more (--json names them)` : ""}`;
}

/** One line for each meaning, with the pairs that have it where they do not all agree. */
function describePhenotypes({ phenotypes, diplotypes, gene }: GeneResult): readonly string[] {
	const byMeaning = Map.groupBy(phenotypes, meaningOf);
	return [...byMeaning].map(([meaning, found]) => {
		const pairs = found.map(({ alleles }) => alleles.map((each) => each.name).join("/"));
		const isPlain = gene.startsWith("HLA") || pairs.every((name) => name === "") || (diplotypes.length === 1 && diplotypes[0]?.name === pairs[0]);
		if (isPlain) return `         ${meaning}`;
		if (byMeaning.size === 1 && pairs.length > 1) return `         ${meaning}, whichever of the ${pairs.length} it is`;
		return `         ${meaning} (by ${listed(pairs)})`;
	});
}

function meaningOf({ phenotype, activityScore }: PhenotypeResult): string {
	return `${phenotype ?? "phenotype not available: the tables have none for it"}${activityScore === undefined ? "" : `, activity score ${activityScore}`}`;
}

function describeSites({
	missing,
	assumedReference,
	positions,
	halfCalled,
	undocumented,
	filtered,
	indistinguishable,
	noCall,
}: GeneResult): readonly string[] {
	const lines: string[] = [];
	if (assumedReference.length > 0) lines.push(`assumed reference: ${assumedReference.length} of ${positions} positions`);
	if (missing.length > 0 && noCall !== "noData")
		lines.push(`missing: ${missing.length} of ${positions} positions (${listed(missing.map(describeMissing))})`);
	for (const [name, others] of Object.entries(indistinguishable))
		lines.push(`${name} could as well be ${listed(others)}: what tells them apart is missing`);
	if (halfCalled.length > 0) lines.push(`known on one copy only: ${listed(halfCalled.map(nameOf))}`);
	if (undocumented.length > 0) lines.push(`changes that no allele has: at ${listed(undocumented.map(nameOf))}`);
	if (filtered.length > 0) lines.push(`used although their filter is not PASS: ${listed(filtered.map(nameOf))}`);
	return lines.map((line) => `         ${line}`);
}

function describeMissing({ position, reason }: MissingPosition): string {
	return reason === "absent" ? nameOf(position) : `${nameOf(position)} ${reason}`;
}

function nameOf({ rsid, hgvs }: { readonly rsid: string | null; readonly hgvs: string }): string {
	return rsid ?? hgvs;
}

function listed(names: readonly string[]): string {
	const rest = names.length - namedMost;
	return rest > 0 ? `${names.slice(0, namedMost).join(", ")} and ${rest} more` : names.join(", ");
}
