import { join } from "node:path";
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { BroadSearches } from "./broadSearches.ts";
import { capabilityWriter } from "./capabilityStatement.ts";
import { assertServed, contentOf, type FhirAnswer, type FhirCall, type OpenBearer, openAccess } from "./fhirCall.ts";
import { outcomeOf } from "./fhirOutcome.ts";
import { type Interaction, interactions } from "./interactions.ts";
import { PageTokens } from "./pageTokens.ts";
import { loadProfiles } from "./profiles/loadProfiles.ts";
import { endpointsPath, loadEndpoints } from "./subscriptions/endpoints.ts";

const fhirJson = "application/fhir+json; charset=utf-8";
const formType = "application/x-www-form-urlencoded";
const contentTypes = ["application/fhir+json", "application/json", "application/json-patch+json", formType];

/**
 * FHIR R4 over HTTP, under `/fhir`. Each request is judged, decided and logged by the gate; what is refused, absent or erased is answered
 * alike, as an OperationOutcome.
 */
export function fhirRoutes(network: Network, institution: Institution, openBearer?: OpenBearer) {
	const pages = new PageTokens(network.randomBytes);
	const broad = new BroadSearches();
	const folder = join(network.folder, "members", institution.id);
	const profiles = loadProfiles(folder);
	const writeCapabilities = capabilityWriter(profiles);
	const endpoints = () => loadEndpoints(endpointsPath(folder));
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
			if (error instanceof NodeError && error.code === "NODE_FHIR_TOO_OFTEN") reply.header("retry-after", String(error.details["waitS"]));
			return send(reply, { status, body: JSON.stringify(outcome) });
		});
		app.setNotFoundHandler(() => {
			throw new NodeError("NODE_NOT_FOUND", "no such address; GET /fhir/metadata tells what there is");
		});
		// Hooks call back instead of promising: each promise would cost every request a turn.
		app.addHook("onRequest", ({ headers, query }, _reply, done) => {
			assertAcceptable(headers.accept, (query as { _format?: unknown })._format);
			done();
		});
		app.addHook("onSend", (_request, reply, _payload, done) => {
			reply.headers(crossOrigin);
			done();
		});
		app.options("/*", async (_request, reply) =>
			reply
				.status(204)
				.header("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
				.header("access-control-allow-headers", "Authorization, Content-Type, Accept, If-Match, If-None-Match, If-None-Exist, Prefer")
				.send(),
		);
		app.get("/metadata", async (request, reply) => {
			const body = writeCapabilities({ name: institution.name, baseUrl: baseUrlOf(request), nowMs: network.now() });
			return send(reply, { status: 200, body });
		});
		for (const interaction of interactions) {
			const isHistory = interaction.path.includes("/_history");
			app.route({
				method: interaction.method,
				url: interaction.path,
				exposeHeadRoute: false,
				// The content and not the reply is handed back: a reply would be waited for until it is sent.
				handler: async (request, reply) => prepare(reply, await answer(request, interaction, isHistory)),
			});
		}
	};

	async function answer(request: FastifyRequest, { handle }: Interaction, isHistory: boolean): Promise<FhirAnswer> {
		// Before anything is looked at: who is not known is told nothing, not even what there would be.
		const access = await openAccess(institution.gate, request, openBearer);
		const { type = "", id = "", versionId = "", fileType = "" } = request.params as Partial<Record<"type" | "id" | "versionId" | "fileType", string>>;
		if (type !== "") assertServed(type);
		const { url, headers, method } = request;
		const content = contentOf(request);
		const contentType = contentTypeOf(headers["content-type"]);
		const inQuery = pairsOf(queryOf(url));
		const call: FhirCall = {
			...{ access, type, id, versionId, content, contentType, pages, broad, fileType, method, isHistory, headers, profiles, endpoints },
			path: url.slice("/fhir".length),
			pairs: contentType === formType ? [...inQuery, ...pairsOf(content.toString("utf8"))] : inQuery,
			baseUrl: baseUrlOf(request),
			nowMs: network.now(),
			custodian: institution.name,
		};
		return handle(call);
	}
}

/** Who asks shows it in a header that no browser adds by itself, so that pages of other origins may ask too. */
const crossOrigin = { "access-control-allow-origin": "*", "access-control-expose-headers": "ETag, Location, Last-Modified, Retry-After" };

function contentTypeOf(header: string | undefined): string {
	return header === undefined ? "" : (header.split(";")[0] as string).trim();
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
	if (accept === "*/*") return true;
	return accept.split(",").some((each) => /^\s*(?:\*\/\*|application\/\*|application\/(?:fhir\+)?json|text\/json)\s*(?:;|$)/.test(each));
}

const onEveryAnswer = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Status and headers of an answer; gives back what its content is. */
function prepare(reply: FastifyReply, { status, body, stream, headers }: FhirAnswer): string | Readable | undefined {
	reply.status(status).headers(onEveryAnswer);
	if (headers !== undefined) reply.headers(headers);
	if (stream !== undefined) return stream;
	if (body !== undefined && headers?.["content-type"] === undefined) reply.type(fhirJson);
	return body;
}

function send(reply: FastifyReply, answer: FhirAnswer): FastifyReply {
	return reply.send(prepare(reply, answer));
}
