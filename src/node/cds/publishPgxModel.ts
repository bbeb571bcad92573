import { pgxKnowledgeVersion, pgxModelCardHash, pgxModelId, pgxModelVersion } from "#insight";
import type { Transaction } from "#ledger";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { signAct } from "../submit.ts";
import { loadPgxTables } from "./loadPgxTables.ts";

/** The transaction by which an institution stands for the model of pharmacogenomic guidance, with the tables that come with this version. */
export function createPgxModelPublication(network: Network, publisher: Institution): Transaction {
	const tables = loadPgxTables();
	const body = { modelId: pgxModelId, version: pgxModelVersion, cardHash: pgxModelCardHash(tables), knowledgeHash: pgxKnowledgeVersion(tables) };
	return signAct(network, publisher.memberKey, { contract: "models", action: "publish", body });
}
