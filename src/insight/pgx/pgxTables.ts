import { canonicalBytes, type Digest, sha256Hex } from "#base";
import type { DrugTable, GuidanceKnowledge, InteractionTable, PgxCaller } from "#genomics";

/** Tables that advice on a drug is made from; whoever opens the node reads them. */
export interface PgxTables {
	readonly caller: PgxCaller;
	readonly guidance: GuidanceKnowledge;
	readonly drugs: DrugTable;
	readonly interactions: InteractionTable;
	/** SHA-256 of the tables of drugs and of interactions; the others carry their own versions. */
	readonly drugsHash: string;
	readonly interactionsHash: string;
}

/** One version over all four. */
export function pgxKnowledgeVersion({ caller, guidance, drugsHash, interactionsHash }: PgxTables): Digest {
	const versions = { alleles: caller.knowledge.version, guidance: guidance.version, drugs: drugsHash, interactions: interactionsHash };
	return sha256Hex(canonicalBytes(versions)) as Digest;
}
