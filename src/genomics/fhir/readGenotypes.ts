import { GenomicsError } from "../errors.ts";
import { type OutsideCall, parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import { acesoSystem, codes, hgncIds, hgncSystem, loincSystem } from "./terms.ts";

/** What the Genotypes of a record say. */
export interface ReadGenotypes {
	/** The calls of the newest report of each gene. */
	readonly calls: readonly OutsideCall[];
	/** By gene: where its calls stand, when they were made, and what was stated with them. */
	readonly sources: readonly GenotypeSource[];
	/** Genes that a Genotype names and whose result cannot be read: unknown, not normal. */
	readonly unreadable: readonly string[];
	/** Versions of tables by which the results that are used were come by, where they say so. */
	readonly knowledgeVersions: readonly string[];
}

export interface GenotypeSource {
	readonly gene: string;
	readonly references: readonly string[];
	readonly effective: string | undefined;
	/** SHA-256 of the gene's table by which the result was come by, where it says so. */
	readonly tableHash: string | undefined;
	/** How many of the gene's positions the sample was read at, where the result says so. */
	readonly coverage: GenotypeCoverage | undefined;
	/** Alleles, or the phenotype, of older results on file that say otherwise. */
	readonly earlier: readonly string[];
	readonly stated: readonly {
		readonly alleles: readonly string[];
		readonly phenotype: string | undefined;
		readonly activityScore: string | undefined;
	}[];
}

/** Positions that the gene's table has, those that were not read, and those that were taken as reference because a file of variants has no line for them. */
export interface GenotypeCoverage {
	readonly positions: number;
	readonly missing: number;
	readonly assumedReference: number;
}

interface Resource {
	readonly resourceType?: unknown;
	readonly [element: string]: unknown;
}

interface Found {
	readonly gene: string;
	readonly reference: string;
	readonly effective: string | undefined;
	/** Undefined where it cannot be read. */
	readonly call: OutsideCall | undefined;
	readonly knowledgeVersion: string | undefined;
	readonly tableHash: string | undefined;
	readonly coverage: GenotypeCoverage | undefined;
	readonly phenotype: string | undefined;
	readonly activityScore: string | undefined;
}

const stands: readonly unknown[] = ["final", "amended", "corrected"];
const geneBySymbolOrId = new Map(
	Object.entries(hgncIds).flatMap(([gene, id]): [string, string][] => [
		[gene, gene],
		[id, gene],
	]),
);
const hgncSystems: readonly unknown[] = [hgncSystem, "http://www.genenames.org/geneId"];

/**
 * Reads the results of genes from Genotype Observations (LOINC 84413-4), whoever made them. Everything in them is from outside: what cannot be read is
 * named and nothing is guessed. A result that was withdrawn, or is not final, is none.
 */
export function readGenotypes(resources: Iterable<Resource>): ReadGenotypes {
	const found = [...resources].flatMap(readOne);
	const newest = [...Map.groupBy(found, ({ gene }) => gene)].map(([gene, own]) => ({ gene, own: newestOf(own) }));
	return {
		calls: newest.flatMap(({ own }) => (own.every(({ call }) => call !== undefined) ? own.flatMap(({ call }) => call ?? []) : [])),
		sources: newest.map(({ gene, own }) => ({
			...{ gene, references: own.map(({ reference }) => reference), effective: own[0]?.effective, tableHash: own[0]?.tableHash },
			coverage: own[0]?.coverage,
			earlier: earlierOf(found, gene, own),
			stated: own.map(({ call, phenotype, activityScore }) => ({ alleles: call?.alleles ?? [], phenotype, activityScore })),
		})),
		unreadable: newest.filter(({ own }) => own.some(({ call }) => call === undefined)).map(({ gene }) => gene),
		knowledgeVersions: [...new Set(newest.flatMap(({ own }) => own.flatMap(({ knowledgeVersion }) => knowledgeVersion ?? [])))],
	};
}

/** All of the newest moment: several equally good calls of one report. What has no date is older than what has one. */
function newestOf(own: readonly Found[]): readonly Found[] {
	const timeOf = ({ effective }: Found) => Date.parse(effective ?? "") || 0;
	const newest = Math.max(...own.map(timeOf));
	return own.filter((each) => timeOf(each) === newest);
}

/** A newer result is no better for being newer, so one that says otherwise does not go under. */
function earlierOf(found: readonly Found[], gene: string, newest: readonly Found[]): readonly string[] {
	const said = new Set(newest.map(resultOf));
	const others = found.filter((each) => each.gene === gene && !newest.includes(each)).map(resultOf);
	return [...new Set(others)].filter((result) => result !== "" && !said.has(result));
}

function resultOf({ call, phenotype }: Found): string {
	const alleles = [...(call?.alleles ?? [])].toSorted();
	return alleles.length > 0 ? alleles.join("/") : (phenotype ?? "");
}

function readOne(resource: Resource): readonly Found[] {
	if (resource.resourceType !== "Observation" || !stands.includes(resource["status"])) return [];
	if (!hasCode(resource["code"], [loincSystem], codes.genotype.code)) return [];
	const gene = readGene(resource);
	if (gene === undefined) return [];
	const effective = [resource["effectiveDateTime"], resource["issued"]].find((each) => typeof each === "string") as string | undefined;
	const of = ({ code }: { readonly code: string }) => valueIn(resource, code);
	return [
		{
			...{ gene, reference: `Observation/${String(resource["id"])}`, effective, call: readCall(gene, resource) },
			...{ knowledgeVersion: of(codes.knowledgeVersion), tableHash: of(codes.tableHash) },
			coverage: readCoverage(resource),
			...{ phenotype: of(codes.phenotype), activityScore: of(codes.activityScore) },
		},
	];
}

function readCoverage(resource: Resource): GenotypeCoverage | undefined {
	const count = ({ code }: { readonly code: string }) => componentOf(resource, acesoSystem, code)?.["valueInteger"];
	const [positions, missing, assumedReference] = [count(codes.positions), count(codes.positionsMissing), count(codes.positionsAssumed)];
	return isCount(positions) && isCount(missing) && isCount(assumedReference) ? { positions, missing, assumedReference } : undefined;
}

function isCount(value: unknown): value is number {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readGene(resource: Resource): string | undefined {
	const studied = asRecord(componentOf(resource, loincSystem, codes.geneStudied.code)?.["valueCodeableConcept"]);
	for (const coding of asArray(studied?.["coding"])) {
		const { system, code } = asRecord(coding) ?? {};
		const gene = hgncSystems.includes(system) && typeof code === "string" ? geneBySymbolOrId.get(code) : undefined;
		if (gene !== undefined) return gene;
	}
	return geneBySymbolOrId.get(String(studied?.["text"]));
}

/** The alleles as they are written, else the phenotype and score; the tables at hand say what alleles mean. */
function readCall(gene: string, resource: Resource): OutsideCall | undefined {
	const value = asRecord(resource["valueCodeableConcept"]);
	const [coding] = asArray(value?.["coding"]);
	const name = stringOf(value?.["text"]) ?? stringOf(asRecord(coding)?.["display"]) ?? "";
	const phenotype = valueIn(resource, codes.phenotype.code) ?? "";
	const score = valueIn(resource, codes.activityScore.code) ?? "";
	const diplotype = name.startsWith(`${gene} `) ? name.slice(gene.length + 1) : name;
	const isPair = /^[^\s,/]+(?: \+ [^\s,/]+)*(?:\/[^\s,/]+(?: \+ [^\s,/]+)*)?$/.test(diplotype);
	const fields = isPair ? [gene, diplotype, "", ""] : [gene, "", phenotype, score];
	return parseQuietly(fields);
}

function parseQuietly(fields: readonly string[]): OutsideCall | undefined {
	if (fields.some((field) => /[\t\r\n]/.test(field) || field.length > 200)) return undefined;
	try {
		return parseOutsideCalls(fields.join("\t"))[0];
	} catch (error) {
		if (error instanceof GenomicsError) return undefined;
		throw error;
	}
}

/** The words of a component of ours. */
function valueIn(resource: Resource, code: string): string | undefined {
	return stringOf(asRecord(componentOf(resource, acesoSystem, code)?.["valueCodeableConcept"])?.["text"]);
}

function componentOf(resource: Resource, system: string, code: string): Readonly<Record<string, unknown>> | undefined {
	return asArray(resource["component"])
		.map(asRecord)
		.find((each) => each !== undefined && hasCode(each["code"], [system], code));
}

function hasCode(concept: unknown, systems: readonly unknown[], code: string): boolean {
	return asArray(asRecord(concept)?.["coding"]).some(
		(coding) => systems.includes(asRecord(coding)?.["system"]) && asRecord(coding)?.["code"] === code,
	);
}

function asArray(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function stringOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}
