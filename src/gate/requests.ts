import { z } from "zod";
import type { ConsentId } from "#base";
import { dataClasses, type LegalUseTerms, legalBases, levels, type OpenedTerms, purposes, sensitivityLabels } from "#contracts";
import type { AccountBody, ForwardedRequest, KeepKeyBody, LaunchBody, MandateBody, SessionRequest, SignedRequest } from "#wallet";
import { GateError } from "./errors.ts";
import type { ObjectBody, PatientReference, PgxBody, ReadBody } from "./gate.ts";
import { readPlainly } from "./plainRequest.ts";

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
/** One line: no control characters, half surrogates, line or paragraph separators, or characters that turn the writing direction. */
const line = z.string().regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
const text = (max: number) => line.min(1).max(max);
const memberId = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);
const dataClass = z.enum(dataClasses);

const patient = z.discriminatedUnion("by", [
	z.strictObject({ by: z.literal("consent"), consentId: hex(16) }),
	z.strictObject({ by: z.literal("local"), localId: text(64) }),
	z.strictObject({ by: z.literal("pseudonym"), pseudonym: hex(32) }),
	z.strictObject({ by: z.literal("lawful-use"), useId: hex(16) }),
]);

const askedOfRecord = {
	patient,
	purpose: z.enum(purposes),
	classes: z.array(dataClass).min(1).max(dataClasses.length),
	level: z.enum(levels),
	study: text(64).optional(),
	diseases: z.array(text(32)).max(16).optional(),
	model: text(64).optional(),
	given: hex(32).optional(),
	lawfulUse: hex(16).optional(),
	record: text(130).optional(),
	emergencyReason: line
		.max(500)
		.refine((reason) => reason.trim().length >= 10)
		.optional(),
	relationship: z
		.strictObject({ credentialId: hex(16), opening: z.strictObject({ pseudonym: hex(32), salt: hex(32), patientSignature: hex(64) }) })
		.optional(),
};
const readBody = z.strictObject({ kind: z.literal("read"), ...askedOfRecord });

/** The large object that one record points to. */
const objectBody = z.strictObject({
	kind: z.literal("object"),
	...askedOfRecord,
	record: text(130),
	/** One range of RFC 9110 §14.1.2 (`bytes=0-99`, `bytes=100-`, `bytes=-100`), part of what is signed; all of it when absent. */
	range: z
		.string()
		.regex(/^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/)
		.optional(),
});

/** A pharmacogenomic report from a sealed genome: the newest, or that of one record. By a model alone (`compute`), or for who may read the genome. */
const pgxBody = z.strictObject({
	kind: z.literal("pgx"),
	...askedOfRecord,
	classes: z.tuple([z.literal("genomics")]),
	level: z.enum(["compute", "identified"]),
});

/** De-identified data of many patients for a study: they leave together or not at all. */
const cohortBody = z.strictObject({
	kind: z.literal("cohort"),
	purpose: z.enum(purposes),
	study: text(64),
	diseases: z.array(text(32)).max(16).optional(),
	classes: z.array(dataClass).min(1).max(dataClasses.length),
	level: z.literal("deidentified"),
});

/** How many consenting patients have a resource with the code; the answer carries noise. */
const countBody = z.strictObject({
	kind: z.literal("count"),
	purpose: z.enum(purposes),
	study: text(64).optional(),
	diseases: z.array(text(32)).max(16).optional(),
	class: dataClass,
	code: z.strictObject({ system: text(200), code: text(64) }),
	/** ε in thousandths, at most 100 (PROTOCOL §6). */
	epsilonMilli: z.int().min(1).max(100),
});

/** One request over FHIR's REST interface: what is asked stands in method, address and content, to which the signature binds. */
const fhirBody = z.strictObject({
	kind: z.literal("fhir"),
	method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
	/** Path and query as they are sent. */
	url: text(4096),
	/** SHA-256 of the content as it is sent; of no bytes where there is none. */
	content: hex(32),
	purpose: z.enum(purposes),
	level: z.enum(["identified", "pseudonymised"]),
	/** Whose record it is about; where it is missing, the address has to say by a local id. */
	patient: patient.optional(),
	study: askedOfRecord.study,
	diseases: askedOfRecord.diseases,
	lawfulUse: askedOfRecord.lawfulUse,
	emergencyReason: askedOfRecord.emergencyReason,
	relationship: askedOfRecord.relationship,
});

