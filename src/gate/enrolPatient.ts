import type { Pseudonym, Signature, SubjectId } from "#base";
import { currentPseudonym, type Delegate, enrolmentMessage, readCredentials, readEnrolment } from "#contracts";
import { unenrolledPseudonym } from "#vault";
import { admitSigned } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { handEvidence } from "./handEvidence.ts";
import type { GateContext } from "./release.ts";
import { ResourceSealer } from "./sealResource.ts";

export interface EnrolmentOffer {
	/** The patient's id at this custodian. */
	readonly localId: string;
	readonly pseudonym: Pseudonym;
	/** First delegates, each key made for this pseudonym alone. */
	readonly delegates: readonly Delegate[];
}

/** What was shown at the desk, to whom, when. It is sealed with the link between person and pseudonym. */
export interface IdentityProof {
	readonly document: string;
	/** Ledger key of whoever looked at it. */
	readonly seenBy: string;
	readonly atMs: number;
}

/**
 * Takes the word of somebody of this house that they have seen a patient's proof of identity. Who may not say so and whose patient is not here
 * get the same answer. Nothing is bound and nothing opened.
 *
 * @throws {@link GateError} as for any signed request; `GATE_NOT_AVAILABLE`.
 */
export async function admitInvitation(gate: GateContext, input: unknown): Promise<{ readonly localId: string; readonly proof: IdentityProof }> {
	const { parts } = gate;
	const { request, at } = await admitSigned(gate, input, "invite-patient");
	const { localId, document } = request.body;
	const held = readCredentials(parts.ledger, request.key, decisionTime(parts, at));
	const entitled = held.some(({ issuer, kind }) => issuer === parts.member && kind !== "researcher");
	const token = await parts.keyring.lookupToken("local-id", localId);
	const found = await parts.store.findSubjects("local-id", token);
	if (!entitled || request.via !== parts.member || found.length === 0) {
		throw new GateError("GATE_NOT_AVAILABLE", "expected the local id of a patient of this custodian, from somebody of this house");
	}
	return { localId, proof: { document, seenBy: request.key, atMs: at } };
}

/** The pseudonym under which a patient of this custodian stands now; undefined for one who is not enrolled yet. For the custodian's own desk. */
export async function enrolledAs(gate: GateContext, localId: string): Promise<Pseudonym | undefined> {
	const { ledger, keyring } = gate.parts;
	const subject = await findLocal(gate, localId);
	const bound = await keyring.pseudonymOf(subject);
	if (bound === undefined || bound === unenrolledPseudonym(subject)) return undefined;
	const pseudonym = currentPseudonym(ledger, bound);
	return readEnrolment(ledger, pseudonym)?.status === "active" ? pseudonym : undefined;
}

/**
 * The custodian's half of an enrolment, given at the desk after proof of identity: its signature goes into the patient's own transaction.
 * Nothing is bound yet.
 */
export async function countersignEnrolment(gate: GateContext, { localId, pseudonym, delegates }: EnrolmentOffer): Promise<Signature> {
	const { parts } = gate;
	await findLocal(gate, localId);
	return parts.memberKey.sign(enrolmentMessage({ chain: parts.ledger.chain, pseudonym, custodian: parts.member, delegates }));
}

/**
 * Binds the local patient to the pseudonym once the enrolment stands on the ledger. The link from person to pseudonym is sealed under a key
 * of its own, so that erasure destroys it too. Told again of one that it completed, it does nothing.
 */
export async function completeEnrolment(
	gate: GateContext,
	{ localId, pseudonym, proof }: Omit<EnrolmentOffer, "delegates"> & { readonly proof?: IdentityProof },
): Promise<void> {
	const { parts } = gate;
	const subject = await findLocal(gate, localId);
	const enrolment = readEnrolment(parts.ledger, pseudonym);
	if (enrolment?.status !== "active" || enrolment.custodian !== parts.member) {
		throw new GateError("GATE_NOT_AVAILABLE", "expected an active enrolment of this pseudonym with this custodian on the ledger");
	}
	await assertUnbound(gate, subject, pseudonym);
	if (await isLinked(gate, subject, pseudonym)) return;
	const at = parts.now();
	const sealer = new ResourceSealer(parts, subject);
	const row = await sealer.seal(`link/${pseudonym}`, ["link"], {
		resourceText: JSON.stringify({ resourceType: "Basic", id: "link", localId, pseudonym, sinceMs: at, ...(proof === undefined ? {} : { proof }) }),
		labels: [],
		conditions: [],
		dataTimeMs: at,
		authors: [],
		encounter: null,
		tableVersion: "link/1",
	});
	await bindProven(gate, subject, pseudonym);
	await parts.log.append(
		draftFor(parts, pseudonym, at, {
			action: "write",
			purpose: "SYSTEM",
			compartments: ["link"],
			count: 1,
			decision: "permit",
			reasons: ["SYSTEM_TASK"],
		}),
		{ subject },
	);
	await parts.store.putRecords(sealer.takeKeys(), [row]);
}

/** Whoever is enrolled already is shown with every rotation on the way to the new pseudonym: the keyring asks for no less. */
async function bindProven({ parts }: GateContext, subject: SubjectId, pseudonym: Pseudonym): Promise<void> {
	const bound = await parts.keyring.pseudonymOf(subject);
	await handEvidence(
		parts,
		(state) => {
			readEnrolment(state, pseudonym);
			if (bound !== undefined && bound !== unenrolledPseudonym(subject)) currentPseudonym(state, bound);
		},
		(evidence) => parts.keyring.bind(subject, pseudonym, evidence),
	);
}

/** Whether this pseudonym's enrolment was completed: its link is what is written last. */
async function isLinked({ parts }: GateContext, subject: SubjectId, pseudonym: Pseudonym): Promise<boolean> {
	const token = await parts.keyring.lookupToken("record", subject, `link/${pseudonym}`);
	return (await parts.store.getRecord(subject, token)) !== undefined;
}

/** A record that stands under one active pseudonym moves to another only by that pseudonym's own rotations. */
async function assertUnbound({ parts }: GateContext, subject: SubjectId, pseudonym: Pseudonym): Promise<void> {
	const bound = await parts.keyring.pseudonymOf(subject);
	if (bound === undefined || bound === unenrolledPseudonym(subject)) return;
	if (currentPseudonym(parts.ledger, bound) === pseudonym) return;
	throw new GateError("GATE_NOT_AVAILABLE", "expected a patient who is not enrolled yet, or whose own key names this one as its successor");
}

async function findLocal(gate: GateContext, localId: string): Promise<SubjectId> {
	const token = await gate.parts.keyring.lookupToken("local-id", localId);
	const subject = (await gate.parts.store.findSubjects("local-id", token))[0];
	if (subject === undefined) throw new GateError("GATE_NOT_AVAILABLE", "expected the local id of a patient of this custodian");
	return subject;
}
