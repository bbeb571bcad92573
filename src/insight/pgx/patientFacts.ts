import type { DataClass } from "#contracts";
import type { Release } from "#gate";
import { type CalledGene, type GenotypeCoverage, readCalls, readGenotypes, recogniseDrugs } from "#genomics";
import { type PgxClass, pgxClasses } from "./pgxModelCard.ts";
import type { PgxTables } from "./pgxTables.ts";

/** What of a release the model goes by. */
export interface PatientFacts {
	/** Results of genes by the tables at hand; a gene that is not here is unknown. */
	readonly genes: readonly CalledGene[];
	/** `Patient/<id>` as what was released names it; null where nothing was. */
	readonly subject: string | null;
	/** Genotypes that the results rest on. */
	readonly basis: readonly string[];
	/** Genes that have a result on file which cannot be read. */
	readonly unreadable: readonly string[];
	/** By gene, in words: positions that were not read or taken as reference, and older results that say otherwise. */
	readonly caveats: ReadonlyMap<string, readonly string[]>;
	/** The same without words. */
	readonly caveatCodes: ReadonlyMap<string, CaveatCodes>;
	/** Drugs of active requests and statements, as far as the tables know them. */
	readonly medicines: readonly string[];
	/** Classes that are not available, and those that were shown in part. */
	readonly notSeen: readonly PgxClass[];
	readonly seenInPart: readonly PgxClass[];
}

/** What must be borne in mind of one gene's result. */
export interface CaveatCodes {
	readonly gene: string;
	/** null where the result does not say how much was read. */
	readonly coverage: GenotypeCoverage | null;
	/** Older results on file that say otherwise. */
	readonly earlier: readonly string[];
}

/** A call with missing positions never reads as one that was seen whole. */
function sayCoverage(gene: string, coverage: GenotypeCoverage | undefined): readonly string[] {
	if (coverage === undefined) return [];
	const { positions, missing, assumedReference } = coverage;
	const parts = [
		...(missing === 0 ? [] : [`${missing} not read`]),
		...(assumedReference === 0 ? [] : [`${assumedReference} taken as reference, because the file lists variants only`]),
	];
	return parts.length === 0 ? [] : [`${gene}: of ${positions} positions ${parts.join(", ")}.`];
}

function sayEarlier(gene: string, earlier: readonly string[]): readonly string[] {
	return earlier.length === 0 ? [] : [`${gene}: an older result on file says otherwise (${earlier.join("; ")}). Find out which holds.`];
}

const active: readonly unknown[] = ["active", "on-hold", "draft"];

/** Reads genes and medicines from what was released. The one place that says where the calls of genes come from. */
export function readPatientFacts(release: Release, tables: PgxTables): PatientFacts {
	const resources = release.resources.map(({ resource }) => resource);
	const { calls, sources, unreadable } = readGenotypes(resources);
	const genes = readCalls(tables.caller, calls);
	const verdict = (name: DataClass) => release.classes.find((each) => each.class === name);
	return {
		genes,
		subject: resources.map(subjectOf).find((subject) => subject !== undefined) ?? null,
		basis: sources.flatMap(({ references }) => references).toSorted(),
		unreadable,
		caveats: new Map(sources.map(({ gene, coverage, earlier }) => [gene, [...sayCoverage(gene, coverage), ...sayEarlier(gene, earlier)]])),
		caveatCodes: new Map(sources.map(({ gene, coverage = null, earlier }) => [gene, { gene, coverage, earlier }])),
		medicines: [...new Set(resources.flatMap((resource) => medicinesOf(resource, tables)))].toSorted(),
		notSeen: pgxClasses.filter((name) => verdict(name)?.status !== "released"),
		seenInPart: pgxClasses.filter((name) => verdict(name)?.status === "released" && verdict(name)?.restricted === true),
	};
}

function subjectOf(resource: Release["resources"][number]["resource"]): string | undefined {
	const subject = resource["subject"];
	const reference = typeof subject === "object" && subject !== null ? (subject as { reference?: unknown }).reference : undefined;
	return typeof reference === "string" && /^Patient\/[A-Za-z0-9.-]{1,64}$/.test(reference) ? reference : undefined;
}

function medicinesOf(resource: Release["resources"][number]["resource"], { drugs }: PgxTables): readonly string[] {
	if (resource.resourceType !== "MedicationRequest" && resource.resourceType !== "MedicationStatement") return [];
	if (!active.includes(resource["status"])) return [];
	const concept = resource["medicationCodeableConcept"];
	return typeof concept === "object" && concept !== null ? recogniseDrugs(concept, drugs) : [];
}
