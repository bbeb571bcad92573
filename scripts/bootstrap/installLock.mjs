// @ts-check
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollIntervalMs = 250;
/** A holder writes its process id right after it made the folder; one without an id for this long died in between. */
const namelessGraceMs = 5_000;

/**
 * Runs `work` while holding the folder `path` as a lock, so that two starts never install at the same time. A lock whose process is gone
 * is taken over.
 *
 * @template Result
 * @param {string} path - A folder that must not exist while unlocked; must be outside of what `work` deletes.
 * @param {() => Promise<Result>} work
 * @param {() => void} [onWait] - Called once if another process holds the lock.
 * @returns {Promise<Result>}
 */
export async function withInstallLock(path, work, onWait = () => {}) {
	let waited = false;
	let namelessSinceMs = 0;
	while (!acquire(path)) {
		if (!waited) onWait();
		waited = true;
		const holder = readHolder(path);
		if (holder !== undefined) namelessSinceMs = 0;
		else if (namelessSinceMs === 0) namelessSinceMs = Date.now();
		const nameless = namelessSinceMs !== 0 && Date.now() - namelessSinceMs > namelessGraceMs;
		if (nameless || (holder !== undefined && !isAlive(holder))) removeStale(path, holder);
		else await sleep(pollIntervalMs);
	}
	try {
		return await work();
	} finally {
		rmSync(path, { recursive: true, force: true });
	}
}

/** @param {string} path */
function acquire(path) {
	try {
		mkdirSync(path);
	} catch (error) {
		if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
		throw error;
	}
	writeFileSync(join(path, "pid"), String(process.pid));
	return true;
}

/** @param {string} path */
function readHolder(path) {
	try {
		const pid = Number(readFileSync(join(path, "pid"), "utf8"));
		return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
	} catch {
		return undefined;
	}
}

/** @param {number} pid */
function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
	}
}

/**
 * Moves the lock aside first: of several waiters only one succeeds in that, and if it moved a lock that another had just taken, it puts it back.
 *
 * @param {string} path
 * @param {number | undefined} stalePid
 */
function removeStale(path, stalePid) {
	const aside = `${path}.stale-${process.pid}`;
	try {
		renameSync(path, aside);
	} catch {
		return;
	}
	if (readHolder(aside) === stalePid) rmSync(aside, { recursive: true, force: true });
	else renameSync(aside, path);
}