const historyBody = z.strictObject({ kind: z.literal("history"), patient });
const eraseBody = z.strictObject({ kind: z.literal("erase"), patient, compartments: z.union([z.literal("all"), z.array(dataClass).min(1)]) });
const lookupBody = z.strictObject({
	kind: z.literal("lookup"),
	family: text(100),
	given: text(100),
	birthDate: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
});
const signOffBody = z.strictObject({
	kind: z.literal("sign-off"),
	patient,
	insightHash: hex(32),
	decision: z.enum(["accept", "override"]),
	reason: line.max(1000),
});
const reviewBody = z.strictObject({
	kind: z.literal("review"),
	review: z.int().min(1),
	outcome: z.enum(["justified", "unjustified"]),
	note: text(1000),
});
/** Longest that a look at the accesses may wait for the next one, in ms. */
const waitMostMs = 20_000;
/** What goes through the access log, as it comes. A watch that runs is named, and its looks leave no entry each. */
const watchBody = z.strictObject({
	kind: z.literal("watch-accesses"),
	watch: hex(16).optional(),
	after: z.int().min(0),
	waitMs: z.int().min(0).max(waitMostMs),
});
/** What a compliance officer may look at of a house. */
export const oversights = ["reviews", "refusals", "processing", "health", "members"] as const;
const overseeBody = z.strictObject({ kind: z.literal("oversee"), what: z.enum(oversights) });
const openReviewBody = z.strictObject({ kind: z.literal("open-review"), review: z.int().min(1) });
/** Who had what of one patient's record, from an instant on and before another. */
const disclosuresBody = z.strictObject({
	kind: z.literal("account-disclosures"),
	patient,
	fromMs: z.int().min(0),
	toMs: z.int().min(0),
});
const depositBody = z.strictObject({
	kind: z.literal("deposit-terms"),
	opened: z.strictObject({ terms: z.record(z.string(), z.unknown()), salt: hex(32) }),
});

const openSessionBody = z.strictObject({ kind: z.literal("open-session"), exchange: hex(32) });
const closeSessionBody = z.strictObject({ kind: z.literal("close-session") });
/** A use that the law requires, as a compliance officer records it. */
const recordLawfulUseBody = z.strictObject({
	kind: z.literal("record-lawful-use"),
	patient,
	use: z.strictObject({
		basis: z.enum(legalBases),
		citation: text(500),
		recipient: z.strictObject({ member: memberId, key: hex(32).optional() }),
		purpose: z.enum(purposes),
		classes: z.array(dataClass).min(1).max(dataClasses.length),
		labels: z.array(z.enum(sensitivityLabels)).max(sensitivityLabels.length),
		level: z.enum(["identified", "pseudonymised"]),
		startMs: z.int().min(0),
		endMs: z.int().min(0),
	}),
});
/** What is about to be ordered, to be checked against what may not be seen. */
const safetyCheckBody = z.strictObject({
	kind: z.literal("safety-check"),
	patient,
	model: text(64),
	order: z.strictObject({ system: text(200), code: text(64) }),
	relationship: readBody.shape.relationship,
});
const exportConsentBody = z.strictObject({ kind: z.literal("export-consent"), patient, consentId: hex(16) });
/** The terms of the own consents, as the custodian keeps them: a wallet on another device has none of its own. */
const listTermsBody = z.strictObject({ kind: z.literal("list-terms"), patient });
/** What keeps the own record from erasure. */
const listHoldsBody = z.strictObject({ kind: z.literal("list-holds"), patient });
const lawfulUsesBody = z.strictObject({ kind: z.literal("lawful-uses"), patient });

