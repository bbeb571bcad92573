/** What a row holds, as text: its header and the resource. */
export interface OpenedTexts {
	readonly header: string;
	readonly resourceText: string;
}

/** One outcome for each order of a group, in the order of its entries; undefined where it was not carried out. */
export type Openings = readonly (OpenedTexts | undefined)[];

const notOpened = 0xffff_ffff;
const lengthBytes = 4;
const newline = 0x0a;

/** The plaintexts of a group as one buffer, which crosses to the thread that asked without a copy. It overwrites those that it is given. */
export function encodeOpenings(plaintexts: readonly (Buffer | undefined)[]): Uint8Array<ArrayBuffer> {
	const size = plaintexts.reduce((sum, plaintext) => sum + lengthBytes + (plaintext?.length ?? 0), 0);
	const out = Buffer.from(new ArrayBuffer(size));
	let at = 0;
	for (const plaintext of plaintexts) {
		at = out.writeUInt32LE(plaintext?.length ?? notOpened, at);
		if (plaintext === undefined) continue;
		out.set(plaintext, at);
		at += plaintext.length;
		plaintext.fill(0);
	}
	return out;
}

/** Undoes {@link encodeOpenings}, and overwrites the frame. */
export function decodeOpenings(frame: Uint8Array): Openings {
	const input = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
	const openings: (OpenedTexts | undefined)[] = [];
	let at = 0;
	while (at < input.length) {
		const length = input.readUInt32LE(at);
		at += lengthBytes;
		openings.push(length === notOpened ? undefined : textsOf(input, at, length));
		if (length !== notOpened) at += length;
	}
	input.fill(0);
	return openings;
}

/** Header as one line, a line feed, the resource's text (SPEC VA3). */
function textsOf(input: Buffer, start: number, length: number): OpenedTexts {
	const lineEnd = input.indexOf(newline, start);
	return { header: input.toString("utf8", start, lineEnd), resourceText: input.toString("utf8", lineEnd + 1, start + length) };
}
