import { canonicalBytes, type Digest, type Instant, makeRoom, type Pseudonym, type PublicKey, sha256Hex } from "#base";
import { isPatientKey, readCredentials, readDelegation, readEnrolment } from "#contracts";
import { type AccountAct, isValidRequest, type LaunchBody, type MandateBody, mandateLifetimeMaxMs, type SignedRequest } from "#wallet";
import { type Admission, admitRequest, admitSigned } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { GateError } from "./errors.ts";
import type { GateParts } from "./parts.ts";
import { resolvePatient } from "./patients.ts";
import { parseRequest } from "./requests.ts";

/** What an application may do in a person's name, as that person signed it. */
export interface Mandate {
	/** H(canonical signed request). */
	readonly id: Digest;
	/** Whose requests the application's are. */
	readonly key: PublicKey;
	readonly body: MandateBody;
	/** The whole of what was signed: whoever keeps it shows it again at each use. */
	readonly request: SignedRequest<MandateBody>;
}

/** Mandates whose signature was verified in this process. */
const verifiedMax = 4_096;

/** Remembers which mandates carry a good signature, so that it is not computed at every request. A mandate's id covers all of it. */
export class VerifiedMandates {
	readonly #ids = new Set<Digest>();

	has(id: Digest): boolean {
		return this.#ids.has(id);
	}

	add(id: Digest): void {
		makeRoom(this.#ids, verifiedMax);
		this.#ids.add(id);
	}
}

interface Mandating extends Omit<Admission, "parts"> {
	readonly parts: GateParts;
	readonly mandates: VerifiedMandates;
}

/**
 * Takes a mandate that a person signs now: like any signed request fresh, for us, once. They must stand here: staff by a current credential of
 * this member, a patient by an enrolment with it. Nothing is decided by it but that their word was given.
 *
 * @throws {@link GateError} as for any signed request; `GATE_MANDATE_INVALID` for who does not stand, or an end that is past or too far.
 */
export async function acceptMandate(gate: Mandating, input: unknown): Promise<Mandate> {
	const { request, at } = await admitSigned(gate, input, "mandate");
	const mandate = mandateOf(request);
	if (request.body.untilMs > at + mandateLifetimeMaxMs || !stands(gate.parts, mandate, at)) throw invalid();
	gate.mandates.add(mandate.id);
	return mandate;
}

/**
 * Judges a mandate that was taken before: that it is what the person signed, has not ended, and that they still stand. A credential that was
 * revoked, an enrolment that was erased or rotated ends it with the block that says so.
 *
 * @throws {@link GateError} `GATE_MANDATE_INVALID`, whatever is the matter.
 */
export function openMandate(gate: Mandating, input: unknown): Mandate {
	const { parts } = gate;
	let request: SignedRequest<MandateBody>;
	try {
		request = parseRequest(input, "mandate").request;
	} catch (cause) {
		throw invalid(cause);
	}
	const mandate = mandateOf(request);
	if (!gate.mandates.has(mandate.id)) {
		// As of when it was signed: that it was used once and in time, the taking has seen to.
		if (!isValidRequest(request, { audience: parts.member, nowMs: request.timeMs })) throw invalid();
		gate.mandates.add(mandate.id);
	}
	if (!stands(parts, mandate, parts.now())) throw invalid();
	return mandate;
}

/** Whether a patient's number here is that of a pseudonym. It opens nothing and writes nothing: whoever asks has signed under the pseudonym. */
export async function isNumberOf(gate: Mandating, localId: string, pseudonym: Pseudonym): Promise<boolean> {
	const found = await resolvePatient(gate.parts, { by: "local", localId });
	return !found.absent && found.pseudonym === pseudonym;
}

/** A launch that somebody of this house begins out of a patient's record. */
export interface Launch {
	readonly key: PublicKey;
	readonly body: LaunchBody;
}

/** @throws {@link GateError} as for any request, signed or in a session. */
export async function admitLaunch(gate: Mandating, input: unknown): Promise<Launch> {
	const { request } = await admitRequest(gate, input, "launch");
	return { key: request.key as PublicKey, body: request.body };
}

/** Whose key leaves a locked copy with this node, and whether they stand here already. */
export interface Keeping {
	readonly key: PublicKey;
	readonly digest: Digest;
	readonly stands: "staff" | "patient" | "not";
}

/** @throws {@link GateError} as for any signed request. */
export async function admitKeeping(gate: Mandating, input: unknown): Promise<Keeping> {
	const { request, at } = await admitSigned(gate, input, "keep-key");
	return { key: request.key, digest: request.body.digest, stands: standingOf(gate.parts, request.key, at) };
}

/** What a person does with their own account at sign-in. It is about their own key alone, so whoever has the key may; nothing is opened by it. */
export async function admitAccount(gate: Mandating, input: unknown): Promise<{ readonly key: PublicKey; readonly act: AccountAct }> {
	const { request } = await admitSigned(gate, input, "account");
	const { kind: _, ...act } = request.body;
	return { key: request.key, act };
}

function standingOf({ ledger, member }: GateParts, key: PublicKey, at: Instant): Keeping["stands"] {
	const now = decisionTime({ ledger }, at);
	if (readCredentials(ledger, key, now).some(({ issuer }) => issuer === member)) return "staff";
	const pseudonym = readDelegation(ledger, key)?.pseudonym ?? (key as Pseudonym);
	return readEnrolment(ledger, pseudonym)?.custodian === member && isPatientKey(ledger, pseudonym, key, now) ? "patient" : "not";
}

function mandateOf(request: SignedRequest<MandateBody>): Mandate {
	return { id: sha256Hex(canonicalBytes(request)) as Digest, key: request.key, body: request.body, request };
}

function stands({ ledger, member }: GateParts, { key, body, request }: Mandate, at: Instant): boolean {
	const now = decisionTime({ ledger }, at);
	if (request.audience !== member || request.via !== member || now >= body.untilMs) return false;
	if (readCredentials(ledger, key, now).some(({ issuer }) => issuer === member)) return true;
	return body.patient?.by === "pseudonym" && isPatientKey(ledger, body.patient.pseudonym as Pseudonym, key, now);
}

function invalid(cause?: unknown): GateError {
	return new GateError(
		"GATE_MANDATE_INVALID",
		"there is no such mandate here, or it is over, or whoever gave it no longer may; sign in again",
		{},
		cause,
	);
}
