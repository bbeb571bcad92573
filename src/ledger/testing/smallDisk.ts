import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own, as small as is asked for: a full one refuses with ENOSPC, as a disk does. */
export interface SmallDisk {
	readonly folder: string;
	/** More room, as after somebody made some. */
	grow(kib: number): void;
	remove(): void;
}

/** Undefined where this process may not mount one (it must be root, on Linux). */
export function mountSmallDisk(kib: number): SmallDisk | undefined {
	const folder = mkdtempSync(join(tmpdir(), "aceso-disk-"));
	const mount = (options: string) => spawnSync("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status === 0;
	if (!mount(`size=${kib}k`)) {
		rmSync(folder, { recursive: true, force: true });
		return undefined;
	}
	return {
		folder,
		grow: (larger) => void mount(`remount,size=${larger}k`),
		remove() {
			spawnSync("/bin/umount", ["-l", folder]);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
