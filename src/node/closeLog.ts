import { cpSync, existsSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { type Clock, encodeHex, type JsonObject, type MemberId, type SigningKey, systemClock } from "#base";
import { type AnchorLeaf, type RegisteredLog, readKeyHolder, readLog } from "#contracts";
import { finishLog, judgeLogFile, type LogFileState, listAnchors } from "#gate";
import { createEnvelope, type Ledger, latestUntil, saltBytes, signTransaction } from "#ledger";
import { fetchEntries } from "#log";
import { NodeError } from "./errors.ts";
import { lockFolder } from "./folderLock.ts";
import { loadMemberKey, loadWriterKey } from "./institution.ts";
import { anchoredOf, currentLog, type LogPlace, successorOf } from "./memberLogs.ts";
import { openWitnessedLedgerOf } from "./network.ts";
import { memberOf } from "./restore.ts";
import { checkBackup } from "./restoreBackup.ts";
import { systemRandom } from "./systemRandom.ts";

export interface CloseLogParameters {
	readonly folder: string;
	readonly member: string;
	/** A folder that `backupMember` filled: where the log's file is gone, its copy is put in the place and shown from then on. */
	readonly backup?: string | undefined;
	/** Entries to be declared lost, where more are known to be missing than the ledger shows. */
	readonly lost?: number | undefined;
	/** Closes a log that has lost nothing as well. */
	readonly intact?: boolean | undefined;
	readonly now?: Clock;
}

export interface CloseLogReport {
	readonly closed: string;
	readonly successor: string;
	/** Entries that the ledger had anchored of it. */
	readonly anchored: number;
	/** Entries that are still there and can be shown. */
	readonly shown: number;
	/** Entries declared lost. */
	readonly lost: number;
}

/**
 * Closes a member's access log on the ledger with the number of entries lost, and names its successor, which the next start writes. The successor is
 * registered first: a stop in between leaves an open log without entries, which a second call takes.
 *
 * @throws NodeError `NODE_FOLDER_LOCKED`, `NODE_MEMBER_UNKNOWN`, `NODE_LOG_INTACT`, `NODE_LOSS_UNDERSTATED`, `NODE_BACKUP_FOREIGN`, `NODE_LEDGER_REFUSED`;
 * AccessLogError `ACCESS_LOG_INTEGRITY` for a damaged file; `LEDGER_ROLLED_BACK`.
 */
export async function closeLog(parameters: CloseLogParameters): Promise<CloseLogReport> {
	const { folder, member, backup, now = systemClock } = parameters;
	const { id, home } = memberOf(folder, member);
	const unlock = lockFolder(folder);
	try {
		const { ledger, close } = await openWitnessedLedgerOf(folder, now);
		try {
			if (backup !== undefined) await bringBackLog(currentLog(ledger, id, home), { folder, member: id, backup });
			return await closeOn({ ...parameters, ledger, id, home, now });
		} finally {
			await close();
		}
	} finally {
		unlock();
	}
}

interface CloseOnParameters extends CloseLogParameters {
	readonly ledger: Ledger;
	readonly id: MemberId;
	readonly home: string;
	readonly now: Clock;
}

async function closeOn({ ledger, id, home, now, intact = false, lost: declared }: CloseOnParameters): Promise<CloseLogReport> {
	const place = currentLog(ledger, id, home);
	const record = readLog(ledger, id, place.log);
	const writerKey = loadWriterKey(home, systemRandom);
	const found = judgeLogFile(place.path, { log: place.log, member: id, writer: writerKey.publicKey, anchored: anchoredOf(record) });
	if (record === undefined || (found.standing === "intact" && !intact)) {
		throw new NodeError("NODE_LOG_INTACT", `expected an access log that lost entries; ${place.log} has all that the ledger has anchored of it`);
	}
	const shown = finishLog({
		...place,
		writerKey: found.standing === "another-writer" ? undefined : writerKey,
		anchors: await anchorsOf(ledger, record),
	});
	const lost = lossOf(record, found, shown, declared);
	const act = actor(ledger, { id, key: loadMemberKey(home, systemRandom), now });
	const successor = successorOf(ledger, id, home);
	if (readLog(ledger, id, successor.log) === undefined) await act("registerLog", { log: successor.log, writer: writerKey.publicKey });
	await act("closeLog", { log: place.log, successor: successor.log, sizeLost: lost });
	return { closed: place.log, successor: successor.log, anchored: record.size, shown, lost };
}

/** Whatever is anchored or in the file and cannot be shown; the operator may know of more. */
function lossOf(record: RegisteredLog, { entries }: LogFileState, shown: number, declared: number | undefined): number {
	const known = Math.max(record.size, entries) - shown;
	if (declared !== undefined && declared < known) {
		throw new NodeError("NODE_LOSS_UNDERSTATED", `expected at least the ${known} entries that are known to be missing`, { known });
	}
	return declared ?? known;
}

/** Read from the ledger's own log, since a restored copy lacks the newest. */
async function anchorsOf(ledger: Ledger, record: RegisteredLog): Promise<readonly AnchorLeaf[]> {
	const leaves: Uint8Array[] = [];
	for await (const leaf of fetchEntries(async (path) => ledger.tile(path), 0, ledger.head().logSize)) leaves.push(leaf);
	return listAnchors(leaves, { record, holderOf: (key) => readKeyHolder(ledger, key) });
}

async function bringBackLog(
	{ log, path }: LogPlace,
	{ folder, member, backup }: { folder: string; member: MemberId; backup: string },
): Promise<void> {
	const manifest = await checkBackup({ folder, member, backup });
	const from = join(backup, basename(path));
	if (existsSync(path) || manifest.log.log !== log) return;
	cpSync(from, `${path}.restoring`);
	renameSync(`${path}.restoring`, path);
}

function actor(ledger: Ledger, { id, key, now }: { readonly id: MemberId; readonly key: SigningKey; readonly now: Clock }) {
	return async (action: string, body: JsonObject): Promise<void> => {
		const until = latestUntil(Math.max(now(), ledger.head().time));
		const salt = encodeHex(systemRandom(saltBytes));
		const transaction = signTransaction({ chain: ledger.chain, contract: "access", action, body, until, salt }, key);
		const [result] = await ledger.submit(createEnvelope([transaction], { chain: ledger.chain, member: id, key }));
		if (result?.accepted !== true) throw new NodeError("NODE_LEDGER_REFUSED", "the ledger refused a transaction", { code: result?.code ?? "NONE" });
	};
}
