import { canonicalBytes, type Digest, type JsonObject, sha256Hex } from "#base";
import type { PgxCaller } from "#genomics";
import type { Transaction } from "#ledger";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { signAct } from "../submit.ts";

/** What a consent names that lets this compute on a genome, without the genome being read by anybody. */
export const genomeModelId = "pgx-genome";
/** Changes whenever a report could: new rules here. New tables have a version of their own. */
const genomeModelVersion = "1.0.0";

/** What computes on a sealed genome, for whom, from what, and what it cannot do. Published on the ledger by its hash. */
export function genomeModelCard({ knowledge }: PgxCaller): JsonObject {
	return {
		format: "aceso/model-card/1",
		id: genomeModelId,
		version: genomeModelVersion,
		title: "Pharmacogene alleles, phenotypes and activity scores from a sealed genome",
		intendedUse:
			"Tells a clinician or pharmacist which alleles of pharmacogenes a patient's genome shows, without the genome being read. It advises; a person decides.",
		notIntendedFor: "Decisions without a clinician; diseases; anything beyond the positions that its tables name.",
		classes: ["genomics"],
		leaves:
			"For each gene of its tables the alleles, phenotype and activity score, and which positions were missing, assumed, half-called or filtered.",
		limits: [
			"CYP2D6, HLA-A, HLA-B and MT-RNR1 cannot be told from a VCF.",
			"A position without a line is missing, or assumed reference where the file lists variants only; both are counted and shown.",
			"Changes at other positions, structure and phase that the file does not have are not seen.",
		],
		knowledge: { alleles: knowledge.version },
	};
}

/** The transaction by which an institution stands for the model, with the tables that come with this version. */
export function createGenomeModelPublication(network: Network, publisher: Institution, caller: PgxCaller): Transaction {
	const cardHash = sha256Hex(canonicalBytes(genomeModelCard(caller))) as Digest;
	const body = { modelId: genomeModelId, version: genomeModelVersion, cardHash, knowledgeHash: caller.knowledge.version };
	return signAct(network, publisher.memberKey, { contract: "models", action: "publish", body });
}
