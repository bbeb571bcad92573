import { gzipSync } from "node:zlib";

/** One resource of a tiled log, ready to be sent by whatever server. */
export interface TileAnswer {
	readonly status: 200 | 404;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Uint8Array;
}

export interface TileRequest {
	/** `checkpoint`, `tile/…` or `tile/entries/…`, without the log's prefix. */
	readonly path: string;
	/** The client's `Accept-Encoding`. */
	readonly acceptEncoding: string | undefined;
	/** What the log has there; undefined where it has nothing. */
	readonly read: (path: string) => Uint8Array | undefined;
}

const immutable = "public, max-age=31536000, immutable";
const mutable = "no-cache";
/** A bundle below this gains nothing. */
const gzipFromBytes = 512;

/**
 * Answers for a resource of a tiled log. Source: C2SP tlog-tiles: types, caching for ever of tiles and bundles (a partial one is the beginning of the
 * full one and never changes either), none of the checkpoint, gzip for bundles of entries where the client takes it.
 *
 * What is not there may be there later: an absence is not to be kept.
 */
export function answerTile({ path, acceptEncoding = "", read }: TileRequest): TileAnswer {
	const bytes = read(path);
	if (bytes === undefined) return { status: 404, headers: { "content-type": "text/plain; charset=utf-8", "cache-control": mutable }, body: notFound };
	if (path === "checkpoint") return { status: 200, headers: { "content-type": "text/plain; charset=utf-8", "cache-control": mutable }, body: bytes };
	const headers = { "content-type": "application/octet-stream", "cache-control": immutable, "x-content-type-options": "nosniff" };
	if (!path.startsWith("tile/entries/")) return { status: 200, headers, body: bytes };
	const negotiated = { ...headers, vary: "accept-encoding" };
	if (bytes.length < gzipFromBytes || !takesGzip(acceptEncoding)) return { status: 200, headers: negotiated, body: bytes };
	return { status: 200, headers: { ...negotiated, "content-encoding": "gzip" }, body: gzipSync(bytes, { level: 1 }) };
}

const notFound = new TextEncoder().encode("NOT_FOUND\n");

/** Whether `Accept-Encoding` names gzip and does not refuse it with a weight of 0. */
function takesGzip(acceptEncoding: string): boolean {
	return acceptEncoding.split(",").some((coding) => {
		const [name, weight = "q=1"] = coding.split(";").map((part) => part.trim().toLowerCase());
		return name === "gzip" && !/^q=0(?:\.0*)?$/.test(weight);
	});
}
