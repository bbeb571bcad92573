import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { MemberId } from "#base";
import { VaultError } from "../errors.ts";
import { inTransaction, openExclusiveDatabase } from "../exclusiveDatabase.ts";
import { finishDestructions } from "./destruction.ts";
import { EpochFile, readEpochDerivation } from "./epochFile.ts";
import type { LedgerStanding } from "./evidence/ledgerVerifier.ts";
import { assertFreshLedger, type FreshLedger, restoreInto } from "./keyBackup.ts";
import { createKeyTables, hasKeyTables, KeyTables } from "./keyTables.ts";
import type { KeyRoot } from "./kms/keyRoot.ts";
import { passphraseRoot } from "./kms/passphraseRoot.ts";
import { defaultAuditRetentionMs, defaultBackupLifetimeMs, type KeyringDependencies, LocalKeyring, lookupKeyName } from "./localKeyring.ts";
import type { ScryptCost } from "./passphraseKey.ts";
import { hasRootFile, openRootFile, settleRootFile, writeNextRoot } from "./rootFile.ts";
import { RootKey } from "./rootKey.ts";
import type { SealingKey } from "./sealingKey.ts";
import { createWrapper, keyBytes } from "./wrapping.ts";

/** A keyring's files and what it needs; not what opens it. */
export interface KeyringFiles extends Omit<KeyringDependencies, "ledger"> {
	/** {@link KeyringDependencies.ledger}; may still be loading, which then goes on beside the work of the key root. */
	readonly ledger: LedgerStanding | Promise<LedgerStanding>;
	/** The keyring's own SQLite file; never part of a backup of data. */
	readonly path: string;
	/** The encrypted root, about 300 bytes. */
	readonly rootFile: string;
	readonly custodian: MemberId;
	/** Keys of backup epochs; `<rootFile>.epochs` when absent. */
	readonly epochFile?: string | undefined;
	readonly backupLifetimeMs?: number | undefined;
}

export interface KeyringParameters extends KeyringFiles {
	readonly passphrase: string;
}

export interface CreateKeyringParameters extends KeyringParameters {
	/** PROTOCOL §7's cost when absent. A lower one is for tests alone: it is written into the root file and holds ever after. */
	readonly scrypt?: ScryptCost | undefined;
}

const format = "aceso/keyring/1";
const firstGeneration = 1;

/**
 * Makes a new keyring.
 *
 * @throws {@link VaultError} `VAULT_EXISTS` when a keyring or root file stands there, `VAULT_LOCKED`.
 */
export async function createKeyring(parameters: CreateKeyringParameters): Promise<LocalKeyring> {
	return createKeyringUnder(passphraseRootOf(parameters), parameters);
}

/** {@link createKeyring} under any key root: a KMS instead of a passphrase. @throws {@link VaultError} also `VAULT_KMS_REFUSED`, `VAULT_KMS_UNREACHABLE`. */
export async function createKeyringUnder(keyRoot: KeyRoot, files: KeyringFiles): Promise<LocalKeyring> {
	return build(keyRoot, files, (tables, root) => {
		const key = files.randomBytes(keyBytes);
		tables.setNodeKey(lookupKeyName, root.wrap(key, { kind: "node", name: lookupKeyName }));
		key.fill(0);
	});
}

/**
 * Opens a keyring and finishes what a crash interrupted.
 *
 * @throws {@link VaultError} `VAULT_NOT_FOUND`, `VAULT_LOCKED`, `VAULT_PASSPHRASE_WRONG`, `VAULT_INTEGRITY`, `VAULT_LEDGER_DIFFERS`.
 */
export async function openKeyring(parameters: KeyringParameters): Promise<LocalKeyring> {
	return openKeyringUnder(passphraseRootOf(parameters), parameters);
}

/** {@link openKeyring} under any key root. @throws {@link VaultError} also `VAULT_KMS_REFUSED`, `VAULT_KMS_UNREACHABLE`. */
export async function openKeyringUnder(keyRoot: KeyRoot, parameters: KeyringFiles): Promise<LocalKeyring> {
	if (!existsSync(parameters.path)) throw new VaultError("VAULT_NOT_FOUND", "expected a keyring at the path");
	return guarded(openExclusiveDatabase(parameters.path), async (database) => {
		if (!hasKeyTables(database)) throw new VaultError("VAULT_NOT_FOUND", "expected a keyring at the path");
		const tables = new KeyTables(database);
		if (tables.getMeta("format") !== format || tables.getMeta("custodian") !== parameters.custodian) {
			throw new VaultError("VAULT_INTEGRITY", "expected a keyring of this format and custodian");
		}
		const file = settleRootFile(parameters.rootFile, tables.getMeta("generation") as number, parameters.randomBytes);
		const sealingKey = await keyRoot.openSealingKey(file.derivation, { custodian: parameters.custodian });
		const root = rootKeyOf(parameters, tables, sealingKey, openRootFile(file, sealingKey));
		return assemble(parameters, tables, sealingKey, root);
	});
}

function passphraseRootOf(parameters: CreateKeyringParameters): KeyRoot {
	return passphraseRoot(parameters.passphrase, parameters.scrypt, parameters.randomBytes);
}

export interface KeyBackupFiles {
	/** Written by `backupKeys`. */
	readonly backup: string;
	/** The epoch keys that were kept with it. */
	readonly backupEpochFile: string;
	readonly freshLedger: FreshLedger;
}

