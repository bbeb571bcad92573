import { closeSync, existsSync, fstatSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { RandomBytes } from "./aead.ts";

/** Writes a whole file, readable by the owner only, and returns when its bytes and its name are on disk. */
export function writeDurable(path: string, bytes: Uint8Array): void {
	const file = openSync(path, "w", 0o600);
	try {
		writeFileSync(file, bytes);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
	syncFolder(path);
}

/** Overwrites a file's bytes where they lie. On media that write elsewhere (flash, copy-on-write) the old bytes may remain; see SPEC VA36. */
export function overwriteInPlace(path: string, randomBytes: RandomBytes): void {
	const file = openSync(path, "r+");
	try {
		const size = fstatSync(file).size;
		if (size > 0) writeSync(file, randomBytes(size), 0, size, 0);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
}

export function shred(path: string, randomBytes: RandomBytes): void {
	overwriteInPlace(path, randomBytes);
	unlinkSync(path);
	syncFolder(path);
}

/**
 * Puts `nextPath` in the place of `path` and leaves nothing of the old bytes there: overwrite, rename, sync the folder. A crash between
 * the steps leaves `nextPath` whole, so the caller's recovery repeats this call.
 */
export function replaceAndShred(nextPath: string, path: string, randomBytes: RandomBytes): void {
	if (existsSync(path)) overwriteInPlace(path, randomBytes);
	renameSync(nextPath, path);
	syncFolder(path);
}

function syncFolder(path: string): void {
	// Windows cannot open a folder; NTFS journals the rename itself.
	if (process.platform === "win32") return;
	const folder = openSync(dirname(path), "r");
	try {
		fsyncSync(folder);
	} finally {
		closeSync(folder);
	}
}
