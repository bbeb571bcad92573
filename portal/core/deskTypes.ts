import type { CivilDay, ConsentId, MemberId, PasskeyAnswer, Pseudonym, PublicKey, Signature } from "#base";
import type { AccessEntry, ConsentTerms, DataClass, Provision } from "#contracts";
import type { CheckpointStanding, Genesis } from "#ledger";
import type { HistoryReport, Language, PinnedConsortium, SeenState } from "#wallet";
import type { AccountDesk } from "./accountTypes.ts";
import type { ToldProblem, ToldWarning } from "./modelWords.ts";
import type { OfficerDesk } from "./officerDeskTypes.ts";
import type { OrderDesk } from "./orderDeskTypes.ts";
import type { PatientDesk } from "./patientDeskTypes.ts";
import type { PinnedLedger } from "./place.ts";
import type { FactorShare } from "./riskFactors.ts";

/** The institution whose node serves this page. */
export interface House {
	readonly member: MemberId;
	readonly name: string;
	readonly chain: string;
}

/** Whom the worker signs for, once it has the key. */
export interface OpenedDesk {
	readonly house: House;
	readonly kind: "patient" | "staff";
	/** As the owner of the key noted it when the key was locked: of staff the name; "" for none. */
	readonly name: string;
	/** Of a patient the pseudonym here; of staff the key that stands in access logs. */
	readonly pseudonym: Pseudonym;
	/** The key at hand: another than the pseudonym where somebody acts for a patient. */
	readonly signsBy: PublicKey;
	/** What this browser keeps as the ledger of this person: told apart from what the node says now. */
	readonly genesis: Genesis;
	/** In place of the genesis' sealer, where members order the ledger together. */
	readonly consortium?: PinnedConsortium | undefined;
	readonly skewMs: number;
}

