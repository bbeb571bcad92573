import type { Pseudonym, SubjectId } from "#base";
import { type DataClass, isPatientKey, readEnrolment } from "#contracts";
import type { DestructionReport } from "#vault";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { purgeDerived } from "./derived.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";
import { submitAsMember } from "./submitAsMember.ts";

export interface ErasureReceipt extends DestructionReport {
	/** Transaction on the ledger that says so, or "" for a partial erasure (only a whole one ends the enrolment). */
	readonly transaction: string;
}

/**
 * Erases a patient's record, or some classes of it, by destroying the keys (PROTOCOL §7). Signed by the patient or a current delegate.
 * A legal hold is told and nothing happens. A stop in the middle is finished at the next start by {@link resumeErasures}.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE`, `GATE_LEGAL_HOLD`, `GATE_LEDGER_REFUSED`.
 */
export async function erase(gate: GateContext, input: unknown): Promise<ErasureReceipt> {
	const { parts } = gate;
	const { request: signed, at } = await admitRequest(gate, input, "erase");
	const { body } = signed;
	const patient = await resolvePatient(parts, body.patient);
	const entitled = !patient.absent && isPatientKey(parts.ledger, patient.pseudonym, signed.key, decisionTime(parts, at));
	const holds = entitled ? parts.memory.holds(patient.pseudonym, at) : [];
	const permitted = entitled && holds.length === 0;
	await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: signed.key,
			requesterKind: entitled ? "patient" : "person",
			via: signed.via,
			action: "erase",
			purpose: "PATRQT",
			// Of some kinds there is no receipt on the ledger: the entry is what shows which they were.
			compartments: body.compartments === "all" ? [] : body.compartments,
			count: permitted ? 1 : 0,
			decision: permitted ? "permit" : "deny",
			reasons: [permitted ? "PERMITTED_TO_PATIENT" : entitled ? "REFUSED_BY_IMPLICIT_POLICY" : "GRANTEE_DIFFERS"],
		}),
		{ subject: patient.subject },
	);
	if (!entitled) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const hold = holds[0];
	if (hold !== undefined) {
		throw new GateError("GATE_LEGAL_HOLD", "a legal hold keeps this record from erasure until it ends", {
			basis: hold.basis,
			untilMs: hold.untilMs,
			holds: holds.length,
		});
	}
	const compartments = body.compartments === "all" ? "all" : [...body.compartments].sort().join("+");
	parts.memory.putErasure({ subject: patient.subject, pseudonym: patient.pseudonym, compartments, stage: "started", report: "" });
	return gate.turns.take("erase-or-file", () => finishErasure(gate, patient.subject, patient.pseudonym, compartments));
}

/** Each step may run again after a stop: destroying what is destroyed and purging what is purged change nothing. */
async function finishErasure(gate: GateContext, subject: SubjectId, pseudonym: Pseudonym, compartments: string): Promise<ErasureReceipt> {
	const { parts } = gate;
	const what = compartments === "all" ? "all" : (compartments.split("+") as DataClass[]);
	const journal = { subject, pseudonym, compartments };
	const report = await parts.keyring.destroy(subject, what);
	parts.memory.putErasure({ ...journal, stage: "keys-destroyed", report: JSON.stringify(report) });
	await purgeDerived(gate, { subject, pseudonym, what });
	parts.memory.putErasure({ ...journal, stage: "purged", report: JSON.stringify(report) });
	const transaction = what === "all" ? await recordOnLedger(gate, pseudonym, report) : "";
	parts.memory.putErasure({ ...journal, stage: "recorded", report: JSON.stringify(report) });
	parts.memory.notify(pseudonym, "erased", parts.now(), "");
	return { ...report, transaction };
}

/** The receipt on the ledger: unreadable here since, in backups from, and until when the audit key is held. Nothing about the record. */
async function recordOnLedger(gate: GateContext, pseudonym: Pseudonym, report: DestructionReport): Promise<string> {
	const known = readEnrolment(gate.parts.ledger, pseudonym);
	if (known === undefined || known.status === "destroyed") return "";
	const { unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs } = report;
	const body = { pseudonym, unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs };
	return (await submitAsMember(gate.parts, "consent", "destroyed", body)).id;
}

/** Finishes erasures that a stop interrupted. Called at start, before anything is served. */
export async function resumeErasures(gate: GateContext): Promise<number> {
	const unfinished = gate.parts.memory.unfinishedErasures();
	for (const { subject, pseudonym, compartments } of unfinished) await finishErasure(gate, subject, pseudonym, compartments);
	return unfinished.length;
}