/** What an application may do in a person's name. */
const mandatePatient = z.discriminatedUnion("by", [
	z.strictObject({ by: z.literal("local"), localId: text(64) }),
	z.strictObject({ by: z.literal("pseudonym"), pseudonym: hex(32) }),
]);
const mandateBody = z.strictObject({
	kind: z.literal("mandate"),
	client: text(128),
	scopes: z.array(text(256)).min(1).max(64),
	patient: mandatePatient.optional(),
	purpose: z.enum(purposes),
	level: z.enum(["identified", "pseudonymised"]),
	relationship: readBody.shape.relationship,
	untilMs: z.int().min(0),
	challenge: hex(32),
});
/** To a patient whose proof of identity somebody of the house has seen. */
const invitePatientBody = z.strictObject({ kind: z.literal("invite-patient"), localId: text(64), document: text(100) });
const keepKeyBody = z.strictObject({ kind: z.literal("keep-key"), digest: hex(32) });
const accountActsOfOne = ["remove-copy", "take-back", "end-sitting", "end-other-sittings"] as const;
/** What a person does with what sign-in holds of them: locked copies of their key, applications they let in, where their key is open. */
const accountBody = z
	.strictObject({
		kind: z.literal("account"),
		act: z.enum([...accountActsOfOne, "show", "take-back-all", "reviewed", "sign-out-everywhere"]),
		of: hex(32).optional(),
	})
	.refine(({ act, of }) => (accountActsOfOne as readonly string[]).includes(act) === (of !== undefined));
const launchBody = z.strictObject({ kind: z.literal("launch"), client: text(128), patient: mandatePatient });

const bodies = z.discriminatedUnion("kind", [
	readBody,
	objectBody,
	pgxBody,
	cohortBody,
	countBody,
	historyBody,
	eraseBody,
	lookupBody,
	signOffBody,
	reviewBody,
	watchBody,
	overseeBody,
	openReviewBody,
	disclosuresBody,
	depositBody,
	openSessionBody,
	recordLawfulUseBody,
	lawfulUsesBody,
	listTermsBody,
	listHoldsBody,
	exportConsentBody,
	safetyCheckBody,
	fhirBody,
	mandateBody,
	launchBody,
	keepKeyBody,
	accountBody,
	invitePatientBody,
]);

/** What a session may ask. What gives a person's word (an erasure, a review, a sign-off, terms) or a whole history is signed by itself. */
const sessionBodies = z.discriminatedUnion("kind", [readBody, lookupBody, fhirBody, closeSessionBody, launchBody]);

const signedRequest = z.strictObject({
	audience: memberId,
	via: memberId,
	key: hex(32),
	timeMs: z.int().min(0),
	nonce: hex(16),
	body: bodies,
	signature: hex(64),
});

const sessionRequest = z.strictObject({
	session: hex(16),
	counter: z.int().min(1),
	timeMs: z.int().min(0),
	body: sessionBodies,
	mac: hex(32),
});

export type CohortBody = z.infer<typeof cohortBody>;
export type CountBody = z.infer<typeof countBody>;
export type EraseBody = z.infer<typeof eraseBody>;
export type LookupBody = z.infer<typeof lookupBody>;
export type SignOffBody = z.infer<typeof signOffBody>;
export type RecordLawfulUseBody = Branded<z.infer<typeof recordLawfulUseBody>> & {
	readonly use: Omit<LegalUseTerms, "format" | "chain" | "pseudonym" | "useId" | "custodian">;
};
export type SafetyCheckBody = Pick<ReadBody, "patient" | "relationship"> & Omit<z.infer<typeof safetyCheckBody>, "patient" | "relationship">;
/** What a request over FHIR says of itself beside its address. */
export type FhirBody = Pick<ReadBody, "purpose" | "study" | "diseases" | "lawfulUse" | "emergencyReason" | "relationship"> &
	Omit<z.infer<typeof fhirBody>, "patient" | "relationship"> & { readonly patient?: PatientReference };
