import { canonicalBytes, type Digest, type JsonObject, sha256Hex } from "#base";
import type { DataClass } from "#contracts";
import { type PgxTables, pgxKnowledgeVersion } from "./pgxTables.ts";

/** The name under which patients let it compute. */
export const pgxModelId = "pgx-guidance";
/** Changes whenever an answer could: new rules here. New tables have versions of their own. */
export const pgxModelVersion = "1.0.0";
/** What it reads and nothing else. */
export const pgxClasses = ["genomics", "medications"] as const satisfies readonly DataClass[];
export type PgxClass = (typeof pgxClasses)[number];

/** What the model is, for whom, from what, and what it cannot do. Published on the ledger by its hash. */
export function pgxModelCard(tables: PgxTables): JsonObject {
	return {
		format: "aceso/model-card/1",
		id: pgxModelId,
		version: pgxModelVersion,
		title: "Pharmacogenomic guidance of CPIC and DPWG for a drug that is being ordered",
		intendedUse:
			"Tells a clinician, before signing an order, what this patient's genes say about the drug by published guidelines. It advises; a person decides.",
		notIntendedFor: "Decisions without a clinician; drugs that no guideline of its tables speaks of; doses beyond what a guideline states.",
		classes: [...pgxClasses],
		leaves: "The phenotype, activity score or diplotype by which a guideline is looked up, what it advises, and which medicines change it.",
		limits: [
			"Genes are read from Genotype Observations (LOINC 84413-4); a result in a note or in another form is not seen.",
			"A gene without a result is unknown, never normal; a guideline that is silent says nothing about safety.",
			"Guidelines are shown as they stood on the day of the tables; each says its day, and warns when it is over 18 months old.",
			"Medicines are active requests and statements that were granted; one that carries a sensitivity label is seen only where a grant names the label.",
			"Inhibitors and inducers are those of one table of 2020, without dose, route or time; moderate ones are counted in for CYP2D6 alone.",
			"A drug is told by codes and names of its tables; a brand name alone is not recognised.",
		],
		knowledge: {
			version: pgxKnowledgeVersion(tables),
			alleles: tables.caller.knowledge.version,
			guidance: tables.guidance.version,
			drugs: tables.drugsHash,
			interactions: tables.interactionsHash,
		},
	};
}

/** SHA-256 of the card's canonical bytes (RFC 8785): what the `models` contract publishes. */
export function pgxModelCardHash(tables: PgxTables): Digest {
	return sha256Hex(canonicalBytes(pgxModelCard(tables))) as Digest;
}
