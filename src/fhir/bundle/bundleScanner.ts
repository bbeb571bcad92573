import { fhirError } from "../errors.ts";

/** Sizes that bound what a bundle may make the reader hold. */
export interface BundleLimits {
	/** Largest entry, in bytes. */
	readonly entrySizeBytes: number;
	/** Largest part of the bundle around its entries, in bytes. */
	readonly envelopeSizeBytes: number;
	/** Deepest nesting, counted from the bundle's own brace. */
	readonly depth: number;
	/** A bundle whose resources are together no longer than this, in UTF-16 units, is kept between judging and sealing; a longer one is read again. */
	readonly keptCharacters: number;
}

export const defaultBundleLimits: BundleLimits = {
	entrySizeBytes: 16 * 1024 * 1024,
	envelopeSizeBytes: 1024 * 1024,
	depth: 64,
	keptCharacters: 8 * 1024 * 1024,
};

/** One element of `Bundle.entry` as bytes. */
export interface ScannedEntry {
	readonly index: number;
	/** Offset of its `{` in the file. */
	readonly byteOffset: number;
	readonly bytes: Uint8Array;
	/** Where the value of its member `resource` stands in `bytes`; undefined if there is none. */
	readonly resource: { readonly start: number; readonly end: number } | undefined;
	/** Members in it, nested ones included: as many as there are colons outside strings. */
	readonly memberCount: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

type State = "start" | "envelope" | "before-entry" | "after-entry" | "entry" | "done";

/**
 * Cuts a bundle into its entries byte by byte, without knowing more of JSON than strings, escapes and brackets.
 *
 * Why our own, with `JSON.parse` for each entry behind it: a streaming parser in JavaScript builds every value in JavaScript and is several times slower
 * than `JSON.parse`, which needs the whole text in memory. Cutting first gives native speed, byte offsets for errors, memory bounded by
 * the largest entry, and the received text of each resource. Whatever the cut misjudges (brackets that do not match) `JSON.parse` refuses.
 */
export class BundleScanner {
	readonly #limits: BundleLimits;
	#state: State = "start";
	/** Offset in the file of the chunk in hand. */
	#offset = 0;
	#depth = 0;
	#inString = false;
	#escaped = false;
	#entryCount = 0;
	/** True right after a comma between entries: a `]` may not follow. */
	#afterComma = false;

	#envelope: number[] = [];
	#envelopeMembers = 0;
	#keyStart = -1;
	#keyEnd = -1;
	#entryKeyPending = false;
	#entrySeen = false;

	#parts: Uint8Array[] = [];
	#partsSize = 0;
	#entryOffset = 0;
	#memberCount = 0;
	/** Positions inside the entry: last string at its top level, then the value of `resource`. */
	#topStringStart = -1;
	#topStringEnd = -1;
	#members: { keyStart: number; keyEnd: number; valueStart: number; valueEnd: number }[] = [];

	constructor(limits: BundleLimits) {
		this.#limits = limits;
	}

	get entryCount(): number {
		return this.#entryCount;
	}

