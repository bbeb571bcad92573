import type { Awaitable, Digest, MemberId, Pseudonym, SubjectId } from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import type { CohortPlace } from "#log";

/** Proof to the keyring that an entry is durable (PROTOCOL §7): an HMAC under a key that only log writer and keyring share. */
export interface Receipt {
	readonly log: string;
	readonly leafIndex: number;
	/** Hash of the leaf: of the entry, or of the cohort that it is one of. */
	readonly entryHash: Digest;
	/** 16 random bytes, hex; burned at first use, for a cohort at first use of each place. */
	readonly nonce: string;
	/** UTC ms, at most 5 s after issue. */
	readonly expiresAtMs: number;
	/** HMAC-SHA-256, hex. */
	readonly mac: string;
}

/** What the log writer hands back once an entry is durable. */
export interface LoggedAccess {
	readonly entry: AccessEntry;
	/** Canonical text of the entry, from whoever has it at hand. The keyring hashes and judges this text where it is given, and `entry` where not. */
	readonly canonical?: string;
	/** 32 bytes, hex: salt of the leaf. */
	readonly salt: string;
	readonly leafIndex: number;
	/** For an entry that is one of a cohort: where it stands under the leaf that the receipt names. Absent for an entry that is a leaf of its own. */
	readonly cohort?: CohortPlace;
	readonly receipt: Receipt;
}

/** An entry that is durable, as the log writer's thread has it. */
export interface DurableEntry {
	readonly log: string;
	readonly leafIndex: number;
	/** Hash of the leaf, 32 bytes. */
	readonly entryHash: Uint8Array;
	/** salt(32) ‖ canonical entry. */
	readonly salted: Uint8Array;
}

/**
 * A row to be opened in the moment in which an entry is durable, by the keyring's deputy in the log's thread and by nobody else: the data key in the
 * box is sealed for it. Made by {@link OrderedOpenings}.
 */
export interface OpeningOrder {
	readonly box: Uint8Array;
	readonly row: StoredRecord;
}

/** A keyring that takes orders for openings. */
export interface OrderedOpenings {
	/**
	 * An order for one row, to be handed to the log with the entry that permits it. Undefined where there is no deputy, where the keys are gone or
	 * the log is not honoured: whoever goes on without one is told by `unwrap`.
	 */
	orderOpening(log: string, key: WrappedDataKey, row: StoredRecord): OpeningOrder | undefined;
}

/** A data key wrapped under the key of its compartment set; stored with the rows it seals, useless without the keyring. */
export interface WrappedDataKey {
	/** Random id, 32 hex digits. */
	readonly id: string;
	readonly subject: SubjectId;
	/** Sorted; more than one when a resource touches several classes: all of them are needed to unwrap. Empty for an audit key. */
	readonly compartments: readonly Compartment[];
	/** nonce ‖ ciphertext ‖ tag, AES-256-GCM, AAD = custodian, subject, compartments, id. */
	readonly wrapped: Uint8Array;
}

/** An encrypt-only handle: a fresh data key and its wrapped form. The holder can seal and can read back nothing that was there before. */
export interface SealingHandle {
	readonly dataKey: Uint8Array;
	readonly wrapped: WrappedDataKey;
}

export type SubjectStatus = "live" | "destroyed" | "unknown";

/** What destruction leaves behind. Asked again for the same, the keyring reports the same. */
export interface DestructionReport {
	readonly subject: SubjectId;
	readonly compartments: "all" | readonly Compartment[];
	/** Since when the keys are gone here. */
	readonly unreadableSinceMs: number;
	/** When the key of the last key backup that could hold them dies; equal to `unreadableSinceMs` when there is no such backup. */
	readonly unreadableInBackupsFromMs: number;
	/** End of the explicit hold on the audit key; 0 while the subject lives on (some compartments only). */
	readonly auditKeyHeldUntilMs: number;
}

/**
 * The component that holds keys. It unwraps only against a receipt of an entry that permits, names the pseudonym the subject is bound
 * to, and names every compartment asked for (invariant 2). Only gate/ may call `unwrap`.
 */
