import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import {
	type Clock,
	decodeBase64,
	decodeHex,
	decodeUtf8,
	encodeBase64,
	encodeHex,
	encodeUtf8,
	type Instant,
	type MemberId,
	type Pseudonym,
	type SubjectId,
} from "#base";
import type { Compartment } from "#contracts";
import { associatedData, open, type RandomBytes, seal } from "../aead.ts";
import { VaultError } from "../errors.ts";
import type { EpochFile } from "./epochFile.ts";
import type { KeyTables, SubjectRow, TombstoneRow } from "./keyTables.ts";
import { wholeSubject } from "./keyTables.ts";
import type { LocalKeyringParts } from "./localKeyring.ts";
import type { RootKey } from "./rootKey.ts";
import { createWrapper, type KeyPlace, type Wrapper } from "./wrapping.ts";

const subjectsPerChunk = 500;

interface BackupHeader {
	readonly format: "aceso/keys/1";
	readonly custodian: MemberId;
	readonly epoch: number;
	readonly createdAtMs: number;
	readonly chunks: number;
}

/** Keys as in the tables, except that what the root wraps is wrapped by the epoch's key. Hex. */
interface BackedUpSubject {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly patient: string | null;
	readonly audit: string | null;
	readonly auditUntil: number | null;
	readonly compartments: readonly (readonly [name: string, wrapped: string])[];
}

interface BackupChunk {
	readonly nodeKeys: readonly (readonly [name: string, wrapped: string])[];
	readonly tombstones: readonly TombstoneRow[];
	readonly subjects: readonly BackedUpSubject[];
}

/**
 * A line of JSON (the header), then a line of base64 for each chunk: AES-256-GCM under the epoch's key, AAD = header line's fields and the
 * chunk's number, so that no chunk can be left out, moved or taken from another backup.
 */
export function writeKeyBackup(parts: LocalKeyringParts, { path, now }: { readonly path: string; readonly now: Instant }) {
	if (existsSync(path)) throw new VaultError("VAULT_EXISTS", "expected a path where no file stands");
	const { epoch, key } = parts.epochs.startBackup(now);
	const subjects = parts.tables.listSubjects();
	const chunks = Math.max(1, Math.ceil(subjects.length / subjectsPerChunk));
	const header: BackupHeader = { format: "aceso/keys/1", custodian: parts.custodian, epoch, createdAtMs: now, chunks };
	const file = openSync(path, "wx", 0o600);
	try {
		writeFileSync(file, `${JSON.stringify(header)}\n`);
		for (let index = 0; index < chunks; index++) {
			const rows = subjects.slice(index * subjectsPerChunk, (index + 1) * subjectsPerChunk);
			const chunk = encodeUtf8(JSON.stringify(chunkOf(parts, key, rows, index === 0)));
			writeFileSync(file, `${encodeBase64(seal(key, chunk, chunkAad(header, index), parts.dependencies.randomBytes))}\n`);
		}
		fsyncSync(file);
	} finally {
		closeSync(file);
		key.fill(0);
	}
	return { epoch, subjects: subjects.length };
}

function chunkOf({ tables, root, wrapper }: LocalKeyringParts, key: Uint8Array, rows: readonly SubjectRow[], first: boolean): BackupChunk {
	const rewrap = (wrapped: Uint8Array | null, place: KeyPlace) =>
		wrapped === null ? null : encodeHex(wrapper.wrap(key, root.unwrap(wrapped, place), place));
	return {
		nodeKeys: first
			? tables.listNodeKeys().map((name) => [name, encodeHex(wrapper.wrap(key, root.unwrapNodeKey(name), { kind: "node", name }))])
			: [],
		tombstones: first ? tables.listTombstones() : [],
		subjects: rows.map(({ subject, pseudonym, patient, audit, audit_until }) => ({
			subject,
			pseudonym,
			patient: rewrap(patient, { kind: "patient", subject }),
			audit: rewrap(audit, { kind: "audit", subject }),
			auditUntil: audit_until,
			compartments: tables.listCompartmentKeys(subject).map(({ name, wrapped }) => [name, encodeHex(wrapped)]),
		})),
	};
}

/**
 * What the ledger and the access log say now. A restore without it would bring erased patients back, so it is not optional: the caller
 * shows that the ledger was just verified and answers for every subject in the backup.
 */
export interface FreshLedger {
	/** When the head that `destroyed` rests on was verified, UTC ms; older than 30 s refuses. */
	readonly verifiedAtMs: Instant;
	/** What was destroyed of a subject since, by its pseudonym: everything, some compartments, or nothing. */
	destroyed(pseudonym: Pseudonym, subject: SubjectId): "all" | readonly Compartment[];
}

export const freshLedgerMs = 30_000;

export interface RestoreIntoParameters {
	readonly backup: string;
	readonly epochs: EpochFile;
	readonly custodian: MemberId;
	readonly tables: KeyTables;
	readonly root: RootKey;
	readonly freshLedger: FreshLedger;
	readonly now: Clock;
	readonly randomBytes: RandomBytes;
	readonly auditRetentionMs: number;
}

