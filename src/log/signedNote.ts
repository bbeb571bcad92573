import {
	concatBytes,
	decodeBase64,
	decodeHex,
	encodeBase64,
	encodeHex,
	encodeUint64,
	encodeUtf8,
	isValidSignature,
	type PublicKey,
	type SigningKey,
	sha256,
} from "#base";
import { LogError } from "./errors.ts";

/**
 * How a key signs notes: `ed25519` (type 0x01) over the text, `cosignature/v1` (type 0x04) over a timestamp and the text.
 * Source: C2SP signed-note and tlog-cosignature.
 */
export type NoteSignatureType = "ed25519" | "cosignature/v1";

/** A key that a reader of notes knows. */
export interface NoteVerifier {
	readonly name: string;
	readonly key: PublicKey;
	readonly type: NoteSignatureType;
}

export interface VerifiedSignature {
	readonly verifier: NoteVerifier;
	/** For `cosignature/v1`: seconds since 1970-01-01 UTC, as the cosigner states them; else undefined. */
	readonly timeSeconds: number | undefined;
}

export interface OpenedNote {
	readonly text: string;
	/** One per verifier at most, in the order of the lines; never empty. */
	readonly signatures: readonly VerifiedSignature[];
}

/** Most signature lines that a note may carry here; the format asks readers to take at least 16. */
const maxSignatures = 64;
const maxNoteLength = 64 * 1024;
const typeBytes: Readonly<Record<NoteSignatureType, number>> = { ed25519: 0x01, "cosignature/v1": 0x04 };
const keyName = /^[^\s+\p{White_Space}]+$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the format forbids.
const controlCharacter = /[\u0000-\u0009\u000b-\u001f]/;

/** First four bytes of H(name ‖ newline ‖ type ‖ public key), 8 hex digits. */
export function noteKeyId({ name, key, type }: NoteVerifier): string {
	return encodeHex(sha256(concatBytes(encodeUtf8(`${name}\n`), Uint8Array.of(typeBytes[type]), decodeHex(key))).subarray(0, 4));
}

/**
 * Signs a text as its author (type 0x01).
 *
 * @param text - Ends in a newline, holds no other control character.
 * @throws {@link LogError} `LOG_NOTE_MALFORMED`.
 */
export function signNote(text: string, { name, key }: { readonly name: string; readonly key: SigningKey }): string {
	assertText(text);
	return `${text}\n${signatureLine({ name, key: key.publicKey, type: "ed25519" }, decodeHex(key.sign(encodeUtf8(text))))}`;
}

/**
 * Adds a timestamped cosignature (type 0x04) to a note.
 *
 * @throws {@link LogError} `LOG_NOTE_MALFORMED`.
 */
export function cosignNote(
	note: string,
	{ name, key, timeSeconds }: { readonly name: string; readonly key: SigningKey; readonly timeSeconds: number },
): string {
	const { text } = splitNote(note);
	const signature = decodeHex(key.sign(cosignedMessage(text, timeSeconds)));
	return note + signatureLine({ name, key: key.publicKey, type: "cosignature/v1" }, concatBytes(encodeUint64(timeSeconds), signature));
}

/**
 * Checks a note against the keys a reader knows. Signatures of other keys are ignored, as the format demands.
 *
 * @throws {@link LogError} `LOG_NOTE_MALFORMED`; `LOG_NOTE_SIGNATURE_INVALID` when a line of a known key fails; `LOG_NOTE_UNSIGNED` when
 * no known key signed.
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
	const { text, lines } = splitNote(note);
	const known = new Map(verifiers.map((verifier) => [`${verifier.name} ${noteKeyId(verifier)}`, verifier]));
	const signatures: VerifiedSignature[] = [];
	const seen = new Set<NoteVerifier>();
	for (const line of lines) {
		const verifier = known.get(`${line.name} ${encodeHex(line.bytes.subarray(0, 4))}`);
		if (verifier === undefined || seen.has(verifier)) continue;
		seen.add(verifier);
		signatures.push({ verifier, timeSeconds: verifyLine(text, verifier, line.bytes.subarray(4)) });
	}
	if (signatures.length === 0) throw new LogError("LOG_NOTE_UNSIGNED", `expected a signature by one of ${verifiers.length} known keys, found none`);
	return { text, signatures };
}

/**
 * The signature lines of the keys a reader knows, each verified, in the order of the note; of several lines of one key the first. Whoever keeps a
 * note that anybody may have added lines to keeps these alone, or junk would fill it until nobody takes it any more.
 *
 * @throws {@link LogError} As {@link openNote}.
 */
