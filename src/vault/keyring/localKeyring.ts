import {
	type Clock,
	canonicalText,
	dayMs,
	decodeHex,
	encodeHex,
	encodeUtf8,
	equalBytes,
	HmacKey,
	hmacSha256,
	type Instant,
	isHex,
	isPublicKey,
	type MemberId,
	type Pseudonym,
	parseSubjectId,
	type SubjectId,
	sha256,
} from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import { leafHash } from "#log";
import type { RandomBytes } from "../aead.ts";
import { compartmentNames, joinCompartments, splitCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import { inTransaction, truncateWriteAheadLog } from "../exclusiveDatabase.ts";
import { type ReceiptKey, receiptLifetimeMs, refusal, verifyReceipt } from "../receipt.ts";
import type { DestructionReport, Keyring, LoggedAccess, SealingHandle, SubjectStatus, WrappedDataKey } from "../vault.ts";
import { leafOf, nonceUse, patientUse, placeInCohort } from "./cohortReceipt.ts";
import { CreationQueue } from "./creationQueue.ts";
import { destroyKeys, finishDestructions } from "./destruction.ts";
import type { EpochFile } from "./epochFile.ts";
import { LedgerJudge } from "./evidence/ledgerJudge.ts";
import type { LedgerStanding } from "./evidence/ledgerVerifier.ts";
import { writeKeyBackup } from "./keyBackup.ts";
import { dataKeysMax, KeyCache, type SubjectKeys, type UnwrappedDataKey } from "./keyCache.ts";
import type { KeyringUpkeep } from "./keyringUpkeep.ts";
import { type KeyTables, type SubjectRow, wholeSubject } from "./keyTables.ts";
import { createKeyRoot } from "./kms/createKeyRoot.ts";
import type { KeyRootConfig } from "./kms/keyRoot.ts";
import { NonceMemory } from "./nonceMemory.ts";
import type { RootKey } from "./rootKey.ts";
import type { SealingKey } from "./sealingKey.ts";
import { compartmentSetKey, keyBytes, type Wrapper } from "./wrapping.ts";

/** Key of a subject's date shifts; kept beside its compartment keys, and no compartment: nothing is sealed under it. */
export const dateShiftKeyName = "date-shift";
export const lookupKeyName = "lookup";

/** The retention that applies when none is configured, in ms: ten years. */
export const defaultAuditRetentionMs = 3_653 * dayMs;
/** How long a key backup is kept when nothing is configured, in ms (PROTOCOL §7). */
export const defaultBackupLifetimeMs = 30 * dayMs;

export interface KeyringDependencies {
	readonly now: Clock;
	readonly randomBytes: RandomBytes;
	/** Shared with the log writer alone. */
	readonly receiptKey: ReceiptKey;
	/** Who judges what the gate says of the ledger: which pseudonym a patient has, which logs are open. */
	readonly ledger: LedgerStanding;
	readonly auditRetentionMs?: number | undefined;
	/** Subjects whose unwrapped keys are kept at once; 2048 when absent. */
	readonly maxCachedSubjects?: number | undefined;
}

/** What the in-process keyring can do besides {@link Keyring}. */
export interface LocalKeyringParts {
	readonly custodian: MemberId;
	readonly tables: KeyTables;
	readonly root: RootKey;
	readonly epochs: EpochFile;
	readonly wrapper: Wrapper;
	readonly dependencies: KeyringDependencies;
}

/** Subjects whose standing is kept at hand. */
const standingsMax = 16_384;

interface Standing {
	readonly status: SubjectStatus;
	readonly pseudonym: Pseudonym | undefined;
}

type Operation = "unwrap" | "unwrap-audit" | "date-shift";

/** A keyring in this process, over its own SQLite file and root file. SPEC VA10–VA36. */
export class LocalKeyring implements Keyring, KeyringUpkeep {
	readonly custodian: MemberId;
	/** Whether bindings and logs are held against evidence, or believed. */
	readonly ledger: "verified" | "taken on trust";
	readonly #parts: LocalKeyringParts;
	readonly #cache: KeyCache;
	readonly #nonces = new NonceMemory(receiptLifetimeMs);
	readonly #creations: CreationQueue;
	readonly #judge: LedgerJudge;
	#latestNow = 0;
	readonly #lookupKey: HmacKey;
	/** How subjects asked for lately stand; dropped in the same step in which that changes. */
	readonly #standings = new Map<SubjectId, Standing>();
	#moves: Promise<unknown> = Promise.resolve();
	#closed = false;

	constructor(parts: LocalKeyringParts) {
		this.#parts = parts;
		this.custodian = parts.custodian;
		this.#cache = new KeyCache(parts.dependencies.maxCachedSubjects ?? 2048);
		this.#creations = new CreationQueue(parts.tables);
		const { ledger } = parts.dependencies;
		this.ledger = ledger === "taken on trust" ? ledger : "verified";
		this.#judge = new LedgerJudge({ custodian: parts.custodian, tables: parts.tables, ledger });
		const lookupKey = parts.root.unwrapNodeKey(lookupKeyName);
		this.#lookupKey = new HmacKey(lookupKey);
		lookupKey.fill(0);
	}

	async createSubject(subject: SubjectId, pseudonym: Pseudonym): Promise<void> {
		this.#assertOpen();
		parseSubjectId(subject);
		this.#judge.assertNewSubject(subject, pseudonym);
		const { tables } = this.#parts;
		if (tables.getTombstone(subject, wholeSubject) !== undefined) throw erased();
		if (this.#creations.hasSubject(subject) || tables.getSubject(subject) !== undefined) {
			throw new VaultError("VAULT_EXISTS", "expected a new subject, found one that has keys");
		}
		this.#assertFree(pseudonym);
		const patientKey = this.#newKey();
		const row: SubjectRow = {
			subject,
			pseudonym,
			patient: this.#parts.root.wrap(patientKey, { kind: "patient", subject }),
			audit: this.#parts.root.wrap(this.#newKey(), { kind: "audit", subject }),
			audit_until: null,
		};
		// All at once: sealing never writes then, and a compartment that has no data looks like one that has.
		const compartments = [...compartmentNames, dateShiftKeyName].map((name) => ({
			name,
			wrapped: this.#parts.wrapper.wrap(patientKey, this.#newKey(), { kind: "compartment", subject, name }),
		}));
		patientKey.fill(0);
		await this.#creations.add(row, compartments);
	}

	async bind(subject: SubjectId, pseudonym: Pseudonym, evidence?: Uint8Array): Promise<void> {
		this.#assertOpen();
		const { pseudonym: from } = this.#liveSubject(subject);
		if (from === pseudonym) return;
		this.#assertFree(pseudonym);
		this.#forget(subject);
		this.#judge.bind({ subject, from, to: pseudonym }, evidence, this.#now(), () => this.#parts.tables.rebind(subject, from, pseudonym));
		this.#forget(subject);
	}

	async showLogs(evidence: Uint8Array): Promise<void> {
		this.#assertOpen();
		this.#judge.showLogs(evidence, this.#now());
	}

	async honoursLog(log: string): Promise<boolean> {
		this.#assertOpen();
		return this.#judge.honoursLog(log);
	}

	async subjectOf(pseudonym: Pseudonym): Promise<SubjectId | undefined> {
		this.#assertOpen();
		return this.#parts.tables.findSubject(pseudonym);
	}

	async pseudonymOf(subject: SubjectId): Promise<Pseudonym | undefined> {
		this.#assertOpen();
		return this.#standingOf(subject).pseudonym;
	}

	async status(subject: SubjectId): Promise<SubjectStatus> {
		this.#assertOpen();
		return this.#standingOf(subject).status;
	}

	async sealFor(subject: SubjectId, compartments: readonly Compartment[]): Promise<SealingHandle> {
		this.#assertOpen();
		return this.#seal(subject, joinCompartments(compartments));
	}

	async sealAudit(subject: SubjectId): Promise<SealingHandle> {
		this.#assertOpen();
		return this.#seal(subject, "");
	}

	async unwrap(access: LoggedAccess, keys: readonly WrappedDataKey[]): Promise<readonly Uint8Array[]> {
		this.#assertOpen();
		const entry = this.#admit("unwrap", access);
		const named = new Set<string>(entry.compartments);
		const places = keys.map((key) => placeOf(key));
		for (const { subject, joined } of places) {
			this.#assertBound(subject, entry);
			if (joined === "") throw refusal("not-an-audit-access");
			if (!joined.split("+").every((name) => named.has(name))) throw refusal("compartment-not-named");
		}
		return places.map((place) => this.#unwrapDataKey(place));
	}

	async unwrapAudit(access: LoggedAccess, keys: readonly WrappedDataKey[]): Promise<readonly Uint8Array[]> {
		this.#assertOpen();
		const entry = this.#admit("unwrap-audit", access);
		if (entry.compartments.length > 0) throw refusal("not-an-audit-access");
		const places = keys.map((key) => placeOf(key));
		for (const { subject, joined } of places) {
			this.#assertBound(subject, entry);
			if (joined !== "") throw refusal("not-an-audit-access");
		}
		return places.map((place) => this.#unwrapDataKey(place));
	}

	async lookupToken(purpose: string, ...parts: readonly string[]): Promise<string> {
		this.#assertOpen();
		// A JSON array of strings has one reading, so no two splits of a text share a token.
		return this.#lookupKey.hex(encodeUtf8(`aceso/lookup/1\0${JSON.stringify([purpose, ...parts])}`));
	}

	async dateShiftDays(access: LoggedAccess, subject: SubjectId, context: string): Promise<number> {
		this.#assertOpen();
		this.#assertBound(subject, this.#admit("date-shift", access));
		const key = this.#setKey(subject, dateShiftKeyName, [dateShiftKeyName]);
		const mac = Buffer.from(hmacSha256(key, encodeUtf8(`aceso/date-shift/1\0${context}`)));
		// 730 values: −365..−1 and 1..365. The bias of the remainder is below 2^−38.
		const value = mac.readUIntBE(0, 6) % 730;
		return value < 365 ? value - 365 : value - 364;
	}

	async destroy(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<DestructionReport> {
		this.#assertOpen();
		this.#creations.flush();
		if (what !== "all") joinCompartments(what);
		this.#forget(subject);
		const retentionMs = this.#parts.dependencies.auditRetentionMs ?? defaultAuditRetentionMs;
		return destroyKeys(this.#parts, { subject, what, now: this.#now(), auditRetentionMs: retentionMs });
	}

	/**
	 * Writes all live keys to one file under the epoch's key (SPEC VA30). Kept apart from any backup of data.
	 *
	 * @param path - Must not exist.
	 */
	async backupKeys(path: string): Promise<{ readonly epoch: number; readonly subjects: number }> {
		this.#assertOpen();
		this.#creations.flush();
		return writeKeyBackup(this.#parts, { path, now: this.#now() });
	}

	/** Destroys epoch keys whose backups have all expired; returns how many. */
	async expireEpochs(): Promise<number> {
		this.#assertOpen();
		return this.#parts.epochs.expire(this.#now());
	}

	/** Destroys audit keys whose legal hold has ended; returns how many. */
	async expireAuditKeys(): Promise<number> {
		this.#assertOpen();
		this.#creations.flush();
		const { tables } = this.#parts;
		const ended = tables.listEndedHolds(this.#now());
		if (ended.length === 0) return 0;
		inTransaction(tables.database, () => {
			for (const subject of ended) {
				tables.deleteSubject(subject);
				tables.addUnfinished(subject);
			}
		});
		for (const subject of ended) this.#forget(subject);
		finishDestructions(this.#parts);
		return ended.length;
	}

	/**
	 * Opens every wrapped key once and counts the subjects.
	 *
	 * @throws {@link VaultError} `VAULT_INTEGRITY` at the first that does not open or should not be there.
	 */
	async verifyKeys(): Promise<{ readonly live: number; readonly destroyed: number }> {
		this.#assertOpen();
		this.#creations.flush();
		let live = 0;
		for (const row of this.#parts.tables.listSubjects()) if (this.#verifySubject(row)) live++;
		const destroyed = this.#parts.tables.listTombstones().filter((row) => row.compartment === wholeSubject).length;
		return { live, destroyed };
	}

	async rotateRoot(): Promise<number> {
		this.#assertOpen();
		return this.#rotate();
	}

	async changeKeyRoot(config: KeyRootConfig): Promise<number> {
		this.#assertOpen();
		const sealingKey = await createKeyRoot(config, this.#parts.dependencies).createSealingKey({ custodian: this.custodian });
		return this.#moveTo(sealingKey);
	}

	async rotateKeyRoot(config: KeyRootConfig): Promise<number> {
		this.#assertOpen();
		const keyRoot = createKeyRoot(config, this.#parts.dependencies);
		const { form, bytes } = this.#parts.root.sealingKey;
		await keyRoot.rotateAbove();
		return this.#moveTo({ form: await keyRoot.rewrapSealingKey(form, { custodian: this.custodian }), bytes });
	}

	/** One move after the other: between two the epoch file would know a sealing key too few. */
	#moveTo(sealingKey: SealingKey): Promise<number> {
		const move = this.#moves.then(() => this.#move(sealingKey));
		this.#moves = move.catch(() => {});
		return move;
	}

	/** Epoch keys open with either sealing key while the root moves, so a crash at any point leaves both files under one that opens. */
	async #move(sealingKey: SealingKey): Promise<number> {
		this.#assertOpen();
		const { epochs, root } = this.#parts;
		epochs.settleMove(root.sealingKey);
		const old = root.sealingKey;
		epochs.prepareMove(sealingKey);
		const generation = await this.#rotate(sealingKey);
		epochs.finishMove(sealingKey);
		if (old.bytes !== sealingKey.bytes) old.bytes.fill(0);
		return generation;
	}

	/** Keys wrapped under the old root are in no page and in no log afterwards. */
	async #rotate(sealingKey?: SealingKey): Promise<number> {
		const generation = await this.#parts.root.rotateInTurns(() => this.#creations.flush(), sealingKey);
		truncateWriteAheadLog(this.#parts.tables.database);
		return generation;
	}

	async close(): Promise<void> {
		if (this.#closed) return;
		this.#creations.flush();
		this.#closed = true;
		this.#cache.clear();
		this.#standings.clear();
		this.#lookupKey.forget();
		this.#parts.root.forget();
		this.#parts.tables.database.close();
	}

	#verifySubject(row: SubjectRow): boolean {
		const { tables, root, wrapper } = this.#parts;
		const { subject } = row;
		if (row.audit !== null) root.unwrap(row.audit, { kind: "audit", subject });
		const compartments = tables.listCompartmentKeys(subject);
		const destroyed = tables.getTombstone(subject, wholeSubject) !== undefined;
		if (destroyed !== (row.patient === null) || (destroyed && compartments.length > 0)) {
			throw new VaultError("VAULT_INTEGRITY", "expected a subject to be either live or destroyed, found keys beside a tombstone");
		}
		if (row.patient === null) return false;
		const patientKey = root.unwrap(row.patient, { kind: "patient", subject });
		for (const { name, wrapped } of compartments) {
			if (tables.getTombstone(subject, name) !== undefined) throw new VaultError("VAULT_INTEGRITY", "expected no key beside its tombstone");
			wrapper.unwrap(patientKey, wrapped, { kind: "compartment", subject, name });
		}
		return true;
	}

	/**
	 * Lets an access in, or throws. Works on a copy made once, so that an object whose properties change between two looks gains nothing.
	 * The nonce is burned first, for this operation, whatever the outcome.
	 */
	#admit(operation: Operation, access: LoggedAccess): AccessEntry {
		const now = this.#now();
		const receipt = { ...access.receipt };
		if (!isHex(receipt.nonce, 16)) throw refusal("malformed");
		const place = placeInCohort(access);
		if (place !== undefined && operation === "unwrap-audit") throw refusal("not-an-audit-access");
		if (!this.#nonces.burn(nonceUse(operation, receipt, place), now)) throw refusal("nonce-burned");
		verifyReceipt({ receiptKey: this.#parts.dependencies.receiptKey, receipt, now });
		const { entry, hash } = readEntry(access);
		if (leafOf(hash, place) !== receipt.entryHash) throw refusal("entry-differs");
		if (entry.log !== receipt.log) throw refusal("log-differs");
		if (!this.#judge.honoursLog(entry.log)) throw refusal("log-not-honoured");
		if (entry.member !== this.custodian) throw refusal("member-differs");
		if (entry.decision !== "permit") throw refusal("decision-not-permit");
		if (!Array.isArray(entry.compartments)) throw refusal("malformed");
		if (place !== undefined && !this.#nonces.burn(patientUse(operation, receipt, entry), now)) throw refusal("patient-repeated");
		return entry;
	}

	/** Nothing of the subject is answered from memory any more. */
	#forget(subject: SubjectId): void {
		this.#cache.drop(subject);
		this.#standings.delete(subject);
	}

	/** Live and destroyed alike are kept: who asks for either waits for the same steps. */
	#standingOf(subject: SubjectId): Standing {
		const known = this.#standings.get(subject);
		if (known !== undefined) return known;
		const isDestroyed = this.#isDestroyed(subject);
		const pseudonym = this.#parts.tables.getSubject(subject)?.pseudonym;
		const standing: Standing = { status: isDestroyed ? "destroyed" : pseudonym === undefined ? "unknown" : "live", pseudonym };
		// Somebody unknown may be made at any moment.
		if (standing.status !== "unknown") this.#keepStanding(subject, standing);
		return standing;
	}

	#keepStanding(subject: SubjectId, standing: Standing): void {
		if (this.#standings.size >= standingsMax) this.#standings.delete(this.#standings.keys().next().value as SubjectId);
		this.#standings.set(subject, standing);
	}

	#assertBound(subject: SubjectId, entry: AccessEntry): void {
		const bound = this.#cache.get(subject)?.pseudonym ?? this.#parts.tables.getSubject(subject)?.pseudonym;
		if (bound === undefined || bound !== entry.pseudonym) throw refusal("subject-differs");
	}

	#seal(subject: SubjectId, joined: string): SealingHandle {
		const setKey = this.#keyOfSet(subject, joined);
		const dataKey = this.#newKey();
		const id = encodeHex(this.#parts.dependencies.randomBytes(16));
		const wrapped = this.#parts.wrapper.wrap(setKey, dataKey, { kind: "data", subject, name: joined, id });
		return { dataKey, wrapped: { id, subject, compartments: splitCompartments(joined), wrapped } };
	}

	#unwrapDataKey(place: DataKeyPlace): Uint8Array {
		const { subject, joined, id, wrapped } = place;
		const known = this.#cache.get(subject)?.dataKeys.get(id);
		if (known !== undefined && known.joined === joined && equalBytes(known.wrapped, wrapped)) return known.key.slice();
		const key = this.#parts.wrapper.unwrap(this.#keyOfSet(subject, joined), wrapped, { kind: "data", subject, name: joined, id });
		this.#remember(place, key);
		return key;
	}

	/** Keeps a copy of a data key of records, for the next receipt that opens it. Histories name theirs once each, so those are not kept. */
	#remember({ subject, joined, id, wrapped }: DataKeyPlace, key: Uint8Array): void {
		const dataKeys = this.#cache.get(subject)?.dataKeys;
		if (dataKeys === undefined || joined === "") return;
		if (dataKeys.size >= dataKeysMax) {
			const [oldest, dropped] = dataKeys.entries().next().value as [string, UnwrappedDataKey];
			dropped.key.fill(0);
			dataKeys.delete(oldest);
		}
		dataKeys.set(id, { joined, wrapped: Uint8Array.from(wrapped), key: Uint8Array.from(key) });
	}

	#keyOfSet(subject: SubjectId, joined: string): Uint8Array {
		return joined === "" ? this.#auditKey(subject) : this.#setKey(subject, joined, joined.split("+"));
	}

	#setKey(subject: SubjectId, joined: string, names: readonly string[]): Uint8Array {
		const known = this.#cache.get(subject)?.sets.get(joined);
		if (known !== undefined) return known;
		const row = this.#liveSubject(subject);
		const patientKey = this.#parts.root.unwrap(row.patient as Uint8Array, { kind: "patient", subject });
		const keys = names.map((name) => this.#unwrapCompartment(subject, name, patientKey));
		const setKey = compartmentSetKey(joined, keys);
		for (const key of [patientKey, ...keys]) key.fill(0);
		this.#cached(row).sets.set(joined, setKey);
		return setKey;
	}

	#auditKey(subject: SubjectId): Uint8Array {
		const known = this.#cache.get(subject)?.sets.get("");
		if (known !== undefined) return known;
		const row = this.#parts.tables.getSubject(subject);
		if (row === undefined || row.audit === null) throw this.#isDestroyed(subject) ? erased() : unknownSubject();
		const key = this.#parts.root.unwrap(row.audit, { kind: "audit", subject });
		this.#cached(row).sets.set("", key);
		return key;
	}

	#unwrapCompartment(subject: SubjectId, name: string, patientKey: Uint8Array): Uint8Array {
		const wrapped = this.#parts.tables.getCompartmentKey(subject, name);
		if (wrapped === undefined) throw erased();
		return this.#parts.wrapper.unwrap(patientKey, wrapped, { kind: "compartment", subject, name });
	}

	#cached(row: SubjectRow): SubjectKeys {
		const known = this.#cache.get(row.subject);
		if (known !== undefined) return known;
		const keys: SubjectKeys = { pseudonym: row.pseudonym, sets: new Map(), dataKeys: new Map() };
		this.#cache.add(row.subject, keys);
		return keys;
	}

	#liveSubject(subject: SubjectId): SubjectRow {
		if (this.#isDestroyed(subject)) throw erased();
		const row = this.#parts.tables.getSubject(subject);
		if (row === undefined) throw unknownSubject();
		return row;
	}

	#isDestroyed(subject: SubjectId): boolean {
		return this.#parts.tables.getTombstone(subject, wholeSubject) !== undefined;
	}

	#assertFree(pseudonym: Pseudonym): void {
		const { tables } = this.#parts;
		if (!isPublicKey(pseudonym) && !isHex(pseudonym, 32)) {
			throw new VaultError("VAULT_ROW_INVALID", "expected a pseudonym of 64 lower-case hex digits");
		}
		if (this.#creations.hasPseudonym(pseudonym) || tables.findSubject(pseudonym) !== undefined || tables.isFormerPseudonym(pseudonym)) {
			throw new VaultError("VAULT_PSEUDONYM_TAKEN", "expected a pseudonym that no subject has or had");
		}
	}

	#newKey(): Uint8Array {
		return this.#parts.dependencies.randomBytes(keyBytes);
	}

	/** Never goes back: a clock that is set back must not revive a receipt whose nonce is forgotten. */
	#now(): Instant {
		this.#latestNow = Math.max(this.#latestNow, this.#parts.dependencies.now());
		return this.#latestNow as Instant;
	}

	#assertOpen(): void {
		if (this.#closed) throw new VaultError("VAULT_CLOSED", "expected an open keyring, found one that was closed");
	}
}

