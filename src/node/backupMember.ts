import { createHash } from "node:crypto";
import { constants, createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Digest } from "#base";
import { fsckAccessLog } from "#gate";
import { backupVault, FileBlobStore, fsckObjects, openSqliteStore, parseBlobName, type SqliteStore, VaultError } from "#vault";
import { copyDatabase } from "./copyDatabase.ts";
import { NodeError } from "./errors.ts";
import { blobsFolder } from "./institution.ts";
import { currentLog, listLogFiles } from "./memberLogs.ts";
import { ledgerFile, type Network } from "./network.ts";
import { copySignIn } from "./signin/copySignIn.ts";
import { systemRandom } from "./systemRandom.ts";

/** What a backup says of itself: public facts and hashes, nothing of a patient. */
export interface BackupManifest {
	readonly format: "aceso/backup/1";
	readonly chain: string;
	readonly member: string;
	readonly madeAtMs: number;
	/** The ledger as it was when the backup began: a restore wants one that is no older. */
	readonly ledger: { readonly height: number; readonly size: number };
	/** The access log that was written then, as far as the backup holds it; those closed before it are beside it. */
	readonly log: { readonly log: string; readonly size: number; readonly root: string };
	readonly objects: number;
	/** SHA-256, hex, of each file besides the objects: those are authenticated chunk by chunk. */
	readonly files: Readonly<Record<string, Digest>>;
}

/** Names inside a backup. */
export const backupNames = {
	manifest: "manifest.json",
	network: "network.json",
	nobody: "nobody.id",
	records: "vault.db",
	objects: "blobs",
	gate: "gate.db",
	signIn: "signin.db",
	ledger: "ledger.db",
} as const;

/** Copies of the rows that erasures may overtake before the backup gives up. */
const copiesMax = 10;

/**
 * Copies everything that an institution has, save keys and secrets, into a new folder, while it goes on working. One consistent set: the ledger
 * first, so that no anchor in it is ahead of the log; then rows with the objects they point to; then the log, which tells of every row; the manifest
 * last, so that a copy that broke off is none.
 *
 * @param out - Empty, or not there yet.
 * @throws NodeError `NODE_BACKUP_PRESENT`, `NODE_MEMBER_UNKNOWN`.
 */
export async function backupMember(network: Network, member: string, out: string): Promise<BackupManifest> {
	const { id, store } = network.institution(member);
	const home = join(network.folder, "members", id);
	const at = (name: keyof typeof backupNames) => join(out, backupNames[name]);
	await mkdir(out, { recursive: true, mode: 0o700 });
	if ((await readdir(out)).length > 0) throw new NodeError("NODE_BACKUP_PRESENT", "expected an empty folder for the backup, or none");
	const { height, logSize } = network.ledger.head();
	if (existsSync(ledgerFile(network.folder))) await copyDatabase(ledgerFile(network.folder), at("ledger"));
	const objects = await copyRowsAndObjects({ store, home, out });
	for (const name of [...listLogFiles(home), backupNames.gate]) await copyDatabase(join(home, name), join(out, name));
	// Nobody has signed in here yet where there is none.
	if (existsSync(join(home, backupNames.signIn))) await copySignIn(join(home, backupNames.signIn), at("signIn"));
	await copyFile(join(network.folder, backupNames.network), at("network"));
	await copyFile(join(home, backupNames.nobody), at("nobody"));
	const newest = join(out, basename(currentLog(network.ledger, id, home).path));
	const { log, entries, root } = fsckAccessLog(newest);
	await rm(`${newest}-lock`, { force: true });
	const names = (await readdir(out)).filter((name) => name !== backupNames.objects);
	const manifest: BackupManifest = {
		...{ format: "aceso/backup/1", chain: network.ledger.chain, member: id, madeAtMs: network.now() },
		ledger: { height, size: logSize },
		log: { log, size: entries, root },
		objects,
		files: Object.fromEntries(await Promise.all(names.sort().map(async (name) => [name, await hashFile(join(out, name))] as const))),
	};
	await writeFile(at("manifest"), `${JSON.stringify(manifest, null, "\t")}\n`, { mode: 0o600, flag: "wx" });
	return manifest;
}

interface CopyParameters {
	readonly store: SqliteStore;
	readonly home: string;
	readonly out: string;
}

/**
 * Rows, then the objects that these rows point to. An erasure in between takes objects that the copied rows still name, or overwrites one that is
 * being copied: then the rows are copied again, without the erased.
 *
 * @returns How many objects there are.
 */
async function copyRowsAndObjects({ store, home, out }: CopyParameters): Promise<number> {
	const [records, objects] = [join(out, backupNames.records), join(out, backupNames.objects)];
	for (let copies = 0; copies < copiesMax; copies++) {
		await rm(records, { force: true });
		await rm(objects, { recursive: true, force: true });
		await mkdir(objects, { mode: 0o700 });
		await backupVault(store, records);
		// The copy itself is asked what has to be there, not the store that has gone on since.
		const copy = openSqliteStore({ path: records, custodian: store.custodian });
		try {
			const expected = new Set<string>();
			for await (const { id } of copy.listObjects()) expected.add(id);
			await copyObjects(expected, { from: blobsFolder(home), to: objects });
			const { faults } = await fsckObjects(new FileBlobStore(objects, systemRandom), copy);
			if (faults.length === 0) return expected.size;
		} finally {
			await copy.close();
		}
	}
	throw new VaultError("VAULT_INTEGRITY", "expected every object that a record points to, found some missing; `aceso fsck` names them");
}

/** Whatever of them is there. */
async function copyObjects(expected: ReadonlySet<string>, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
	for await (const name of new FileBlobStore(from, systemRandom).list()) {
		if (!expected.has(parseBlobName(name).id)) continue;
		await mkdir(dirname(join(to, name)), { recursive: true, mode: 0o700 });
		await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
			if (error.code !== "ENOENT") throw error;
		});
	}
}

export async function hashFile(path: string): Promise<Digest> {
	const hash = createHash("sha256");
	for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
	return hash.digest("hex") as Digest;
}
