import { GenomicsError } from "../errors.ts";
import { readGenotypes } from "../fhir/readGenotypes.ts";

/** A result as it was stored, as far as a newer release can change it. */
export interface StoredResult {
	readonly knowledgeVersions: readonly string[];
	readonly genes: readonly StoredGene[];
	/** Rows by drug that were shown with it, as `accession@version`; undefined where none were stored. */
	readonly advised: ReadonlyMap<string, readonly string[]> | undefined;
}

export interface StoredGene {
	readonly gene: string;
	/** undefined for a result that does not say by which table it was come by. */
	readonly tableHash: string | undefined;
	/** Called from a sequence, so that it can be called again. */
	readonly isFromSequence: boolean;
	readonly meanings: readonly StoredMeaning[];
}

export interface StoredMeaning {
	/** Alleles that were looked up; empty where a laboratory gave a phenotype alone. */
	readonly alleles: readonly string[];
	readonly phenotype: string | undefined;
	readonly activityScore: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a result: what `aceso pgx --json` wrote (of a file or of a sealed genome), or a FHIR Bundle with Genotypes. From outside, so that everything is judged.
 *
 * @throws GenomicsError `PGX_RESULT_INVALID`; nothing of the result stands in it.
 */
export function readStoredResult(input: unknown): StoredResult {
	const found = asRecord(input);
	if (found?.["resourceType"] === "Bundle")
		return fromResources(asArray(found["entry"]).map((entry) => asRecord(asRecord(entry)?.["resource"]) ?? {}));
	const report = asRecord(found?.["result"]) ?? found;
	if (typeof report?.["knowledgeVersion"] !== "string" || !Array.isArray(report["genes"])) throw invalid();
	return { knowledgeVersions: [report["knowledgeVersion"]], genes: report["genes"].map(readGene), advised: readAdvice(found?.["guidance"]) };
}

/** The Genotypes of a record. */
export function fromResources(resources: Iterable<Json>): StoredResult {
	const { sources, knowledgeVersions } = readGenotypes(resources);
	const genes = sources.map(({ gene, tableHash, stated }): StoredGene => ({ gene, tableHash, isFromSequence: false, meanings: stated }));
	return { knowledgeVersions, genes, advised: undefined };
}

function readGene(input: unknown): StoredGene {
	const gene = asRecord(input);
	if (typeof gene?.["gene"] !== "string" || !Array.isArray(gene["phenotypes"])) throw invalid();
	const { tableHash } = gene as { readonly tableHash?: unknown };
	return {
		gene: gene["gene"],
		tableHash: stringOf(tableHash),
		isFromSequence: gene["source"] === "vcf",
		meanings: gene["phenotypes"].map(readMeaning),
	};
}

function readMeaning(input: unknown): StoredMeaning {
	const meaning = asRecord(input);
	if (meaning === undefined || !Array.isArray(meaning["alleles"])) throw invalid();
	const alleles = meaning["alleles"].map((allele) => stringOf(asRecord(allele)?.["name"]) ?? stringOf(allele));
	if (alleles.some((name) => name === undefined)) throw invalid();
	return { alleles: alleles as readonly string[], phenotype: stringOf(meaning["phenotype"]), activityScore: stringOf(meaning["activityScore"]) };
}

function readAdvice(input: unknown): StoredResult["advised"] {
	const advice = asRecord(input);
	if (advice === undefined) return undefined;
	const drugs = asArray(advice["drugs"]).map((drug): [string, readonly string[]] => {
		const { drug: name, advice: given } = asRecord(drug) ?? {};
		if (typeof name !== "string") throw invalid();
		return [
			name,
			asArray(given)
				.map((each) => rowId(asRecord(each) ?? {}))
				.toSorted(),
		];
	});
	return new Map(drugs);
}

/** A row of a guideline in one of its versions, or that the guideline had none. */
export function rowId(given: {
	readonly recommendationId?: unknown;
	readonly guidelineId?: unknown;
	readonly guidelineVersion?: unknown;
	readonly status?: unknown;
}): string {
	return `${String(given.recommendationId ?? `${String(given.guidelineId)}:${String(given.status)}`)}@${String(given.guidelineVersion)}`;
}

function asArray(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function asRecord(value: unknown): Json | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function stringOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

function invalid(): GenomicsError {
	const expected = "a result of aceso pgx --json, or a FHIR Bundle with Genotypes";
	return new GenomicsError("PGX_RESULT_INVALID", `expected ${expected}, found something else`, { expected, found: "something else" });
}
