import type { CivilDay, ConsentId, Digest, MemberId, Pseudonym } from "#base";
import type { GrantBody } from "../consent/bodies.ts";
import { enrolmentMessage, rotationMessage } from "../consent/messages.ts";
import type { Delegate } from "../consent/terms.ts";
import { chain, idOf, keyOf, type MemoryLedger } from "./memoryLedger.ts";

export function pseudonymOf(name: string): Pseudonym {
	return keyOf(name).publicKey as Pseudonym;
}

export function delegateOf(name: string, kind: Delegate["kind"] = "delegate", until = "2030-01-01"): Delegate {
	return { key: keyOf(name).publicKey, kind, until: until as CivilDay };
}

/** A patient's enrolment with the custodian's true countersignature, unless overridden. */
export function enrolBody(name: string, delegates: readonly Delegate[] = [], custodian = "charite") {
	const message = enrolmentMessage({ chain, pseudonym: pseudonymOf(name), custodian: custodian as MemberId, delegates });
	return { custodian: custodian as MemberId, custodianSignature: keyOf(custodian).sign(message), delegates };
}

export function enrol(ledger: MemoryLedger, name: string, delegates: readonly Delegate[] = [], custodian = "charite"): Pseudonym {
	ledger.apply("consent", "enrol", name, enrolBody(name, delegates, custodian));
	return pseudonymOf(name);
}

export function grantBody(patient: string, consent: string, overrides: Partial<GrantBody> = {}): GrantBody {
	const termsCommitment = `${idOf(`terms of ${consent}`)}${idOf("rest")}` as Digest;
	return { pseudonym: pseudonymOf(patient), consentId: consentIdOf(consent), validUntil: "2026-12-31" as CivilDay, termsCommitment, ...overrides };
}

export function consentIdOf(name: string): ConsentId {
	return idOf(name) as ConsentId;
}

export function rotateBody(patient: string, successor: string) {
	const fields = { pseudonym: pseudonymOf(patient), successor: pseudonymOf(successor) };
	return { ...fields, successorSignature: keyOf(successor).sign(rotationMessage({ chain, ...fields })) };
}
