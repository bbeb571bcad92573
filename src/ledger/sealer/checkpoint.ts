import { decodeHex, type SigningKey, secondMs } from "#base";
import { cosignNote, formatCheckpoint, signNote } from "#log";
import type { StoredHead } from "./blockStore.ts";

/** Signs what a head commits to, as the log. */
export function signCheckpoint(chain: string, { logSize, logRoot }: Pick<StoredHead, "logSize" | "logRoot">, key: SigningKey): string {
	return signNote(formatCheckpoint({ origin: chain, size: logSize, root: decodeHex(logRoot, 32) }), { name: chain, key });
}

/** Adds the sealer's statement that, at `nowMs`, this is its newest checkpoint. */
export function cosignCheckpoint(chain: string, note: string, key: SigningKey, nowMs: number): string {
	return cosignNote(note, { name: chain, key, timeSeconds: Math.floor(nowMs / secondMs) });
}