/** What this browser remembers between two visits about one pseudonym. */
export interface Memory {
	readonly genesis: Genesis;
	/** In place of the genesis' sealer: validators, as they were told at the first visit. */
	readonly consortium?: PinnedConsortium | undefined;
	/** From the last verified history: nothing of it may shrink or change. */
	readonly seen?: SeenState;
	/** Hashes of accesses this browser made itself, which the history has to hold. */
	readonly expected?: readonly string[];
	/** What the person calls helpers, by key; the ledger has keys alone. */
	readonly helperNames?: Readonly<Record<string, string>>;
	/** Whom the person acts for, by their code: what they call them. */
	readonly helpedNames?: Readonly<Record<string, string>>;
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

/** What was found of a saved list. */
export interface CopySummary extends Omit<HistorySummary, "seen" | "checkMs"> {
	/** The institution's name, as the ledger's genesis has it. */
	readonly house: string;
	/** Newest entry, UTC ms; null where there is none. */
	readonly newestAtMs: number | null;
}

/** One thing that was found: a number with its unit, or words. */
export interface ValuePart {
	/** Of what of several, or "". */
	readonly title: string;
	/** A number as the record spells it, every digit, where `unit` is there; else words. */
	readonly text: string;
	/** UCUM code, or as the record prints it where it has no code; "" for a number without one. */
	readonly unit?: string;
	/** How the value stands to the number, where the record says so: measured is less, or more, than it. */
	readonly comparator?: "<" | "≤" | "≥" | ">";
	/** `text` is `true` or `false`, which people say otherwise. */
	readonly isAnswer?: boolean;
}

/** One thing of a record, as a line of the time line. */
export interface RecordItem {
	readonly id: string;
	readonly kind: DataClass;
	readonly type: string;
	/** `YYYY-MM-DD`, or "" where the record has no date. */
	readonly date: string;
	readonly title: string;
	/** What was found or ordered. */
	readonly values: readonly ValuePart[];
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
	/** When the node filed it, UTC ms; absent where it does not tell. */
	readonly filedAtMs?: number;
}

export interface RecordView {
	readonly items: readonly RecordItem[];
	readonly classes: readonly { readonly class: DataClass; readonly available: boolean; readonly restricted: boolean }[];
	readonly notice: string;
	readonly entryHash: string;
	readonly expiresAtMs: number | null;
}

/** A look at a patient's record. */
export interface ChartView extends RecordView {
	/** Under what this browser may keep that the chart was opened: says neither whose chart nor who opened it. */
	readonly visitKey: string;
	/** When it was asked for, by the node's clock, UTC ms. */
	readonly askedAtMs: number;
}

/** Shows that a credential is about this patient (the ledger has only its commitment). */
export interface Relationship {
	readonly credentialId: string;
	readonly opening: { readonly pseudonym: Pseudonym; readonly salt: string; readonly patientSignature: Signature };
}

/** Whose record a clinician asks for, and what for. */
export interface ChartAsk {
	readonly localId: string;
	readonly relationship?: Relationship | undefined;
	/** Breaks the glass, at least 10 characters; without it the purpose is treatment. */
	readonly emergencyReason?: string | undefined;
}

/** What a model estimated, as a page shows it. */
export interface RiskView {
	readonly insightHash: string;
	readonly status: "computed" | "refused";
	readonly modelId: string;
	readonly modelVersion: string;
	/** Heart disease of any kind, by years ahead; probability 0..1. */
	readonly risks: readonly { readonly years: number; readonly probability: number }[];
	/** Of the same ten years, what it is made of. */
	readonly parts: readonly { readonly outcome: "ascvd" | "heart_failure"; readonly years: number; readonly probability: number }[];
	/** What drives it by what a person can understand as one thing, strongest first. */
	readonly factors: readonly FactorShare[];
	/** Why nothing was computed or an input left out, by the model's codes. */
	readonly reasons: readonly { readonly code: string; readonly input: string }[];
	/** What to bear in mind, by the model's codes. */
	readonly warned: readonly string[];
	/** What drives it by the equation's terms, largest first; positive raises it. Shares of the log-odds. */
	readonly drivers: readonly { readonly term: string; readonly label: string; readonly logOdds: number }[];
	/** In place of {@link drivers} where no sizes may leave: what raised and what lowered it, strongest first. */
	readonly raised: readonly { readonly term: string; readonly label: string }[];
	readonly lowered: readonly { readonly term: string; readonly label: string }[];
	/** Which equation was used and why; null where none was. */
	readonly model: { readonly name: string; readonly choice: { readonly code: string; readonly inputs: readonly string[] } } | null;
	readonly inputs: readonly { readonly input: string; readonly value: string; readonly unit: string; readonly date: string }[];
	/** Why nothing was computed, by codes; the sentence beside each is English. */
	readonly problems: readonly ToldProblem[];
	readonly warnings: readonly ToldWarning[];
	readonly uncertainty: { readonly codes: readonly string[]; readonly statement: string };
	readonly notAvailable: readonly DataClass[];
	readonly notice: string;
	readonly entryHash: string;
}

export interface SignOffAsk extends ChartAsk {
	readonly insightHash: string;
	readonly decision: "accept" | "override";
	readonly reason: string;
}

/** How a person brings their key: with what locked the copy that the node keeps, or with the 24 words themselves. */
export type Unlocking =
	| { readonly by: "passkey"; readonly answer: PasskeyAnswer }
	| { readonly by: "passphrase"; readonly name: string; readonly passphrase: string }
	| { readonly by: "words"; readonly words: string }
	/** Whoever has just come from the house's identity provider, as a cookie tells the node. */
	| { readonly by: "provider" };

export interface UnlockParameters {
	readonly unlocking: Unlocking;
	/** What this browser remembers, by pseudonym. */
	readonly memories: Readonly<Record<string, Memory>>;
}

export interface ActForParameters {
	/** The code of the person, who may have another by now. */
	readonly person: Pseudonym;
	/** What this browser remembers, by pseudonym. */
	readonly memories: Readonly<Record<string, Memory>>;
}

/** What the ledger proves of a portal. */
export interface ReleaseView {
	/** With which members stood for it, now or before; undefined where they never did. */
	readonly version: number | undefined;
	/** Of the release that members stand for now. */
	readonly newest: number | undefined;
	readonly standing: CheckpointStanding;
}

/** Of one of the demonstration's people. */
export interface SignInParameters {
	/** 32 bytes, hex. */
	readonly seed: string;
	/** Where somebody else signs for the person. */
	readonly guardianSeed?: string | undefined;
	/** The seed is the key of somebody who works here. */
	readonly isStaff: boolean;
	/** What this browser remembers, by pseudonym. */
	readonly memories: Readonly<Record<string, Memory>>;
}

/** What the worker that holds the key does when the page asks; everything is signed and checked there. */
export interface Desk extends AccountDesk, PatientDesk, OfficerDesk, OrderDesk {
	signIn(parameters: SignInParameters): Promise<OpenedDesk>;
	/** Opens the person's own key, in here. */
	unlock(parameters: UnlockParameters): Promise<OpenedDesk>;
	/** Closes what was typed under the person's own secret, so that it may lie in the browser until they sign in again. */
	sealDraft(text: string): Promise<string>;
	/** Where a draft about this lies: without the person's own secret it tells neither whose it is nor about whom. */
	draftPlace(about: string): Promise<string>;
	/** Rejects for what another person closed. */
	openDraft(sealed: string): Promise<string>;
	/** Forgets the key. */
	signOut(): Promise<void>;
	/**
	 * From here on everything is asked and signed for somebody who has named this person as a helper, under the key made for that.
	 *
	 * @throws PortalError `REFUSED` with `NOT_THEIR_HELPER` where the ledger does not list the key now.
	 */
	actFor(parameters: ActForParameters): Promise<OpenedDesk>;
	/** The way back. */
	actForOneself(): Promise<OpenedDesk>;
	consents(language: Language): Promise<ConsentsView>;
	describe(draft: GrantDraft, language: Language): Promise<readonly string[]>;
	grant(draft: GrantDraft): Promise<{ readonly consentId: ConsentId }>;
	change(consentId: ConsentId, draft: GrantDraft): Promise<{ readonly version: number }>;
	revoke(consentId: ConsentId): Promise<{ readonly height: number }>;
	record(): Promise<RecordView>;
	history(memory: Pick<Memory, "seen" | "expected">, onRows: (rows: readonly AccessRow[]) => void): Promise<HistorySummary>;
	/** The history checked last and what it was checked against, as two files for `aceso verify`. */
	exportHistory(): Promise<{ readonly history: Blob; readonly pins: Blob }>;
	/**
	 * Checks a list that was saved at any institution of this ledger, by the keys that this browser keeps and none of the files'.
	 *
	 * @throws PortalError `LEDGER_DIFFERS` for one of another ledger, `ANSWER_INVALID` for pins that are none.
	 */
	checkCopy(history: string, pins: string): Promise<CopySummary>;
	/** The heart risk of the person who is signed in, or of a patient of the clinician who is. */
	risk(ask: ChartAsk | undefined): Promise<RiskView>;
	/** A patient's record as a clinician gets it: what was not granted is said to be not available. */
	chart(ask: ChartAsk): Promise<ChartView>;
	signOff(ask: SignOffAsk): Promise<void>;
	/** Ids here of patients of this name and birth date; the look-up is on the patient's log. */
	lookUp(who: { readonly family: string; readonly given: string; readonly birthDate: string }): Promise<readonly string[]>;
	height(): Promise<number>;
	/**
	 * What members say of a portal, proved against the ledger of who is signed in, or one that this browser has kept.
	 *
	 * @param kept - Ledgers kept here, for before anybody has signed in.
	 * @throws PortalError `NOT_VERIFIED` where the node proves it under none of them.
	 */
	release(manifestHash: string, kept: readonly PinnedLedger[]): Promise<ReleaseView>;
}
