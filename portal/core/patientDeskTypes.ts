import type { CivilDay, PublicKey } from "#base";
import type { DataClass } from "#contracts";
import type { CheckpointStanding } from "#ledger";
import type { EraseWhat } from "./eraseDraft.ts";
import type { HelperDraft } from "./helperDraft.ts";

/** What one gene on file means, in the field's words. */
export interface GeneItem {
	readonly gene: string;
	readonly results: readonly string[];
	/** As the tables name them; null where they do not know what a result means. */
	readonly phenotypes: readonly (string | null)[];
	readonly isOrdinary: boolean;
	/** Drugs to speak about before they are taken, as the tables name them. */
	readonly drugs: readonly string[];
	/** Day of the result, `YYYY-MM-DD`; null where the result has none. */
	readonly effective: string | null;
	readonly coverage: { readonly positions: number; readonly missing: number; readonly assumedReference: number } | null;
	readonly earlier: readonly string[];
}

/** The passport of genes and drugs. */
export interface GenesView {
	/** What a gene asks for most first. */
	readonly genes: readonly GeneItem[];
	readonly unreadable: readonly string[];
	readonly withoutResult: readonly string[];
	readonly others: Readonly<Record<"more" | "usual" | "unknown" | "silent", readonly string[]>>;
	readonly guidelinesAsOf: readonly string[];
	readonly isStale: boolean;
	readonly allelesVersion: string;
	readonly guidanceVersion: string;
	readonly classes: readonly { readonly class: DataClass; readonly status: string; readonly restricted?: boolean }[];
	readonly notice: string;
	readonly access: { readonly entryHash: string };
}

/** Somebody whose key counts as the patient's. */
export interface Helper {
	readonly key: PublicKey;
	/** Named by the patient, or appointed by the law. */
	readonly kind: "delegate" | "guardian";
	/** Last day. */
	readonly until: CivilDay;
	readonly isOver: boolean;
}

/** As the ledger has it, proved in this browser. */
export interface HelpersView {
	readonly helpers: readonly Helper[];
	/** The key at hand is the patient's own: a helper's names nobody. */
	readonly isOwnKey: boolean;
	/** The key at hand. */
	readonly signsBy: PublicKey;
	readonly standing: CheckpointStanding;
}

/** The receipt of an erasure of the whole record, as it stands on the ledger; proved in this browser. */
export interface ProvedErasure {
	readonly unreadableSinceMs: number;
	readonly unreadableInBackupsFromMs: number;
	/** Until when the list of accesses is kept for the person. */
	readonly auditKeyHeldUntilMs: number;
	readonly recordedAtMs: number;
	readonly standing: CheckpointStanding;
}

export interface ErasureView {
	/** null while the record stands. */
	readonly erased: ProvedErasure | null;
	/** What keeps the record from erasure now, as the institution tells it. */
	readonly holds: readonly { readonly basis: string; readonly untilMs: number }[];
}

/** What the institution answered to an erasure. */
export interface ErasedPart {
	readonly what: EraseWhat;
	readonly unreadableSinceMs: number;
	readonly unreadableInBackupsFromMs: number;
}

/** What a patient can do beside what every page shares. */
export interface PatientDesk {
	genes(): Promise<GenesView>;
	/** The receipt of an erasure that was, proved; null where there was none. */
	erased(): Promise<ProvedErasure | null>;
	erasure(): Promise<ErasureView>;
	erase(what: EraseWhat): Promise<ErasedPart>;
	helpers(): Promise<HelpersView>;
	nameHelper(draft: HelperDraft): Promise<{ readonly height: number }>;
	endHelper(key: PublicKey): Promise<{ readonly height: number }>;
	/** The key by which this person would act for somebody else: to be given to them. */
	helperCode(theirCode: string): Promise<PublicKey>;
}
