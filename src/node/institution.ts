import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, createSigningKey, decodeHex, encodeHex, type MemberId, type SigningKey, type SubjectId } from "#base";
import { type DataClass, readEnrolment, readLog } from "#contracts";
import {
	type AccessLog,
	type AccessLogParameters,
	type ClosedLog,
	createGate,
	DiskReserve,
	type Gate,
	GateStore,
	openAccessLog,
	openClosedLog,
} from "#gate";
import type { Ledger } from "#ledger";
import {
	BlobVault,
	backupVault,
	createKeyRoot,
	createKeyringUnder,
	createReceiptKey,
	deputyModule,
	type KeyRootConfig,
	type Keyring,
	type KeyringUpkeep,
	LocalKeyring,
	openFileBlobStore,
	openKeyringUnder,
	openProcessKeyring,
	openSqliteStore,
	type ReceiptKey,
	type SqliteStore,
	unenrolledPseudonym,
	type VaultStore,
} from "#vault";
import { createLedgerVerifier } from "./ledgerVerifier.ts";
import { anchoredOf, currentLog, openClosedLogs, waitingLog } from "./memberLogs.ts";
import { loadOrCreateSecret } from "./secretFile.ts";

/** One institution's part of a node: its keyring, store, log and gate. */
export interface Institution {
	readonly id: MemberId;
	readonly name: string;
	readonly memberKey: SigningKey;
	readonly keyring: Keyring & KeyringUpkeep;
	readonly store: SqliteStore;
	readonly objects: BlobVault;
	readonly log: AccessLog;
	readonly gate: Gate;
	/** Copies the rows alone, without any key, into a new file; `backupMember` copies the whole of an institution. */
	backup(path: string): Promise<void>;
	/** Writes the keys, wrapped by the epoch's key, into a new file; never beside a backup of data. */
	backupKeys(path: string): Promise<{ readonly epoch: number; readonly subjects: number }>;
	close(): Promise<void>;
}

export type KeyringPlacement = "in-process" | "process";

export interface InstitutionParameters {
	readonly folder: string;
	readonly id: MemberId;
	readonly name: string;
	readonly ledger: Ledger;
	/** Ledger, sealer and witnesses that the keyring is held to (`pinsOf` of the genesis). */
	readonly pins: string;
	readonly now: Clock;
	readonly randomBytes: (length: number) => Uint8Array;
	/** Opens the keyring's root, where no `keyRoot` does. */
	readonly passphrase: string;
	/** A KMS instead of the passphrase; asked each time the keyring's process starts, and not kept. */
	readonly keyRoot?: (() => KeyRootConfig) | undefined;
	/**
	 * Where the keyring runs: in this process (the demonstration says so), or in one of its own behind a unix socket, which a node that serves
	 * patients uses (PROTOCOL §7). `in-process` when absent.
	 */
	readonly keyring?: KeyringPlacement | undefined;
	/** Room on the disk that is kept for emergencies, in bytes; none when absent. */
	readonly emergencyReserveBytes?: number | undefined;
}

const keyringProgram = fileURLToPath(new URL("./keyringMain.ts", import.meta.url));

/** Where an institution's large objects lie. */
export function blobsFolder(folder: string): string {
	return join(folder, "blobs");
}

/** The member's ledger key, made at the first call. */
export function loadMemberKey(folder: string, randomBytes: (length: number) => Uint8Array): SigningKey {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return createSigningKey(
		decodeHex(
			loadOrCreateSecret(join(folder, "member.key"), () => encodeHex(randomBytes(32))),
			32,
		),
	);
}

/** The key that signs checkpoints of the member's access logs, made at the first call. */
export function loadWriterKey(folder: string, randomBytes: (length: number) => Uint8Array): SigningKey {
	return createSigningKey(
		decodeHex(
			loadOrCreateSecret(join(folder, "writer.key"), () => encodeHex(randomBytes(32))),
			32,
		),
	);
}

/**
 * Opens one institution: the composition root, the only place that knows which drivers are used. The receipt key is made here at every
 * start and given to log writer and keyring alone.
 */
