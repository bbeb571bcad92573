import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A row of a guideline annotation as PharmCAT 2 stored it. */
export interface SourceRecommendation {
	readonly id: string;
	readonly population: string | null;
	readonly classification: { readonly term: string } | null;
	readonly relatedChemicals: readonly { readonly id: string; readonly name: string }[];
	readonly text: { readonly html: string };
	readonly implications: readonly string[];
	/** A phenotype or score by gene, or the number of each allele. */
	readonly lookupKey: Readonly<Record<string, string | Readonly<Record<string, number>>>>;
	readonly dosingInformation: boolean;
	readonly alternateDrugAvailable: boolean;
	readonly otherPrescribingGuidance: boolean;
}

export interface SourceGuideline {
	readonly guideline: {
		readonly id: string;
		readonly name: string;
		readonly source: string;
		readonly version: number;
		readonly url: string;
		readonly relatedChemicals: readonly { readonly id: string; readonly name: string }[];
		readonly relatedGenes: readonly { readonly symbol: string }[];
	};
	readonly recommendations: readonly SourceRecommendation[];
	readonly citations: readonly { readonly pmid: string | null; readonly year: number }[];
	/** Of the release, as `2024-03-25-16-13`. */
	readonly version: string;
}

/** The newest folder `guidance_*` of a PharmCAT release; undefined where it has none. */
export function findGuidanceFolder(from: string): string | undefined {
	const name = readdirSync(from)
		.filter((each) => each.startsWith("guidance_"))
		.toSorted()
		.at(-1);
	return name === undefined ? undefined : join(from, name);
}

export function readGuidance(folder: string): readonly SourceGuideline[] {
	const names = readdirSync(folder)
		.filter((name) => name.endsWith(".json"))
		.toSorted();
	return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as SourceGuideline);
}

/** Rows that are instructions to the users of a web page, under keys that no result has. They carry no advice. */
export function isNonsense({ lookupKey }: SourceRecommendation): boolean {
	return Object.values(lookupKey).includes("xN combinations");
}
