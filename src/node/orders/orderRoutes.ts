import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { canonicalBytes, type JsonValue, sha256Hex } from "#base";
import { readModel } from "#contracts";
import { assertPgxRequest, createPgxRun, type PgxInsight, pgxModelId } from "#insight";
import { makeCards } from "../cds/cards.ts";
import { type CdsRequest, type Hook, invalid, parseCdsRequest } from "../cds/cdsRequest.ts";
import { loadPgxTables } from "../cds/loadPgxTables.ts";
import { alsoTakenIn, guidedDrugs } from "../cds/orderedDrugs.ts";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";

/** Largest order with what is drafted beside it, in bytes. */
const bodyLimitBytes = 65_536;

/** What of the signed request binds it to the call; the gate judges all of it. */
const check = z.strictObject({
	request: z.looseObject({
		key: z.string(),
		body: z.looseObject({ given: z.string(), patient: z.looseObject({ by: z.literal("local"), localId: z.string() }) }),
	}),
	call: z.looseObject({ hook: z.enum(["order-select", "order-sign"]) }),
});

/**
 * Order entry of people who hold their own key: the cards of the CDS Hooks services, asked for by a request that the doctor signs. The signature covers the
 * call by its hash, so that nobody on the way has another drug checked than the one that was chosen.
 */
export function orderRoutes(network: Network, institution: Institution) {
	return async (app: FastifyInstance): Promise<void> => {
		app.get("/drugs", async () => ({ drugs: [...loadPgxTables().guidance.drugs.keys()].toSorted() }));
		app.post("/check", { bodyLimit: bodyLimitBytes }, async ({ body }) => checkOrder(network, institution, body));
	};
}

async function checkOrder(network: Network, { gate }: Institution, body: unknown) {
	const { request, call } = readCheck(body);
	if (readModel(network.ledger, pgxModelId)?.status !== "current")
		throw new NodeError("NODE_NOT_READY", "expected the model's card on the ledger before it computes");
	const tables = loadPgxTables();
	const ordered = guidedDrugs(call.concerned, tables);
	// Nothing to say about this order, so nothing is read: the record is not opened for its own sake.
	if (ordered.length === 0) return { isGuided: false, cards: [] };
	const run = createPgxRun({ tables, ordered, alsoTaken: alsoTakenIn(call, tables), now: network.now });
	const answer = await gate.computeInsight(request, assertPgxRequest, run);
	const cards = makeCards({ hook: call.hook, answer, newUuid: randomUUID }).map(({ card, insightHash, insight }) => ({
		card,
		insightHash: insightHash ?? null,
		codes: codesOf(insight),
	}));
	return { isGuided: true, cards, notice: answer.notice };
}

/** What a card says, by codes: for a page in another language than the card's. Nothing stands in it that the card does not say. */
function codesOf(insight: PgxInsight | undefined) {
	if (insight === undefined) return null;
	const { drug, gist, advice, adjustments, caveatCodes, unreadable, classesNotAvailable, classesInPart, dependsOnMedicines } = insight;
	return {
		...{ drug, gist, adjustments, caveats: caveatCodes, unreadable, classesNotAvailable, classesInPart, dependsOnMedicines },
		advice: advice.map(({ codes, status, source, genes, keys, missing, guidelineId, guidelineVersion, asOf, stale }) => ({
			...{ ...codes, status, source, genes, keys, missing, guidelineId, guidelineVersion, asOf, stale },
		})),
	};
}

/** @throws NodeError `CDS_REQUEST_INVALID` for a call that is not the one that was signed for. */
function readCheck(body: unknown): { readonly request: unknown; readonly call: CdsRequest } {
	const read = check.safeParse(body);
	if (!read.success) throw invalid(read.error.issues[0]?.path.join(".") ?? "", "expected a signed request and the call of a hook that it covers");
	const { request, call } = read.data;
	const parsed = parseCdsRequest(call, call.hook as Hook);
	if (hashCall(call) !== request.body.given) throw invalid("call", "expected the call that the request was signed for");
	if (parsed.patientId !== request.body.patient.localId) throw invalid("call.context.patientId", "expected the patient of the signed request");
	if (parsed.userId !== `Practitioner/${request.key}`)
		throw invalid("call.context.userId", "expected Practitioner/ and the key that signed the request");
	return { request, call: parsed };
}

function hashCall(call: object): string {
	try {
		return sha256Hex(canonicalBytes(call as JsonValue));
	} catch {
		throw invalid("call", "expected a call of whole numbers and at most 32 KiB, which can be hashed");
	}
}