interface DataKeyPlace {
	readonly subject: SubjectId;
	readonly joined: string;
	readonly id: string;
	readonly wrapped: Uint8Array;
}

/** Copies what a caller handed in, checked for form. */
function placeOf(key: WrappedDataKey): DataKeyPlace {
	const { subject, id, wrapped } = key;
	const compartments = [...key.compartments];
	if (!isHex(subject, 16) || !isHex(id, 16) || !(wrapped instanceof Uint8Array)) {
		throw new VaultError("VAULT_ROW_INVALID", "expected a wrapped data key");
	}
	return { subject, joined: compartments.length === 0 ? "" : joinCompartments(compartments), id, wrapped };
}

/** The entry as its canonical bytes say, and their leaf hash. */
function readEntry(access: LoggedAccess): { readonly entry: AccessEntry; readonly hash: Uint8Array } {
	try {
		const text = access.canonical ?? canonicalText(access.entry);
		if (typeof text !== "string") throw refusal("malformed");
		const hash = leafHash(sha256(decodeHex(access.salt, 32), encodeUtf8(text)));
		return { entry: JSON.parse(text) as AccessEntry, hash };
	} catch {
		throw refusal("malformed");
	}
}

function erased(): VaultError {
	return new VaultError("VAULT_ERASED", "the keys were destroyed on request");
}

function unknownSubject(): VaultError {
	return new VaultError("VAULT_SUBJECT_UNKNOWN", "expected a subject that has keys here");
}
