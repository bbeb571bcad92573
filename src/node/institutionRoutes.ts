import type { FastifyInstance } from "fastify";
import { parseDigest } from "#base";
import { readModel } from "#contracts";
import {
	assertOwnRequest,
	createPreventRun,
	createSignOff,
	hashInsight,
	preventModelId,
	renderSignOff,
	restsOnComputed,
	withholdInputs,
} from "#insight";
import { createEnvelope, parseHeight, pinOfEvidence, readTransaction } from "#ledger";
import { complianceRoutes } from "./compliance/complianceRoutes.ts";
import { NodeError } from "./errors.ts";
import { reportGenes } from "./genome/reportGenes.ts";
import { reportPgx } from "./genome/reportPgx.ts";
import type { Institution } from "./institution.ts";
import type { Network } from "./network.ts";
import { objectRoutes } from "./objectRoutes.ts";
import { orderRoutes } from "./orders/orderRoutes.ts";
import { proposeConsent } from "./proposeConsent.ts";

/** Most transactions one call may bring. */
const transactionsMax = 256;

/**
 * What one institution's node answers under `/api`. Whoever asks for data sends a signed request; the gate judges it. The ledger's routes
 * are open: everything on the ledger is made to be seen.
 */
export function institutionRoutes(network: Network, institution: Institution) {
	const { ledger } = network;
	const { gate } = institution;
	return async (app: FastifyInstance): Promise<void> => {
		app.get("/genesis", async () => network.genesis);
		app.get("/ledger/head", async () => ledger.head());
		app.get("/ledger/checkpoint", async (_request, reply) => reply.type("text/plain; charset=utf-8").send(ledger.checkpoint()));
		app.get<{ Params: { id: string } }>("/ledger/transactions/:id", async ({ params }) => ledger.proveTransaction(parseDigest(params.id)));
		app.get("/ledger/pin", async () => {
			const proof = await ledger.proveDecidedState?.("membership", "index");
			return { pin: proof === undefined ? null : pinOfEvidence(proof.checkpoint) };
		});
		app.get<{ Querystring: { height?: string } }>("/ledger/header", async ({ query: { height } }) => {
			if (typeof height !== "string") throw new NodeError("NODE_BODY_INVALID", "expected one height");
			if (ledger.lightBlock === undefined) throw new NodeError("NODE_BODY_INVALID", "expected a ledger that validators decide on");
			return ledger.lightBlock(parseHeight(height));
		});
		app.get<{ Querystring: { contract?: string; key?: string; height?: string; under?: string } }>("/ledger/state", async ({ query }) => {
			const { contract = "", key = "", height, under = "" } = query;
			// A parameter given twice arrives as a list.
			if ([contract, key, height ?? "", under].some((given) => typeof given !== "string"))
				throw new NodeError("NODE_BODY_INVALID", "expected one contract, one key and at most one height");
			const asked = [contract as Parameters<typeof ledger.proveState>[0], key, height === undefined ? undefined : parseHeight(height)] as const;
			if (under === "") return ledger.proveState(...asked);
			if (under !== "validators" || ledger.proveDecidedState === undefined)
				throw new NodeError("NODE_BODY_INVALID", "expected a ledger that validators decide on, asked for as under=validators");
			return ledger.proveDecidedState(...asked);
		});
		app.post<{ Body: { transactions?: unknown } }>("/ledger/transactions", async ({ body }) => {
			const { transactions } = body ?? {};
			if (!Array.isArray(transactions) || transactions.length === 0 || transactions.length > transactionsMax) {
				throw new NodeError("NODE_BODY_INVALID", `expected {"transactions": [...]} with 1 to ${transactionsMax} of them`);
			}
			const read = transactions.map((transaction) => readTransaction(transaction).transaction);
			const results = await ledger.submit(createEnvelope(read, { chain: ledger.chain, member: institution.id, key: institution.memberKey }));
			return { results };
		});
		app.post("/sessions", async ({ body }) => gate.openSession(body));
		app.post("/sessions/close", async ({ body }) => gate.closeSession(body).then(() => ({ status: "closed" })));
		app.post("/records", async ({ body }) => gate.release(body));
		app.register(objectRoutes(institution));
		app.post("/cohorts", async ({ body }) => gate.releaseCohort(body));
		app.post("/counts", async ({ body }) => gate.countPatients(body));
		app.post("/history", async ({ body }) => gate.showHistory(body));
		app.post("/terms", async ({ body }) => gate.depositTerms(body));
		app.post("/terms/list", async ({ body }) => ({ terms: await gate.listTerms(body) }));
		app.post("/lawful-uses", async ({ body }) => gate.recordLawfulUse(body));
		app.post("/lawful-uses/list", async ({ body }) => ({ uses: await gate.listLawfulUses(body) }));
		app.post("/consents/proposals", async ({ body }) => proposeConsent(network, institution, body));
		app.post("/consents/export", async ({ body }) => gate.exportConsent(body));
		app.post("/erasures", async ({ body }) => gate.erase(body));
		app.post("/holds", async ({ body }) => ({ holds: await gate.listHolds(body) }));
		app.post("/lookups", async ({ body }) => ({ patients: await gate.lookUpPatient(body) }));
		app.post("/emergency-reviews", async ({ body }) => gate.reviewEmergency(body).then(() => ({ status: "closed" })));
		app.post("/insights/cardiovascular-risk", async ({ body }) => assessRisk(network, institution, body));
		app.post("/pgx", async ({ body }) => reportPgx(network, institution, body));
		app.post("/genes", async ({ body }) => reportGenes({ gate, request: body, today: new Date(network.now()).toISOString().slice(0, 10) }));
		app.register(orderRoutes(network, institution), { prefix: "/orders" });
		app.register(complianceRoutes(network, institution), { prefix: "/compliance" });
		app.post("/insights/sign-off", async ({ body }) => signOff(institution, body));
	};
}

/** The model must stand on the ledger before it computes over anybody. */
export async function assessRisk(network: Network, institution: Institution, request: unknown) {
	if (readModel(network.ledger, preventModelId)?.status !== "current") {
		throw new NodeError("NODE_NOT_READY", "expected the model's card on the ledger before it computes");
	}
	const insight = await institution.gate.computeInsight(request, assertOwnRequest, createPreventRun({ now: network.now }));
	return { insightHash: hashInsight(insight), insight: restsOnComputed(insight) ? withholdInputs(insight) : insight };
}

export async function signOff(institution: Institution, request: unknown) {
	return institution.gate.signOffInsight(request, (facts, target) => renderSignOff(createSignOff(facts), target));
}
