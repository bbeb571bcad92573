import type { MemberId, Pseudonym } from "#base";
import { readEnrolment, type StateReader } from "#contracts";
import { evidenceRefusal } from "./errors.ts";

/** Rotations that one binding may make up for. */
const rotationsMax = 64;

/** @throws VaultError `VAULT_EVIDENCE_REFUSED` unless the pseudonym is enrolled at this custodian and active. */
export function assertEnrolled(state: StateReader, custodian: MemberId, pseudonym: Pseudonym): void {
	const enrolment = readEnrolment(state, pseudonym);
	if (enrolment === undefined || enrolment.status !== "active") throw evidenceRefusal("not-enrolled");
	if (enrolment.custodian !== custodian) throw evidenceRefusal("custodian-differs");
}

/**
 * Whoever is enrolled moves to another pseudonym by rotations of the ledger alone, which the patient's key, a delegate, or the custodian with seven
 * days' notice made: each step from the pseudonym the subject has to the new one must be there.
 *
 * @throws VaultError `VAULT_EVIDENCE_REFUSED`.
 */
export function assertSuccessor(state: StateReader, custodian: MemberId, from: Pseudonym, to: Pseudonym): void {
	let current = from;
	for (let step = 0; current !== to; step++) {
		const enrolment = step < rotationsMax ? readEnrolment(state, current) : undefined;
		if (enrolment?.status !== "rotated" || enrolment.custodian !== custodian || enrolment.successor === "")
			throw evidenceRefusal("not-the-successor");
		current = enrolment.successor;
	}
}
