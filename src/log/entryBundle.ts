import { concatBytes } from "#base";
import { LogError } from "./errors.ts";

/** Largest entry a bundle can hold: its length is written in two bytes. */
const entryBytesMax = 0xffff;

/** Entries one after another, each behind its length as a big-endian uint16. Source: C2SP tlog-tiles, "Log entries". */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
	return concatBytes(...entries.flatMap((entry) => [encodeLength(entry.length), entry]));
}

/**
 * Reads a bundle of exactly `count` entries.
 *
 * @throws {@link LogError} `LOG_BUNDLE_MALFORMED` when it is cut, holds more, or holds fewer.
 */
export function decodeEntryBundle(bytes: Uint8Array, count: number): Uint8Array[] {
	const entries: Uint8Array[] = [];
	let at = 0;
	while (at < bytes.length) {
		const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
		if (at + 2 > bytes.length || end > bytes.length) throw malformed(`expected whole entries, found a bundle cut at byte ${bytes.length}`);
		entries.push(bytes.subarray(at + 2, end));
		at = end;
	}
	if (entries.length !== count) throw malformed(`expected ${count} entries, found ${entries.length}`);
	return entries;
}

function encodeLength(length: number): Uint8Array {
	if (length > entryBytesMax) throw malformed(`expected an entry of at most ${entryBytesMax} bytes, found ${length}`);
	return Uint8Array.of(length >> 8, length & 0xff);
}

function malformed(message: string): LogError {
	return new LogError("LOG_BUNDLE_MALFORMED", message);
}
