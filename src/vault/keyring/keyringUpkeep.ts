import type { KeyRootConfig } from "./kms/keyRoot.ts";

/** What the operator's jobs ask of a keyring besides {@link Keyring}; none of it opens a record. */
export interface KeyringUpkeep {
	/**
	 * Writes all live keys to one file under the epoch's key (SPEC VA30). Kept apart from any backup of data.
	 *
	 * @param path - Must not exist.
	 */
	backupKeys(path: string): Promise<{ readonly epoch: number; readonly subjects: number }>;
	/** Destroys epoch keys whose backups have all expired; returns how many. */
	expireEpochs(): Promise<number>;
	/** Destroys audit keys whose legal hold has ended; returns how many. */
	expireAuditKeys(): Promise<number>;
	/**
	 * Opens every wrapped key once and counts the subjects.
	 *
	 * @throws {@link VaultError} `VAULT_INTEGRITY` at the first that does not open or should not be there.
	 */
	verifyKeys(): Promise<{ readonly live: number; readonly destroyed: number }>;
	/** Replaces the root and re-wraps everything under it, answering requests meanwhile; returns the new generation. */
	rotateRoot(): Promise<number>;
	/** {@link rotateRoot}, with the new root and the epoch keys sealed under another passphrase or by another KMS. The old one opens nothing after. */
	changeKeyRoot(config: KeyRootConfig): Promise<number>;
	/**
	 * A new version of the key above the root where making one is ours (Transit), the sealing key wrapped under the newest version, and a new root.
	 *
	 * @param config - The key root that the keyring is under.
	 */
	rotateKeyRoot(config: KeyRootConfig): Promise<number>;
}
