import type { CivilDay, ConsentId, Digest, MemberId, Pseudonym, PublicKey } from "#base";
import type { CredentialKind, DataClass, ImplicitPolicy, Level, Purpose, SensitivityLabel } from "../vocabulary.ts";
import type { LegalUse, OpenedLegalUse } from "./legalUse.ts";

/** The half of a consent that stands on the ledger: the same shape and size for all (PROTOCOL §5). State key `c/<consentId>`. */
export interface LedgerConsent {
	readonly pseudonym: Pseudonym;
	readonly consentId: ConsentId;
	/** 1 for the grant, +1 for each change. */
	readonly version: number;
	/**
	 * `withdrawn`: ended by the custodian on the patient's written request. Its grants end, its refusals stay until the patient's own
	 * key revokes it, since a custodian's act never widens anything: its terms are still needed for a decision.
	 */
	readonly status: "active" | "withdrawn" | "revoked";
	/** True for a paper consent that the custodian signed: treatment only, one year at most. */
	readonly custodial: boolean;
	/** Last whole day on which the consent holds, in UTC on the ledger; the opened terms carry the exact end. */
	readonly validUntil: CivilDay;
	/** {@link commitTerms} of the opened terms. */
	readonly termsCommitment: Digest;
	/** Consent recorded before this one for the same pseudonym, or 32 zeros: the chain from `Enrolment.latest` proves that none was left out. */
	readonly previous: ConsentId;
}

/** One relationship, patient × custodian. State key `e/<pseudonym>`. */
export interface Enrolment {
	readonly custodian: MemberId;
	readonly status: "active" | "rotated" | "destroyed";
	readonly consents: number;
	/** The consent recorded last, or 32 zeros. */
	readonly latest: ConsentId;
	/** Keys that may sign for this pseudonym, each made for it alone. */
	readonly delegates: readonly Delegate[];
	/** Set when rotated: the pseudonym that replaces this one. */
	readonly successor: Pseudonym | "";
	/** Set when destroyed: block time of the receipt, else 0. */
	readonly destroyedAtMs: number;
}

export interface Delegate {
	readonly key: PublicKey;
	readonly kind: "delegate" | "guardian";
	/** Last day of the appointment (for a guardian: the day before majority). */
	readonly until: CivilDay;
}

/** Who is meant. A requester matches when any grantee of a provision matches. */
export type Grantee =
	/** Any current practitioner (or the given kind) of a member. */
	| { readonly kind: "member"; readonly member: MemberId; readonly credential: CredentialKind }
	/** Anyone anywhere who holds a current credential of the kind. */
	| { readonly kind: "credential"; readonly credential: CredentialKind }
	| { readonly kind: "actor"; readonly key: PublicKey }
	/** Anyone whose current credential names the study. */
	| { readonly kind: "study"; readonly study: string }
	| { readonly kind: "department"; readonly member: MemberId; readonly department: string };

/** A rule with exceptions, nested as in FHIR Consent: an absent field does not restrict. */
export interface Provision {
	readonly type: "permit" | "deny";
	readonly grantees?: readonly Grantee[];
	readonly purposes?: readonly Purpose[];
	readonly classes?: readonly DataClass[];
	/** For a permit: labels released besides unlabelled data. For a deny: restricts the refusal to data with these labels. */
	readonly labels?: readonly SensitivityLabel[];
	/** Condition value sets of knowledge/conditions (`oncology`, `cardiology`, …): restricts to data relevant to them. */
	readonly conditions?: readonly string[];
	/** DUO disease codes a research use must be limited to (MONDO ids). */
	readonly diseases?: readonly string[];
	/** For a permit: the most that is released. */
	readonly level?: Level;
	/** Start included, end excluded, UTC ms. */
	readonly startMs?: number;
	readonly endMs?: number;
	/** Model ids that may compute over the data; level `compute` needs the model named whatever the level. */
	readonly models?: readonly string[];
	readonly actions?: readonly ("read" | "write")[];
	/** Record-level: FHIR references (`Observation/123`), authors, encounters, and the time the data are about. */
	readonly records?: readonly string[];
	readonly authors?: readonly string[];
	readonly encounters?: readonly string[];
	readonly dataFromMs?: number;
	readonly dataToMs?: number;
	readonly exceptions?: readonly Provision[];
}

/** The half that is opened only to who must know; kept in the patient's `consents` compartment at the custodian. */
export interface ConsentTerms {
	readonly format: "aceso/terms/1";
	readonly chain: string;
	readonly pseudonym: Pseudonym;
	readonly consentId: ConsentId;
	readonly version: number;
	readonly custodian: MemberId;
	/** What the patient read when signing, in plain words and their language. */
	readonly title: string;
	readonly provision: Provision;
	/** Signed by the custodian for a paper consent: treatment only, one year at most, shown as custodial. */
	readonly custodial: boolean;
	/** Cents of compensation per use, 0 for none; currency ISO 4217. */
	readonly compensation?: { readonly cents: number; readonly currency: string; readonly per: "use" };
}

export interface OpenedTerms {
	readonly terms: ConsentTerms;
	/** 32 random bytes, hex. */
	readonly salt: string;
}

