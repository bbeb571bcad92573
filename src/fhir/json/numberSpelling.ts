import { isPlainObject, type JsonRecord } from "./values.ts";

/** A number in its own spelling, as {@link JSON.rawJSON} makes it: `JSON.stringify` writes it as it was read. Frozen by the engine. */
export interface RawNumber {
	readonly rawJSON: string;
}

/** ECMAScript's "JSON.parse source text access"; not yet in the type library that the project compiles against. */
interface JsonWithSources {
	parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
	rawJSON(text: string): RawNumber;
	isRawJSON(value: unknown): value is RawNumber;
}

const json = JSON as unknown as JsonWithSources;

/** What stands where a JSON number may stand. Text inside a string may look like it, which costs time and changes nothing. */
const numberPlace = /[:[,][ \t\r\n]*(-?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)(?=[ \t\r\n]*[,\]}])/g;

/**
 * True when a JSON text may hold a number that JavaScript would write in another way: `1.50`, `1e3`, `-0`, or more digits than a double
 * keeps. Never false where it holds one inside an object or array.
 */
export function hasOwnSpelling(text: string): boolean {
	return !holdsShortNumbersOnly(text) && holdsOwnSpelling(text);
}

/** Where a number ends; nearly all strings end in a quote. */
const numberEnd = /[0-9][ \t\r\n]*[,\]}]/g;
/** So many digits a double keeps. */
const digitsMax = 15;
/** So many behind the point JavaScript never writes with an exponent. */
const decimalsMax = 6;

/** Whether every number is short and plain, as nearly all are: those are written as they were read. Looking at their ends takes half the time. */
function holdsShortNumbersOnly(text: string): boolean {
	numberEnd.lastIndex = 0;
	while (numberEnd.test(text)) if (!isShortNumber(text, numberEnd.lastIndex)) return false;
	return true;
}

/** @param after - Behind the number, what space follows it, and one character more. */
function isShortNumber(text: string, after: number): boolean {
	let last = after - 2;
	while (!isDigit(text.charCodeAt(last))) last--;
	let at = beforeDigits(text, last);
	let digits = last - at;
	const hasPoint = text.charCodeAt(at) === point;
	if (hasPoint) {
		if (digits > decimalsMax || text.charCodeAt(last) === zero) return false;
		const whole = at - 1;
		at = beforeDigits(text, whole);
		digits += whole - at;
	}
	if (digits > digitsMax) return false;
	// What has an exponent, and what may be −0, is looked at as a whole.
	if (text.charCodeAt(at) === minus && (hasPoint || text.charCodeAt(at + 1) !== zero)) at--;
	return stands.has(text.charCodeAt(at));
}

/** The place before the digits that end at a place. */
function beforeDigits(text: string, last: number): number {
	let at = last;
	while (isDigit(text.charCodeAt(at))) at--;
	return at;
}

const zero = 0x30;
const minus = 0x2d;
const point = 0x2e;
/** Characters that a number can stand behind. */
const stands: ReadonlySet<number> = new Set([..." \t\r\n:[,"].map((character) => character.charCodeAt(0)));

function isDigit(code: number): boolean {
	return code >= zero && code <= zero + 9;
}

function holdsOwnSpelling(text: string): boolean {
	numberPlace.lastIndex = 0;
	for (let found = numberPlace.exec(text); found !== null; found = numberPlace.exec(text)) {
		const token = found[1] as string;
		if (String(Number(token)) !== token) return true;
	}
	return false;
}

/**
 * `JSON.parse` that keeps numbers as they were written: what JavaScript would write in another way comes as a {@link RawNumber}, everything
 * else as it always does. FHIR's decimals say by their digits how precise they are (R4 §2.24.0.1): 1.50 is not 1.5.
 *
 * @throws SyntaxError as `JSON.parse` does.
 */
export function parseKeepingNumbers(text: string): unknown {
	return hasOwnSpelling(text) ? json.parse(text, keepSource) : JSON.parse(text);
}

function keepSource(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
	return typeof value === "number" && source !== undefined && source !== String(value) ? json.rawJSON(source) : value;
}

export function isRawNumber(value: unknown): value is RawNumber {
	return json.isRawJSON(value);
}

/** The number that a value of a parsed text is, in whichever form it came; undefined for what is none. Float64: digits beyond its own are lost. */
export function numberOf(value: unknown): number | undefined {
	if (typeof value === "number") return value;
	return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/**
 * Writes a value that was parsed from `source` and edited since, its numbers as `source` has them. An edit may drop members and items at the
 * end of lists, add members, and put other strings in place of strings.
 */
export function writeKeepingNumbers(value: object, source: string): string {
	return JSON.stringify(hasOwnSpelling(source) ? respell(value, json.parse(source, keepSource)) : value);
}

function respell(value: unknown, spelled: unknown): unknown {
	if (typeof value === "number") return isRawNumber(spelled) && Number(spelled.rawJSON) === value ? spelled : value;
	if (Array.isArray(value)) return Array.isArray(spelled) ? value.map((item, index) => respell(item, spelled[index])) : value;
	if (!isPlainObject(value) || !isPlainObject(spelled)) return value;
	const written: Record<string, unknown> = {};
	for (const [key, member] of Object.entries(value))
		written[key] = Object.hasOwn(spelled, key) ? respell(member, (spelled as JsonRecord)[key]) : member;
	return written;
}
