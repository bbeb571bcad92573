import { concatBytes } from "#base";
import { LedgerError } from "../errors.ts";

/** Largest message taken: a block of 22 MB, which is CometBFT's default bound, with room. */
export const frameBytesMax = 64 * 1024 * 1024;

/** Most bytes of a length below that bound. */
const lengthBytesMax = 4;

/** A message of the ABCI socket protocol: its length as an unsigned varint, then its bytes. */
export function encodeFrame(message: Uint8Array): Uint8Array {
	const length: number[] = [];
	let rest = message.length;
	do {
		length.push(rest > 127 ? (rest & 127) | 128 : rest);
		rest >>>= 7;
	} while (rest > 0);
	return concatBytes(Uint8Array.from(length), message);
}

/** Cuts what comes over a socket, in whatever pieces, into messages. */
export class FrameReader {
	#chunks: Uint8Array[] = [];
	#size = 0;

	/**
	 * @returns The messages that are complete with this piece, in order.
	 * @throws {@link LedgerError} `LEDGER_ABCI_MALFORMED` on a length that no message has; the socket is of no use any more.
	 */
	push(chunk: Uint8Array): Uint8Array[] {
		this.#chunks.push(chunk);
		this.#size += chunk.length;
		const messages: Uint8Array[] = [];
		for (let message = this.#next(); message !== undefined; message = this.#next()) messages.push(message);
		return messages;
	}

	#next(): Uint8Array | undefined {
		const header = readLength(this.#peek(lengthBytesMax));
		if (header === undefined || this.#size < header.taken + header.length) return undefined;
		const all = this.#chunks.length === 1 ? this.#chunks[0]! : concatBytes(...this.#chunks);
		const end = header.taken + header.length;
		this.#chunks = end === all.length ? [] : [all.subarray(end)];
		this.#size = all.length - end;
		return all.subarray(header.taken, end);
	}

	/** The first bytes, without joining what may be megabytes for a message that is not complete. */
	#peek(count: number): number[] {
		const bytes: number[] = [];
		for (const chunk of this.#chunks) {
			for (let i = 0; i < chunk.length && bytes.length < count; i++) bytes.push(chunk[i]!);
			if (bytes.length === count) break;
		}
		return bytes;
	}
}

function readLength(bytes: readonly number[]): { readonly length: number; readonly taken: number } | undefined {
	let length = 0;
	for (const [i, byte] of bytes.entries()) {
		length += (byte & 127) * 128 ** i;
		if (byte < 128) {
			if (length > frameBytesMax) break;
			return { length, taken: i + 1 };
		}
	}
	if (bytes.length < lengthBytesMax && bytes.every((byte) => byte >= 128)) return undefined;
	throw new LedgerError("LEDGER_ABCI_MALFORMED", `expected a message of at most ${frameBytesMax} bytes`);
}
