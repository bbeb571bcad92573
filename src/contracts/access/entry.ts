import type { ConsentId, Digest, MemberId, Pseudonym, PublicKey } from "#base";
import type { ReasonCode } from "../consent/terms.ts";
import type { DataClass, Level, Purpose } from "../vocabulary.ts";

/** What an entry can say was done. */
export const accessActions = ["read", "write", "lookup", "open-terms", "aggregate", "compute", "erase", "import", "sign-off", "relabel"] as const;

/** One line of an access log: written before anything is opened, for a refusal too (PROTOCOL §8). */
export interface AccessEntry {
	readonly format: "aceso/entry/1";
	readonly log: string;
	readonly time: number;
	readonly member: MemberId;
	/** Key of the person, member or model operator that asks; for `system` the member's own key. */
	readonly requester: PublicKey;
	readonly requesterKind: "person" | "patient" | "member" | "system";
	/** Member through which the requester came. */
	readonly via: MemberId;
	readonly action: (typeof accessActions)[number];
	readonly purpose: Purpose;
	readonly pseudonym: Pseudonym;
	/** Compartments this entry opens; the keyring unwraps no other. Besides data classes: `consents` and `link`. */
	readonly compartments: readonly Compartment[];
	readonly level: Level;
	/** Stored records in the compartments named: at most so many were opened. */
	readonly count: number;
	readonly decision: "permit" | "deny";
	readonly reasons: readonly ReasonCode[];
	readonly consents: readonly ConsentId[];
	/** Ledger height the decision rests on, and how old its last verified head was. */
	readonly height: number;
	readonly stalenessMs: number;
	/** Model or tool that asked, or "". */
	readonly model: string;
	/** Break-glass: the reason given, else "". */
	readonly emergencyReason: string;
	/** 0 for the first entry of this pseudonym in this log, then +1. */
	readonly seq: number;
	/** {@link entryHash} of this pseudonym's entry before, or 64 zeros. */
	readonly previous: Digest;
}

/** What the log writer adds to a draft. */
export type AccessEntryDraft = Omit<AccessEntry, "format" | "log" | "seq" | "previous">;

/** A unit of encryption inside a patient's keys: a data class, the opened terms, or the link from person to pseudonym. */
export type Compartment = DataClass | "consents" | "link";
