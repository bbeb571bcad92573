import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** A file system in memory that Linux has everywhere. Tests make thousands of small files and have each flushed to the disk, which costs most of their time. */
const sharedMemory = "/dev/shm";
/** A whole run leaves less than half of this; Chromium and SQLite need memory beside it. */
const roomBytes = 6 * 2 ** 30;
const name = /^aceso-(\d+)$/;

/**
 * Lets `TMPDIR` be a folder in memory that ends with this process, where there is room for one and nobody chose another. What tests hold is the
 * same: a process that is killed loses nothing of either, and a power cut they play by cutting files themselves.
 */
export function useRunFolder({ home = sharedMemory, needBytes = roomBytes } = {}): void {
	if (process.env["TMPDIR"] !== undefined || !hasRoom(home, needBytes)) return;
	removeAbandoned(home);
	// Short, since a socket's path has 103 bytes.
	const folder = join(home, `aceso-${process.pid}`);
	mkdirSync(folder, { mode: 0o700 });
	process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
	process.env["TMPDIR"] = folder;
}

function hasRoom(home: string, needBytes: number): boolean {
	if (!existsSync(home)) return false;
	try {
		accessSync(home, constants.W_OK | constants.X_OK);
	} catch {
		return false;
	}
	const { bavail, bsize } = statfsSync(home);
	return Math.min(bavail * bsize, process.availableMemory()) >= needBytes;
}

/** Of runs that were killed: what lies there would keep memory until the machine starts again. */
function removeAbandoned(home: string): void {
	for (const each of readdirSync(home)) {
		const pid = Number(name.exec(each)?.[1] ?? Number.NaN);
		if (!Number.isNaN(pid) && !isAlive(pid)) rmSync(join(home, each), { recursive: true, force: true });
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code !== "ESRCH";
	}
}
