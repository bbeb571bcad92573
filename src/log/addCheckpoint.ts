import { type BaseError, decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from "#base";
import { LogError } from "./errors.ts";

/** What a log asks of a witness. Source: C2SP tlog-witness, add-checkpoint. */
export interface AddCheckpointRequest {
	/** Size that the log believes the witness cosigned last; 0 when it does not know. */
	readonly oldSize: number;
	/** RFC 6962 consistency proof from `oldSize` to the checkpoint's size. */
	readonly proof: readonly Uint8Array[];
	/** Signed note. */
	readonly checkpoint: string;
}

const proofLinesMax = 63;
const requestBytesMax = 96 * 1024;
const oldLine = /^old (0|[1-9][0-9]{0,15})$/;

export function encodeAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): Uint8Array {
	return encodeUtf8(`old ${oldSize}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join("")}\n${checkpoint}`);
}

/** Reads a request body. Whether the checkpoint is one, is another question. @throws {@link LogError} `LOG_REQUEST_MALFORMED`. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpointRequest {
	if (body.length > requestBytesMax) throw malformed(`expected at most ${requestBytesMax} bytes`);
	const text = readText(body);
	const end = text.indexOf("\n\n");
	if (end < 0) throw malformed("expected an old size, proof lines, an empty line and a checkpoint");
	const [first, ...lines] = text.slice(0, end).split("\n");
	const oldSize = Number(oldLine.exec(first ?? "")?.[1] ?? Number.NaN);
	if (!Number.isSafeInteger(oldSize)) throw malformed("expected the line `old` with a decimal size");
	if (lines.length > proofLinesMax) throw malformed(`expected at most ${proofLinesMax} lines of proof`);
	return { oldSize, proof: lines.map(readHash), checkpoint: text.slice(end + 2) };
}

function readText(body: Uint8Array): string {
	try {
		return decodeUtf8(body);
	} catch (cause) {
		throw malformed(`expected UTF-8: ${(cause as BaseError).code}`);
	}
}

function readHash(line: string): Uint8Array {
	let hash: Uint8Array | undefined;
	try {
		hash = decodeBase64(line);
	} catch {
		hash = undefined;
	}
	if (hash?.length !== 32) throw malformed("expected lines of proof that are base64 of 32 bytes");
	return hash;
}

function malformed(message: string): LogError {
	return new LogError("LOG_REQUEST_MALFORMED", message);
}
