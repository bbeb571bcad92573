import { readModel } from "#contracts";
import type { GenomeComputation, OpenedGenome } from "#gate";
import { callIndexed, inflateBgzip, type PgxReport, parseTabix } from "#genomics";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { inflate } from "./decompressVcf.ts";
import { genomeModelId } from "./genomeModel.ts";
import { shippedPgx } from "./pgxKnowledge.ts";

/**
 * What a patient's sealed genome says of the genes that drugs depend on. The request is the gate's to judge; only the positions that the
 * genes are defined by are opened.
 *
 * @throws NodeError `NODE_NOT_READY` at level `compute` without the model's card on the ledger; GateError; GenomicsError, to who may ask.
 */
export async function reportPgx(
	{ ledger }: Pick<Network, "ledger">,
	{ gate }: Pick<Institution, "gate">,
	request: unknown,
): Promise<GenomeComputation<PgxReport>> {
	const { level, model } = bodyOf(request);
	if (level === "compute" && (model !== genomeModelId || readModel(ledger, genomeModelId)?.status !== "current")) {
		throw new NodeError("NODE_NOT_READY", `expected ${genomeModelId} to be the model that is named, and its card on the ledger before it computes`);
	}
	return gate.computeOnGenome(request, computePgx);
}

/** Reads the index whole, and of the genome what lies around the sites. */
export async function computePgx({ genome, index }: OpenedGenome): Promise<PgxReport> {
	const parts: Uint8Array[] = [];
	for await (const part of inflateBgzip([await index.read(0, index.sizeBytes)], inflate)) parts.push(part);
	return callIndexed(shippedPgx(), { source: genome, index: parseTabix(Buffer.concat(parts)), inflate });
}

/** Looked at before the gate judges it; what is not there is the gate's to tell. */
function bodyOf(request: unknown): { readonly level?: unknown; readonly model?: unknown } {
	const { request: inner = request } = (request ?? {}) as { request?: unknown };
	return (inner as { body?: { level?: unknown; model?: unknown } } | null)?.body ?? {};
}
