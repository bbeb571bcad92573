import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type Clock, parseMemberId, systemClock } from "#base";
import { type RegisteredLog, readLog } from "#contracts";
import { FileBlobStore, fsckObjects, restoreVault, VaultError } from "#vault";
import { type BackupManifest, backupNames, hashFile } from "./backupMember.ts";
import { NodeError } from "./errors.ts";
import { lockFolder } from "./folderLock.ts";
import { blobsFolder } from "./institution.ts";
import { isLogFile, placeOf } from "./memberLogs.ts";
import { ledgerFile, openWitnessedLedgerOf, readGenesis } from "./network.ts";
import { memberOf, moveDatabase } from "./restore.ts";
import { systemRandom } from "./systemRandom.ts";

export interface RestoreBackupParameters {
	readonly folder: string;
	readonly member: string;
	/** A folder that `backupMember` filled. */
	readonly backup: string;
	readonly now?: Clock;
}

export interface RestoreReport {
	/** Where what stood there lies now. */
	readonly replaced: readonly string[];
	/** Files that were lost and came back. */
	readonly broughtBack: readonly string[];
	readonly objects: number;
}

/**
 * Puts a backup in the place of a member's records and large objects; what stood there is kept beside it. The access log and the gate's journal stay
 * as they are, since going back to an older one would hide accesses and erasures; where they are lost, the backup's come back, the log only if the
 * ledger has anchored nothing beyond it. All is checked before anything is moved. Whoever was erased since goes again when the network opens.
 *
 * @throws NodeError `NODE_FOLDER_LOCKED`, `NODE_MEMBER_UNKNOWN`, `NODE_BACKUP_FOREIGN`, `NODE_LOG_BEHIND`; VaultError `VAULT_NOT_FOUND`,
 * `VAULT_INTEGRITY`, `VAULT_RESTORE_REFUSED` without a ledger that is no older than the backup; `LEDGER_ROLLED_BACK`.
 */
export async function restoreBackup({ folder, member, backup, now = systemClock }: RestoreBackupParameters): Promise<RestoreReport> {
	const { id, home } = memberOf(folder, member);
	const manifest = await checkBackup({ folder, member: id, backup });
	const unlock = lockFolder(folder);
	try {
		const logs = await assertLedger(folder, { manifest, home, now });
		const records = join(home, backupNames.records);
		const [recordsDraft, objectsDraft] = [`${records}.restoring`, `${blobsFolder(home)}.restoring`];
		moveDatabase(recordsDraft, undefined);
		rmSync(objectsDraft, { recursive: true, force: true });
		cpSync(join(backup, backupNames.objects), objectsDraft, { recursive: true });
		const store = await restoreVault({ backup: join(backup, backupNames.records), path: recordsDraft, custodian: id });
		try {
			const { faults } = await fsckObjects(new FileBlobStore(objectsDraft, systemRandom), store);
			const [fault] = faults;
			if (fault !== undefined) throw new VaultError("VAULT_INTEGRITY", "expected sound objects in the backup", { reason: fault.fault, at: fault.at });
		} finally {
			await store.close();
		}
		// Objects first: a start in between finds rows without some of them, and deletes none.
		const replaced = [replace(objectsDraft, blobsFolder(home), now()), replace(recordsDraft, records, now())].filter((path) => path !== "");
		const broughtBack = [...logs, backupNames.gate, backupNames.nobody, ...signInOf(manifest)].filter((name) =>
			bringBack(join(backup, name), join(home, name)),
		);
		return { replaced, broughtBack, objects: manifest.objects };
	} finally {
		unlock();
	}
}

/** What people left at sign-in; a backup of before anybody did has none. */
function signInOf({ files }: BackupManifest): readonly string[] {
	return backupNames.signIn in files ? [backupNames.signIn] : [];
}

/**
 * Holds a backup against its manifest, file by file.
 *
 * @throws VaultError `VAULT_NOT_FOUND`, `VAULT_INTEGRITY`; NodeError `NODE_BACKUP_FOREIGN`.
 */
export async function checkBackup({ folder, member, backup }: Omit<RestoreBackupParameters, "now">): Promise<BackupManifest> {
	const manifest = readManifest(backup);
	assertSame(folder, backup, { manifest, member });
	await assertUnaltered(backup, manifest);
	return manifest;
}

