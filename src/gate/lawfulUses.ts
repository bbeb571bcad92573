import { type ConsentId, dayMs, encodeHex, type Instant, type SubjectId } from "#base";
import { commitLegalUse, type LegalUseTerms, type OpenedLegalUse, readEnrolment, readLegalUse, readMember } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { assertFresh } from "./logUnderNobody.ts";
import { isOfficer } from "./officers.ts";
import { isLegalUse } from "./openedTerms.ts";
import { openOwnConsents } from "./openOwnConsents.ts";
import type { GateParts } from "./parts.ts";
import { resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";
import type { RecordLawfulUseBody } from "./requests.ts";
import { ResourceSealer } from "./sealResource.ts";
import { submitAsMember } from "./submitAsMember.ts";

/** Longest period of a use required by law: a duty that goes on is recorded again, and told again. */
const longestUseMs = 366 * dayMs;

export interface RecordedLawfulUse {
	readonly useId: string;
	/** Transaction on the ledger. */
	readonly transaction: string;
}

/**
 * Records that the law requires a use of a patient's record (PROTOCOL §5): its basis and a commitment on the ledger, citation, recipient and
 * reach with the patient's consents, where the patient reads them. A compliance officer of the house signs, through its own node. The patient
 * is notified at once, before anybody has read anything by it.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else, and for a patient who is not here or not enrolled: the same answer.
 * `GATE_REQUEST_INVALID` for a recipient who is no active member or a period that no law needs.
 */
export async function recordLawfulUse(gate: GateContext, input: unknown): Promise<RecordedLawfulUse> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "record-lawful-use");
	const { patient: reference, use } = request.body;
	assertUse(parts, use);
	const act = { action: "write", purpose: use.purpose } as const;
	await assertFresh(parts, request, at, act);
	const patient = await resolvePatient(parts, reference);
	const enrolled = !patient.absent && readEnrolment(parts.ledger, patient.pseudonym)?.status === "active";
	const permitted = enrolled && isOfficer(parts, request, at);
	const useId = encodeHex(parts.randomBytes(16));
	const access = await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			...act,
			requester: request.key,
			requesterKind: "person",
			via: request.via,
			compartments: ["consents"],
			count: 1,
			decision: permitted ? "permit" : "deny",
			reasons: [permitted ? "PERMITTED_BY_LAW" : "GRANTEE_DIFFERS"],
			consents: permitted ? [asBasis(useId)] : [],
		}),
		{ subject: patient.subject },
	);
	if (!permitted) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const terms = { ...use, format: "aceso/legal-use/1", chain: parts.ledger.chain, pseudonym: patient.pseudonym, useId, custodian: parts.member };
	const opened = { terms: terms as LegalUseTerms, salt: encodeHex(parts.randomBytes(32)) };
	const useCommitment = commitLegalUse(opened);
	// Kept before it is on the ledger: no record there ever names terms that nobody can open.
	await keep(parts, patient.subject, opened, at);
	const { id } = await submitAsMember(parts, "consent", "legalUse", { pseudonym: patient.pseudonym, useId, basis: use.basis, useCommitment });
	gate.terms.remember(patient.pseudonym, opened);
	parts.memory.notify(patient.pseudonym, "lawful-use", at, access.receipt.entryHash);
	return { useId, transaction: id };
}

/** An access log's entry names what it rests on among its consents: of a use required by law, that use. */
export function asBasis(useId: string): ConsentId {
	return useId as ConsentId;
}

function assertUse({ ledger }: GateParts, use: RecordLawfulUseBody["use"]): void {
	if (readMember(ledger, use.recipient.member)?.status !== "active") {
		throw new GateError("GATE_REQUEST_INVALID", "expected an active member as recipient", { at: "body.use.recipient.member" });
	}
	if (use.endMs <= use.startMs || use.endMs - use.startMs > longestUseMs) {
		throw new GateError("GATE_REQUEST_INVALID", "expected a period that ends after it starts, at most 366 days later", { at: "body.use.endMs" });
	}
}

async function keep(parts: GateParts, subject: SubjectId, opened: OpenedLegalUse, at: Instant): Promise<void> {
	const sealer = new ResourceSealer(parts, subject);
	const { useId } = opened.terms;
	const row = await sealer.seal(`lawful-use/${useId}`, ["consents"], {
		resourceText: JSON.stringify({ resourceType: "Consent", id: useId, opened }),
		labels: [],
		conditions: [],
		dataTimeMs: at,
		authors: [],
		encounter: null,
		tableVersion: "terms/1",
	});
	await parts.store.putRecords(sealer.takeKeys(), [row]);
}

/** A use required by law as the patient is shown it. */
export interface LawfulUseView {
	readonly terms: LegalUseTerms;
	/** Block time of its record; null where the ledger has none, or commits to other terms: nobody reads by it then. */
	readonly recordedAtMs: number | null;
}

/**
 * Every use required by law that was recorded about the patient who asks, or whose delegate does, the newest first. A look is an access.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE`.
 */
export async function listLawfulUses(gate: GateContext, input: unknown): Promise<readonly LawfulUseView[]> {
	const { parts } = gate;
	const opened = await openOwnConsents(gate, await admitRequest(gate, input, "lawful-uses"));
	const views = opened.filter(isLegalUse).map((use): LawfulUseView => {
		const recorded = readLegalUse(parts.ledger, use.terms.useId);
		return { terms: use.terms, recordedAtMs: recorded?.useCommitment === commitLegalUse(use) ? recorded.recordedAtMs : null };
	});
	return views.sort((a, b) => b.terms.startMs - a.terms.startMs);
}
