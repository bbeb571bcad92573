import { concatBytes } from "#base";
import { GenomicsError } from "../errors.ts";

const lineFeed = 10;

/** A stretch of whole lines, and the one-based number of its first. */
export interface TextBlock {
	readonly firstLine: number;
	/** Lines end in "\n", but for the last of the file. Bytes that are no UTF-8 become U+FFFD. */
	readonly text: string;
}

/**
 * Cuts bytes into stretches of whole lines. Memory: one chunk and one line, whatever the length of the file.
 *
 * @param maxLineBytes - A longer line is refused as soon as that many of its bytes were seen.
 * @throws GenomicsError `VCF_LINE_TOO_LONG`.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<TextBlock> {
	const decoder = new TextDecoder();
	let rest: Uint8Array[] = [];
	let restBytes = 0;
	let line = 1;
	const refuse = () => new GenomicsError("VCF_LINE_TOO_LONG", `line ${line} is longer than ${maxLineBytes} bytes`, { line });
	for await (const chunk of chunks) {
		const end = chunk.lastIndexOf(lineFeed) + 1;
		const first = end === 0 ? chunk.length : chunk.indexOf(lineFeed);
		if (restBytes + first > maxLineBytes) throw refuse();
		if (end > 0) {
			const whole = chunk.subarray(0, end);
			yield { firstLine: line, text: decoder.decode(rest.length === 0 ? whole : concatBytes(...rest, whole)) };
			line += countLines(chunk, end);
			[rest, restBytes] = [[], 0];
		}
		// A copy: the caller may reuse its buffer.
		if (end < chunk.length) rest.push(chunk.slice(end));
		restBytes += chunk.length - end;
	}
	if (restBytes > 0) yield { firstLine: line, text: decoder.decode(concatBytes(...rest)) };
}

function countLines(chunk: Uint8Array, end: number): number {
	let count = 0;
	for (let at = chunk.indexOf(lineFeed); at !== -1 && at < end; at = chunk.indexOf(lineFeed, at + 1)) count++;
	return count;
}
