import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const done = z.object({ atMs: z.int().min(0) });
const care = z.object({
	/** Of the whole folder. */
	audit: done.extend({ findings: z.int().min(0) }).optional(),
	members: z.record(z.string(), z.object({ backup: done.optional(), keyBackup: done.optional() })),
});

/** What was done last for a data folder: audit and backups. Told to officers; nothing rests on it. */
export type LastCare = z.infer<typeof care>;

function pathOf(folder: string): string {
	return join(folder, "care.json");
}

/** Of a file that is not there, or damaged, that nothing is known. */
export function readCare(folder: string): LastCare {
	const path = pathOf(folder);
	if (!existsSync(path)) return { members: {} };
	try {
		return care.parse(JSON.parse(readFileSync(path, "utf8")));
	} catch {
		return { members: {} };
	}
}

/** An audit of a folder that cannot be written, a copy on a read-only disk, stays unrecorded: it is an audit all the same. */
export function recordAudit(folder: string, audit: NonNullable<LastCare["audit"]>): void {
	try {
		accessSync(folder, constants.W_OK);
	} catch {
		return;
	}
	write(folder, { ...readCare(folder), audit });
}

export function recordBackup(folder: string, member: string, kind: "backup" | "keyBackup", atMs: number): void {
	const before = readCare(folder);
	write(folder, { ...before, members: { ...before.members, [member]: { ...before.members[member], [kind]: { atMs } } } });
}

/** Whole or not at all. */
function write(folder: string, value: LastCare): void {
	const path = pathOf(folder);
	writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
	renameSync(`${path}.new`, path);
}