export interface Keyring {
	readonly custodian: MemberId;
	/** Makes the keys of a new subject, bound to `unenrolledPseudonym(subject)`: a keyring that judges the ledger's evidence takes no other. */
	createSubject(subject: SubjectId, pseudonym: Pseudonym): Promise<void>;
	/**
	 * Binds a subject to another pseudonym at enrolment or rotation.
	 *
	 * @param evidence - State of the ledger that shows it (SPEC VA87, VA88); a keyring that takes the ledger on trust wants none.
	 * @throws VaultError `VAULT_EVIDENCE_REFUSED`, `VAULT_EVIDENCE_STALE`, `VAULT_PSEUDONYM_TAKEN`, `VAULT_ERASED`.
	 */
	bind(subject: SubjectId, pseudonym: Pseudonym, evidence?: Uint8Array): Promise<void>;
	/**
	 * Shows how the custodian's logs stand on the ledger, all of them. Receipts of a log open nothing before it was shown open, and never again once
	 * it was shown closed.
	 *
	 * @param evidence - Of what `readLogs` looks at.
	 * @throws VaultError `VAULT_EVIDENCE_REFUSED`, `VAULT_EVIDENCE_STALE`.
	 */
	showLogs(evidence: Uint8Array): Promise<void>;
	/** Whether receipts of the log are taken. */
	honoursLog(log: string): Promise<boolean>;
	/** Answers for a destroyed subject too while its audit key is held; ask {@link status}. */
	subjectOf(pseudonym: Pseudonym): Promise<SubjectId | undefined>;
	pseudonymOf(subject: SubjectId): Promise<Pseudonym | undefined>;
	status(subject: SubjectId): Promise<SubjectStatus>;
	/** Compartments of a live subject that were destroyed alone, in ascending order: nothing can be in them any more. None of anybody else. */
	destroyedOf(subject: SubjectId): Awaitable<readonly Compartment[]>;
	/**
	 * Grows with whatever may change an answer of the four above or a look-up token: who gets the same number twice may keep what was answered in
	 * between. Undefined where they may change unseen.
	 */
	changes(): number | undefined;
	/** @throws VaultError `VAULT_ERASED` for a destroyed subject or compartment. */
	sealFor(subject: SubjectId, compartments: readonly Compartment[]): Promise<SealingHandle>;
	/** Encrypt-only handle under the subject's audit key, which outlives the record keys for the legal retention. */
	sealAudit(subject: SubjectId): Promise<SealingHandle>;
	/**
	 * Data keys in the order asked. Recomputes the entry's hash from `access.entry` and `access.salt`, checks the MAC, the expiry, the nonce,
	 * `decision = permit`, pseudonym and compartments. Burns the nonce whatever happens next.
	 * @throws VaultError `VAULT_RECEIPT_REFUSED` with a reason code, `VAULT_ERASED`.
	 */
	unwrap(access: LoggedAccess, keys: readonly WrappedDataKey[]): Awaitable<readonly Uint8Array[]>;
	/**
	 * Data keys of this subject's own audit entries, for the history shown to that patient or an auditor. Needs a receipt as well, of an entry
	 * that names no compartment: a receipt for records opens no history.
	 */
	unwrapAudit(access: LoggedAccess, keys: readonly WrappedDataKey[]): Promise<readonly Uint8Array[]>;
	/** HMAC token for a keyed look-up (`purpose` separates uses), 64 hex digits. */
	lookupToken(purpose: string, ...parts: readonly string[]): Awaitable<string>;
	/** Date-shift secret of a patient for one grantee or study, days −365..365 without 0. */
	dateShiftDays(access: LoggedAccess, subject: SubjectId, context: string): Promise<number>;
	/** Deletes wrapped keys, truncates the WAL, rotates the root, re-wraps the rest, destroys the old root (PROTOCOL §7). */
	destroy(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<DestructionReport>;
	close(): Promise<void>;
}

/** A record at rest. Everything else about it is inside `ciphertext`. */
export interface StoredRecord {
	readonly subject: SubjectId;
	/** Keyed token of resource type and id, 64 hex digits. */
	readonly token: string;
	readonly version: number;
	/** Sorted compartments joined by `+`. */
	readonly compartments: string;
	readonly dataKey: string;
	/** nonce(12) ‖ ciphertext ‖ tag(16); AAD = custodian, subject, compartments, token, version, data key, time stored, deleted. */
	readonly ciphertext: Uint8Array;
	/** H(ciphertext ‖ AAD), so that fsck needs no patient key. */
	readonly rowHash: Uint8Array;
	readonly storedAtMs: number;
	/** A tombstone version has an empty resource. */
	readonly deleted: boolean;
}

/** What the gate filters by, decided at import and kept inside the plaintext. */
export interface RecordHeader {
	readonly labels: readonly string[];
	/** Relevant condition value sets (`oncology` …). */
	readonly conditions: readonly string[];
	/** Instants the data are about, UTC ms, or null where undated. */
	readonly dataTimeMs: number | null;
	readonly authors: readonly string[];
	readonly encounter: string | null;
	readonly tableVersion: string;
	/** Who filed what it says; absent where that was not kept. It stays when only the labels change. */
	readonly filed?: FiledBy;
}

/** Who filed a record. Inside the plaintext, so that whoever may read the record may know it and nobody else. */
export interface FiledBy {
	/** `compute`: a model of the custodian made it. */
	readonly how: "import" | "compute" | "create" | "update";
	/** Public key of a person; the member's id where the custodian itself filed it. */
	readonly by: string;
	/** Through which member they came. */
	readonly via: MemberId;
	/** UTC ms. */
	readonly atMs: number;
}

/** What a record's plaintext holds: the header as one line of JSON, a line feed, the resource's text. */
export interface RecordBody extends RecordHeader {
	/** The FHIR resource as received, references rewritten to local ids; its own spelling, so that decimals keep their digits. `""` in a tombstone. */
	readonly resourceText: string;
}

/** A decrypted record. */
export interface OpenedRecord extends RecordBody {
	/** `resourceText` parsed at the first look and kept. @throws VaultError `VAULT_RECORD_DELETED` for a tombstone. */
	readonly resource: { readonly resourceType: string; readonly id: string; readonly [element: string]: unknown };
}

/** A leaf of the row log, in order (see {@link VaultStore.root}). */
export type VaultLeaf =
	| { readonly kind: "row"; readonly index: number; readonly row: StoredRecord }
	/** The row is gone, its hash stays; `purge` is the index of the leaf that says so. */
	| { readonly kind: "purged"; readonly index: number; readonly rowHash: Uint8Array; readonly purge: number }
	/** Closes the leaves that a purge removed. */
	| { readonly kind: "purge"; readonly index: number };

/** A large object that some row points to, as the store remembers it without a key. */
export interface ExpectedObject {
	/** 32 hex digits. */
	readonly id: string;
	/** Id of the data key it is sealed under, 32 hex digits. */
	readonly dataKey: string;
	/** Size at rest. */
	readonly sealedBytes: number;
}

/** Encrypted rows of one custodian. It never sees a key. One conformance suite runs on every implementation. */
export interface VaultStore {
	readonly custodian: MemberId;
	putSubject(subject: SubjectId, linkRow: { readonly token: string; readonly kind: string }[]): Promise<void>;
	/** Subjects whose look-up rows hold the token. */
	findSubjects(kind: string, token: string): Promise<readonly SubjectId[]>;
	addLookup(subject: SubjectId, kind: string, token: string): Promise<void>;
	listSubjects(): AsyncIterable<SubjectId>;
	/** All rows of one call become visible together or not at all, and with them the large objects they point to, which lie in place by then. */
	putRecords(keys: readonly WrappedDataKey[], records: readonly StoredRecord[], objects?: readonly ExpectedObject[]): Promise<void>;
	/** Every large object that has to be there. */
	listObjects(): AsyncIterable<ExpectedObject>;
	/** Rows under an import id stay invisible until `commitImport`; an import left open is discarded at the next start. */
	beginImport(importId: string): Promise<void>;
	stageRecords(importId: string, keys: readonly WrappedDataKey[], records: readonly StoredRecord[]): Promise<void>;
	/** Look-up rows given here become visible with the import's records. */
	commitImport(
		importId: string,
		subjects: readonly {
			readonly subject: SubjectId;
			readonly lookups: readonly { readonly kind: string; readonly token: string }[];
			/** See {@link VaultStore.labelledToken}. */
			readonly labelled?: string;
		}[],
	): Promise<void>;
	abortImport(importId: string): Promise<void>;
	/** Latest version of each record of the subject whose compartments are all among those given; tombstones left out. In insertion order. */
	listRecords(subject: SubjectId, compartments: readonly Compartment[]): Promise<readonly StoredRecord[]>;
	/** Counts visible rows and tells the newest: another text whenever what can be read of the subject has changed. */
	changeMark(subject: SubjectId): Promise<string>;
	/** Grows whenever anything was or may have been written: while it stands still, no mark of {@link VaultStore.changeMark} is another. */
	writes(): number;
	/** Tokens of the records of which something became visible since the mark was told, where nothing was being imported then. */
	changedSince(subject: SubjectId, mark: string): Promise<ReadonlySet<string>>;
	countRecords(subject: SubjectId, compartments: readonly Compartment[]): Promise<number>;
	/** The version asked for or the latest, a tombstone too. */
	getRecord(subject: SubjectId, token: string, version?: number): Awaitable<StoredRecord | undefined>;
	/** What was said last of the labels of a subject's records: the gate's own keyed token, which the store cannot read. */
	labelledToken(subject: SubjectId): Promise<string | undefined>;
	/** New versions of some of a subject's records and the token that says under what they are labelled: together or not at all. */
	relabelRecords(subject: SubjectId, keys: readonly WrappedDataKey[], records: readonly StoredRecord[], token: string): Promise<void>;
	/** In the order asked. @throws VaultError `VAULT_ERASED` when one is gone. */
	getDataKeys(ids: readonly string[]): Awaitable<readonly WrappedDataKey[]>;
	/**
	 * Deletes rows, data keys and look-ups of a subject, or every version of the records that touch the compartments (`link` takes the
	 * look-ups), then frees and overwrites their pages. A subject purged whole is not taken in again: `VAULT_ERASED`.
	 */
	purge(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<void>;
	/** RFC 6962 root over the row log (a leaf for each visible row and each purge, in order), for the anchor and fsck. Append-only. */
	root(): Promise<Digest>;
	/** Every leaf of the row log, for fsck. */
	leaves(): AsyncIterable<VaultLeaf>;
	/** How many leaves {@link VaultStore.root} commits to. */
	countLeaves(): Promise<number>;
	close(): Promise<void>;
}
