import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, type MemberId, type Pseudonym, parseMemberId, type SubjectId, systemClock } from "#base";
import { type Compartment, readEnrolment } from "#contracts";
import { GateStore } from "#gate";
import type { Ledger } from "#ledger";
import { createReceiptKey, restoreKeyring, restoreVault } from "#vault";
import { NodeError } from "./errors.ts";
import { lockFolder } from "./folderLock.ts";
import { createLedgerVerifier, pinsOf } from "./ledgerVerifier.ts";
import { loadDemoPassphrase, openLedgerOf, readGenesis } from "./network.ts";
import { systemRandom } from "./systemRandom.ts";

export interface RestoreParameters {
	readonly folder: string;
	readonly member: string;
	/** A backup of this member's records, or of its keys. */
	readonly backup: string;
	readonly now?: Clock;
}

/**
 * Puts a backup of records in the place of a member's vault; the vault that stood there is kept beside it, as unreadable as its keys allow.
 * The copy is checked whole before anything is moved. Rows of whoever was erased since go again when the network opens.
 *
 * @returns Where the replaced vault lies now, or "" where there was none.
 * @throws NodeError `NODE_FOLDER_LOCKED`, `NODE_MEMBER_UNKNOWN`; VaultError `VAULT_NOT_FOUND`, `VAULT_INTEGRITY`.
 */
export async function restoreRecords({ folder, member, backup, now = systemClock }: RestoreParameters): Promise<string> {
	const { id, home } = memberOf(folder, member);
	const unlock = lockFolder(folder);
	try {
		const path = join(home, "vault.db");
		const draft = `${path}.restoring`;
		moveDatabase(draft, undefined);
		await (await restoreVault({ backup, path: draft, custodian: id })).close();
		const replaced = existsSync(path) ? `${path}.replaced-${now()}` : "";
		if (replaced !== "") moveDatabase(path, replaced);
		moveDatabase(draft, path);
		return replaced;
	} finally {
		unlock();
	}
}

export interface RestoreKeysParameters extends RestoreParameters {
	/** The epochs' keys that were kept with the keyring; the file beside the lost keyring when absent. */
	readonly epochFile?: string;
}

/**
 * Makes a lost keyring again from a backup of its keys. What the ledger and the gate say was erased since does not come back.
 *
 * @throws NodeError `NODE_FOLDER_LOCKED`, `NODE_MEMBER_UNKNOWN`, `NODE_KEYRING_PRESENT`; VaultError `VAULT_RESTORE_REFUSED`, `VAULT_INTEGRITY`.
 */
export async function restoreKeys({ folder, member, backup, epochFile, now = systemClock }: RestoreKeysParameters): Promise<void> {
	const { id, home } = memberOf(folder, member);
	const place = join(home, "keyring");
	const unlock = lockFolder(folder);
	let ledger: Ledger | undefined;
	try {
		if (existsSync(join(place, "keyring.db"))) {
			throw new NodeError("NODE_KEYRING_PRESENT", "expected no keyring in its place: a backup of keys restores a lost one and replaces none");
		}
		ledger = await openLedgerOf(folder, now);
		const draft = join(home, "keyring.restoring");
		rmSync(draft, { recursive: true, force: true });
		const pins = pinsOf(readGenesis(folder));
		await fillKeyring({ draft, id, home, backup, epochFile: epochFile ?? join(place, "root.json.epochs"), ledger, pins, now });
		// The lost keyring's root opens nothing any more.
		rmSync(place, { recursive: true, force: true });
		renameSync(draft, place);
	} finally {
		await ledger?.close();
		unlock();
	}
}

interface FillParameters {
	readonly draft: string;
	readonly id: MemberId;
	readonly home: string;
	readonly backup: string;
	readonly epochFile: string;
	readonly ledger: Ledger;
	readonly pins: string;
	readonly now: Clock;
}

async function fillKeyring({ draft, id, home, backup, epochFile, ledger, pins, now }: FillParameters): Promise<void> {
	const randomBytes = systemRandom;
	const memory = new GateStore(join(home, "gate.db"));
	try {
		// Those that a stop interrupted count as done: they are finished at the next start.
		const erasures = [...memory.partialErasures(), ...memory.unfinishedErasures()];
		const destroyed = (pseudonym: Pseudonym, subject: SubjectId): "all" | readonly Compartment[] => {
			const own = erasures.filter((each) => each.subject === subject).map(({ compartments }) => compartments);
			if (own.includes("all") || readEnrolment(ledger, pseudonym)?.status === "destroyed") return "all";
			return own.flatMap((compartments) => compartments.split("+") as Compartment[]);
		};
		const passphrase = loadDemoPassphrase(home, randomBytes);
		mkdirSync(draft, { recursive: true, mode: 0o700 });
		const keyring = await restoreKeyring({
			path: join(draft, "keyring.db"),
			rootFile: join(draft, "root.json"),
			passphrase,
			custodian: id,
			receiptKey: createReceiptKey(randomBytes),
			ledger: createLedgerVerifier(pins),
			now,
			randomBytes,
			backup,
			backupEpochFile: epochFile,
			backupPassphrase: passphrase,
			// The sealer has just audited its own file.
			freshLedger: { verifiedAtMs: now(), destroyed },
		});
		await keyring.close();
	} finally {
		memory.close();
	}
}

export function memberOf(folder: string, member: string): { readonly id: MemberId; readonly home: string } {
	const { members } = readGenesis(folder);
	const known = members.find(({ id }) => id === member);
	if (known === undefined) throw new NodeError("NODE_MEMBER_UNKNOWN", `expected one of ${members.map(({ id }) => id).join(", ")}`);
	return { id: parseMemberId(known.id), home: join(folder, "members", known.id) };
}

/** A SQLite file with what lies beside it, or a folder; no target removes it. */
export function moveDatabase(from: string, to: string | undefined): void {
	for (const suffix of ["-wal", "-shm", ""]) {
		if (to === undefined) rmSync(`${from}${suffix}`, { force: true });
		else if (existsSync(`${from}${suffix}`)) renameSync(`${from}${suffix}`, `${to}${suffix}`);
	}
}
