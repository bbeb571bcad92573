import type { ConsentId, Digest, Instant, MemberId, Pseudonym, PublicKey, Signature, SubjectId } from "#base";
import type { DataClass, Level, OpenedTerms, Purpose } from "#contracts";

/**
 * A request as its author signed it: valid 60 s, for one member, once. `signature` is over `"aceso/request/1" ‖ 0x00 ‖ H(canonical form
 * without signature)`.
 */
export interface SignedRequest<Body> {
	readonly audience: MemberId;
	/** Member whose node forwards the request; the requester's credentials are looked up by `key`. */
	readonly via: MemberId;
	readonly key: PublicKey;
	readonly timeMs: number;
	/** 16 random bytes, hex. */
	readonly nonce: string;
	readonly body: Body;
	readonly signature: Signature;
}

/** How the patient is named: the wallet hands out consent ids; a custodian's own staff know local ids; patients their pseudonym. */
export type PatientReference =
	| { readonly by: "consent"; readonly consentId: ConsentId }
	| { readonly by: "local"; readonly localId: string }
	| { readonly by: "pseudonym"; readonly pseudonym: Pseudonym };

export interface ReadBody {
	readonly kind: "read";
	readonly patient: PatientReference;
	readonly purpose: Purpose;
	readonly classes: readonly DataClass[];
	readonly level: Level;
	readonly study?: string;
	readonly diseases?: readonly string[];
	readonly model?: string;
	/** One record only, as `ResourceType/id`. */
	readonly record?: string;
	/** Break-glass, at least 10 characters. */
	readonly emergencyReason?: string;
}

export interface ReleasedResource {
	readonly class: DataClass;
	readonly level: Level;
	readonly resource: { readonly resourceType: string; readonly [element: string]: unknown };
}

export interface Release {
	/** Every class asked for, released or *not available to you*, the same whether data exist or not. */
	readonly classes: readonly { readonly class: DataClass; readonly status: "released" | "not-available"; readonly levels: readonly Level[] }[];
	readonly resources: readonly ReleasedResource[];
	/** The same sentence on every clinical answer (PROTOCOL §6). */
	readonly notice: string;
	/** Leaf of the access log that this answer rests on. */
	readonly access: { readonly log: string; readonly leafIndex: number; readonly entryHash: Digest };
	readonly decidedAtHeight: number;
	readonly expiresAtMs: number | null;
	readonly obligations: readonly string[];
}

/** Opened terms a patient's wallet hands to the custodian, to be kept in the patient's `consents` compartment. */
export interface DepositTermsBody {
	readonly kind: "deposit-terms";
	readonly opened: OpenedTerms;
}

export interface HistoryBody {
	readonly kind: "history";
	readonly patient: PatientReference;
}

export interface SubjectLink {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly since: Instant;
}
