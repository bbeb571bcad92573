/**
 * Writes `vectors/*.json`, what docs/spec describes as values: `node scripts/with-node24.mjs scripts/makeVectors.ts`. Keys, salts and clock
 * are fixed, so the files change only when a format does; a test compares. `sparse-tree.json` is kept by hand, `headers.json` is recorded (scripts/recordHeaders.ts).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HistoryExport } from "#wallet";
import { accessCohortVectors, accessEntryVectors, headMapVectors, receiptVectors } from "./vectors/accessVectors.ts";
import { blobVectors } from "./vectors/blobVectors.ts";
import { canonicalJsonVectors, signatureVectors } from "./vectors/encodingVectors.ts";
import { headerVectors } from "./vectors/headerVectors.ts";
import { historyVectors } from "./vectors/historyVectors.ts";
import { blockLeafVectors, envelopeVectors, termsVectors, transactionVectors } from "./vectors/ledgerVectors.ts";
import { checkpointVectors, merkleVectors, stateWalkVectors } from "./vectors/logVectors.ts";
import { sessionVectors } from "./vectors/sessionVectors.ts";
import { stateProofVectors } from "./vectors/stateProofVectors.ts";
import { witnessVectors } from "./vectors/witnessVectors.ts";

export const vectorsFolder = join(import.meta.dirname, "..", "vectors");

/** File name → text, for every file that is made. */
export async function makeVectors(): Promise<ReadonlyMap<string, string>> {
	const { history, pins, cases } = await historyVectors();
	const about =
		"Changes to history.json (RFC 6902) and to history-pins.json (fields replaced), and what a verifier must say: its verdict and, where refused, the code of the first check that fails.";
	const files: Readonly<Record<string, object>> = {
		"canonical-json": canonicalJsonVectors(),
		signatures: signatureVectors(),
		merkle: merkleVectors(),
		checkpoints: checkpointVectors(),
		"state-walk": stateWalkVectors(),
		witness: await witnessVectors(),
		transactions: transactionVectors(),
		envelopes: envelopeVectors(),
		"block-leaf": blockLeafVectors(),
		terms: termsVectors(),
		"access-entry": accessEntryVectors(),
		"access-cohort": accessCohortVectors(),
		"state-proofs": await stateProofVectors(),
		"head-map": headMapVectors(),
		receipts: receiptVectors(),
		sessions: sessionVectors(),
		blob: await blobVectors(),
		history: history as object,
		"history-pins": pins,
		"history-cases": { about, cases },
		"header-evidence": headerVectors(history as unknown as HistoryExport, pins),
	};
	return new Map(Object.entries(files).map(([name, value]) => [`${name}.json`, `${JSON.stringify(value, null, "\t")}\n`]));
}

if (import.meta.main) {
	for (const [name, text] of await makeVectors()) writeFileSync(join(vectorsFolder, name), text);
}
