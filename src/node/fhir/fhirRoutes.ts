import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { capabilityStatement } from "./capabilityStatement.ts";
import { assertServed, contentOf, type FhirAnswer, type FhirCall, type OpenBearer, openAccess } from "./fhirCall.ts";
import { outcomeOf } from "./fhirOutcome.ts";
import { type Interaction, interactions } from "./interactions.ts";
import { PageTokens } from "./pageTokens.ts";
import { loadProfiles } from "./profiles/loadProfiles.ts";
import { endpointsPath, loadEndpoints } from "./subscriptions/endpoints.ts";

const fhirJson = "application/fhir+json; charset=utf-8";
const contentTypes = ["application/fhir+json", "application/json", "application/json-patch+json", "application/x-www-form-urlencoded"];

/**
 * FHIR R4 over HTTP, under `/fhir`. Each request is judged, decided and logged by the gate; what is refused, absent or erased is answered
 * alike, as an OperationOutcome.
 */
export function fhirRoutes(network: Network, institution: Institution, openBearer?: OpenBearer) {
	const pages = new PageTokens(network.randomBytes);
	const profiles = loadProfiles(join(network.folder, "members", institution.id));
	return async (app: FastifyInstance): Promise<void> => {
		app.removeAllContentTypeParsers();
		// As it came: the signature is over these bytes, and the resource keeps its numbers' spelling.
		app.addContentTypeParser(contentTypes, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
		app.addContentTypeParser("*", (_request, _payload, done) =>
			done(new NodeError("NODE_FHIR_MEDIA_UNKNOWN", `expected one of ${contentTypes.join(", ")}`)),
		);
		app.setErrorHandler((error, _request, reply) => {
			const { status, outcome } = outcomeOf(error);
			if (status === 401) reply.header("www-authenticate", 'Bearer realm="fhir", Aceso realm="fhir"');
			return send(reply, { status, body: JSON.stringify(outcome) });
		});
		app.setNotFoundHandler(() => {
			throw new NodeError("NODE_NOT_FOUND", "no such address; GET /fhir/metadata tells what there is");
		});
		app.addHook("onRequest", async ({ headers, query }) => assertAcceptable(headers.accept, (query as { _format?: unknown })._format));
		// Who asks shows it in a header that no browser adds by itself, so that pages of other origins may ask too.
		app.addHook(
			"onSend",
			async (_request, reply) =>
				void reply.header("access-control-allow-origin", "*").header("access-control-expose-headers", "ETag, Location, Last-Modified"),
		);
		app.options("/*", async (_request, reply) =>
			reply
				.status(204)
				.header("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
				.header("access-control-allow-headers", "Authorization, Content-Type, Accept, If-Match, If-None-Match, If-None-Exist, Prefer")
				.send(),
		);
		app.get("/metadata", async (request, reply) => {
			const statement = capabilityStatement({ name: institution.name, baseUrl: baseUrlOf(request), nowMs: network.now(), profiles });
			return send(reply, { status: 200, body: JSON.stringify(statement) });
		});
		for (const interaction of interactions) {
			app.route({
				method: interaction.method,
				url: interaction.path,
				exposeHeadRoute: false,
				handler: async (request, reply) => send(reply, await answer(request, interaction)),
			});
		}
	};

	async function answer(request: FastifyRequest, { handle }: Interaction): Promise<FhirAnswer> {
		// Before anything is looked at: who is not known is told nothing, not even what there would be.
		const access = await openAccess(institution.gate, request, openBearer);
		const { type = "", id = "", versionId = "", fileType = "" } = request.params as Partial<Record<"type" | "id" | "versionId" | "fileType", string>>;
		if (type !== "") assertServed(type);
		const content = contentOf(request);
		const contentType = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
		const call: FhirCall = {
			...{ access, type, id, versionId, content, contentType, pages },
			...{ fileType, path: request.url.slice("/fhir".length) },
			...{ method: request.method, isHistory: request.routeOptions.url?.includes("/_history") === true },
			headers: request.headers,
			pairs: [...pairsOf(queryOf(request.url)), ...(contentType === "application/x-www-form-urlencoded" ? pairsOf(content.toString("utf8")) : [])],
			baseUrl: baseUrlOf(request),
			nowMs: network.now(),
			custodian: institution.name,
			profiles,
			endpoints: () => loadEndpoints(endpointsPath(join(network.folder, "members", institution.id))),
		};
		return handle(call);
	}
}

function queryOf(url: string): string {
	const at = url.indexOf("?");
	return at < 0 ? "" : url.slice(at + 1);
}

function pairsOf(query: string): readonly (readonly [string, string])[] {
	return query === "" ? [] : [...new URLSearchParams(query)];
}

function baseUrlOf(request: FastifyRequest): string {
	return `${request.protocol}://${request.host}/fhir`;
}

const jsonForms = /^(?:json|text\/json|application\/json|application\/fhir[+ ]json)$/;

function assertAcceptable(accept: string | undefined, format: unknown): void {
	const isWritten = format === undefined ? acceptsJson(accept ?? "*/*") : typeof format === "string" && jsonForms.test(format);
	if (!isWritten) throw new NodeError("NODE_FHIR_NOT_ACCEPTABLE", "expected application/fhir+json to be acceptable");
}

function acceptsJson(accept: string): boolean {
	return accept.split(",").some((each) => /^\s*(?:\*\/\*|application\/\*|application\/(?:fhir\+)?json|text\/json)\s*(?:;|$)/.test(each));
}

function send(reply: FastifyReply, { status, body, stream, headers = {} }: FhirAnswer): FastifyReply {
	reply.status(status).headers({ "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers });
	if (stream !== undefined) return reply.send(stream);
	if (body === undefined) return reply.send();
	return headers["content-type"] === undefined ? reply.type(fhirJson).send(body) : reply.send(body);
}
