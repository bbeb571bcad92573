import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { readModel } from "#contracts";
import { GateError } from "#gate";
import {
	assertPgxRequest,
	createPgxRun,
	createSignOff,
	type PgxAnswer,
	type PgxTables,
	pgxClasses,
	pgxModelId,
	reasonMinimum,
	renderSignOff,
} from "#insight";
import { type SignedRequest, signRequest } from "#wallet";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { makeCards } from "./cards.ts";
import { type CdsClient, type CdsConfig, cdsConfigPath, loadCdsConfig } from "./cdsConfig.ts";
import { type CdsRequest, parseCdsRequest } from "./cdsRequest.ts";
import { type CdsService, cdsServices } from "./cdsServices.ts";
import { type CardDecision, parseFeedback, unknownCard } from "./feedback.ts";
import { loadPgxTables } from "./loadPgxTables.ts";
import { alsoTakenIn, guidedDrugs } from "./orderedDrugs.ts";
import { type ShownCard, ShownCards } from "./shownCards.ts";
import { createClientVerifier } from "./verifyClient.ts";

/** Largest call, in bytes: an order set with what a record system brings along. */
const bodyLimitBytes = 1_048_576;

export interface CdsParameters {
	/** `cds.json` of the institution's folder when absent. */
	readonly config?: CdsConfig | undefined;
}

/**
 * CDS Hooks 2.0 under `/cds-services`: discovery, one service for each of `patient-view`, `order-select` and `order-sign`, and their feedback.
 *
 * A client shows who it is by a token that its key signed; for whom it asks, it says. The service then asks the gate with the key that this house holds for
 * that person, as anybody asks who is not there with a key of their own, and the gate decides, writes down and opens (docs/decisions/0015-cds-hooks.md).
 */
export function cdsRoutes(network: Network, institution: Institution, folder: string, parameters: CdsParameters = {}) {
	const config = parameters.config ?? loadCdsConfig(cdsConfigPath(folder)) ?? { baseUrl: "", clients: [] };
	const verifier = createClientVerifier(config, network.now);
	const shown = new ShownCards();
	const verify = (authorization: string | undefined, path: string) => verifier.verify(authorization, `${config.baseUrl}${path}`);
	return async (app: FastifyInstance): Promise<void> => {
		app.get("/cds-services", async ({ headers }) => {
			// Tells nothing but what the specification publishes; a token that is shown has to be good all the same.
			if (headers.authorization !== undefined) await verify(headers.authorization, "/cds-services");
			return { services: cdsServices };
		});
		app.post<{ Params: { id: string } }>("/cds-services/:id", { bodyLimit: bodyLimitBytes }, async ({ params, headers, body }) => {
			const service = findService(params.id);
			const client = await verify(headers.authorization, `/cds-services/${service.id}`);
			return callService({ network, institution, shown, client, service }, body);
		});
		app.post<{ Params: { id: string } }>("/cds-services/:id/feedback", { bodyLimit: bodyLimitBytes }, async ({ params, headers, body }) => {
			const service = findService(params.id);
			const client = await verify(headers.authorization, `/cds-services/${service.id}/feedback`);
			return recordFeedback({ network, institution, shown, client, service }, body);
		});
	};
}

interface Call {
	readonly network: Network;
	readonly institution: Institution;
	readonly shown: ShownCards;
	readonly client: CdsClient;
	readonly service: CdsService;
}

function findService(id: string): CdsService {
	const found = cdsServices.find((each) => each.id === id);
	if (found === undefined) throw new NodeError("CDS_SERVICE_UNKNOWN", "no such service; GET /cds-services lists those there are");
	return found;
}

async function callService(call: Call, body: unknown) {
	const { network, shown, client, service } = call;
	const request = parseCdsRequest(body, service.hook);
	keyOf(client, request.userId);
	const tables = loadPgxTables();
	const ordered = service.hook === "patient-view" ? undefined : guidedDrugs(request.concerned, tables);
	// Nothing to say about these orders, so nothing is read: the record is not opened for its own sake.
	if (ordered?.length === 0) return { cards: [] };
	const answer = await askGate(call, request, ordered, tables);
	const made = makeCards({ hook: service.hook, answer, newUuid: randomUUID });
	for (const { card, insightHash } of made) {
		if (card.uuid === undefined || insightHash === undefined) continue;
		shown.add(
			card.uuid,
			{ insightHash, patientId: request.patientId, userId: request.userId, issuer: client.issuer, serviceId: service.id },
			network.now(),
		);
	}
	return { cards: made.map(({ card }) => card) };
}

/** By the name of whom the client asks. @throws NodeError `CDS_USER_UNKNOWN`. */
function keyOf(client: CdsClient, userId: string) {
	const key = client.users.get(userId);
	if (key === undefined) throw new NodeError("CDS_USER_UNKNOWN", "this client may not ask for the user that context.userId names");
	return key;
}

async function askGate(
	{ network, institution, client }: Call,
	request: CdsRequest,
	ordered: readonly string[] | undefined,
	tables: PgxTables,
): Promise<PgxAnswer> {
	if (readModel(network.ledger, pgxModelId)?.status !== "current")
		throw new NodeError("NODE_NOT_READY", "expected the model's card on the ledger before it computes");
	const patient = { by: "local", localId: request.patientId } as const;
	const read = { kind: "read", patient, purpose: "TREAT", classes: pgxClasses, level: "compute", model: pgxModelId } as const;
	const alsoTaken = alsoTakenIn(request, tables);
	return institution.gate.computeInsight(
		signFor({ network, institution }, client, request.userId, read),
		assertPgxRequest,
		createPgxRun({ tables, ordered, alsoTaken, now: network.now }),
	);
}

function signFor<Body extends object>(
	{ network, institution }: Pick<Call, "network" | "institution">,
	client: CdsClient,
	userId: string,
	body: Body,
): SignedRequest<Body> {
	const { id } = institution;
	return signRequest(keyOf(client, userId), body, { audience: id, via: id, nowMs: network.now(), nonce: network.randomBytes(16) });
}

/**
 * Records each decision on a card as a sign-off by the person it was shown to. All cards are looked up before any is decided, so that one unknown leaves all
 * undecided. An override without a reason of ten characters is taken note of and decides nothing: the card stays open.
 */
async function recordFeedback(call: Call, body: unknown) {
	const { network, shown, client, service } = call;
	const decisions = parseFeedback(body).map((decision) => ({ decision, card: shown.find(decision.card, client, service.id, network.now()) }));
	if (decisions.some(({ card }) => card === undefined)) throw unknownCard();
	let recorded = 0;
	for (const { decision, card } of decisions) if (await signOff(call, decision, card as ShownCard)) recorded++;
	return { recorded, notRecorded: decisions.length - recorded };
}

/** False for an override without a reason, and for a card that was decided on before. */
async function signOff(
	{ network, institution, client }: Call,
	{ decision, reason }: CardDecision,
	{ insightHash, patientId, userId }: ShownCard,
): Promise<boolean> {
	if (decision === "override" && reason.length < reasonMinimum) return false;
	const body = { kind: "sign-off", patient: { by: "local", localId: patientId }, insightHash, decision, reason } as const;
	try {
		await institution.gate.signOffInsight(signFor({ network, institution }, client, userId, body), (facts, target) =>
			renderSignOff(createSignOff(facts), target),
		);
		return true;
	} catch (error) {
		// Decided before, or no longer the person's to decide: the same answer for both.
		if (error instanceof GateError && error.code === "GATE_NOT_AVAILABLE") return false;
		throw error;
	}
}
