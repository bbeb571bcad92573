import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Digest, MemberId } from "#base";
import { type RegisteredLog, readLogs, type StateReader } from "#contracts";
import { AccessLogError, type ClosedLog, openClosedLog } from "#gate";

/** Where one of a member's access logs is written. The first is `<member>-1` in `access.db`, its successors `<member>-2` in `access-2.db` … */
export interface LogPlace {
	readonly log: string;
	readonly path: string;
}

const fileForm = /^access(?:-\d+)?\.db$/;

/** The log that this node writes: the oldest of its own that is open, or the one that comes next where there is none. */
export function currentLog(state: StateReader, member: MemberId, home: string): LogPlace {
	const own = readLogs(state, member).filter(({ log }) => numberOf(member, log) !== undefined);
	return placeOf(member, own.find(({ status }) => status === "open")?.log ?? nextLog(own, member), home);
}

/** The log that takes over from another: the one that waits already, or a new one. */
export function successorOf(state: StateReader, member: MemberId, home: string): LogPlace {
	const own = readLogs(state, member).filter(({ log }) => numberOf(member, log) !== undefined);
	return waitingLog(state, member, home) ?? placeOf(member, nextLog(own, member), home);
}

/** A successor that was registered and has not taken over: the closing of the log before it was interrupted, or given up. */
export function waitingLog(state: StateReader, member: MemberId, home: string): LogPlace | undefined {
	const [, waiting] = readLogs(state, member).filter(({ log, status }) => status === "open" && numberOf(member, log) !== undefined);
	return waiting === undefined ? undefined : placeOf(member, waiting.log, home);
}

function nextLog(own: readonly RegisteredLog[], member: MemberId): string {
	return `${member}-${1 + Math.max(0, ...own.map(({ log }) => numberOf(member, log) as number))}`;
}

function numberOf(member: MemberId, log: string): number | undefined {
	const number = log.startsWith(`${member}-`) ? log.slice(member.length + 1) : "";
	return /^[1-9][0-9]{0,8}$/.test(number) ? Number(number) : undefined;
}

export function placeOf(member: MemberId, log: string, home: string): LogPlace {
	const number = numberOf(member, log);
	return { log, path: join(home, number === 1 ? "access.db" : `access-${number}.db`) };
}

export function isLogFile(name: string): boolean {
	return fileForm.test(name);
}

/** Names of all access logs' files in an institution's folder, or in a backup of one. */
export function listLogFiles(folder: string): readonly string[] {
	return readdirSync(folder).filter(isLogFile).sort();
}

/**
 * Opens what is left of the logs that the ledger knows as closed, to be shown in histories. One that cannot be shown is told of unless the ledger
 * says that all of it is lost: a patient's verification then says that it is withheld.
 */
export function openClosedLogs(state: StateReader, member: MemberId, home: string): readonly ClosedLog[] {
	return readLogs(state, member)
		.filter(({ status, log }) => status === "closed" && numberOf(member, log) !== undefined)
		.flatMap((record) => openIfThere(record, placeOf(member, record.log, home).path) ?? []);
}

function openIfThere({ log, size, sizeLost }: RegisteredLog, path: string): ClosedLog | undefined {
	try {
		if (existsSync(path) || sizeLost < size) return openClosedLog(path);
	} catch (error) {
		if (!(error instanceof AccessLogError) || error.code !== "ACCESS_LOG_UNKNOWN") throw error;
		if (sizeLost < size)
			process.emitWarning(`the closed access log ${log} has no file that could be shown; patients will be told that it is withheld`);
	}
	return undefined;
}

/** What the ledger has anchored of a log, undefined before the first anchor. */
export function anchoredOf(record: RegisteredLog | undefined): { readonly size: number; readonly root: Digest } | undefined {
	return record === undefined || record.size === 0 ? undefined : { size: record.size, root: record.root };
}
