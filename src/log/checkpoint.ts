import { decodeBase64, encodeBase64 } from "#base";
import { LogError } from "./errors.ts";
import { assertSize } from "./ranges.ts";

/** What a log says of itself at one size. Source: C2SP tlog-checkpoint. */
export interface Checkpoint {
	/** Unique name of the log. */
	readonly origin: string;
	readonly size: number;
	/** RFC 6962 root of the first `size` leaves, 32 bytes. */
	readonly root: Uint8Array;
	/** Opaque lines after the root; none in what this project signs. */
	readonly extensions?: readonly string[];
}

const decimal = /^(?:0|[1-9][0-9]{0,15})$/;

/** The note text of a checkpoint, ready to sign. @throws {@link LogError} `LOG_CHECKPOINT_MALFORMED`, `LOG_RANGE_INVALID`. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
	assertSize(size);
	if (root.length !== 32) throw malformed(`expected a root of 32 bytes, found ${root.length}`);
	for (const line of [origin, ...extensions]) {
		if (line === "" || line.includes("\n")) throw malformed("expected an origin and extensions of one non-empty line each");
	}
	return `${[origin, String(size), encodeBase64(root), ...extensions].join("\n")}\n`;
}

/** Reads the text of an opened note. @throws {@link LogError} `LOG_CHECKPOINT_MALFORMED`. */
export function parseCheckpoint(text: string): Checkpoint {
	if (!text.endsWith("\n")) throw malformed("expected a final newline");
	const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n");
	if (!origin || size === undefined || root === undefined) throw malformed("expected at least three lines");
	if (!decimal.test(size) || !Number.isSafeInteger(Number(size))) throw malformed("expected a decimal size without leading zeros");
	if (extensions.includes("")) throw malformed("expected extension lines that are not empty");
	return { origin, size: Number(size), root: parseRoot(root), ...(extensions.length > 0 ? { extensions } : {}) };
}

function parseRoot(text: string): Uint8Array {
	let root: Uint8Array;
	try {
		root = decodeBase64(text);
	} catch {
		throw malformed("expected the root as base64");
	}
	if (root.length !== 32) throw malformed(`expected a root of 32 bytes, found ${root.length}`);
	return root;
}

function malformed(message: string): LogError {
	return new LogError("LOG_CHECKPOINT_MALFORMED", message);
}
