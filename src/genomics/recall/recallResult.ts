import { adviseOnAll, type Gist } from "../guidance/adviseOnAll.ts";
import type { CalledGene } from "../guidance/finding.ts";
import type { GuidanceKnowledge } from "../guidance/guidanceTable.ts";
import type { GeneKnowledge, PgxKnowledge } from "../starAlleles/knowledge.ts";
import { hlaPhenotypes, type PhenotypeResult, phenotypeOf } from "../starAlleles/phenotype.ts";
import { rowId, type StoredGene, type StoredMeaning, type StoredResult } from "./storedResult.ts";

/** What newer tables change of one gene's result. */
export interface GeneRecall {
	readonly gene: string;
	readonly change: /** The same table: nothing can change. */
		| "same"
		/** Another table; the alleles that were called mean the same by it. */
		| "table"
		/** The alleles that were called mean something else. */
		| "meaning"
		/** The newer tables do not have the gene. */
		| "gone"
		/** The result does not say by which table it was come by; what its alleles mean was compared. */
		| "unknown";
	readonly before: readonly string[];
	readonly after: readonly string[];
	/** The table has changed and the gene was called from a sequence: which alleles it has can only be told by calling it again. */
	readonly callAgain: boolean;
}

export interface DrugRecall {
	readonly drug: string;
	/** What the advice comes to; undefined where the result was stored without it and the drug is new. */
	readonly after: Gist;
	/** Rows of guidelines that were shown, and that would be. */
	readonly rowsBefore: readonly string[];
	readonly rowsAfter: readonly string[];
}

export interface Recall {
	readonly knowledgeVersions: readonly string[];
	readonly newKnowledgeVersion: string;
	readonly newGuidanceVersion: string | undefined;
	readonly genes: readonly GeneRecall[];
	/** Drugs whose advice changes. */
	readonly drugs: readonly DrugRecall[];
	/** Genes of the newer tables of which the result says nothing. */
	readonly newGenes: readonly string[];
	readonly changes: boolean;
}

export interface RecallParameters {
	readonly stored: StoredResult;
	readonly knowledge: PgxKnowledge;
	readonly guidance: GuidanceKnowledge | undefined;
	/** As `2026-11-29`. */
	readonly today: string;
}

/** What a newer release of the tables changes of a stored result, as far as it can be told without the sequence. */
export function recallResult({ stored, knowledge, guidance, today }: RecallParameters): Recall {
	const genes = stored.genes.map((gene) => recallGene(gene, knowledge));
	const drugs = guidance === undefined ? [] : recallDrugs(stored, knowledge, guidance, today);
	const known = new Set(stored.genes.map(({ gene }) => gene));
	return {
		...{ knowledgeVersions: stored.knowledgeVersions, newKnowledgeVersion: knowledge.version, newGuidanceVersion: guidance?.version, genes, drugs },
		newGenes: [...knowledge.genes.keys()].filter((gene) => !known.has(gene)),
		changes: drugs.length > 0 || genes.some(({ change, callAgain }) => callAgain || change === "meaning" || change === "gone"),
	};
}

function recallGene(stored: StoredGene, knowledge: PgxKnowledge): GeneRecall {
	const { gene, tableHash, meanings } = stored;
	const table = knowledge.genes.get(gene);
	const before = meanings.map(sayMeaning);
	// Of HLA the tables hold nothing: presence is written in the program.
	if (table === undefined && hlaPhenotypes(gene, []) !== undefined) return { gene, change: "same", before, after: before, callAgain: false };
	if (table === undefined) return { gene, change: "gone", before, after: [], callAgain: false };
	if (tableHash !== undefined && tableHash === table.tableHash) return { gene, change: "same", before, after: before, callAgain: false };
	const after = meanings.map((meaning) => sayMeaning(meaningBy(meaning, table)));
	const differs = before.join("\n") !== after.join("\n");
	return { gene, change: differs ? "meaning" : tableHash === undefined ? "unknown" : "table", before, after, callAgain: stored.isFromSequence };
}

/** By the newer table; what a laboratory stated without alleles stays as it was stated. */
function meaningBy(meaning: StoredMeaning, table: GeneKnowledge): StoredMeaning & Pick<PhenotypeResult, "lookup"> {
	if (meaning.alleles.length === 0) return { ...meaning, lookup: meaning.activityScore ?? meaning.phenotype };
	const { phenotype, activityScore, lookup } = phenotypeOf(table, meaning.alleles);
	return { alleles: meaning.alleles, phenotype, activityScore, lookup };
}

/** Compared with the rows that were stored, or where none were, with those that the stored meanings have by the newer guidance. */
function recallDrugs(stored: StoredResult, knowledge: PgxKnowledge, guidance: GuidanceKnowledge, today: string): readonly DrugRecall[] {
	const rowsOf = (genes: readonly CalledGene[]) =>
		adviseOnAll({ genes, guidance, today }).drugs.map(({ drug, gist, advice }) => ({ drug, gist, rows: advice.map(rowId).toSorted() }));
	const now = rowsOf(stored.genes.map((gene) => asCalled(gene, knowledge)));
	const before = stored.advised ?? new Map(rowsOf(stored.genes.map((gene) => asCalled(gene, undefined))).map(({ drug, rows }) => [drug, rows]));
	// Advice on some drugs alone was asked for: of the others nothing was shown that could change.
	const shown = now.filter(({ drug }) => stored.advised === undefined || before.has(drug));
	return shown.flatMap(({ drug, gist, rows }) => {
		const rowsBefore = before.get(drug) ?? [];
		return rowsBefore.join() === rows.join() ? [] : [{ drug, after: gist, rowsBefore, rowsAfter: rows }];
	});
}

function asCalled({ gene, meanings }: StoredGene, knowledge: PgxKnowledge | undefined): CalledGene {
	const table = knowledge?.genes.get(gene);
	const read = meanings.map((meaning) =>
		table === undefined ? { ...meaning, lookup: meaning.activityScore ?? meaning.phenotype } : meaningBy(meaning, table),
	);
	const functions = table?.phenotypes?.functions;
	return {
		gene,
		phenotypes: read.map(({ alleles, phenotype, activityScore, lookup }) => ({
			...{ phenotype, activityScore, lookup },
			alleles: alleles.map((name) => ({ name, activity: functions?.get(name)?.activity ?? undefined })),
		})),
	};
}

function sayMeaning({ alleles, phenotype, activityScore }: StoredMeaning): string {
	const meaning = `${phenotype ?? "no phenotype"}${activityScore === undefined ? "" : ` (activity score ${activityScore})`}`;
	return alleles.length === 0 ? meaning : `${alleles.join("/")}: ${meaning}`;
}