/**
 * Fills empty tables from a backup; subjects destroyed since come back as tombstones, their audit key alone kept to the end of its hold.
 * Runs inside the caller's transaction.
 *
 * @throws {@link VaultError} `VAULT_RESTORE_REFUSED` when the ledger is not fresh, the epoch's key is destroyed or the backup is another custodian's;
 * `VAULT_INTEGRITY` when it was altered.
 */
export function restoreInto(parameters: RestoreIntoParameters): void {
	const { backup, epochs, custodian, tables, root, freshLedger, now, auditRetentionMs } = parameters;
	const wrapper = createWrapper(custodian, parameters.randomBytes);
	const [headerLine, ...lines] = readFileSync(backup, "utf8").trimEnd().split("\n");
	const header = readHeader(headerLine as string, custodian);
	const key = epochs.keyOf(header.epoch);
	if (key === undefined) throw new VaultError("VAULT_RESTORE_REFUSED", "the key of the backup's epoch is destroyed", { reason: "epoch-expired" });
	if (lines.length !== header.chunks) throw new VaultError("VAULT_INTEGRITY", `expected ${header.chunks} chunks, found ${lines.length}`);
	const at = now();
	const backupsUntil = epochs.lastEnd(at);
	for (const [index, line] of lines.entries()) {
		const chunk = openChunk(key, header, index, line);
		for (const tombstone of chunk.tombstones) tables.addTombstone(tombstone);
		for (const [name, wrapped] of chunk.nodeKeys) {
			const place = { kind: "node", name } as const;
			tables.setNodeKey(name, root.wrap(wrapper.unwrap(key, decodeHex(wrapped), place), place));
		}
		for (const subject of chunk.subjects) {
			const gone = freshLedger.destroyed(subject.pseudonym, subject.subject);
			restoreSubject({ tables, root, wrapper, key, subject, gone, now: at, backupsUntil, auditRetentionMs });
		}
	}
	key.fill(0);
}

function restoreSubject(parameters: {
	readonly tables: KeyTables;
	readonly root: RootKey;
	readonly wrapper: Wrapper;
	readonly key: Uint8Array;
	readonly subject: BackedUpSubject;
	readonly gone: "all" | readonly Compartment[];
	readonly now: Instant;
	/** The backup itself holds the keys of whoever was erased since, for as long as its epoch lives. */
	readonly backupsUntil: Instant;
	readonly auditRetentionMs: number;
}): void {
	const { tables, root, wrapper, key, gone, now, backupsUntil, auditRetentionMs } = parameters;
	const { subject, pseudonym, patient, audit, auditUntil, compartments } = parameters.subject;
	const rewrap = (wrapped: string | null, place: KeyPlace) =>
		wrapped === null ? null : root.wrap(wrapper.unwrap(key, decodeHex(wrapped), place), place);
	const dead = gone === "all" || patient === null;
	const until = dead ? (auditUntil ?? now + auditRetentionMs) : null;
	const names = gone === "all" ? [] : gone;
	tables.addSubject(
		{
			subject,
			pseudonym,
			patient: dead ? null : rewrap(patient, { kind: "patient", subject }),
			audit: rewrap(audit, { kind: "audit", subject }),
			audit_until: until,
		},
		dead
			? []
			: compartments.filter(([name]) => !names.includes(name as Compartment)).map(([name, wrapped]) => ({ name, wrapped: decodeHex(wrapped) })),
	);
	for (const compartment of dead ? [wholeSubject] : names) {
		tables.addTombstone({ subject, compartment, destroyed_at: now, backups_until: backupsUntil, audit_until: until ?? 0 });
	}
}

/** @throws {@link VaultError} `VAULT_RESTORE_REFUSED`. */
export function assertFreshLedger(freshLedger: FreshLedger | undefined, now: Instant): void {
	const age = typeof freshLedger?.destroyed === "function" ? now - freshLedger.verifiedAtMs : Number.NaN;
	if (!(age >= 0 && age <= freshLedgerMs)) {
		throw new VaultError("VAULT_RESTORE_REFUSED", "expected a ledger head verified within 30 s; erased patients would come back without it", {
			reason: "ledger-not-fresh",
		});
	}
}

function readHeader(line: string, custodian: MemberId): BackupHeader {
	let header: BackupHeader | undefined;
	try {
		header = JSON.parse(line) as BackupHeader;
	} catch {
		header = undefined;
	}
	if (header?.format !== "aceso/keys/1") throw new VaultError("VAULT_RESTORE_REFUSED", "expected a key backup", { reason: "format" });
	if (header.custodian !== custodian) throw new VaultError("VAULT_RESTORE_REFUSED", "expected a backup of this custodian", { reason: "custodian" });
	return header;
}

function openChunk(key: Uint8Array, header: BackupHeader, index: number, line: string): BackupChunk {
	const chunk = open(key, decodeBase64(line), chunkAad(header, index));
	if (chunk === undefined) throw new VaultError("VAULT_INTEGRITY", "expected a chunk of this backup, found other bytes", { at: index });
	return JSON.parse(decodeUtf8(chunk)) as BackupChunk;
}

function chunkAad(header: BackupHeader, index: number): Uint8Array {
	return associatedData(header.format, header.custodian, header.epoch, header.createdAtMs, header.chunks, index);
}