/** @throws VaultError `VAULT_NOT_FOUND`; NodeError `NODE_BACKUP_FOREIGN`. */
function readManifest(backup: string): BackupManifest {
	const path = join(backup, backupNames.manifest);
	if (!existsSync(path)) throw new VaultError("VAULT_NOT_FOUND", "expected a folder that `aceso backup` finished, with its manifest.json");
	try {
		const manifest = JSON.parse(readFileSync(path, "utf8")) as BackupManifest;
		if (manifest.format === "aceso/backup/1") return manifest;
	} catch {
		// Told below: the parser's message quotes the file.
	}
	throw new NodeError("NODE_BACKUP_FOREIGN", "expected a manifest of format aceso/backup/1");
}

function assertSame(folder: string, backup: string, { manifest, member }: { readonly manifest: BackupManifest; readonly member: string }): void {
	if (manifest.member !== member) throw new NodeError("NODE_BACKUP_FOREIGN", "expected a backup of this member, found another's");
	const [here, there] = [readGenesis(folder), readGenesis(backup)];
	if (JSON.stringify(here) !== JSON.stringify(there))
		throw new NodeError("NODE_BACKUP_FOREIGN", "expected a backup from this network, found another's");
}

async function assertUnaltered(backup: string, { files }: BackupManifest): Promise<void> {
	for (const [name, hash] of Object.entries(files)) {
		const path = join(backup, name);
		if (name.includes("/") || !existsSync(path) || (await hashFile(path)) !== hash) {
			throw new VaultError("VAULT_INTEGRITY", "expected the file that the manifest names, found it altered or gone", {
				reason: "manifest",
				at: name,
			});
		}
	}
}

interface LedgerParameters {
	readonly manifest: BackupManifest;
	readonly home: string;
	readonly now: Clock;
}

/**
 * The ledger says who was erased since and how far the log was anchored: an older one would let both be forgotten.
 *
 * @returns Names of the access logs' files that may come back where they are lost: those that were closed before the backup, and the one written
 * then unless it was closed since, with what was left of it.
 */
async function assertLedger(folder: string, { manifest, home, now }: LedgerParameters): Promise<readonly string[]> {
	if (!existsSync(ledgerFile(folder))) throw noFreshLedger();
	const { ledger, close } = await openWitnessedLedgerOf(folder, now);
	try {
		if (ledger.head().logSize < manifest.ledger.size) throw noFreshLedger();
		const member = parseMemberId(manifest.member);
		const written = basename(placeOf(member, manifest.log.log, home).path);
		const recorded = readLog(ledger, member, manifest.log.log);
		if (!existsSync(join(home, written)) && recorded?.status !== "closed") assertReaches(recorded, manifest.log);
		const names = Object.keys(manifest.files).filter(isLogFile);
		return recorded?.status === "closed" ? names.filter((name) => name !== written) : names;
	} finally {
		await close();
	}
}

function noFreshLedger(): VaultError {
	return new VaultError(
		"VAULT_RESTORE_REFUSED",
		"expected a ledger here that is no older than the backup: it alone knows who was erased since. Bring the ledger back first",
	);
}

/** @throws NodeError `NODE_LOG_BEHIND`. */
function assertReaches(recorded: RegisteredLog | undefined, { size }: BackupManifest["log"]): void {
	if (recorded === undefined || recorded.size <= size) return;
	throw new NodeError(
		"NODE_LOG_BEHIND",
		`the access log of the backup ends at entry ${size}, the ledger has ${recorded.size} anchored: put in place it would hide ${recorded.size - size} accesses. Bring the newest copy of the file back; if there is none, \`aceso log close --backup\` declares them lost and goes on in a new log`,
		{ entries: size, anchored: recorded.size },
	);
}

/** @returns Where what stood there lies now, or "". */
function replace(draft: string, place: string, at: number): string {
	const replaced = existsSync(place) ? `${place}.replaced-${at}` : "";
	if (replaced !== "") moveDatabase(place, replaced);
	moveDatabase(draft, place);
	return replaced;
}

function bringBack(from: string, to: string): boolean {
	if (existsSync(to)) return false;
	const draft = `${to}.restoring`;
	cpSync(from, draft);
	renameSync(draft, to);
	return true;
}