export async function openInstitution(parameters: InstitutionParameters): Promise<Institution> {
	const { folder, id, name, ledger, now, randomBytes } = parameters;
	const memberKey = loadMemberKey(folder, randomBytes);
	const writerKey = loadWriterKey(folder, randomBytes);
	const nobody = loadOrCreateSecret(join(folder, "nobody.id"), () => encodeHex(randomBytes(16))) as SubjectId;
	const place = currentLog(ledger, id, folder);
	const receiptKey = createReceiptKey(randomBytes);
	const opened: { close(): Promise<void> | void }[] = [];
	try {
		const keyring = await openOrCreateKeyring(parameters, receiptKey);
		opened.push(keyring);
		if ((await keyring.status(nobody)) === "unknown") await keyring.createSubject(nobody, unenrolledPseudonym(nobody));
		const store = openSqliteStore({ path: join(folder, "vault.db"), custodian: id });
		opened.push(store);
		const blobs = await openFileBlobStore({ folder: blobsFolder(folder), randomBytes });
		opened.push(blobs);
		const objects = new BlobVault({ custodian: id, store: blobs, keyring, randomBytes });
		const reserve = openReserve(parameters);
		if (reserve !== undefined) opened.push({ close: () => reserve.stop() });
		const common = { member: id, writerKey, receiptKey, keyring, now, randomBytes };
		// Only a keyring of this process has a deputy in its log's thread.
		const local = keyring instanceof LocalKeyring ? keyring : undefined;
		const deputy = local === undefined ? undefined : { module: deputyModule, port: local.appointDeputy() };
		const log = await openAccessLog({ ...common, ...place, anchored: anchoredOf(readLog(ledger, id, place.log)), reserve, deputy });
		opened.push(log);
		const waiting = waitingLog(ledger, id, folder);
		const closedLogs = [...openClosedLogs(ledger, id, folder), ...(waiting === undefined ? [] : [await openEmptyLog({ ...common, ...waiting })])];
		opened.push(...closedLogs);
		const memory = new GateStore(join(folder, "gate.db"));
		opened.push(memory);
		const parts = {
			member: id,
			memberKey,
			ledger,
			keyring,
			openings: local,
			store,
			objects,
			log,
			closedLogs,
			memory,
			reserve,
			nobody,
			now,
			randomBytes,
		};
		const gate = createGate(parts);
		await gate.start();
		await withholdErased({ ledger, keyring, store, objects, memory });
		// What a stop left between an object and its record, before new ones come in.
		await objects.sweep(store);
		return {
			id,
			name,
			memberKey,
			keyring,
			store,
			objects,
			log,
			gate,
			backup: (path) => backupVault(store, path),
			backupKeys: (path) => keyring.backupKeys(path),
			async close() {
				await gate.stop();
				await closeAll(opened);
			},
		};
	} catch (error) {
		await closeAll(opened);
		throw error;
	}
}

/** A registered log that nobody writes yet is shown as empty, or every history would lack one that the ledger counts. */
async function openEmptyLog(parameters: AccessLogParameters & { readonly path: string }): Promise<ClosedLog> {
	const log = await openAccessLog(parameters);
	// Signs that there is nothing.
	log.anchorBody(0);
	await log.close();
	return openClosedLog(parameters.path);
}

/** Filled aside: nothing waits for it. */
function openReserve({ folder, emergencyReserveBytes: sizeBytes, randomBytes }: InstitutionParameters): DiskReserve | undefined {
	if (sizeBytes === undefined) return undefined;
	const reserve = new DiskReserve({ path: join(folder, "access.db-reserve"), sizeBytes, randomBytes });
	// A disk that cannot be written tells so at the next entry.
	reserve.fill().catch(() => undefined);
	return reserve;
}

async function openOrCreateKeyring(
	{ folder, id, pins, passphrase, keyring, now, randomBytes, ...parameters }: InstitutionParameters,
	receiptKey: ReceiptKey,
): Promise<Keyring & KeyringUpkeep> {
	// A folder of its own: a backup of data that copies the rest never holds it.
	const home = join(folder, "keyring");
	mkdirSync(home, { recursive: true, mode: 0o700 });
	const files = { path: join(home, "keyring.db"), rootFile: join(home, "root.json") };
	const keyRoot = parameters.keyRoot ?? ((): KeyRootConfig => ({ kind: "passphrase", passphrase }));
	const common = { ...files, custodian: id, receiptKey, randomBytes };
	if (keyring === "process") return openProcessKeyring({ ...common, keyRoot, create: true, ledger: { pins }, main: [keyringProgram] });
	const root = createKeyRoot(keyRoot(), { now, randomBytes });
	const here = { ...common, now, ledger: createLedgerVerifier(pins) };
	return existsSync(files.path) ? openKeyringUnder(root, here) : createKeyringUnder(root, here);
}

interface Restored {
	readonly ledger: Ledger;
	readonly keyring: Keyring;
	readonly store: VaultStore;
	readonly objects: BlobVault;
	readonly memory: GateStore;
}

/**
 * A data set restored from before an erasure holds rows of the erased: the ledger remembers whom, the gate which classes, and they go
 * again (invariant 5). Rows without keys would otherwise make the rest of the patient's record unreadable too.
 */
async function withholdErased({ ledger, keyring, store, objects, memory }: Restored): Promise<void> {
	for await (const subject of store.listSubjects()) {
		const pseudonym = await keyring.pseudonymOf(subject);
		const destroyed =
			(await keyring.status(subject)) === "destroyed" || (pseudonym !== undefined && readEnrolment(ledger, pseudonym)?.status === "destroyed");
		if (!destroyed) continue;
		if ((await keyring.status(subject)) === "live") await keyring.destroy(subject, "all");
		await store.purge(subject, "all");
		await objects.purge(subject, "all");
		memory.forgetSubscriptions(subject);
	}
	for (const { subject, compartments } of memory.partialErasures()) {
		if ((await keyring.status(subject)) !== "live") continue;
		const what = compartments.split("+") as DataClass[];
		await store.purge(subject, what);
		await objects.purge(subject, what);
	}
}

async function closeAll(opened: readonly { close(): Promise<void> | void }[]): Promise<void> {
	for (const part of [...opened].reverse()) await part.close();
}