/** Who asks, as far as the gate has verified it from signatures and the ledger. */
export interface Requester {
	readonly key: PublicKey;
	/** Member through which the request came. */
	readonly member: MemberId;
	/** Credentials that are current on the ledger at the decision's height. */
	readonly credentials: readonly RequesterCredential[];
	/** True when `key` is the pseudonym itself or one of its current delegates. */
	readonly isPatient: boolean;
}

export interface RequesterCredential {
	readonly kind: CredentialKind;
	readonly issuer: MemberId;
	readonly department?: string;
	readonly study?: string;
	/** For `relationship`: true when the credential's salted commitment opens to this pseudonym. */
	readonly matchesPseudonym?: boolean;
}

export interface DecisionRequest {
	readonly requester: Requester;
	readonly action: "read" | "write";
	readonly purpose: Purpose;
	readonly pseudonym: Pseudonym;
	readonly classes: readonly DataClass[];
	/** What the requester asks for; the answer is never more than this. */
	readonly level: Level;
	readonly study?: string;
	readonly diseases?: readonly string[];
	readonly model?: string;
	/** Break-glass: a reason of at least 10 characters was given. */
	readonly emergency: boolean;
	/** A use that the law requires, as recorded on the ledger, with its terms: it is asked for by name, never found by itself. */
	readonly lawfulUse?: LawfulUse;
}

export interface LawfulUse {
	readonly useId: string;
	/** The ledger's record of this `useId`. */
	readonly recorded: LegalUse;
	readonly opened: OpenedLegalUse;
}

/** What of the ledger a decision rests on; a later auditor gathers the same from the log. */
export interface DecisionState {
	/** Ledger id: terms of another chain are altered terms. */
	readonly chain: string;
	readonly enrolment: Enrolment | undefined;
	/** Every consent of the relationship, as {@link readConsents} walks the chain; an incomplete chain refuses. */
	readonly consents: readonly LedgerConsent[];
	/** Opened terms by consent id. A missing or altered one refuses (see {@link decide}). */
	readonly terms: ReadonlyMap<ConsentId, OpenedTerms>;
	readonly implicitPolicy: ImplicitPolicy;
}

/** Restricts which records of a released class leave. All filters of one grant apply together; several grants unite record by record. */
export interface RecordFilter {
	/** Consent that permits, or `implicit`, `emergency`, `patient`, `law`. */
	readonly basis: string;
	readonly level: Level;
	/** Labels that may leave besides unlabelled records. */
	readonly labels: readonly SensitivityLabel[];
	/** The record must carry at least one of these: a grant that stands as an exception to a refusal of labelled data. */
	readonly anyLabel?: readonly SensitivityLabel[];
	readonly conditions?: readonly string[];
	readonly records?: readonly string[];
	readonly authors?: readonly string[];
	readonly encounters?: readonly string[];
	readonly dataFromMs?: number;
	readonly dataToMs?: number;
	/** Refusals nested below or beside the grant that concern single records. */
	readonly except: readonly RecordException[];
}

/** A record that matches every field given is withheld. */
export interface RecordException {
	readonly labels?: readonly SensitivityLabel[];
	readonly conditions?: readonly string[];
	readonly records?: readonly string[];
	readonly authors?: readonly string[];
	readonly encounters?: readonly string[];
	readonly dataFromMs?: number;
	readonly dataToMs?: number;
}

export type ClassVerdict =
	| { readonly class: DataClass; readonly released: true; readonly filters: readonly RecordFilter[] }
	/** Says nothing of whether data exist (invariant 8). */
	| { readonly class: DataClass; readonly released: false };

export interface Decision {
	readonly decision: "permit" | "deny";
	readonly classes: readonly ClassVerdict[];
	/** Consents that grant, in id order. */
	readonly consents: readonly ConsentId[];
	/** Earliest instant at which the answer may change by time alone, or null. */
	readonly expiresAtMs: number | null;
	readonly obligations: readonly Obligation[];
	/** For the log and an auditor, never for the requester. */
	readonly reasons: readonly ReasonCode[];
}

export type Obligation = "notify-patient" | "review-break-glass" | "minimum-cohort" | "no-redisclosure";

/** Why, as a closed list. */
export type ReasonCode =
	| "PERMITTED_BY_CONSENT"
	| "PERMITTED_BY_IMPLICIT_POLICY"
	| "PERMITTED_TO_PATIENT"
	| "PERMITTED_BY_EMERGENCY"
	/** A use that the law requires, recorded on the ledger and opened to the custodian. */
	| "PERMITTED_BY_LAW"
	| "REFUSED_BY_CONSENT"
	| "REFUSED_BY_IMPLICIT_POLICY"
	| "NOT_ENROLLED"
	| "ERASED"
	| "ROTATED"
	| "TERMS_MISSING"
	| "TERMS_ALTERED"
	| "EXPIRED"
	| "NOT_YET_VALID"
	| "REVOKED"
	| "GRANTEE_DIFFERS"
	| "PURPOSE_DIFFERS"
	| "CLASS_NOT_GRANTED"
	| "LEVEL_TOO_HIGH"
	| "MODEL_NOT_NAMED"
	| "DISEASE_DIFFERS"
	| "ACTION_NOT_GRANTED"
	| "LEDGER_STALE"
	/** Records are being labelled under newer tables. */
	| "RELABELLING"
	/** The custodian files its own record of care it gave. */
	| "CUSTODIAN_RECORD"
	/** The system's own act for the patient: opening terms in order to decide, a look-up, an erasure. */
	| "SYSTEM_TASK";
