import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { Digest } from "#base";
import { sha256Hex } from "#base";
import type { DataClass } from "#contracts";
import { classesOfType, getSearchableTypes } from "#fhir";
import type { FhirAccess, FhirCredential, Gate, PatientReference } from "#gate";
import { NodeError } from "../errors.ts";
import { narrowAccess } from "../signin/narrowAccess.ts";
import type { Bearer } from "../signin/signIn.ts";
import type { BroadSearches } from "./broadSearches.ts";
import type { PageTokens } from "./pageTokens.ts";
import type { Profiles } from "./profiles/loadProfiles.ts";
import type { AllowedEndpoint } from "./subscriptions/endpoints.ts";

/** What an interaction answers; whoever sends it adds what every answer has. */
export interface FhirAnswer {
	readonly status: number;
	/** FHIR's JSON; undefined for an answer without content. */
	readonly body?: string;
	/** Instead of a body: written while it is read. */
	readonly stream?: Readable;
	readonly headers?: Readonly<Record<string, string>>;
}

/** One request under `/fhir`, its author known. */
export interface FhirCall {
	readonly method: string;
	/** True where the address asks for versions. */
	readonly isHistory: boolean;
	readonly access: FhirAccess;
	readonly type: string;
	readonly id: string;
	/** Path and query under the base URL. */
	readonly path: string;
	/** Resource type of an export's file. */
	readonly fileType: string;
	/** Of a version, from the address. */
	readonly versionId: string;
	/** Parameters of the query, or of the form that was sent, decoded. */
	readonly pairs: readonly (readonly [name: string, value: string])[];
	readonly content: Buffer;
	readonly contentType: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** Where this server's resources are named from, without a slash at the end. */
	readonly baseUrl: string;
	readonly pages: PageTokens;
	readonly broad: BroadSearches;
	readonly nowMs: number;
	/** What the institution is called. */
	readonly custodian: string;
	readonly profiles: Profiles;
	/** Where notifications may go, as the institution says now. */
	readonly endpoints: () => readonly AllowedEndpoint[];
}

/** How a signed request travels beside an HTTP request: base64url of its JSON. */
const signedScheme = "Aceso ";
/** Longest that is read, in characters. */
const signedMax = 16_000;
const notBase64Url = /[^A-Za-z0-9_-]/;

/**
 * Who asks, from the Authorization header: the one place that knows the ways.
 * @throws NodeError `NODE_FHIR_UNSIGNED`; what is inside is the gate's to judge.
 */
export function readCredential(header: string | undefined): FhirCredential {
	const encoded = encodedRequest(header);
	try {
		if (encoded !== undefined) return { scheme: "signed", request: JSON.parse(Buffer.from(encoded, "base64url").toString("utf8")) };
	} catch {
		// Told below: the parser's message quotes the request.
	}
	throw new NodeError("NODE_FHIR_UNSIGNED", "expected a signed request as `Authorization: Aceso <base64url of its JSON>`");
}

/** By its length and one look for what does not belong there: a pattern with a bounded repetition takes twenty times as long. */
function encodedRequest(header: string | undefined): string | undefined {
	if (header === undefined || !header.startsWith(signedScheme)) return undefined;
	const encoded = header.slice(signedScheme.length);
	return encoded.length > 0 && encoded.length <= signedMax && !notBase64Url.test(encoded) ? encoded : undefined;
}

/** How applications' tokens are opened, where applications are let in. */
export type OpenBearer = (token: string) => Promise<Pick<Bearer, "mandate" | "scopes">>;

const bearerForm = /^Bearer ([A-Za-z0-9._~+/-]{1,512}=*)$/i;

/** Judges who sent an HTTP request. */
export async function openAccess(gate: Gate, request: FastifyRequest, openBearer?: OpenBearer): Promise<FhirAccess> {
	const place = { method: request.method === "HEAD" ? "GET" : request.method, url: request.url, content: digestOf(contentOf(request)) };
	const token = bearerForm.exec(request.headers.authorization ?? "")?.[1];
	if (token !== undefined && openBearer !== undefined) {
		const { mandate, scopes } = await openBearer(token);
		return narrowAccess(await gate.openFhir({ scheme: "mandate", mandate: mandate.request }, place), scopes);
	}
	return gate.openFhir(readCredential(request.headers.authorization), place);
}

const noContent = Buffer.alloc(0);
const noContentDigest = sha256Hex(noContent) as Digest;

export function contentOf({ body }: FastifyRequest): Buffer {
	return Buffer.isBuffer(body) ? body : noContent;
}

function digestOf(content: Buffer): Digest {
	return content.length === 0 ? noContentDigest : (sha256Hex(content) as Digest);
}

/** Types that hold no record of a patient, or that are made on the way out. */
const notStored: ReadonlySet<string> = new Set([
	"AuditEvent",
	"Binary",
	"Bundle",
	"CapabilityStatement",
	"CompartmentDefinition",
	"ImplementationGuide",
	"OperationDefinition",
	"OperationOutcome",
	"Parameters",
	"SearchParameter",
	"StructureDefinition",
	"Subscription",
	"SubscriptionStatus",
	"TerminologyCapabilities",
]);

/** Resource types that are served, sorted. */
export function servedTypes(): readonly string[] {
	return getSearchableTypes().filter((type) => !notStored.has(type));
}

let served: ReadonlySet<string> | undefined;

/** @throws NodeError `NODE_FHIR_TYPE_UNKNOWN`. */
export function assertServed(type: string): void {
	served ??= new Set(servedTypes());
	if (!served.has(type)) throw new NodeError("NODE_FHIR_TYPE_UNKNOWN", "expected a resource type that GET /fhir/metadata lists");
}

/** Classes to be asked for, for records of these types. */
export function classesOf(types: Iterable<string>): readonly DataClass[] {
	const [first, second] = types;
	// One type's are known, and each of them once.
	if (first !== undefined && second === undefined) return classesOfType(first);
	return [...new Set([...types].flatMap((type) => classesOfType(type)))];
}

/**
 * Whose record a call is about: what the credential says, else the one local id that the address names.
 * @throws NodeError `NODE_FHIR_PATIENT_UNNAMED`.
 */
export function patientOf({ access }: Pick<FhirCall, "access">, named: readonly string[]): PatientReference {
	if (access.patient !== undefined) return access.patient;
	const ids = new Set(named);
	const [localId] = ids;
	if (localId !== undefined && ids.size === 1) return { by: "local", localId };
	throw new NodeError("NODE_FHIR_PATIENT_UNNAMED", "name one patient, in the signed request or by `patient` in the address");
}
