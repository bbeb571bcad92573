import { invalidTable, parseTable } from "../parseTable.ts";

/** A place of the reference genome that a gene's alleles speak of. Bases as VCF writes them, on the forward strand. */
export interface Position {
	/** One-based, on the gene's chromosome. */
	readonly position: number;
	readonly rsid: string | null;
	readonly ref: string;
	readonly alts: readonly string[];
	/** Genomic HGVS name, as `g.94781859G>A`. */
	readonly hgvs: string;
}

export interface NamedAllele {
	readonly name: string;
	/** Accession at ClinPGx. */
	readonly id: string;
	readonly reference: boolean;
	/** By index of `positions`: the base that the allele has there, or an IUPAC code where it may have several. Unspecified where absent. */
	readonly sites: ReadonlyMap<number, string>;
}

/** What holds for one gene and not by the general rule (PharmCAT's exemptions.json). */
export interface Exemption {
	/** Without one of these positions the gene is not called. */
	readonly required: readonly number[];
	/** Watched and shown, without being part of any allele. */
	readonly extra: readonly Position[];
	/** Of several diplotypes that unphased data leave, the one picked by frequency. */
	readonly unphasedPriorities: readonly { readonly of: readonly string[]; readonly pick: string }[];
	/** Alleles and positions that AMP asks every test to have (tier 1). */
	readonly amp1Alleles: readonly string[];
	readonly amp1Positions: readonly number[];
}

export interface Definition {
	readonly chromosome: string;
	readonly version: string;
	readonly positions: readonly Position[];
	readonly alleles: readonly NamedAllele[];
	/** Suballele → the allele that is reported for it. */
	readonly suballeles: ReadonlyMap<string, string>;
	readonly exemption: Exemption;
}

export interface AlleleFunction {
	readonly name: string;
	/** Clinical function, as `No function`. */
	readonly function: string | null;
	/** Activity value as published: digits, or as `≥3.0`, `n/a`. */
	readonly activity: string | null;
	/** What `PhenotypeRow.keys` speak of: the activity value where the gene has one, else the function. */
	readonly key: string;
}

export interface PhenotypeRow {
	/** One key a chromosome copy, sorted. */
	readonly keys: readonly string[];
	readonly phenotype: string;
	readonly activityScore: string | null;
	readonly lookup: string;
}

export interface PhenotypeTable {
	readonly version: string;
	readonly functions: ReadonlyMap<string, AlleleFunction>;
	readonly rows: ReadonlyMap<string, PhenotypeRow>;
}

export interface GeneKnowledge {
	readonly gene: string;
	/** SHA-256 of the gene's table: a result records it, so that a newer table tells whose results it may change. */
	readonly tableHash: string | undefined;
	/** Absent for genes whose alleles come from outside only. */
	readonly definition: Definition | undefined;
	readonly phenotypes: PhenotypeTable | undefined;
}

export interface PgxKnowledge {
	/** SHA-256 of the manifest, which has the SHA-256 of every gene's table: a result records it. */
	readonly version: string;
	/** Version of the newest definition of the release: its day and time. */
	readonly released: string;
	readonly genes: ReadonlyMap<string, GeneKnowledge>;
}

const noExemption: Exemption = { required: [], extra: [], unphasedPriorities: [], amp1Alleles: [], amp1Positions: [] };

export interface PgxKnowledgeFiles {
	/** Bytes of manifest.json. */
	readonly manifest: Uint8Array;
	/** Bytes of each file under genes/; the manifest says which there must be. */
	readonly genes: readonly Uint8Array[];
	/** SHA-256 in lower-case hex. Brought by the caller, so that this room needs no cryptography of its platform. */
	readonly sha256Hex: (bytes: Uint8Array) => string;
}

/**
 * Reads the tables of knowledge/pgx.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID` when a table is missing, or not the one that the manifest means.
 */
export function parsePgxKnowledge({ manifest, genes, sha256Hex }: PgxKnowledgeFiles): PgxKnowledge {
	const listed = parseTable<{ released: string; genes: readonly { gene: string; sha256: string }[] }>(manifest, "aceso/pgx-manifest/1");
	const bySha256 = new Map(genes.map((bytes) => [sha256Hex(bytes), bytes]));
	const tables = listed.genes.map(({ gene, sha256 }): [string, GeneKnowledge] => {
		const bytes = bySha256.get(sha256);
		if (bytes === undefined) throw invalidTable(`the table of ${gene} that the manifest names`, "none, or an altered one");
		return [gene, readGene(parseTable<GeneTable>(bytes, "aceso/pgx-gene/1"), sha256)];
	});
	return { version: sha256Hex(manifest), released: listed.released, genes: new Map(tables) };
}

/** Key of a row for these functions, in whatever order they come. */
export function phenotypeKey(keys: readonly string[]): string {
	return keys.toSorted().join("\n");
}

interface GeneTable {
	readonly gene: string;
	readonly chromosome?: string;
	readonly definitionVersion: string;
	readonly positions: readonly Position[];
	readonly alleles: readonly {
		readonly name: string;
		readonly id: string;
		readonly reference?: boolean;
		readonly sites: Readonly<Record<string, string>>;
	}[];
	readonly suballeles?: Readonly<Record<string, string>>;
	readonly exemption?: Exemption;
	readonly phenotypeVersion?: string;
	readonly functions: readonly AlleleFunction[];
	readonly phenotypes: readonly PhenotypeRow[];
}

function readGene(table: GeneTable, sha256: string): GeneKnowledge {
	return {
		gene: table.gene,
		tableHash: sha256,
		definition: table.chromosome === undefined ? undefined : readDefinition(table, table.chromosome),
		phenotypes: table.phenotypeVersion === undefined ? undefined : readPhenotypes(table, table.phenotypeVersion),
	};
}

function readDefinition(table: GeneTable, chromosome: string): Definition {
	const alleles = table.alleles.map(({ name, id, reference, sites }) => ({
		...{ name, id, reference: reference === true },
		sites: new Map(Object.entries(sites).map(([index, base]): [number, string] => [Number(index), base])),
	}));
	if (alleles.filter(({ reference }) => reference).length !== 1) throw invalidTable(`one reference allele of ${table.gene}`, "another number");
	return {
		...{ chromosome, version: table.definitionVersion, positions: table.positions, alleles },
		suballeles: new Map(Object.entries(table.suballeles ?? {})),
		exemption: table.exemption ?? noExemption,
	};
}

function readPhenotypes({ functions, phenotypes }: GeneTable, version: string): PhenotypeTable {
	return {
		version,
		functions: new Map(functions.map((row) => [row.name, row])),
		rows: new Map(phenotypes.map((row) => [phenotypeKey(row.keys), row])),
	};
}
