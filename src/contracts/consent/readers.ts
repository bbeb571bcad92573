import type { ConsentId, Pseudonym, PublicKey } from "#base";
import type { StateReader } from "../contract.ts";
import { endOfDayMs } from "../day.ts";
import type { Delegate, Enrolment, LedgerConsent } from "./terms.ts";

export const noConsent = "0".repeat(32) as ConsentId;

/** The enrolment of exactly this pseudonym, rotated and destroyed ones included. */
export function readEnrolment(state: StateReader, pseudonym: Pseudonym): Enrolment | undefined {
	return state.get("consent", `e/${pseudonym}`) as Enrolment | undefined;
}

export function readConsent(state: StateReader, consentId: ConsentId): LedgerConsent | undefined {
	return state.get("consent", `c/${consentId}`) as LedgerConsent | undefined;
}

/**
 * Every consent ever recorded for the relationship, newest first, in any status; consents signed under earlier pseudonyms of the same
 * relationship follow. Walks the chain from `latest`, so that none can be left out.
 */
export function readConsents(state: StateReader, pseudonym: Pseudonym): readonly LedgerConsent[] {
	const consents: LedgerConsent[] = [];
	let next = readEnrolment(state, pseudonym)?.latest ?? noConsent;
	while (next !== noConsent) {
		const consent = readConsent(state, next) as LedgerConsent;
		consents.push(consent);
		next = consent.previous;
	}
	return consents;
}

/** Follows rotations to the pseudonym that stands for the relationship now; the argument itself when it never rotated or is unknown. */
export function currentPseudonym(state: StateReader, pseudonym: Pseudonym): Pseudonym {
	let current = pseudonym;
	for (;;) {
		const successor = readEnrolment(state, current)?.successor ?? "";
		if (successor === "") return current;
		current = successor;
	}
}

/** The pseudonym a delegate's key signs for, whether or not the appointment still runs. */
export function readDelegation(state: StateReader, key: PublicKey): { readonly pseudonym: Pseudonym; readonly first: boolean } | undefined {
	return state.get("consent", `k/${key}`) as { readonly pseudonym: Pseudonym; readonly first: boolean } | undefined;
}

/** The appointment of `key` if it runs at `timeMs`. */
export function currentDelegate(enrolment: Enrolment, key: PublicKey, timeMs: number): Delegate | undefined {
	return enrolment.delegates.find((delegate) => delegate.key === key && timeMs < endOfDayMs(delegate.until));
}

/** True when `key` is the pseudonym itself or one of its current delegates: who counts as the patient. */
export function isPatientKey(state: StateReader, pseudonym: Pseudonym, key: PublicKey, timeMs: number): boolean {
	const enrolment = readEnrolment(state, pseudonym);
	if (enrolment === undefined || enrolment.status !== "active") return false;
	return key === pseudonym || currentDelegate(enrolment, key, timeMs) !== undefined;
}

/** What a custodian announced: the key that replaces a lost one, and from when. */
export interface PendingRotation {
	readonly successor: Pseudonym;
	readonly effectiveAtMs: number;
}

export function readPendingRotation(state: StateReader, pseudonym: Pseudonym): PendingRotation | undefined {
	return state.get("consent", `w/${pseudonym}`) as PendingRotation | undefined;
}

/** The custodian's receipt for the destruction of a patient's keys. */
export interface ErasureReceipt {
	readonly custodian: string;
	readonly unreadableSinceMs: number;
	readonly unreadableInBackupsFromMs: number;
	readonly auditKeyHeldUntilMs: number;
	/** Block time. */
	readonly recordedAtMs: number;
}

export function readErasure(state: StateReader, pseudonym: Pseudonym): ErasureReceipt | undefined {
	return state.get("consent", `x/${pseudonym}`) as ErasureReceipt | undefined;
}
