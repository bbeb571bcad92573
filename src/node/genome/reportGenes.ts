import type { Gate, Release } from "#gate";
import {
	adviseOnAll,
	drugsOf,
	type GeneResult,
	type GenotypeCoverage,
	isAllOrdinary,
	type OtherList,
	otherDrugs,
	readCalls,
	readGenotypes,
} from "#genomics";
import type { PgxTables } from "#insight";
import { loadPgxTables } from "../cds/loadPgxTables.ts";
import { NodeError } from "../errors.ts";

/** What one gene on file means, in the field's words; who shows it says it in a reader's. */
export interface GeneOnFile {
	readonly gene: string;
	/** Alleles as they stand on file, one for each equally good result; empty where only a phenotype does. */
	readonly results: readonly string[];
	/** As the tables name them (`Poor Metabolizer`); null where the tables do not know what a result means. */
	readonly phenotypes: readonly (string | null)[];
	readonly isOrdinary: boolean;
	/** Drugs for which a guideline asks for something else than usual on its account. */
	readonly drugs: readonly string[];
	readonly effective: string | null;
	readonly coverage: GenotypeCoverage | null;
	/** Older results that say otherwise. */
	readonly earlier: readonly string[];
}

export interface GenesAnswer extends Pick<Release, "classes" | "notice" | "access"> {
	readonly genes: readonly GeneOnFile[];
	/** Genes with a result on file that cannot be read: unknown, not normal. */
	readonly unreadable: readonly string[];
	/** Genes of the tables without any result: unknown, not normal. */
	readonly withoutResult: readonly string[];
	/** Drugs that guidelines speak of and no gene above names. */
	readonly others: Readonly<Record<OtherList, readonly string[]>>;
	/** Days on which the guidelines stood so. */
	readonly guidelinesAsOf: readonly string[];
	readonly isStale: boolean;
	readonly allelesVersion: string;
	readonly guidanceVersion: string;
}

export interface ReportGenesParameters {
	readonly gate: Pick<Gate, "release">;
	readonly request: unknown;
	/** As `2026-11-29`, for the age of guidelines. */
	readonly today: string;
}

/**
 * The passport of whoever may read the genes: what the results on file mean and which drugs to speak about. One read through the gate, and nothing of it
 * but what the tables make of it.
 *
 * @throws NodeError `NODE_BODY_INVALID` for a request that asks for more or less than the genes as they are; GateError.
 */
export async function reportGenes({ gate, request, today }: ReportGenesParameters): Promise<GenesAnswer> {
	assertGenesAlone(request);
	const release = await gate.release(request);
	return describeGenes(release, loadPgxTables(), today);
}

/** A result by genes under another name, or by a model that no consent names, is not made. */
function assertGenesAlone(request: unknown): void {
	const { request: inner = request } = (request ?? {}) as { request?: unknown };
	const { body } = (inner ?? {}) as { body?: { kind?: unknown; classes?: unknown; level?: unknown; model?: unknown; record?: unknown } };
	const { kind, classes, level, model, record } = body ?? {};
	const isGenes = Array.isArray(classes) && classes.length === 1 && classes[0] === "genomics";
	if (kind !== "read" || !isGenes || level !== "identified" || model !== undefined || record !== undefined)
		throw new NodeError("NODE_BODY_INVALID", "expected a read of the class genomics, identified, without a model");
}

export function describeGenes(release: Release, { caller, guidance }: PgxTables, today: string): GenesAnswer {
	const { calls, sources, unreadable } = readGenotypes(release.resources.map(({ resource }) => resource));
	const found = readCalls(caller, calls);
	const called = found.filter(({ phenotypes, diplotypes, haplotypes }) => phenotypes.length + diplotypes.length + haplotypes.length > 0);
	const advice = adviseOnAll({ genes: called, guidance, today });
	const given = advice.drugs.flatMap((each) => each.advice);
	const known = new Set([...called.map(({ gene }) => gene), ...unreadable]);
	return {
		...{ classes: release.classes, notice: release.notice, access: release.access, unreadable },
		genes: called.map((result) =>
			geneOnFile(
				result,
				drugsOf(result, advice),
				sources.find(({ gene }) => gene === result.gene),
			),
		),
		withoutResult: [...caller.knowledge.genes.keys()].filter((gene) => !known.has(gene)).toSorted(),
		others: otherDrugs(called, advice),
		guidelinesAsOf: [...new Set(given.map(({ asOf }) => asOf))].toSorted(),
		isStale: given.some(({ stale }) => stale),
		...{ allelesVersion: caller.knowledge.version, guidanceVersion: advice.guidanceVersion },
	};
}

function geneOnFile(
	result: GeneResult,
	drugs: readonly string[],
	source: ReturnType<typeof readGenotypes>["sources"][number] | undefined,
): GeneOnFile {
	const { gene, diplotypes, haplotypes, phenotypes } = result;
	return {
		...{ gene, drugs, isOrdinary: isAllOrdinary(result) },
		results: haplotypes.length > 0 ? haplotypes : diplotypes.map(({ name }) => name),
		phenotypes: phenotypes.map(({ phenotype }) => phenotype ?? null),
		...{ effective: source?.effective ?? null, coverage: source?.coverage ?? null, earlier: source?.earlier ?? [] },
	};
}
