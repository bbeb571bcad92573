import type { CivilDay, ConsentId, MemberId, Pseudonym, PublicKey } from "#base";
import type { AccessEntry, ConsentTerms, DataClass, Provision } from "#contracts";
import type { CheckpointStanding, Genesis } from "#ledger";
import type { HistoryReport, Language, SeenState } from "#wallet";

/** The institution whose node serves this page. */
export interface House {
	readonly member: MemberId;
	readonly name: string;
	readonly chain: string;
}

/** Whom the worker signs for, once it has the key. */
export interface OpenedDesk {
	readonly house: House;
	readonly pseudonym: Pseudonym;
	/** What this browser keeps as the ledger of this person: told apart from what the node says now. */
	readonly genesis: Genesis;
	readonly skewMs: number;
}

/** What this browser remembers between two visits about one pseudonym. */
export interface Memory {
	readonly genesis: Genesis;
	/** From the last verified history: nothing of it may shrink or change. */
	readonly seen?: SeenState;
	/** Hashes of accesses this browser made itself, which the history has to hold. */
	readonly expected?: readonly string[];
	/** When the person last looked at who looked, UTC ms. */
	readonly lookedAtMs?: number;
}

export interface ConsentView {
	readonly consentId: ConsentId;
	readonly status: "active" | "withdrawn" | "revoked" | "expired";
	readonly version: number;
	readonly validUntil: CivilDay;
	readonly custodial: boolean;
	/** Undefined where the custodian does not hold the terms of this version, or holds altered ones. */
	readonly terms?: ConsentTerms;
	/** What it says, in plain sentences. */
	readonly sentences: readonly string[];
}

export interface ConsentsView {
	readonly consents: readonly ConsentView[];
	/** Who vouches for the ledger's half. */
	readonly standing: CheckpointStanding;
}

/** What a person chose, before it is signed. */
export interface GrantDraft {
	readonly title: string;
	readonly provision: Provision;
	readonly validUntil: CivilDay;
}

/** One access as a line. */
export interface AccessRow {
	readonly at: number;
	readonly requester: PublicKey;
	readonly kind: AccessEntry["requesterKind"];
	readonly via: MemberId;
	readonly action: AccessEntry["action"];
	readonly purpose: AccessEntry["purpose"];
	readonly compartments: AccessEntry["compartments"];
	readonly level: AccessEntry["level"];
	readonly count: number;
	readonly permitted: boolean;
	readonly reasons: AccessEntry["reasons"];
	readonly model: string;
	readonly emergencyReason: string;
	readonly places: number;
	readonly log: string;
	readonly seq: number;
}

/** What the worker says of a history once it has checked it; the rows come before it, in parts. */
export interface HistorySummary {
	readonly verdict: HistoryReport["verdict"];
	readonly checks: HistoryReport["checks"];
	readonly warnings: readonly string[];
	readonly asOfMs: number | null;
	readonly cosignatures: HistoryReport["cosignatures"];
	readonly seen: SeenState | null;
	readonly total: number;
	/** How long the check itself took, in ms. */
	readonly checkMs: number;
}

/** One thing of a record, as a line of the time line. */
export interface RecordItem {
	readonly id: string;
	readonly kind: DataClass;
	readonly type: string;
	/** `YYYY-MM-DD`, or "" where the record has no date. */
	readonly date: string;
	readonly title: string;
	/** What was found or ordered, numbers as the record spells them. */
	readonly value: string;
	readonly number?: number;
	readonly unit?: string;
	/** Reference range that the record itself names. */
	readonly low?: number;
	readonly high?: number;
	/** LOINC or other code that a trend follows. */
	readonly code?: string;
	readonly status: string;
	readonly author: string;
	/** Free text of a note. */
	readonly text?: string;
}

export interface RecordView {
	readonly items: readonly RecordItem[];
	readonly classes: readonly { readonly class: DataClass; readonly available: boolean; readonly restricted: boolean }[];
	readonly notice: string;
	readonly entryHash: string;
	readonly expiresAtMs: number | null;
}

export interface SignInParameters {
	/** 32 bytes, hex. */
	readonly seed: string;
	/** Where somebody else signs for the person. */
	readonly guardianSeed?: string | undefined;
	/** What this browser remembers, by pseudonym. */
	readonly memories: Readonly<Record<string, Memory>>;
}

/** What the worker that holds the key does when the page asks; everything is signed and checked there. */
export interface Desk {
	signIn(parameters: SignInParameters): Promise<OpenedDesk>;
	consents(language: Language): Promise<ConsentsView>;
	describe(draft: GrantDraft, language: Language): Promise<readonly string[]>;
	grant(draft: GrantDraft): Promise<{ readonly consentId: ConsentId }>;
	change(consentId: ConsentId, draft: GrantDraft): Promise<{ readonly version: number }>;
	revoke(consentId: ConsentId): Promise<{ readonly height: number }>;
	record(): Promise<RecordView>;
	history(memory: Pick<Memory, "seen" | "expected">, onRows: (rows: readonly AccessRow[]) => void): Promise<HistorySummary>;
	/** The history checked last and what it was checked against, as two files for `aceso verify`. */
	exportHistory(): Promise<{ readonly history: Blob; readonly pins: Blob }>;
	height(): Promise<number>;
}
