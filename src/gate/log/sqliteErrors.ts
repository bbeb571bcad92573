/** SQLite's primary result code (sqlite.org/rescode.html), or 0 for any other error. */
export function primaryErrcode(error: unknown): number {
	const errcode = error instanceof Error ? (error as { errcode?: unknown }).errcode : undefined;
	return typeof errcode === "number" ? errcode & 0xff : 0;
}

const sqliteBusy = 5;
const sqliteFull = 13;

/** Whether the disk had no room for what was written; nothing of it was. */
export function isDiskFull(error: unknown): boolean {
	return primaryErrcode(error) === sqliteFull;
}

/** Whether the error is one after which SQLite has written nothing and may be asked again: no room, or another connection's turn. */
export function isPassing(error: unknown): boolean {
	return [sqliteBusy, sqliteFull].includes(primaryErrcode(error));
}