export type ReviewBody = z.infer<typeof reviewBody>;
/** Kind → body, ids branded: the schemas above have checked their form. */
export interface RequestBodies {
	readonly read: ReadBody;
	readonly object: ObjectBody;
	readonly fhir: FhirBody;
	readonly pgx: PgxBody;
	readonly cohort: CohortBody;
	readonly count: CountBody;
	readonly history: Branded<z.infer<typeof historyBody>>;
	readonly erase: Branded<EraseBody>;
	readonly lookup: LookupBody;
	readonly "sign-off": Branded<SignOffBody>;
	readonly review: ReviewBody;
	readonly "watch-accesses": z.infer<typeof watchBody>;
	readonly oversee: z.infer<typeof overseeBody>;
	readonly "open-review": z.infer<typeof openReviewBody>;
	readonly "account-disclosures": Branded<z.infer<typeof disclosuresBody>>;
	readonly "open-session": z.infer<typeof openSessionBody>;
	readonly "close-session": z.infer<typeof closeSessionBody>;
	readonly "record-lawful-use": RecordLawfulUseBody;
	readonly "lawful-uses": Branded<z.infer<typeof lawfulUsesBody>>;
	readonly "list-terms": Branded<z.infer<typeof listTermsBody>>;
	readonly "list-holds": Branded<z.infer<typeof listHoldsBody>>;
	readonly "safety-check": SafetyCheckBody;
	readonly "export-consent": Branded<z.infer<typeof exportConsentBody>> & { readonly consentId: ConsentId };
	readonly mandate: MandateBody;
	readonly launch: LaunchBody;
	readonly "keep-key": KeepKeyBody;
	readonly account: AccountBody;
	readonly "invite-patient": z.infer<typeof invitePatientBody>;
	readonly "deposit-terms": { readonly kind: "deposit-terms"; readonly opened: OpenedTerms };
}
type Branded<Body> = Omit<Body, "patient"> & { readonly patient: PatientReference };
export type RequestKind = keyof RequestBodies;

const forwardSchema = z.strictObject({ member: memberId, signature: hex(64) });

export interface ParsedRequest<Body extends object> {
	readonly request: SignedRequest<Body>;
	/** Present where the request came wrapped by another member's node. */
	readonly forward: ForwardedRequest<Body>["forward"] | undefined;
}

/**
 * Reads a signed request of one kind, or one wrapped by the member that forwards it, from unknown input.
 * @throws {@link GateError} `GATE_REQUEST_INVALID` with the path of the first fault, never its value.
 */
export function parseRequest<Kind extends RequestKind>(input: unknown, kind: Kind): ParsedRequest<RequestBodies[Kind]> {
	const isWrapped = typeof input === "object" && input !== null && "forward" in input;
	const wrapped = isWrapped
		? readAs(z.strictObject({ request: z.unknown(), forward: forwardSchema }), input, kind)
		: { request: input, forward: undefined };
	const request = readAs(signedRequest, wrapped.request, kind);
	assertKind(request.body, kind);
	// The schemas have checked the form that the brands stand for.
	return { request, forward: wrapped.forward } as unknown as ParsedRequest<RequestBodies[Kind]>;
}

/** Whether a request says that it is of a session; what else it says is still to be judged. */
export function isOfSession(input: unknown): boolean {
	return typeof input === "object" && input !== null && "session" in input;
}

/**
 * Reads a session's request of one kind from unknown input.
 * @throws {@link GateError} `GATE_REQUEST_INVALID` with the path of the first fault, never its value.
 */
export function parseSessionRequest<Kind extends RequestKind>(input: unknown, kind: Kind): ParsedSessionRequest<RequestBodies[Kind]> {
	const { request, unsigned } = readPlainly(input) ?? { request: readSessionRequest(input, kind), unsigned: undefined };
	assertKind(request.body, kind);
	return { request: request as unknown as SessionRequest<RequestBodies[Kind]>, unsigned };
}

export interface ParsedSessionRequest<Body> {
	readonly request: SessionRequest<Body>;
	/** What its MAC is over, where it was written in reading. */
	readonly unsigned: string | undefined;
}

/** {@link parseSessionRequest} of any kind, by the schema alone. */
export function readSessionRequest(input: unknown, kind: RequestKind): SessionRequest<{ readonly kind: string }> {
	return readAs(sessionRequest, input, kind);
}

function assertKind(body: { readonly kind: string }, kind: RequestKind): void {
	if (body.kind === kind) return;
	throw new GateError("GATE_REQUEST_INVALID", `expected a ${kind} request, found a ${body.kind} request`, { at: "body.kind" });
}

function readAs<T>(schema: z.ZodType<T>, input: unknown, kind: string): T {
	const parsed = schema.safeParse(input);
	if (parsed.success) return parsed.data;
	const fault = parsed.error.issues[0];
	const at = fault === undefined || fault.path.length === 0 ? "request" : fault.path.map(String).join(".").slice(0, 80);
	throw new GateError("GATE_REQUEST_INVALID", `expected a signed ${kind} request: fault at ${at} (${fault?.code ?? "unknown"})`, { at });
}
