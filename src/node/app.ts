import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { cdsRoutes } from "./cds/cdsRoutes.ts";
import { hasDemo } from "./demo/demoNetwork.ts";
import { demoRoutes } from "./demo/demoRoutes.ts";
import { NodeError } from "./errors.ts";
import { fhirRoutes } from "./fhir/fhirRoutes.ts";
import type { Institution } from "./institution.ts";
import { institutionRoutes } from "./institutionRoutes.ts";
import { logRoutes } from "./logRoutes.ts";
import type { Network } from "./network.ts";
import type { Portal } from "./portal/portal.ts";
import { portalRoutes, sendPage, wantsPage } from "./portal/portalRoutes.ts";
import { problemOf } from "./problem.ts";
import { SignIn, strictTransport } from "./signin/signIn.ts";
import { signInRoutes } from "./signin/signInRoutes.ts";

/** Largest request body, in bytes: a signed request or an envelope's worth of transactions; records come in by import. */
const bodyLimitBytes = 9 * 1024 * 1024;

/** How long a request may take to arrive, in ms. */
const requestTimeoutMs = 30_000;

export interface AppParameters {
	/** {@link requestTimeoutMs} when absent; 0 for none, where an object of any size may come in. */
	readonly requestTimeoutMs?: number;
	/** The web application, where one is served. */
	readonly portal?: Portal | undefined;
	/** The address under which it is reached, where one is named. */
	readonly publicUrl?: string | undefined;
}

/** Makes an application that answers errors as RFC 9457 problem details and tells nothing that is not in the error table. */
export function createApp(parameters: AppParameters = {}): FastifyInstance {
	const app = Fastify({
		logger: false,
		bodyLimit: bodyLimitBytes,
		requestTimeout: parameters.requestTimeoutMs ?? requestTimeoutMs,
		connectionTimeout: 60_000,
		// A stop closes connections that wait for nothing; a request under way is finished, at most until the timeout above.
		forceCloseConnections: "idle",
	});
	let stopping = false;
	app.addHook("preClose", async () => {
		stopping = true;
	});
	// Otherwise a client that keeps its connection would keep the stop waiting.
	const isSecure = parameters.publicUrl?.startsWith("https:") === true;
	app.addHook("onSend", (_request, reply, _payload, done) => {
		if (stopping) reply.header("connection", "close");
		// No browser takes an answer for something else than it says it is, and none comes in clear where there is another way.
		reply.header("x-content-type-options", "nosniff");
		if (isSecure) reply.header("strict-transport-security", strictTransport);
		done();
	});
	app.setErrorHandler((error, _request, reply) => {
		const problem = problemOf(error);
		return reply.status(problem.status).type("application/problem+json").send(problem);
	});
	app.setNotFoundHandler((request, reply) => {
		if (parameters.portal !== undefined && wantsPage(request)) return sendPage(request, reply, parameters.portal);
		const problem = problemOf(new NodeError("NODE_NOT_FOUND", "no such address; GET / tells what there is"));
		return reply.status(problem.status).type("application/problem+json").send(problem);
	});
	return app;
}

export interface InstitutionAppOptions extends Pick<AppParameters, "portal"> {
	/** Address under which browsers and applications reach the institution, without a slash at the end; where it listens when absent. */
	readonly publicUrl?: string | undefined;
}

/** The application of one institution: API under `/api`, sign-in under `/oauth` and `/signin`, the portal at the root for who reads in a browser. */
export function createInstitutionApp(network: Network, institution: Institution, options: InstitutionAppOptions = {}): FastifyInstance {
	const { portal } = options;
	const app = createApp({ portal, publicUrl: options.publicUrl });
	const signIn = new SignIn({ network, institution, origin: () => options.publicUrl ?? addressOf(app) });
	let stopping = false;
	app.addHook("preClose", async () => {
		stopping = true;
	});
	if (portal !== undefined) portalRoutes(app, portal);
	app.get("/", async (request, reply) =>
		portal !== undefined && wantsPage(request) ? sendPage(request, reply, portal) : describe(network, institution),
	);
	app.get("/health", async () => ({ status: "up" }));
	app.get("/ready", async () => {
		if (stopping) throw new NodeError("NODE_NOT_READY", "the node is stopping");
		if (institution.gate.isRelabelling()) throw new NodeError("NODE_NOT_READY", "records are being labelled under newer tables");
		const head = network.ledger.head();
		return { status: "ready", height: head.height, stalenessMs: network.ledger.stalenessMs(network.now()) };
	});
	app.register(institutionRoutes(network, institution), { prefix: "/api" });
	app.register(cdsRoutes(network, institution, join(network.folder, "members", institution.id)));
	if (hasDemo(network.folder)) app.register(demoRoutes(network, institution), { prefix: "/api/demo" });
	app.register(logRoutes(network), { prefix: "/log" });
	app.register(
		fhirRoutes(network, institution, (token) => signIn.openBearer(token)),
		{ prefix: "/fhir" },
	);
	app.register(signInRoutes(signIn));
	return app;
}

