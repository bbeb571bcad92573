import { constants, copyFileSync, existsSync, rmSync } from "node:fs";
import type { MemberId } from "#base";
import { VaultError } from "./errors.ts";
import { fsckVault } from "./store/fsckVault.ts";
import { openSqliteStore, type SqliteStore } from "./store/sqliteStore.ts";

/**
 * Copies the encrypted rows, without any key, while the store goes on working. Whoever has the copy alone can read nothing; whoever was
 * erased stays unreadable in it, because the keys are gone.
 *
 * @param path - Must not exist.
 */
export async function backupVault(store: SqliteStore, path: string): Promise<void> {
	if (existsSync(path)) throw new VaultError("VAULT_EXISTS", "expected a path where no file stands");
	await store.backupTo(path);
}

export interface RestoreVaultParameters {
	readonly backup: string;
	/** Where the store shall stand; must not exist. */
	readonly path: string;
	readonly custodian: MemberId;
}

/**
 * Puts a backup in place and checks every row of it. Purges made since the backup are not in it: the gate repeats them from the ledger
 * (the rows are unreadable all the same).
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY` when the copy is not sound; `details.reason` is the first fault, and nothing stays at `path`.
 */
export async function restoreVault({ backup, path, custodian }: RestoreVaultParameters): Promise<SqliteStore> {
	if (!existsSync(backup)) throw new VaultError("VAULT_NOT_FOUND", "expected a backup at the path");
	if (existsSync(path)) throw new VaultError("VAULT_EXISTS", "expected a path where no file stands");
	copyFileSync(backup, path, constants.COPYFILE_EXCL);
	const store = openSqliteStore({ path, custodian });
	const [fault] = (await fsckVault(store)).faults;
	if (fault === undefined) return store;
	await store.close();
	rmSync(path);
	throw new VaultError("VAULT_INTEGRITY", "expected a sound store in the backup", { reason: fault.fault, at: fault.at });
}
