import { invalidTable, parseTable } from "../parseTable.ts";
import { type Effect, parseEffects } from "./effect.ts";
import { parseStatements, type Statement } from "./statement.ts";

export type GuidanceSource = "CPIC" | "DPWG";

/** How strongly the guideline recommends. `notGraded` and `unstated` are no judgement of strength. */
export type Strength = "strong" | "moderate" | "optional" | "noRecommendation" | "notGraded" | "unstated";

/** For whom a recommendation is; `unstated` where the source leaves it open. */
export const populations = {
	general: "all patients",
	unstated: "no population stated",
	pediatric: "children",
	adult: "adults",
	"adult-or-child-over-40kg": "adults, and children over 40 kg",
	"acs-pci": "acute coronary syndrome or percutaneous coronary intervention",
	neurovascular: "neurovascular indications",
	"other-cardiovascular": "other cardiovascular indications",
	naive: "patients who never took it",
	"used-over-3-months": "patients who took it for more than 3 months",
	"no-alternative": "patients without another drug to take",
} as const;

export type Population = keyof typeof populations;

export interface Recommendation {
	/** Accession of the source's row. */
	readonly id: string;
	/** One key a gene, in the order of the guideline's genes. */
	readonly keys: readonly string[];
	readonly population: Population;
	readonly strength: Strength;
	/** The source's own marks on its row. */
	readonly dosingInformation: boolean;
	readonly alternateDrugAvailable: boolean;
	readonly otherPrescribingGuidance: boolean;
	readonly statements: readonly Statement[];
	readonly effects: readonly Effect[];
}

export interface Guideline {
	/** Accession at ClinPGx (`PA166104948`). */
	readonly id: string;
	readonly source: GuidanceSource;
	/** The source's count of changes to its annotation. */
	readonly version: number;
	/** Day of the release in which this version stood, as `2024-03-25`. */
	readonly asOf: string;
	readonly url: string;
	readonly genes: readonly string[];
	readonly drugs: readonly string[];
	/** Where the guideline was published. */
	readonly publications: readonly { readonly pmid: string | null; readonly year: number }[];
	/** Empty where the guideline gives its advice by other means than rows, as a dosing algorithm. */
	readonly recommendations: readonly Recommendation[];
}

export interface GuidanceKnowledge {
	/** SHA-256 of the manifest, which has the SHA-256 of every drug's table. */
	readonly version: string;
	/** By the drug's name in lower case. */
	readonly drugs: ReadonlyMap<string, readonly Guideline[]>;
}

export interface GuidanceFiles {
	/** Bytes of knowledge/pgx/guidance/manifest.json. */
	readonly manifest: Uint8Array;
	/** Bytes of each drug's table; the manifest says which there must be. */
	readonly tables: readonly Uint8Array[];
	/** SHA-256 in lower-case hex. Brought by the caller, so that this room needs no cryptography of its platform. */
	readonly sha256Hex: (bytes: Uint8Array) => string;
}

/** A drug's table as it is stored: texts are codes, and rows name them by index. */
export interface DrugTable {
	readonly format: "aceso/pgx-guidance/1";
	readonly drug: string;
	/** Accession of the drug at ClinPGx. */
	readonly chemical: string;
	readonly guidelines: readonly StoredGuideline[];
}

export interface StoredGuideline extends Omit<Guideline, "recommendations"> {
	readonly statements: readonly string[];
	readonly effects: readonly string[];
	readonly rows: readonly StoredRow[];
}

/** Accession, keys, population, strength, marks (`d`, `a`, `o` or `-`), index of the statements, indices of the effects. */
export type StoredRow = readonly [string, readonly string[], Population, Strength, string, number, readonly number[]];

/**
 * Reads the tables of knowledge/pgx/guidance.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID` when a table is missing, is not the one that the manifest means, or has a code this version does not know.
 */
export function parseGuidance({ manifest, tables, sha256Hex }: GuidanceFiles): GuidanceKnowledge {
	const listed = parseTable<{ drugs: readonly { drug: string; sha256: string }[] }>(manifest, "aceso/pgx-guidance-manifest/1");
	const bySha256 = new Map(tables.map((bytes) => [sha256Hex(bytes), bytes]));
	const drugs = listed.drugs.map(({ drug, sha256 }): [string, readonly Guideline[]] => {
		const bytes = bySha256.get(sha256);
		if (bytes === undefined) throw invalidTable(`the table of ${drug} that the manifest names`, "none, or an altered one");
		return [drug, parseTable<DrugTable>(bytes, "aceso/pgx-guidance/1").guidelines.map(readGuideline)];
	});
	return { version: sha256Hex(manifest), drugs: new Map(drugs) };
}

function readGuideline({ statements, effects, rows, ...guideline }: StoredGuideline): Guideline {
	const parsedStatements = statements.map(parseStatements);
	const parsedEffects = effects.map(parseEffects);
	const recommendations = rows.map(([id, keys, population, strength, marks, said, done]): Recommendation => {
		const readStatements = parsedStatements[said];
		const readEffects = done.flatMap((index) => parsedEffects[index] ?? []);
		if (readStatements === undefined || readStatements.length === 0) throw invalidTable("statements for every row", "a row without");
		return {
			...{ id, keys, population, strength, statements: readStatements, effects: readEffects },
			dosingInformation: marks.includes("d"),
			alternateDrugAvailable: marks.includes("a"),
			otherPrescribingGuidance: marks.includes("o"),
		};
	});
	return { ...guideline, recommendations };
}
