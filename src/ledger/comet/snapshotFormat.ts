import { concatBytes, decodeUtf8, encodeUtf8, isHex, sha256 } from "#base";
import type { ContractName } from "#contracts";
import { LedgerError } from "../errors.ts";
import type { StateChange } from "../state.ts";

/** Of the chunks below; CometBFT asks for a snapshot by height and format. */
export const snapshotFormat = 1;

/** A chunk is closed at this size: CometBFT carries up to 16 MB in a message. */
export const chunkBytesWanted = 4 * 1024 * 1024;
const chunkBytesMax = 8 * 1024 * 1024;
/** CometBFT carries up to 4 MB of metadata. */
const chunksMax = 50_000;

/** What a snapshot consists of: CometBFT's `metadata`, whose hash names the snapshot. First the log's leaves, then the rows of the state. */
export interface SnapshotManifest {
	/** Leaves of the log. */
	readonly leaves: number;
	readonly stateRows: number;
	/** H(chunk), hex, in order. */
	readonly chunks: readonly string[];
	/** How many of them hold leaves. */
	readonly leafChunks: number;
}

export function encodeManifest({ leaves, stateRows, chunks, leafChunks }: SnapshotManifest): Uint8Array {
	return encodeUtf8(JSON.stringify({ leaves, stateRows, leafChunks, chunks }));
}

/** @throws {@link LedgerError} `LEDGER_SNAPSHOT_INVALID`. */
export function parseManifest(bytes: Uint8Array): SnapshotManifest {
	try {
		const { leaves, stateRows, chunks, leafChunks } = JSON.parse(decodeUtf8(bytes)) as SnapshotManifest;
		const counts = [leaves, stateRows, leafChunks].every((count) => Number.isSafeInteger(count) && count > 0);
		if (counts && Array.isArray(chunks) && chunks.length <= chunksMax && leafChunks < chunks.length && chunks.every((hash) => isHex(hash, 32))) {
			return { leaves, stateRows, chunks, leafChunks };
		}
	} catch {
		// Not JSON, or no text: told below like any other wrong form.
	}
	throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected a snapshot's manifest of format 1");
}

/** Bytes of fixed parts, each with its length in 32 bits before it. */
export function encodeParts(parts: readonly Uint8Array[]): Uint8Array {
	const framed = parts.flatMap((part) => {
		const length = new Uint8Array(4);
		new DataView(length.buffer).setUint32(0, part.length);
		return [length, part];
	});
	return concatBytes(...framed);
}

/** @throws {@link LedgerError} `LEDGER_SNAPSHOT_INVALID`. */
export function* decodeParts(chunk: Uint8Array): Generator<Uint8Array> {
	if (chunk.length > chunkBytesMax) throw chunkInvalid();
	const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
	for (let at = 0; at < chunk.length; ) {
		const start = at + 4;
		const end = start <= chunk.length ? start + view.getUint32(at) : Number.POSITIVE_INFINITY;
		if (end > chunk.length) throw chunkInvalid();
		yield Uint8Array.from(chunk.subarray(start, end));
		at = end;
	}
}

/** A row of the state as one part: contract, key and canonical text between zero bytes, which are in none of them. */
export function encodeRow({ contract, key, text }: StateChange & { readonly text: string }): Uint8Array {
	return encodeUtf8(`${contract}\0${key}\0${text}`);
}

/** @throws {@link LedgerError} `LEDGER_SNAPSHOT_INVALID`. */
export function decodeRow(part: Uint8Array): StateChange & { readonly text: string } {
	const [contract, key, text, ...rest] = readText(part).split("\0");
	if (contract === undefined || key === undefined || text === undefined || rest.length > 0) throw chunkInvalid();
	return { contract: contract as ContractName, key, text };
}

function readText(part: Uint8Array): string {
	try {
		return decodeUtf8(part);
	} catch {
		throw chunkInvalid();
	}
}

export function chunkHash(chunk: Uint8Array): string {
	return Buffer.from(sha256(chunk)).toString("hex");
}

function chunkInvalid(): LedgerError {
	return new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected a chunk of a snapshot of format 1");
}