export interface RestoreKeyringParameters extends CreateKeyringParameters, KeyBackupFiles {
	/** Opens the epoch keys. */
	readonly backupPassphrase: string;
}

/**
 * Makes a new keyring from a key backup (SPEC VA32). Whoever the ledger says is destroyed does not come back.
 *
 * @throws {@link VaultError} `VAULT_RESTORE_REFUSED`, `VAULT_EXISTS`, `VAULT_PASSPHRASE_WRONG`, `VAULT_INTEGRITY`.
 */
export async function restoreKeyring(parameters: RestoreKeyringParameters): Promise<LocalKeyring> {
	const backupRoot = passphraseRoot(parameters.backupPassphrase, undefined, parameters.randomBytes);
	return restoreKeyringUnder({ keyRoot: passphraseRootOf(parameters), backupRoot }, parameters);
}

/** {@link restoreKeyring} with the epoch keys under one key root and the new keyring under another or the same. */
export async function restoreKeyringUnder(
	{ keyRoot, backupRoot }: { readonly keyRoot: KeyRoot; readonly backupRoot: KeyRoot },
	parameters: KeyringFiles & KeyBackupFiles,
): Promise<LocalKeyring> {
	const { custodian, backup, backupEpochFile, freshLedger, now, randomBytes } = parameters;
	assertFreshLedger(freshLedger, now());
	const oldKey = await backupRoot.openSealingKey(readEpochDerivation(backupEpochFile), { custodian });
	const oldEpochs = EpochFile.load({ ...epochParameters(parameters, oldKey), path: backupEpochFile });
	// Expired keys must not open anything only because nobody ran the expiry.
	oldEpochs.expire(now());
	const auditRetentionMs = parameters.auditRetentionMs ?? defaultAuditRetentionMs;
	const keyring = await build(keyRoot, parameters, (tables, root, sealingKey) => {
		restoreInto({ backup, epochs: oldEpochs, custodian, tables, root, freshLedger, now, randomBytes, auditRetentionMs });
		oldEpochs.copyTo(epochParameters(parameters, sealingKey));
	});
	oldKey.bytes.fill(0);
	return keyring;
}

/** Crash order: root beside its place, then the tables that name its generation, then the root in its place; recovery is that of a rotation. */
async function build(
	keyRoot: KeyRoot,
	parameters: KeyringFiles,
	fill: (tables: KeyTables, root: RootKey, sealingKey: SealingKey) => void,
): Promise<LocalKeyring> {
	const { custodian, rootFile, randomBytes } = parameters;
	if (hasRootFile(rootFile)) throw new VaultError("VAULT_EXISTS", "expected no root file at the path");
	return guarded(openExclusiveDatabase(parameters.path), async (database) => {
		if (hasKeyTables(database)) throw new VaultError("VAULT_EXISTS", "expected no keyring at the path");
		const sealingKey = await keyRoot.createSealingKey({ custodian });
		const bytes = randomBytes(keyBytes);
		writeNextRoot(rootFile, { custodian, generation: firstGeneration, bytes }, sealingKey, randomBytes);
		const { tables, root } = inTransaction(database, () => {
			createKeyTables(database);
			const tables = new KeyTables(database);
			const root = rootKeyOf(parameters, tables, sealingKey, bytes);
			tables.setMeta("format", format);
			tables.setMeta("custodian", custodian);
			tables.setMeta("generation", firstGeneration);
			fill(tables, root, sealingKey);
			return { tables, root };
		});
		settleRootFile(rootFile, firstGeneration, randomBytes);
		return assemble(parameters, tables, sealingKey, root);
	});
}

async function assemble(parameters: KeyringFiles, tables: KeyTables, sealingKey: SealingKey, root: RootKey): Promise<LocalKeyring> {
	const { custodian, randomBytes } = parameters;
	const epochs = EpochFile.load(epochParameters(parameters, sealingKey));
	const { now, receiptKey, auditRetentionMs, maxCachedSubjects } = parameters;
	const ledger = await parameters.ledger;
	// Named one by one: the passphrase does not travel on.
	const dependencies = { now, randomBytes, receiptKey, ledger, auditRetentionMs, maxCachedSubjects };
	const parts = { custodian, tables, root, epochs, wrapper: createWrapper(custodian, randomBytes), dependencies };
	finishDestructions(parts);
	return new LocalKeyring(parts);
}

function rootKeyOf(parameters: KeyringFiles, tables: KeyTables, sealingKey: SealingKey, bytes: Uint8Array): RootKey {
	const { custodian, rootFile: path, randomBytes } = parameters;
	return new RootKey({ custodian, path, tables, wrapper: createWrapper(custodian, randomBytes), sealingKey, randomBytes }, bytes);
}

function epochParameters(parameters: KeyringFiles, sealingKey: SealingKey) {
	const { custodian, rootFile, epochFile, backupLifetimeMs, randomBytes } = parameters;
	return {
		path: epochFile ?? `${rootFile}.epochs`,
		custodian,
		sealingKey,
		backupLifetimeMs: backupLifetimeMs ?? defaultBackupLifetimeMs,
		randomBytes,
	};
}

/** Releases the file when opening fails, so that the next attempt with the right passphrase finds it free. */
async function guarded<Result>(database: DatabaseSync, work: (database: DatabaseSync) => Promise<Result>): Promise<Result> {
	try {
		return await work(database);
	} catch (error) {
		if (database.isOpen) database.close();
		throw error;
	}
}