/** Where it listens, for who names no other address; a test that injects requests has none. */
function addressOf(app: FastifyInstance): string {
	const address = app.server.address();
	return address === null || typeof address === "string" ? "http://localhost" : `http://localhost:${address.port}`;
}

function describe(network: Network, institution: Institution) {
	return {
		institution: institution.name,
		member: institution.id,
		chain: network.ledger.chain,
		routes: {
			"GET /health": "the process answers",
			"GET /ready": "the ledger is open and how fresh it is",
			"GET /api/genesis": "what to pin: chain, sealer key, members",
			"GET /api/ledger/pin": "where validators decide: which ones a reader may begin with",
			"GET /api/ledger/header?height=": "where validators decide: header, commit and validators of that height",
			"GET /api/ledger/head": "height, time, roots",
			"GET /api/ledger/checkpoint": "signed checkpoint (C2SP)",
			"GET /log/checkpoint": "newest checkpoint that enough witnesses cosigned (C2SP tlog-tiles)",
			"GET /log/tile/0/000.p/1": "the ledger's log as tiles, of any level, position and width; its entries under /log/tile/entries/",
			"GET /api/ledger/transactions/{id}": "proof that a transaction is in the log",
			"GET /api/ledger/state?contract=&key=": "proof of a state value or of its absence; under=validators: under their header",
			"POST /api/ledger/transactions": "submit signed transactions",
			"GET /fhir/metadata": "what is answered as FHIR R4 (signed request in the Authorization header)",
			"POST /api/records": "a patient's records by class, through the gate (signed request)",
			"GET /api/objects": "the large object of a record, whole or a range of it (signed request in the Authorization header)",
			"POST /api/cohorts": "de-identified records of a study's patients, eleven or more",
			"POST /api/counts": "a count with noise",
			"POST /api/history": "a patient's access history with proofs",
			"POST /api/terms": "deposit opened consent terms",
			"POST /api/terms/list": "the opened terms of the patient's own consents",
			"POST /api/consents/proposals": "what a FHIR Consent would say here, for the patient to sign",
			"POST /api/consents/export": "a patient's own consent as FHIR R4",
			"POST /api/lawful-uses": "record a use that the law requires (a compliance officer's)",
			"POST /api/lawful-uses/list": "uses required by law, for the patient they concern",
			"POST /api/erasures": "erase by destroying keys",
			"POST /api/holds": "legal holds that keep the patient's own record from erasure",
			"POST /api/lookups": "find a patient by name and birth date",
			"POST /api/insights/cardiovascular-risk": "AHA PREVENT over what was granted",
			"POST /api/genes": "what the genes on file mean for drugs, for who may read them",
			"POST /api/insights/sign-off": "accept or override an insight",
			"GET /cds-services": "decision support by CDS Hooks 2.0: which services there are",
			"POST /cds-services/{id}": "cards of a service for a hook (a client's token)",
			"POST /cds-services/{id}/feedback": "what became of cards (a client's token)",
			"POST /api/emergency-reviews": "close the review of an emergency access",
			"GET /api/orders/drugs": "drugs that guidelines of this version speak of",
			"POST /api/orders/check": "cards on an order, for the doctor who signs the request",
			"POST /api/compliance/accesses": "what goes through the access log, as it comes (a compliance officer's, like all under /api/compliance)",
			"POST /api/compliance/refusals": "refused requests by hour and key",
			"POST /api/compliance/reviews": "emergency accesses to be reviewed",
			"POST /api/compliance/reviews/open": "the reason of an emergency access",
			"POST /api/compliance/disclosures": "accounting of disclosures for a patient",
			"POST /api/compliance/health": "how ledger, logs and keys are",
			"POST /api/compliance/members": "who is in the network, and whom this house vouches for",
			"POST /api/compliance/processing": "records of processing",
			"POST /api/launches": "open an application out of a patient's record (signed request, or in a session)",
			"GET /.well-known/smart-configuration": "SMART App Launch: where applications are authorised",
			"GET /oauth/.well-known/openid-configuration": "OpenID Connect discovery",
		},
	};
}
