import { parseTable } from "../parseTable.ts";

/** Genes whose enzyme other drugs inhibit or induce, as far as this is looked at. */
export const convertedGenes = ["CYP2C19", "CYP2C9", "CYP2D6", "CYP3A4"] as const;
export type ConvertedGene = (typeof convertedGenes)[number];

export interface Interaction {
	readonly gene: ConvertedGene;
	readonly kind: "inhibitor" | "inducer";
	readonly strength: "strong" | "moderate" | "weak";
	readonly drug: string;
}

/** Which drugs inhibit or induce which enzyme how strongly. Source: knowledge/pgx/interactions/SOURCE.md. */
export interface InteractionTable {
	/** Day of the source. */
	readonly asOf: string;
	readonly rows: readonly Interaction[];
	/** By which an activity score is multiplied. */
	readonly scoreFactors: readonly { readonly gene: ConvertedGene; readonly strength: Interaction["strength"]; readonly factor: string }[];
}

/** @throws GenomicsError `PGX_KNOWLEDGE_INVALID`. */
export function parseInteractions(bytes: Uint8Array): InteractionTable {
	return parseTable<InteractionTable>(bytes, "aceso/pgx-interactions/1");
}
