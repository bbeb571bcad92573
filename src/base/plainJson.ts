const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const digit0 = 0x30;
const openArray = 0x5b;
const openObject = 0x7b;
/** How far a closing bracket's byte lies behind its opening one's, for both kinds. */
const toClosing = 2;
const closeObject = openObject + toClosing;

/** Fifteen digits are below 2^53 whatever they are. */
const digitsMax = 15;
const refused = -1;

/** 1 for printable ASCII without quote and backslash: what JSON writes as it is. */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== 0x5c ? 1 : 0));
const literals = ["true", "false", "null"].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));
const protoKey = Uint8Array.from("__proto__", (character) => character.charCodeAt(0));

/**
 * Whether bytes are canonical JSON of the plain kind, which nearly everything signed here is: ASCII, no escapes, integers of at most fifteen
 * digits, nesting up to `maxDepth`. One pass, no recursion, nothing allocated but its own state.
 *
 * True is proof: such bytes parse, and are the canonical form of what they parse to. False says nothing; whoever gets it asks the definition.
 */
export function isPlainCanonical(bytes: Uint8Array, maxDepth: number): boolean {
	const closings = new Uint8Array(maxDepth + 1);
	/** Where the last key of each open object begins; 0 before its first. */
	const keys = new Uint32Array(maxDepth + 1);
	let depth = 0;
	let at = 0;
	for (;;) {
		const byte = bytes[at];
		if (byte === openObject || byte === openArray) {
			if (depth === maxDepth) return false;
			const closing = byte + toClosing;
			at++;
			if (bytes[at] !== closing) {
				closings[++depth] = closing;
				keys[depth] = 0;
				if (closing === closeObject) at = endOfKey(bytes, at, keys, depth);
				if (at === refused) return false;
				continue;
			}
			at++;
		} else {
			at = byte === quote ? endOfString(bytes, at) : endOfScalar(bytes, at);
			if (at === refused) return false;
		}
		while (depth > 0 && bytes[at] === closings[depth]) {
			at++;
			depth--;
		}
		if (depth === 0) return at === bytes.length;
		if (bytes[at++] !== comma) return false;
		if (closings[depth] === closeObject) at = endOfKey(bytes, at, keys, depth);
		if (at === refused) return false;
	}
}

/** Behind the closing quote of a string that begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
	let end = at + 1;
	while (isPlain[bytes[end] ?? 0] === 1) end++;
	return bytes[end] === quote ? end + 1 : refused;
}

/** Behind a key and its colon, when it comes after the last key of its object and is one that is permitted. */
function endOfKey(bytes: Uint8Array, at: number, keys: Uint32Array, depth: number): number {
	if (bytes[at] !== quote) return refused;
	const end = endOfString(bytes, at);
	if (end === refused || bytes[end] !== colon || startsWith(bytes, protoKey, at + 1)) return refused;
	if (keys[depth] !== 0 && !isBefore(bytes, keys[depth]!, at)) return refused;
	keys[depth] = at;
	return end + 1;
}

/** Order of two strings by their quotes. A string that ends sooner comes first: its quote must then not be taken for a character. */
function isBefore(bytes: Uint8Array, first: number, second: number): boolean {
	let offset = 1;
	while (bytes[first + offset] === bytes[second + offset] && bytes[first + offset] !== quote) offset++;
	const [a, b] = [bytes[first + offset]!, bytes[second + offset]!];
	return b !== quote && (a === quote || a < b);
}

function endOfScalar(bytes: Uint8Array, at: number): number {
	const first = bytes[at] === minus ? at + 1 : at;
	let end = first;
	while (bytes[end]! >= digit0 && bytes[end]! <= digit0 + 9) end++;
	const digits = end - first;
	if (digits === 0) return first === at ? endOfLiteral(bytes, at) : refused;
	if (digits > digitsMax || (bytes[first] === digit0 && (digits > 1 || first > at))) return refused;
	return end;
}

function endOfLiteral(bytes: Uint8Array, at: number): number {
	const literal = literals.find((each) => startsWith(bytes, each, at));
	return literal === undefined ? refused : at + literal.length;
}

function startsWith(bytes: Uint8Array, text: Uint8Array, at: number): boolean {
	for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
	return true;
}
