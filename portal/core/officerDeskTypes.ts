import type { PublicKey } from "#base";
import type { AccessEntry, Compartment, CredentialKind, DataClass, Level, Purpose } from "#contracts";
import type { CheckpointStanding } from "#ledger";

/** One use of the door, as an officer sees it. */
export interface WatchedAccess {
	readonly number: number;
	readonly atMs: number;
	readonly requester: PublicKey;
	readonly roles: readonly CredentialKind[];
	readonly via: string;
	readonly action: AccessEntry["action"];
	readonly purpose: Purpose;
	readonly classes: readonly Compartment[];
	readonly level: Level;
	readonly decision: "permit" | "deny";
	readonly reason: string;
	readonly model: string;
	readonly isEmergency: boolean;
	readonly patients: number;
	/** A name for the patient's case; "" for a refusal. */
	readonly patient: string;
}

export interface WatchAsk {
	readonly watch?: string | undefined;
	readonly after: number;
	readonly waitMs: number;
}

export interface WatchAnswer {
	readonly watch: string;
	readonly accesses: readonly WatchedAccess[];
	readonly next: number;
	readonly missed: number;
}

export interface ListedReview {
	readonly id: number;
	readonly requester: PublicKey;
	readonly openedAtMs: number;
	readonly status: "open" | "justified" | "unjustified";
	readonly reviewer: string;
	readonly patient: string;
	readonly mayClose: boolean;
}

export interface OpenedReview {
	readonly reason: string;
	readonly classes: readonly Compartment[];
	readonly count: number;
}

export interface RefusalTally {
	readonly hour: number;
	readonly requester: string;
	readonly via: string;
	readonly action: AccessEntry["action"];
	readonly purpose: Purpose;
	readonly reason: string;
	readonly count: number;
}

export interface HealthAnswer {
	readonly atMs: number;
	readonly ledger: {
		readonly chain: string;
		readonly height: number;
		readonly timeMs: number;
		readonly logSize: number;
		readonly logRoot: string;
		readonly stalenessMs: number;
		readonly standing: CheckpointStanding;
		readonly witnesses: readonly { readonly member: string; readonly cosigned: boolean }[];
		readonly asked: number;
	};
	readonly logs: readonly {
		readonly log: string;
		readonly status: "open" | "closed";
		readonly isWritten: boolean;
		readonly entries?: number;
		readonly anchoredEntries: number;
		readonly anchoredAtMs: number;
		readonly lostEntries: number;
	}[];
	readonly keyring: { readonly answers: boolean };
	readonly isRelabelling: boolean;
	readonly audit: { readonly atMs: number; readonly findings: number } | null;
	readonly backup: { readonly atMs: number } | null;
	readonly keyBackup: { readonly atMs: number } | null;
}

export interface MembersAnswer {
	readonly members: readonly {
		readonly member: string;
		readonly name: string;
		readonly status: "active" | "suspended" | "removed";
		readonly roles: readonly ("hospital" | "laboratory" | "research-centre" | "pharmacy" | "ethics-board")[];
		readonly isHere: boolean;
	}[];
	readonly credentials: readonly {
		readonly credentialId: string;
		readonly kind: CredentialKind;
		readonly subject: PublicKey;
		readonly validUntil: string;
		readonly department: string;
		readonly study: string;
		readonly status: "current" | "revoked" | "expired" | "suspended";
	}[];
}

export type DisclosureDuty =
	| "to-account"
	| "treatment-payment-operations"
	| "to-the-patient"
	| "authorised"
	| "within-the-house"
	| "nothing-released";

export interface AccountedAccess {
	readonly atMs: number;
	readonly requester: PublicKey;
	readonly requesterKind: AccessEntry["requesterKind"];
	readonly via: string;
	readonly action: AccessEntry["action"];
	readonly purpose: Purpose;
	readonly compartments: readonly Compartment[];
	readonly level: Level;
	readonly count: number;
	readonly model: string;
	readonly duty: DisclosureDuty;
}

export interface DisclosureAccount {
	readonly fromMs: number;
	readonly toMs: number;
	readonly accesses: readonly AccountedAccess[];
	readonly entryHash: string;
}

export interface ProcessingAnswer {
	readonly madeAtMs: number;
	readonly controller: { readonly member: string; readonly name: string };
	readonly purposes: readonly {
		readonly purpose: Purpose;
		readonly classes: readonly (DataClass | "consents" | "link")[];
		readonly recipients: readonly { readonly member: string; readonly name: string; readonly isHere: boolean }[];
		readonly levels: readonly Level[];
		readonly uses: number;
		readonly lastDayMs: number;
	}[];
	readonly retention: { readonly auditYears: number };
	readonly measures: readonly string[];
	readonly byHand: readonly string[];
}

/** What an officer can do; whether one may is decided by the node, from the credential on the ledger, at each of these. */
export interface OfficerDesk {
	/** Kinds of credentials that the key of who is signed in holds: says which pages to offer, and permits nothing. */
	roles(): Promise<readonly CredentialKind[]>;
	watch(ask: WatchAsk): Promise<WatchAnswer>;
	refusals(): Promise<readonly RefusalTally[]>;
	reviews(): Promise<readonly ListedReview[]>;
	openReview(review: number): Promise<OpenedReview>;
	closeReview(verdict: { readonly review: number; readonly outcome: "justified" | "unjustified"; readonly note: string }): Promise<void>;
	health(): Promise<HealthAnswer>;
	members(): Promise<MembersAnswer>;
	processing(): Promise<ProcessingAnswer>;
	disclosures(ask: { readonly localId: string; readonly fromMs: number; readonly toMs: number }): Promise<DisclosureAccount>;
}
