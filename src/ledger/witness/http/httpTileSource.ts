import { setTimeout as sleep } from "node:timers/promises";
import { maxSizeBytes } from "#base";
import { parseTilePath, type TileSource, tileWidth } from "#log";
import { fetchBounded } from "./fetchBounded.ts";
import { parseServiceUrl } from "./serviceUrl.ts";

export interface HttpTileSourceParameters {
	/** Prefix of the log (C2SP tlog-tiles): `checkpoint` and `tile/…` lie under it. */
	readonly url: string;
	/** For one resource. */
	readonly timeoutMs?: number;
}

/** Longest signed note that anybody takes. */
export const noteBytesMax = 64 * 1024;
/** A server that is overrun names a pause; it is kept this often and this long at most. */
const pauses = { countMax: 4, secondsMax: 5 } as const;

/**
 * Reads a log over HTTP. Only paths of tiles, of entry bundles and of the checkpoint are asked for, all under the one prefix; nothing larger than such
 * a thing can be is received.
 *
 * @throws {@link LedgerError} `LEDGER_URL_NOT_PERMITTED`.
 */
export function createHttpTileSource({ url, timeoutMs = 10_000 }: HttpTileSourceParameters): TileSource {
	const prefix = parseServiceUrl(url);
	return async (path) => {
		const bytesMax = sizeBound(path);
		if (bytesMax === undefined) return undefined;
		const contentTypes = [path === "checkpoint" ? "text/plain" : "application/octet-stream"];
		for (let tries = 0; ; tries++) {
			const { status, retryAfterSeconds = 1, body } = await fetchBounded({ url: `${prefix}/${path}`, timeoutMs, bytesMax, contentTypes });
			const isOverrun = status === 429 || status === 503;
			if (!isOverrun || tries >= pauses.countMax) return status === 200 ? body : undefined;
			await sleep(Math.min(retryAfterSeconds, pauses.secondsMax) * 1000);
		}
	};
}

/** Bytes that a resource has at most; undefined for what is none. */
function sizeBound(path: string): number | undefined {
	if (path === "checkpoint") return noteBytesMax;
	const tile = parseTilePath(path);
	if (tile === undefined) return undefined;
	// A leaf is a transaction or a block leaf, behind its length in two bytes.
	return tile.level === "entries" ? tileWidth * (2 + maxSizeBytes) : tileWidth * 32;
}
