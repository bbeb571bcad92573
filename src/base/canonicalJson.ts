import { decodeUtf8, encodeUtf8 } from "./bytes.ts";
import { BaseError } from "./errors.ts";
import { isPlainCanonical } from "./plainJson.ts";

/** The restricted JSON of PROTOCOL §2: integers only, no −0, well-formed UTF-16, no `__proto__`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Deepest nesting of arrays and objects that is permitted. */
export const maxDepth = 16;
/** Largest canonical form that is permitted, in bytes of UTF-8. */
export const maxSizeBytes = 32 * 1024;

/**
 * The canonical text of a value.
 *
 * Source: RFC 8785, restricted by PROTOCOL §2. Recursion is bounded by {@link maxDepth}, so no result depends on the stack's size.
 *
 * @throws {@link BaseError} `JSON_NOT_PERMITTED`. No path is told: keys are input and may be personal.
 */
export function canonicalText(value: unknown): string {
	const text = write(value, 0);
	// Every UTF-16 unit takes at most three bytes of UTF-8, so most texts need no second look.
	if (text.length * 3 > maxSizeBytes) assertSize(encodeUtf8(text).length);
	return text;
}

/** UTF-8 bytes of {@link canonicalText}. */
export function canonicalBytes(value: unknown): Uint8Array {
	return encodeUtf8(canonicalText(value));
}

/**
 * Reads bytes that must already be canonical: `canonicalBytes(parse(bytes))` equals them byte for byte.
 *
 * @throws {@link BaseError} `JSON_NOT_PERMITTED` on size, depth (`details.found` says which) or a forbidden value, `JSON_NOT_CANONICAL` on any
 * other spelling of it or on what is not JSON (`found: "syntax"`), `ENCODING_INVALID` on bytes that are not UTF-8.
 */
export function parseCanonical(bytes: Uint8Array): JsonValue {
	assertSize(bytes.length);
	if (isPlainCanonical(bytes, maxDepth)) return JSON.parse(decodeUtf8(bytes)) as JsonValue;
	return parseByDefinition(bytes);
}

/** {@link parseCanonical} in the words of PROTOCOL §2, for what is not plain and for whoever wants to know what is wrong. */
export function parseByDefinition(bytes: Uint8Array): JsonValue {
	assertDepth(bytes);
	const text = decodeUtf8(bytes);
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		// The engine's message quotes the input, which may be personal; it is dropped on purpose.
		throw new BaseError("JSON_NOT_CANONICAL", `expected JSON, found ${bytes.length} bytes that do not parse`, { found: "syntax" });
	}
	if (canonicalText(value) !== text) {
		throw new BaseError("JSON_NOT_CANONICAL", "expected the canonical spelling (RFC 8785), found another spelling of the value");
	}
	return value as JsonValue;
}

function assertSize(sizeBytes: number): void {
	if (sizeBytes <= maxSizeBytes) return;
	throw new BaseError("JSON_NOT_PERMITTED", `expected at most ${maxSizeBytes} bytes, found ${sizeBytes}`, { found: "size" });
}

/** Counts brackets outside strings before the parser sees the bytes: depth is judged without recursion. */
function assertDepth(bytes: Uint8Array): void {
	let depth = 0;
	let inString = false;
	for (let i = 0; i < bytes.length; i++) {
		const byte = bytes[i];
		if (inString) {
			if (byte === 0x5c) i++;
			else if (byte === 0x22) inString = false;
		} else if (byte === 0x22) inString = true;
		else if (byte === 0x7b || byte === 0x5b) {
			if (++depth > maxDepth) {
				throw new BaseError("JSON_NOT_PERMITTED", `expected nesting of at most ${maxDepth}, found more`, { at: i, found: "depth" });
			}
		} else if (byte === 0x7d || byte === 0x5d) depth--;
	}
}

function write(value: unknown, depth: number): string {
	switch (typeof value) {
		case "string":
			return writeString(value);
		case "number":
			return writeInteger(value);
		case "boolean":
			return value ? "true" : "false";
		case "object":
			if (value === null) return "null";
			if (depth >= maxDepth) throw new BaseError("JSON_NOT_PERMITTED", `expected nesting of at most ${maxDepth}, found more`, { found: "depth" });
			return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
		default:
			throw new BaseError("JSON_NOT_PERMITTED", `expected a JSON value, found ${typeof value}`);
	}
}

/** Printable ASCII without quote and backslash: what JSON writes as it is. Nearly every string here is. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function writeString(value: string): string {
	if (plain.test(value)) return `"${value}"`;
	if (!value.isWellFormed()) throw new BaseError("JSON_NOT_PERMITTED", `expected well-formed UTF-16`);
	return JSON.stringify(value);
}

function writeInteger(value: number): string {
	if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
		throw new BaseError("JSON_NOT_PERMITTED", `expected an integer within ±(2^53−1) and not −0`);
	}
	return String(value);
}

function writeArray(value: readonly unknown[], depth: number): string {
	let text = "[";
	for (let i = 0; i < value.length; i++) text += (i === 0 ? "" : ",") + write(value[i], depth + 1);
	return `${text}]`;
}

function writeObject(value: object, depth: number): string {
	const prototype = Object.getPrototypeOf(value);
	if (prototype !== Object.prototype && prototype !== null) {
		throw new BaseError("JSON_NOT_PERMITTED", `expected a plain object`);
	}
	const keys = sortedKeys(value);
	let text = "{";
	let first = true;
	for (const key of keys) {
		if (key === "__proto__") throw new BaseError("JSON_NOT_PERMITTED", `expected no __proto__ key`);
		const member = (value as Record<string, unknown>)[key];
		if (member === undefined) continue;
		text += `${first ? "" : ","}${writeKey(key)}${write(member, depth + 1)}`;
		first = false;
	}
	return `${text}}`;
}

/** Up to so many names are put in order in place: `sort` takes memory for every call. */
const fewNames = 16;

/** Names of members in the order of RFC 8785 §3.2.3, UTF-16 units; nearly all objects here are small, or have them in order already. */
function sortedKeys(value: object): string[] {
	const keys = Object.keys(value);
	if (keys.length > fewNames) return keys.sort();
	for (let i = 1; i < keys.length; i++) {
		const key = keys[i] as string;
		let at = i;
		for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
		keys[at] = key;
	}
	return keys;
}

/** Names of members as they are spelt, with their colon. Formats have a few hundred; beyond that somebody is making names up. */
const spelt = new Map<string, string>();
const speltMax = 1024;

function writeKey(key: string): string {
	const known = spelt.get(key);
	if (known !== undefined) return known;
	const text = `${writeString(key)}:`;
	if (spelt.size < speltMax && key.length <= 32) spelt.set(key, text);
	return text;
}
