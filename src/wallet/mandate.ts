import type { Digest, Pseudonym } from "#base";
import type { Level, Purpose, RelationshipOpening } from "#contracts";

/**
 * What a person signs, as the body of a signed request, so that an application may ask in their name for a while (docs/spec/12-mandates.md).
 * It gives nothing that the person does not have: each of the application's requests is decided as the person's own, and the scopes only narrow.
 */
export interface MandateBody {
	readonly kind: "mandate";
	/** The application's `client_id` at the audience. */
	readonly client: string;
	/** SMART scopes, as the application asked for them; at least one. */
	readonly scopes: readonly string[];
	/** The one patient whom the application may ask about; whoever the person may ask about where there is none. */
	readonly patient?: MandatePatient;
	readonly purpose: Purpose;
	readonly level: Extract<Level, "identified" | "pseudonymised">;
	/** Shows that a `relationship` credential is about this patient. */
	readonly relationship?: { readonly credentialId: string; readonly opening: RelationshipOpening };
	/** UTC ms; the mandate ends here. */
	readonly untilMs: number;
	/** What this answers, 32 bytes in hex: a mandate for one authorisation serves no other. */
	readonly challenge: string;
}

/** A custodian's staff know local ids, patients sign under their pseudonym. */
export type MandatePatient = { readonly by: "local"; readonly localId: string } | { readonly by: "pseudonym"; readonly pseudonym: Pseudonym };

/** Longest that a mandate may run, in ms. */
export const mandateLifetimeMaxMs = 365 * 86_400_000;

/** Begins a launch out of the record of one patient: an application that is opened with it is about this patient. */
export interface LaunchBody {
	readonly kind: "launch";
	readonly client: string;
	readonly patient: MandatePatient;
}

/** What a person signs to see and to end what a node's sign-in holds of them. */
export type AccountBody = { readonly kind: "account" } & AccountAct;

/** `of` names a locked copy, an application's mandate or a sitting, as the node lists them. */
export type AccountAct =
	| { readonly act: "show" | "take-back-all" | "reviewed" | "sign-out-everywhere" }
	| { readonly act: "remove-copy" | "take-back" | "end-sitting" | "end-other-sittings"; readonly of: string };

/** What a person signs to leave a locked copy of their key with a node, and a way to ask for it. */
export interface KeepKeyBody {
	readonly kind: "keep-key";
	/** H(canonical of all that is left there), hex. */
	readonly digest: Digest;
}