	/** Takes the next bytes; yields every entry that they complete. The bytes must not change until the entries have been used. */
	*push(chunk: Uint8Array): Generator<ScannedEntry> {
		let at = 0;
		while (at < chunk.length) {
			if (this.#state === "entry") {
				const end = this.#scanEntry(chunk, at);
				if (end < 0) break;
				yield this.#finishEntry(chunk, at, end);
				at = end;
			} else {
				this.#step(chunk, at);
				// The brace that opens an entry belongs to it.
				if ((this.#state as State) !== "entry") at++;
			}
		}
		this.#offset += chunk.length;
	}

	/** Everything around the entries, with `entry` as an empty array, once the input has ended. */
	end(): { readonly text: Uint8Array; readonly memberCount: number; readonly hasEntries: boolean } {
		if (this.#state !== "done") {
			throw fhirError("FHIR_TRUNCATED", {
				byteOffset: this.#offset,
				...(this.#state === "entry" ? { entry: this.#entryCount } : {}),
				expected: this.#state === "start" ? "a Bundle" : "the rest of the Bundle",
				found: "the end of the input",
			});
		}
		return { text: Uint8Array.from(this.#envelope), memberCount: this.#envelopeMembers, hasEntries: this.#entrySeen };
	}

	/** One byte outside the entries. */
	#step(chunk: Uint8Array, at: number): void {
		const byte = chunk[at] as number;
		switch (this.#state) {
			case "start":
				this.#stepStart(byte, at);
				return;
			case "envelope":
				this.#stepEnvelope(byte, at);
				return;
			case "before-entry":
				if (isSpace(byte)) return;
				if (byte === openBrace) {
					this.#startEntry(at);
					return;
				}
				if (byte === closeBracket && !this.#afterComma) {
					this.#closeEntries(at);
					return;
				}
				throw this.#fail("FHIR_NOT_JSON", at, "an entry (an object)", describeByte(byte), this.#entryCount);
			case "after-entry":
				if (isSpace(byte)) return;
				if (byte === closeBracket) {
					this.#closeEntries(at);
					return;
				}
				if (byte !== comma) throw this.#fail("FHIR_NOT_JSON", at, "a comma or ]", describeByte(byte), this.#entryCount);
				this.#afterComma = true;
				this.#state = "before-entry";
				return;
			default:
				if (!isSpace(byte)) throw this.#fail("FHIR_NOT_JSON", at, "the end of the input", describeByte(byte));
		}
	}

	#stepStart(byte: number, at: number): void {
		if (isSpace(byte)) return;
		if (this.#offset + at === 0 && (byte === 0xef || byte === 0xfe || byte === 0xff)) {
			throw this.#fail("FHIR_NOT_UTF8", at, "UTF-8 without a byte-order mark", "a byte-order mark");
		}
		if (byte === openBracket) throw this.#fail("FHIR_NOT_A_BUNDLE", at, "a Bundle (an object)", "an array");
		if (byte !== openBrace) throw this.#fail("FHIR_NOT_JSON", at, "a Bundle (an object)", describeByte(byte));
		this.#state = "envelope";
		this.#depth = 1;
		this.#envelope.push(byte);
	}

	#stepEnvelope(byte: number, at: number): void {
		if (this.#entryKeyPending && !isSpace(byte)) {
			this.#entryKeyPending = false;
			if (byte !== openBracket) throw this.#fail("FHIR_NOT_A_BUNDLE", at, "an array at entry", describeByte(byte));
			this.#envelope.push(byte);
			this.#state = "before-entry";
			this.#afterComma = false;
			return;
		}
		if (this.#envelope.length >= this.#limits.envelopeSizeBytes) {
			throw this.#fail("FHIR_TOO_LARGE", at, `at most ${this.#limits.envelopeSizeBytes} bytes around the entries`, "more");
		}
		this.#envelope.push(byte);
		if (this.#inString) {
			if (this.#escaped) this.#escaped = false;
			else if (byte === backslash) this.#escaped = true;
			else if (byte === quote) {
				this.#inString = false;
				this.#keyEnd = this.#envelope.length;
			}
			return;
		}
		if (byte === quote) {
			this.#inString = true;
			this.#keyStart = this.#envelope.length - 1;
		} else if (byte === openBrace || byte === openBracket) {
			if (++this.#depth > this.#limits.depth) throw this.#failDepth(at);
		} else if (byte === closeBrace || byte === closeBracket) {
			if (--this.#depth === 0) this.#state = "done";
		} else if (byte === colon) {
			this.#envelopeMembers++;
			if (this.#depth === 1) this.#judgeEnvelopeKey(at);
		}
	}

	#judgeEnvelopeKey(at: number): void {
		if (readKey(Uint8Array.from(this.#envelope.slice(this.#keyStart, this.#keyEnd)), 0, this.#keyEnd - this.#keyStart) !== "entry") return;
		if (this.#entrySeen) throw this.#fail("FHIR_KEY_REFUSED", at, "each key once", "the key entry twice");
		this.#entrySeen = true;
		this.#entryKeyPending = true;
	}

	#closeEntries(_at: number): void {
		this.#envelope.push(closeBracket);
		this.#state = "envelope";
	}

	#startEntry(at: number): void {
		this.#state = "entry";
		this.#depth = 2;
		this.#entryOffset = this.#offset + at;
		this.#memberCount = 0;
		this.#parts = [];
		this.#partsSize = 0;
		this.#members = [];
		this.#topStringStart = -1;
	}

	/** Scans inside an entry from `from`; returns the index after its closing brace, or −1 when the chunk ends first (the bytes are then kept). */
	#scanEntry(chunk: Uint8Array, from: number): number {
		const { depth: maxDepth, entrySizeBytes } = this.#limits;
		// Positions inside the entry = index in the chunk − shift.
		const shift = from - this.#partsSize;
		const limit = Math.min(chunk.length, shift + entrySizeBytes);
		let depth = this.#depth;
		let inString = this.#inString;
		let escaped = this.#escaped;
		let memberCount = this.#memberCount;
		let at = from;
		for (; at < limit; at++) {
			const byte = chunk[at] as number;
			if (inString) {
				if (escaped) escaped = false;
				else if (byte === backslash) escaped = true;
				else if (byte === quote) {
					inString = false;
					if (depth === 3) this.#topStringEnd = at - shift + 1;
				}
				continue;
			}
			if (byte === quote) {
				inString = true;
				if (depth === 3) this.#topStringStart = at - shift;
			} else if (byte === colon) {
				memberCount++;
				if (depth === 3) {
					this.#members.push({ keyStart: this.#topStringStart, keyEnd: this.#topStringEnd, valueStart: at - shift + 1, valueEnd: -1 });
				}
			} else if (byte === comma) {
				if (depth === 3) this.#closeMember(at - shift);
			} else if (byte === openBrace || byte === openBracket) {
				// The entry's own brace makes depth 3: bundle, array, entry.
				if (++depth > maxDepth) throw this.#failDepth(at, this.#entryCount);
			} else if (byte === closeBrace || byte === closeBracket) {
				depth--;
				if (depth === 2) {
					this.#closeMember(at - shift);
					this.#depth = 1;
					this.#inString = false;
					this.#escaped = false;
					this.#memberCount = memberCount;
					return at + 1;
				}
			}
		}
		if (at < chunk.length) {
			throw this.#fail("FHIR_TOO_LARGE", at, `an entry of at most ${entrySizeBytes} bytes`, "more", this.#entryCount);
		}
		this.#depth = depth;
		this.#inString = inString;
		this.#escaped = escaped;
		this.#memberCount = memberCount;
		// A copy: `slice` of a Buffer would be a view of bytes that the source may use again.
		this.#parts.push(Uint8Array.prototype.slice.call(chunk, from));
		this.#partsSize += chunk.length - from;
		return -1;
	}

	#closeMember(position: number): void {
		const member = this.#members.at(-1);
		if (member !== undefined && member.valueEnd < 0) member.valueEnd = position;
	}

	#finishEntry(chunk: Uint8Array, from: number, end: number): ScannedEntry {
		const last = chunk.subarray(from, end);
		const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
		const resource = this.#members.find((member) => readKey(bytes, member.keyStart, member.keyEnd) === "resource");
		this.#parts = [];
		this.#partsSize = 0;
		this.#state = "after-entry";
		return {
			index: this.#entryCount++,
			byteOffset: this.#entryOffset,
			bytes,
			resource: resource === undefined ? undefined : { start: resource.valueStart, end: resource.valueEnd },
			memberCount: this.#memberCount,
		};
	}

	#failDepth(at: number, entry?: number) {
		return this.#fail("FHIR_TOO_DEEP", at, `nesting of at most ${this.#limits.depth} levels`, "more", entry);
	}

	#fail(code: Parameters<typeof fhirError>[0], at: number, expected: string, found: string, entry?: number) {
		return fhirError(code, { byteOffset: this.#offset + at, ...(entry === undefined ? {} : { entry }), expected, found });
	}
}

/** The key between two quotes, or "" if it is not a JSON string (the strict check names that later). */
function readKey(bytes: Uint8Array, start: number, end: number): string {
	if (start < 0 || end <= start) return "";
	try {
		return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8")) as string;
	} catch {
		return "";
	}
}

function isSpace(byte: number): boolean {
	return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function describeByte(byte: number): string {
	if (byte === openBrace) return "an object";
	if (byte === openBracket) return "an array";
	if (byte === quote) return "a string";
	if (byte < 0x20) return `control character ${byte}`;
	return byte > 0x7e ? "a byte outside ASCII" : "another character";
}
