import type { Readable } from "node:stream";
import type { CodedError, ErrorKind } from "#base";
import { parseKeepingNumbers } from "#fhir";
import { NodeAnswerError } from "./errors.ts";

/** What a command needs of a node, whether another process runs it or this one does. Paths are those of the node's socket. */
export interface NodeClient {
	/** True when another process runs the node. */
	readonly running: boolean;
	/** @throws NodeAnswerError with the code of the node; CliError `CLI_NODE_SILENT`. */
	get<Answer>(path: string): Promise<Answer>;
	post<Answer>(path: string, body: object): Promise<Answer>;
	/** Posts, and hands over each line of the answer's NDJSON as it comes. */
	stream(path: string, body: object, onLine: (line: unknown) => void): Promise<void>;
	/** Posts bytes of any number as they come. */
	upload<Answer>(path: string, bytes: Readable): Promise<Answer>;
	/** Gets bytes of any number. A body that ends before its length does ends in an error. */
	download(path: string, headers: Readonly<Record<string, string>>): Promise<Download>;
	close(): Promise<void>;
}

export interface Download {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	/** Whoever does not read it to its end destroys it. */
	readonly body: Readable;
}

/** A problem document (RFC 9457) as the node writes it. */
export interface Problem {
	readonly title?: string;
	readonly status?: number;
	readonly code?: string;
	readonly reference?: string;
	readonly details?: object;
}

/** The node's problem as an error that this side can throw, with the node's own code. */
export function errorOfProblem({
	title = "the node answered without a reason",
	status = 500,
	code = "INTERNAL",
	reference,
	details,
}: Problem): CodedError {
	return new NodeAnswerError(code, kindOf(status), title, { ...details, ...(reference === undefined ? {} : { reference }) });
}

function kindOf(status: number): ErrorKind {
	if (status === 429 || status === 503) return "again";
	if (status >= 500) return "stop";
	return status === 401 || status === 403 || status === 409 ? "refused" : "mistake";
}

/** Reads a JSON answer whole, its numbers as they were written. @throws SyntaxError where it is none. */
export async function readJson(stream: AsyncIterable<Uint8Array>): Promise<unknown> {
	const parts: Uint8Array[] = [];
	for await (const part of stream) parts.push(part);
	return parseKeepingNumbers(Buffer.concat(parts).toString("utf8"));
}

/** Splits a stream of bytes into the values of its lines. */
export async function readLines(bytes: AsyncIterable<Uint8Array>, onLine: (line: unknown) => void): Promise<void> {
	const decoder = new TextDecoder();
	let rest = "";
	for await (const chunk of bytes) {
		const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) onLine(JSON.parse(line));
	}
	if (rest !== "") onLine(JSON.parse(rest));
}