export function verifiedLines(note: string, verifiers: readonly NoteVerifier[]): string {
	openNote(note, verifiers);
	const left = new Set(verifiers.map((verifier) => `${verifier.name} ${noteKeyId(verifier)}`));
	const lines = splitNote(note).lines.filter(({ name, bytes }) => left.delete(`${name} ${encodeHex(bytes.subarray(0, 4))}`));
	return lines.map(formatLine).join("");
}

/** @returns The cosignature's time in seconds, or undefined for an author's signature. */
function verifyLine(text: string, verifier: NoteVerifier, body: Uint8Array): number | undefined {
	if (verifier.type === "ed25519") {
		if (body.length === 64 && isValidSignature(verifier.key, encodeUtf8(text), encodeHex(body))) return undefined;
	} else if (body.length === 72) {
		const time = new DataView(body.buffer, body.byteOffset).getBigUint64(0);
		const timeSeconds = Number(time);
		if (Number.isSafeInteger(timeSeconds) && isValidSignature(verifier.key, cosignedMessage(text, timeSeconds), encodeHex(body.subarray(8)))) {
			return timeSeconds;
		}
	}
	throw new LogError("LOG_NOTE_SIGNATURE_INVALID", "expected a valid signature of a known key, found one that does not verify");
}

function cosignedMessage(text: string, timeSeconds: number): Uint8Array {
	if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) throw malformed("expected a time in whole seconds");
	return encodeUtf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

function signatureLine(verifier: NoteVerifier, signature: Uint8Array): string {
	if (!keyName.test(verifier.name)) throw malformed("expected a key name without spaces or '+'");
	return formatLine({ name: verifier.name, bytes: concatBytes(decodeHex(noteKeyId(verifier)), signature) });
}

function formatLine({ name, bytes }: NoteLine): string {
	return `— ${name} ${encodeBase64(bytes)}\n`;
}

interface NoteLine {
	readonly name: string;
	/** Key id (4 bytes), then the signature. */
	readonly bytes: Uint8Array;
}

function splitNote(note: string): { text: string; lines: NoteLine[] } {
	if (typeof note !== "string" || note.length > maxNoteLength) throw malformed(`expected a note of at most ${maxNoteLength} characters`);
	if (!note.isWellFormed() || controlCharacter.test(note)) throw malformed("expected well-formed text without control characters");
	const split = note.lastIndexOf("\n\n");
	if (split < 0 || !note.endsWith("\n")) throw malformed("expected a text, an empty line and signature lines");
	const rows = note.slice(split + 2, -1).split("\n");
	if (rows.length > maxSignatures) throw malformed(`expected at most ${maxSignatures} signature lines`);
	return { text: note.slice(0, split + 1), lines: rows.map(parseLine) };
}

function parseLine(row: string): NoteLine {
	const [dash, name, base64, ...rest] = row.split(" ");
	if (dash !== "—" || name === undefined || base64 === undefined || rest.length > 0 || !keyName.test(name))
		throw malformed("expected a signature line");
	const bytes = readBase64(base64);
	if (bytes === undefined || bytes.length < 5) throw malformed("expected base64 of a key id and a signature");
	return { name, bytes };
}

function readBase64(text: string): Uint8Array | undefined {
	try {
		return decodeBase64(text);
	} catch {
		return undefined;
	}
}

function assertText(text: string): void {
	if (!text.endsWith("\n") || !text.isWellFormed() || controlCharacter.test(text)) {
		throw malformed("expected a text that ends in a newline and holds no other control character");
	}
}

function malformed(message: string): LogError {
	return new LogError("LOG_NOTE_MALFORMED", message);
}
