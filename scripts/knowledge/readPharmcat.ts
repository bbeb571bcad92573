import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A locus of `definition/*_translation.json`. */
export interface SourceVariant {
	readonly chromosome: string;
	readonly position: number;
	readonly rsid: string | null;
	readonly chromosomeHgvsName: string;
	readonly ref: string;
	readonly alts: readonly string[];
}

export interface SourceDefinition {
	readonly gene: string;
	readonly formatVersion: string;
	readonly version: string;
	readonly chromosome: string;
	readonly genomeBuild: string;
	readonly refSeqChromosomeId: string;
	readonly variants: readonly SourceVariant[];
	readonly namedAlleles: readonly {
		readonly name: string;
		readonly id: string;
		readonly alleles: readonly (string | null)[];
		readonly reference: boolean;
		readonly structuralVariant: boolean;
	}[];
	readonly suballelesMap?: Readonly<Record<string, string>>;
}

export interface SourceExemption {
	readonly requiredPositions: readonly number[];
	readonly ignoredPositions: readonly SourceVariant[];
	readonly extraPositions: readonly SourceVariant[];
	readonly ignoredAlleles: readonly string[];
	readonly unphasedDiplotypePriorities: readonly { readonly id: string; readonly list: readonly string[]; readonly pick: string }[];
	readonly amp1Alleles: readonly string[];
	readonly amp1Positions: readonly number[];
}

export interface SourcePhenotypes {
	readonly gene: string;
	readonly version: string;
	readonly haplotypes: Readonly<Record<string, string>>;
	readonly activityValues: Readonly<Record<string, string>> | null;
	readonly namedAlleles?: readonly {
		readonly name: string;
		readonly activityValue: string | null;
		readonly functionValue: string | null;
		readonly lookupKey: string;
	}[];
	readonly diplotypes: readonly {
		readonly generesult: string;
		readonly diplotype: string;
		readonly lookupkey: string;
		readonly diplotypekey: Readonly<Record<string, number>>;
		readonly activityScore?: string | null;
		readonly phenotype?: string;
	}[];
}

export interface PharmcatSource {
	/** Version of the newest definition, which names its day. */
	readonly released: string;
	readonly definitions: ReadonlyMap<string, SourceDefinition>;
	readonly exemptions: Readonly<Record<string, SourceExemption | undefined>>;
	readonly phenotypes: ReadonlyMap<string, SourcePhenotypes>;
}

/** Reads the files of a release as they are; phenotype files may be compressed, and may carry their version in the name. */
export function readPharmcat(folder: string): PharmcatSource {
	const definitions = readAll<SourceDefinition>(join(folder, "definition"), /_translation\.json$/);
	const phenotypes = readAll<SourcePhenotypes>(join(folder, "phenotype"), /\.json(\.gz)?$/);
	const released = [...definitions.values()]
		.map(({ version }) => version)
		.toSorted()
		.at(-1);
	if (released === undefined) throw new Error("expected definition files, found none");
	return { released, definitions, phenotypes, exemptions: readJson(join(folder, "definition", "exemptions.json")) as PharmcatSource["exemptions"] };
}

function readAll<T extends { readonly gene: string }>(folder: string, pattern: RegExp): ReadonlyMap<string, T> {
	const byGene = new Map<string, T>();
	for (const name of readdirSync(folder).filter((each) => pattern.test(each))) {
		const table = readJson(join(folder, name)) as T;
		if (byGene.has(table.gene)) throw new Error(`${table.gene} stands in two files`);
		byGene.set(table.gene, table);
	}
	return byGene;
}

function readJson(path: string): unknown {
	const bytes = readFileSync(path);
	return JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
}
