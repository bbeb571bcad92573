import type { MessagePort } from "node:worker_threads";
import {
	type Awaitable,
	type Clock,
	dayMs,
	encodeHex,
	encodeUtf8,
	HmacKey,
	hmacSha256,
	type Instant,
	isHex,
	type MemberId,
	makeRoom,
	type Pseudonym,
	parseSubjectId,
	type SubjectId,
} from "#base";
import type { Compartment } from "#contracts";
import type { RandomBytes } from "../aead.ts";
import { compartmentNames, joinCompartments, splitCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import { inTransaction } from "../exclusiveDatabase.ts";
import { type ReceiptKey, refusal } from "../receipt.ts";
import type {
	DestructionReport,
	Keyring,
	LoggedAccess,
	OpeningOrder,
	OrderedOpenings,
	SealingHandle,
	StoredRecord,
	SubjectStatus,
	WrappedDataKey,
} from "../vault.ts";
import { CreationQueue } from "./creationQueue.ts";
import { AppointedDeputy } from "./deputy/appointedDeputy.ts";
import { destroyKeys, finishDestructions } from "./destruction.ts";
import type { EpochFile } from "./epochFile.ts";
import { LedgerJudge } from "./evidence/ledgerJudge.ts";
import type { LedgerStanding } from "./evidence/ledgerVerifier.ts";
import { assertNamed } from "./judgedEntry.ts";
import { writeKeyBackup } from "./keyBackup.ts";
import type { KeyringUpkeep } from "./keyringUpkeep.ts";
import { type KeyTables, type SubjectRow, wholeSubject } from "./keyTables.ts";
import type { KeyRootConfig } from "./kms/keyRoot.ts";
import { erased, OpenedKeys, placeOf } from "./openedKeys.ts";
import { ReceiptAdmission } from "./receiptAdmission.ts";
import type { RootKey } from "./rootKey.ts";
import { RootMoves } from "./rootMoves.ts";
import { Standings } from "./standings.ts";
import { verifySubject } from "./verifySubject.ts";
import { keyBytes, type Wrapper } from "./wrapping.ts";

/** Key of a subject's date shifts; kept beside its compartment keys, and no compartment: nothing is sealed under it. */
export const dateShiftKeyName = "date-shift";
export const lookupKeyName = "lookup";
/** Tokens kept at hand. */
const tokensMax = 16_384;

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

/** A keyring in this process, over its own SQLite file and root file. SPEC VA10–VA36. */
export class LocalKeyring implements Keyring, KeyringUpkeep, OrderedOpenings {
	readonly custodian: MemberId;
	/** Whether bindings and logs are held against evidence, or believed. */
	readonly ledger: "verified" | "taken on trust";
	readonly #parts: LocalKeyringParts;
	readonly #admission: ReceiptAdmission;
	readonly #keys: OpenedKeys;
	readonly #standings: Standings;
	readonly #moves: RootMoves;
	readonly #creations: CreationQueue;
	readonly #judge: LedgerJudge;
	#deputy: AppointedDeputy | undefined;
	#latestNow = 0;
	#changes = 0;
	readonly #lookupKey: HmacKey;
	/** Tokens that were asked for lately, by what they were asked for. */
	readonly #tokens = new Map<string, string>();
	#closed = false;

	constructor(parts: LocalKeyringParts) {
		this.#parts = parts;
		this.custodian = parts.custodian;
		const { ledger, receiptKey, maxCachedSubjects = 2048 } = parts.dependencies;
		this.#creations = new CreationQueue(parts.tables);
		this.#keys = new OpenedKeys({ ...parts, maxSubjects: maxCachedSubjects });
		this.#standings = new Standings(parts.tables);
		this.#moves = new RootMoves({ ...parts, ...parts.dependencies, assertOpen: () => this.#assertOpen(), flush: () => this.#creations.flush() });
		this.ledger = ledger === "taken on trust" ? ledger : "verified";
		this.#judge = new LedgerJudge({ custodian: parts.custodian, tables: parts.tables, ledger });
		this.#admission = new ReceiptAdmission({ custodian: parts.custodian, receiptKey, honoursLog: (log) => this.#judge.honoursLog(log) });
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
		this.#changes++;
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
		// Not there before the commit, so once more.
		this.#changes++;
	}

	async bind(subject: SubjectId, pseudonym: Pseudonym, evidence?: Uint8Array): Promise<void> {
		this.#assertOpen();
		const { pseudonym: from } = this.#keys.liveSubject(subject);
		if (from === pseudonym) return;
		this.#assertFree(pseudonym);
		this.#forget(subject);
		this.#judge.bind({ subject, from, to: pseudonym }, evidence, this.#now(), () => this.#parts.tables.rebind(subject, from, pseudonym));
		this.#forget(subject);
		await this.#deputy?.renew();
	}

	async showLogs(evidence: Uint8Array): Promise<void> {
		this.#assertOpen();
		this.#judge.showLogs(evidence, this.#now());
		await this.#deputy?.renew();
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
		return this.#standings.get(subject).pseudonym;
	}

	async status(subject: SubjectId): Promise<SubjectStatus> {
		this.#assertOpen();
		return this.#standings.get(subject).status;
	}

	destroyedOf(subject: SubjectId): Awaitable<readonly Compartment[]> {
		try {
			this.#assertOpen();
			return this.#standings.get(subject).destroyed;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	changes(): number {
		return this.#changes;
	}

	async sealFor(subject: SubjectId, compartments: readonly Compartment[]): Promise<SealingHandle> {
		this.#assertOpen();
		return this.#seal(subject, joinCompartments(compartments));
	}

	async sealAudit(subject: SubjectId): Promise<SealingHandle> {
		this.#assertOpen();
		return this.#seal(subject, "");
	}

	unwrap(access: LoggedAccess, keys: readonly WrappedDataKey[]): Awaitable<readonly Uint8Array[]> {
		try {
			return this.#unwrap(access, keys);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	#unwrap(access: LoggedAccess, keys: readonly WrappedDataKey[]): readonly Uint8Array[] {
		this.#assertOpen();
		const entry = this.#admission.admit("unwrap", access, this.#now());
		const places = keys.map((key) => placeOf(key));
		for (const { subject, joined } of places) {
			this.#keys.assertBound(subject, entry);
			assertNamed(entry, joined);
		}
		return places.map((place) => this.#keys.unwrapDataKey(place));
	}

	/**
	 * Appoints whoever opens what is ordered, in place of the one before.
	 *
	 * @returns Its end of the channel, for an {@link OpeningDeputy} in the log's thread. Whoever else holds it could open every box.
	 */
	appointDeputy(): MessagePort {
		this.#assertOpen();
		this.#deputy?.close();
		this.#deputy = new AppointedDeputy({ custodian: this.custodian, randomBytes: this.#parts.dependencies.randomBytes });
		return this.#deputy.there;
	}

	orderOpening(log: string, key: WrappedDataKey, row: StoredRecord): OpeningOrder | undefined {
		if (this.#closed || this.#deputy?.isThere !== true || !this.#judge.honoursLog(log)) return undefined;
		try {
			const pseudonym = this.#keys.boundOf(key.subject);
			if (pseudonym === undefined) return undefined;
			const kept = this.#deputy.kept(log, key, pseudonym);
			if (kept !== undefined) return { box: kept, row };
			const place = placeOf(key);
			if (place.joined === "") return undefined;
			return { box: this.#deputy.box(log, place, pseudonym, () => this.#keys.unwrapDataKey(place)), row };
		} catch (error) {
			if (error instanceof VaultError) return undefined;
			throw error;
		}
	}

	async unwrapAudit(access: LoggedAccess, keys: readonly WrappedDataKey[]): Promise<readonly Uint8Array[]> {
		this.#assertOpen();
		const entry = this.#admission.admit("unwrap-audit", access, this.#now());
		if (entry.compartments.length > 0) throw refusal("not-an-audit-access");
		const places = keys.map((key) => placeOf(key));
		for (const { subject, joined } of places) {
			this.#keys.assertBound(subject, entry);
			if (joined !== "") throw refusal("not-an-audit-access");
		}
		return places.map((place) => this.#keys.unwrapDataKey(place));
	}

	lookupToken(purpose: string, ...parts: readonly string[]): Awaitable<string> {
		try {
			return this.#token(purpose, parts);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	#token(purpose: string, parts: readonly string[]): string {
		this.#assertOpen();
		let asked = `${purpose.length}:${purpose}`;
		for (const part of parts) asked += `${part.length}:${part}`;
		const known = this.#tokens.get(asked);
		if (known !== undefined) return known;
		// A JSON array of strings has one reading, so no two splits of a text share a token.
		const token = this.#lookupKey.hex(encodeUtf8(`aceso/lookup/1\0${JSON.stringify([purpose, ...parts])}`));
		makeRoom(this.#tokens, tokensMax);
		this.#tokens.set(asked, token);
		return token;
	}

	async dateShiftDays(access: LoggedAccess, subject: SubjectId, context: string): Promise<number> {
		this.#assertOpen();
		this.#keys.assertBound(subject, this.#admission.admit("date-shift", access, this.#now()));
		const key = this.#keys.setKey(subject, dateShiftKeyName, [dateShiftKeyName]);
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
		try {
			return destroyKeys(this.#parts, { subject, what, now: this.#now(), auditRetentionMs: retentionMs });
		} finally {
			// After the keys are gone, so that no new box holds one of them; whoever waits for the report knows that no old one opens.
			await this.#deputy?.renew();
		}
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
		for (const row of this.#parts.tables.listSubjects()) if (verifySubject(this.#parts, row)) live++;
		const destroyed = this.#parts.tables.listTombstones().filter((row) => row.compartment === wholeSubject).length;
		return { live, destroyed };
	}

	async rotateRoot(): Promise<number> {
		this.#assertOpen();
		return this.#moves.rotate();
	}

	async changeKeyRoot(config: KeyRootConfig): Promise<number> {
		this.#assertOpen();
		return this.#moves.change(config);
	}

	async rotateKeyRoot(config: KeyRootConfig): Promise<number> {
		this.#assertOpen();
		return this.#moves.rotateAbove(config);
	}

	async close(): Promise<void> {
		if (this.#closed) return;
		this.#creations.flush();
		this.#closed = true;
		this.#deputy?.close();
		this.#keys.clear();
		this.#standings.clear();
		this.#tokens.clear();
		this.#lookupKey.forget();
		this.#parts.root.forget();
		this.#parts.tables.database.close();
	}

	/** Nothing of the subject is answered from memory any more. */
	#forget(subject: SubjectId): void {
		this.#changes++;
		this.#keys.drop(subject);
		this.#standings.drop(subject);
		this.#tokens.clear();
	}

	#seal(subject: SubjectId, joined: string): SealingHandle {
		const setKey = this.#keys.keyOfSet(subject, joined);
		const dataKey = this.#newKey();
		const id = encodeHex(this.#parts.dependencies.randomBytes(16));
		const wrapped = this.#parts.wrapper.wrap(setKey, dataKey, { kind: "data", subject, name: joined, id });
		return { dataKey, wrapped: { id, subject, compartments: splitCompartments(joined), wrapped } };
	}

	#assertFree(pseudonym: Pseudonym): void {
		const { tables } = this.#parts;
		if (!isHex(pseudonym, 32)) {
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
