import type { Instant, Pseudonym } from "#base";
import type { AccessEntry } from "#contracts";
import { unenrolledPseudonym } from "#vault";
import { listEntries } from "#wallet";
import { type Asked, admitRequest } from "../authenticate.ts";
import { draftFor } from "../draft.ts";
import { GateError } from "../errors.ts";
import { AccessLogError } from "../log/errors.ts";
import { assertFresh } from "../logUnderNobody.ts";
import { isOfficer } from "../officers.ts";
import type { GateParts } from "../parts.ts";
import { type ResolvedPatient, resolvePatient } from "../patients.ts";
import type { GateContext } from "../release.ts";
import { type DisclosureDuty, judgeDisclosure } from "./judgeDisclosure.ts";
import { historyParts } from "./openReview.ts";
import { oversight, refuseOversight } from "./refuseOversight.ts";

/** One access of a patient's history with what the law makes of it. */
export interface AccountedAccess
	extends Pick<AccessEntry, "requester" | "requesterKind" | "via" | "action" | "purpose" | "compartments" | "level" | "count" | "model"> {
	readonly atMs: number;
	readonly duty: DisclosureDuty;
}

export interface DisclosureAccount {
	readonly fromMs: number;
	readonly toMs: number;
	/** Oldest first; refusals and what the system did by itself are not among them. */
	readonly accesses: readonly AccountedAccess[];
	/** Access of this look, which is the last of the patient's history. */
	readonly entryHash: string;
}

/**
 * Accounts to a patient who asks for it for the disclosures of their record (45 CFR 164.528): opens the patient's access history to an officer of this
 * house, which is an access itself. Entries from before the enrolment are among them; those under a pseudonym that was rotated away are not.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else and for a patient who is not here: the same answer. `GATE_LEDGER_STALE`.
 */
export async function accountDisclosures(gate: GateContext, input: unknown): Promise<DisclosureAccount> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "account-disclosures");
	const { patient: reference, fromMs, toMs } = request.body;
	if (toMs <= fromMs) throw new GateError("GATE_REQUEST_INVALID", "expected a period that ends after it starts", { at: "body.toMs" });
	await assertFresh(parts, request, at, oversight);
	const patient = await resolvePatient(parts, reference);
	if (!isOfficer(parts, request, at) || patient.absent) return refuseOversight(parts, request, at);
	const before = unenrolledPseudonym(patient.subject);
	const { entries: earlier } = before === patient.pseudonym ? { entries: [] } : await readHistory(parts, request, at, patient, before);
	const { entries, entryHash } = await readHistory(parts, request, at, patient, patient.pseudonym);
	const accesses = [...earlier, ...entries]
		.filter(({ time, decision, requesterKind }) => time >= fromMs && time < toMs && decision === "permit" && requesterKind !== "system")
		.map(({ time, requester, requesterKind, via, action, purpose, compartments, level, count, model, ...rest }) => ({
			...{ atMs: time, requester, requesterKind, via, action, purpose, compartments, level, count, model },
			duty: judgeDisclosure({ action, requesterKind, purpose, via, ...rest }, parts.member),
		}));
	return { fromMs, toMs, accesses, entryHash };
}

/** Each pseudonym's entries by an entry of its own: a receipt opens one history. */
async function readHistory(parts: GateParts, request: Asked<object>, at: Instant, patient: ResolvedPatient, pseudonym: Pseudonym) {
	const told = { ...oversight, decision: "permit", reasons: ["CUSTODIAN_RECORD"], requester: request.key, requesterKind: "person" } as const;
	const access = await parts.log.append(draftFor(parts, patient.pseudonym, at, { ...told, via: request.via }), { subject: patient.subject });
	const { entryHash } = access.receipt;
	try {
		const history = await parts.log.history({ ...historyParts(parts), access, pseudonym });
		return { entries: listEntries(history).map(({ entry }) => entry), entryHash };
	} catch (error) {
		// Nothing was ever asked of this patient under that pseudonym.
		if (error instanceof AccessLogError && error.code === "ACCESS_LOG_UNKNOWN") return { entries: [], entryHash };
		throw error;
	}
}
