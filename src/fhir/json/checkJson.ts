import { type FhirErrorCode, fhirError } from "../errors.ts";
import { isElementName } from "../fhirIndex.ts";

interface Frame {
	readonly isArray: boolean;
	readonly keys: Set<string>;
	index: number;
	key: string;
}

export interface CheckJsonParameters {
	/** Prefix of the paths in errors, as `entry[12].resource`. */
	readonly path: string;
	/** Offset of the text's first byte in the file. */
	readonly byteOffset: number;
	readonly entry?: number;
}

const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in strings (RFC 8259 §7).
const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const space = /[ \t\n\r]*/y;

/**
 * Judges a JSON text strictly and names the first place where it fails: grammar (RFC 8259), keys given twice, a `__proto__` key, escapes
 * that denote lone surrogates. Returns without a value where the text is fine.
 *
 * It is the slow second look: the reader calls it only when `JSON.parse` refused or when the text contains something that `JSON.parse`
 * lets pass, because the engine's own message has no dependable position and quotes the input. Iterative; nesting has been bounded by the scanner.
 */
export function checkJson(text: string, parameters: CheckJsonParameters): void {
	const stack: Frame[] = [];
	let at = 0;
	let expectValue = true;

	const pathNow = () =>
		stack.reduce((path, frame) => path + (frame.isArray ? `[${frame.index}]` : frame.key === "" ? "" : `.${shownKey(frame.key)}`), parameters.path);
	const fail = (code: FhirErrorCode, expected: string, found: string) =>
		fhirError(code, {
			byteOffset: parameters.byteOffset + Buffer.byteLength(text.slice(0, at)),
			path: pathNow(),
			expected,
			found,
			...(parameters.entry === undefined ? {} : { entry: parameters.entry }),
		});
	const skipSpace = () => {
		space.lastIndex = at;
		space.exec(text);
		at = space.lastIndex;
	};
	const readString = (what: string): string => {
		stringToken.lastIndex = at;
		const token = stringToken.exec(text)?.[0];
		if (token === undefined) throw fail("FHIR_NOT_JSON", what, describe(text, at));
		const value = JSON.parse(token) as string;
		if (!value.isWellFormed()) throw fail("FHIR_NOT_UTF8", "well-formed text", "an escape that denotes a lone surrogate");
		at += token.length;
		return value;
	};
	const readKey = (frame: Frame) => {
		const key = readString("a key in double quotes");
		if (frame.keys.has(key)) throw fail("FHIR_KEY_REFUSED", "each key once", "a key given twice");
		frame.keys.add(key);
		frame.key = key;
		if (key === "__proto__") throw fail("FHIR_KEY_REFUSED", "a FHIR element name", "the key __proto__");
		skipSpace();
		if (text[at] !== ":") throw fail("FHIR_NOT_JSON", "a colon", describe(text, at));
		at++;
	};

	for (;;) {
		skipSpace();
		const frame = stack.at(-1);
		if (!expectValue) {
			if (frame === undefined) {
				if (at < text.length) throw fail("FHIR_NOT_JSON", "the end", describe(text, at));
				return;
			}
			if (text[at] === ",") {
				at++;
				skipSpace();
				if (frame.isArray) frame.index++;
				else readKey(frame);
				expectValue = true;
				continue;
			}
			if (text[at] !== (frame.isArray ? "]" : "}")) throw fail("FHIR_NOT_JSON", frame.isArray ? "a comma or ]" : "a comma or }", describe(text, at));
			at++;
			stack.pop();
			continue;
		}
		const opening = text[at];
		if (opening === "{" || opening === "[") {
			at++;
			skipSpace();
			const isArray = opening === "[";
			if (text[at] === (isArray ? "]" : "}")) {
				at++;
				expectValue = false;
				continue;
			}
			const next: Frame = { isArray, keys: new Set(), index: 0, key: "" };
			stack.push(next);
			if (!isArray) readKey(next);
			continue;
		}
		if (opening === '"') readString("a string without control characters and with valid escapes");
		else readLiteral();
		expectValue = false;
	}

	function readLiteral(): void {
		for (const literal of ["true", "false", "null"]) {
			if (text.startsWith(literal, at)) {
				at += literal.length;
				return;
			}
		}
		numberToken.lastIndex = at;
		const number = numberToken.exec(text)?.[0];
		if (number === undefined) throw fail("FHIR_NOT_JSON", "a JSON value", describe(text, at));
		at += number.length;
	}
}

/** Names a character by its kind, never by itself: what stands there may be a part of a record. */
function describe(text: string, at: number): string {
	const code = text.charCodeAt(at);
	if (Number.isNaN(code)) return "the end";
	if (code < 0x20) return `control character ${code}`;
	if (code === 0x22) return "a string";
	if (code > 0x7e) return "a character outside ASCII";
	return /[A-Za-z0-9]/.test(text[at] as string) ? "a letter or digit" : `"${text[at]}"`;
}

/** A key that is not an element name of FHIR could itself be personal, and is not repeated. */
export function shownKey(key: string): string {
	return isElementName(key) ? key : "?";
}
