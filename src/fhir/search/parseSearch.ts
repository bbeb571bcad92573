import { fhirError } from "../errors.ts";
import { parseLiteral } from "./extractValues.ts";
import { type Prefix, prefixes, readDate } from "./searchDates.ts";
import { getSearchParameters, type SearchParameter, type SearchType } from "./searchIndex.ts";
import {
	countMax,
	defaultCount,
	type Include,
	type Modifier,
	type SearchFilter,
	type SearchQuery,
	type SearchValue,
	type SortKey,
} from "./searchQuery.ts";
import { findValueSet } from "./shippedValueSets.ts";

/** Parameters of one query, and alternatives of one parameter. */
const parametersMax = 32;
const valuesMax = 100;
/** Keys that a search is sorted by: each is compared for each pair of records that are alike in those before. */
const sortKeysMax = 8;
/** Names of elements that an answer is narrowed to. */
const elementsMax = 200;

type Draft = { -readonly [Name in keyof SearchQuery]: SearchQuery[Name] extends readonly (infer Item)[] ? Item[] : SearchQuery[Name] };

/**
 * Reads the parameters of a search. What is not understood is refused and never left out: a filter that is ignored widens the answer.
 *
 * Source: FHIR R4 §3.1.1. Errors name the place of a parameter in the query, never its text.
 *
 * @param pairs - Names and values in the order of the query, percent-decoded.
 * @throws {@link FhirError} `FHIR_SEARCH_INVALID`.
 */
export function parseSearch(type: string, pairs: Iterable<readonly [name: string, value: string]>): SearchQuery {
	const draft: Draft = {
		type,
		...{ filters: [], includes: [], revincludes: [], sort: [], patients: [] },
		...{ count: defaultCount, elements: undefined, summary: undefined, total: true },
	};
	let place = 0;
	for (const [name, value] of pairs) {
		place++;
		if (place > parametersMax) throw invalid(place, `at most ${parametersMax} parameters`, "more");
		readPair(draft, name, value, place);
	}
	return draft as SearchQuery;
}

function invalid(place: number, expected: string, found: string) {
	return fhirError("FHIR_SEARCH_INVALID", { path: `parameter[${place}]`, expected, found });
}

function readPair(draft: Draft, name: string, value: string, place: number): void {
	if (Object.hasOwn(resultParameters, name)) {
		(resultParameters[name] as ResultReader)(draft, value, place);
		return;
	}
	if (value === "") throw invalid(place, "a value", "none");
	if (name.startsWith("_has")) throw invalid(place, "a parameter of the resource itself; _has is not answered here", "_has");
	draft.filters.push(readFilter(draft.type, name, value, place));
	notePatients(draft);
}

type ResultReader = (draft: Draft, value: string, place: number) => void;

/** Parameters that shape the answer and filter nothing. */
const resultParameters: Readonly<Record<string, ResultReader>> = {
	_count(draft, value, place) {
		if (!/^\d{1,6}$/.test(value)) throw invalid(place, "a whole number", "another text");
		draft.count = Math.min(Number(value), countMax);
	},
	_sort(draft, value, place) {
		const keys = value.split(",");
		if (draft.sort.length + keys.length > sortKeysMax) throw invalid(place, `at most ${sortKeysMax} keys to sort by`, "more");
		for (const key of keys) draft.sort.push(readSortKey(draft.type, key, place));
	},
	_total(draft, value, place) {
		if (!["none", "estimate", "accurate"].includes(value)) throw invalid(place, "none, estimate or accurate", "another code");
		draft.total = value !== "none";
	},
	_elements(draft, value, place) {
		const names = value.split(",");
		if (names.length > elementsMax) throw invalid(place, `at most ${elementsMax} names of elements`, "more");
		if (names.some((each) => !/^[a-z][A-Za-z]{0,63}$/.test(each))) throw invalid(place, "names of elements", "another text");
		draft.elements = names;
	},
	_summary(draft, value, place) {
		if (!["true", "text", "data", "count", "false"].includes(value)) throw invalid(place, "true, text, data, count or false", "another code");
		draft.summary = value === "false" ? undefined : (value as NonNullable<SearchQuery["summary"]>);
	},
	_include: (draft, value, place) => void draft.includes.push(readInclude(value, place)),
	_revinclude: (draft, value, place) => void draft.revincludes.push(readInclude(value, place)),
	// Read by who writes the answer.
	_format: () => undefined,
	_pretty: () => undefined,
};

function readSortKey(type: string, key: string, place: number): SortKey {
	const descending = key.startsWith("-");
	const code = descending ? key.slice(1) : key;
	if (code === "_id" || code === "_lastUpdated") return { parameter: code, descending };
	const parameter = getSearchParameters(type).get(code);
	if (parameter === undefined || parameter.type === "composite") throw invalid(place, `a search parameter of ${type} to sort by`, "another name");
	return { parameter, descending };
}

function readInclude(value: string, place: number): Include {
	const [type = "", code = "", target, ...more] = value.split(":");
	const parameter = getSearchParameters(type).get(code);
	if (parameter?.type !== "reference" || more.length > 0)
		throw invalid(place, "Type:parameter or Type:parameter:Target of a reference", "another text");
	return { type, parameter, target };
}

function readFilter(type: string, name: string, value: string, place: number): SearchFilter {
	if (name === "_id") return { on: "id", ids: splitValues(value, place).map(unescapeValue) };
	if (name === "_lastUpdated") return { on: "lastUpdated", values: splitValues(value, place).map((each) => readDateValue(each, place)) };
	const dot = name.indexOf(".");
	if (dot > 0) return readChain(type, name.slice(0, dot), name.slice(dot + 1), value, place);
	const colon = name.indexOf(":");
	const [code, modifier] = colon < 0 ? [name, undefined] : [name.slice(0, colon), name.slice(colon + 1)];
	const parameter = getSearchParameters(type).get(code);
	if (parameter === undefined) throw invalid(place, `a search parameter of ${type}`, "another name");
	if (modifier === "missing") return { on: "missing", parameter, missing: readBoolean(value, place) };
	if (modifier === "in") return readIn(parameter, value, place);
	if (parameter.type === "reference" && modifier !== undefined && parameter.targets.includes(modifier)) {
		const values = splitValues(value, place).map((each) => ofType(readReference(unescapeValue(each)), modifier));
		return { on: "parameter", parameter, modifier: undefined, values };
	}
	if (modifier !== undefined && !allows(parameter.type, modifier))
		throw invalid(place, `a modifier of ${parameter.type} that is answered here`, "another");
	const values = splitValues(value, place).map((each) => readValue(parameter, each, place));
	return { on: "parameter", parameter, modifier: modifier as Modifier | undefined, values };
}

function allows(type: SearchType, modifier: string): boolean {
	return (modifier === "not" && type === "token") || ((modifier === "exact" || modifier === "contains") && type === "string");
}

function readIn(parameter: SearchParameter, url: string, place: number): SearchFilter {
	if (parameter.type !== "token") throw invalid(place, "a token parameter for :in", `a ${parameter.type}`);
	const set = findValueSet(url);
	if (set === undefined) throw invalid(place, "a value set that is shipped with the node", "another");
	return { on: "in", parameter, contains: set };
}

function readChain(type: string, head: string, rest: string, value: string, place: number): SearchFilter {
	const [code = "", target] = head.split(":");
	const parameter = getSearchParameters(type).get(code);
	if (parameter?.type !== "reference") throw invalid(place, `a reference parameter of ${type} before the dot`, "another name");
	if (rest.includes(".")) throw invalid(place, "a chain of one step", "a longer one");
	const targets = target === undefined ? parameter.targets : parameter.targets.filter((each) => each === target);
	const filters = new Map<string, SearchFilter>();
	const bare = rest.split(":")[0] as string;
	for (const each of targets) {
		if (bare !== "_id" && bare !== "_lastUpdated" && !getSearchParameters(each).has(bare)) continue;
		filters.set(each, readFilter(each, rest, value, place));
	}
	if (filters.size === 0) throw invalid(place, "a search parameter of what the reference points at", "another name");
	return { on: "chain", parameter, filters };
}

function readBoolean(value: string, place: number): boolean {
	if (value !== "true" && value !== "false") throw invalid(place, "true or false", "another text");
	return value === "true";
}

/** Which patients the query names by a reference, so that whoever opens a record knows whose. */
function notePatients(draft: Draft): void {
	const filter = draft.filters.at(-1);
	if (filter?.on !== "parameter" || filter.parameter.type !== "reference" || filter.modifier !== undefined) return;
	const isPatient = filter.parameter.code === "patient" || filter.parameter.code === "subject";
	for (const value of filter.values) {
		if (value.kind !== "reference" || value.id === undefined) continue;
		if (value.type === "Patient" || (isPatient && value.type === undefined)) draft.patients.push(value.id);
	}
}

/** Splits at a separator that is not escaped (R4 §3.1.1.4.5). */
function splitAt(text: string, separator: string): string[] {
	const parts: string[] = [""];
	for (let at = 0; at < text.length; at++) {
		const character = text[at] as string;
		if (character === "\\" && at + 1 < text.length) {
			parts[parts.length - 1] += character + text[++at];
		} else if (character === separator) parts.push("");
		else parts[parts.length - 1] += character;
	}
	return parts;
}

function unescapeValue(text: string): string {
	return text.replace(/\\([\\,$|])/g, "$1");
}

function splitValues(value: string, place: number): readonly string[] {
	const values = splitAt(value, ",");
	if (values.length > valuesMax) throw invalid(place, `at most ${valuesMax} values`, "more");
	if (values.some((each) => each === "")) throw invalid(place, "a value between commas", "none");
	return values;
}

function readValue(parameter: SearchParameter, text: string, place: number): SearchValue {
	switch (parameter.type) {
		case "token":
			return readToken(text);
		case "string":
			return { kind: "string", text: unescapeValue(text) };
		case "reference":
			return readReference(unescapeValue(text));
		case "date":
			return { kind: "date", ...readDateValue(text, place) };
		case "number":
			return { kind: "number", ...readNumber(text, place) };
		case "quantity":
			return readQuantityValue(text, place);
		case "uri":
			return { kind: "uri", uri: unescapeValue(text) };
		case "composite":
			return readComposite(parameter, text, place);
	}
}

function readToken(text: string): SearchValue {
	const [first = "", second] = splitAt(text, "|").map(unescapeValue);
	if (second === undefined) return { kind: "token", system: undefined, code: first };
	return { kind: "token", system: first, code: second === "" ? undefined : second };
}

function readReference(text: string): SearchValue & { readonly kind: "reference" } {
	const found = parseLiteral(text);
	if (found?.base !== undefined) return { kind: "reference", type: found.type, id: found.id, url: text };
	if (found !== undefined) return { kind: "reference", type: found.type, id: found.id, url: undefined };
	if (/^[A-Za-z0-9\-.]{1,64}$/.test(text)) return { kind: "reference", type: undefined, id: text, url: undefined };
	return { kind: "reference", type: undefined, id: undefined, url: text };
}

function ofType(value: SearchValue & { readonly kind: "reference" }, type: string): SearchValue {
	// `subject:Patient=Group/1` is a contradiction, and nothing is both.
	return value.type !== undefined && value.type !== type ? { ...value, id: undefined, url: "" } : { ...value, type };
}

function takePrefix(text: string): readonly [Prefix, string] {
	const prefix = text.slice(0, 2) as Prefix;
	return prefixes.includes(prefix) ? [prefix, text.slice(2)] : ["eq", text];
}

function readDateValue(text: string, place: number) {
	const [prefix, rest] = takePrefix(text);
	// A plus sign that came unencoded is a space by now.
	const range = readDate(rest.replace(" ", "+"));
	if (range === undefined) throw invalid(place, "a date such as 2024-05-06 or ge2024", "another text");
	return { prefix, range };
}

const numberForm = /^-?\d{1,15}(?:\.(\d{1,15}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** A number means what it rounds from: 5.4 is 5.35 up to 5.45 (R4 §3.1.1.5.4). */
function readNumber(text: string, place: number) {
	const [prefix, rest] = takePrefix(text);
	const [whole, decimals = "", exponent] = numberForm.exec(rest) ?? [];
	if (whole === undefined || !Number.isFinite(Number(rest))) throw invalid(place, "a number such as 5.4 or gt100", "another text");
	return { prefix, value: Number(rest), halfUnit: 0.5 * 10 ** (Number(exponent ?? 0) - decimals.length) };
}

function readQuantityValue(text: string, place: number): SearchValue {
	const [number = "", system, code] = splitAt(text, "|").map(unescapeValue);
	const named = (part: string | undefined) => (part === undefined || part === "" ? undefined : part);
	return { kind: "quantity", ...readNumber(number, place), system: named(system), code: named(code) };
}

function readComposite({ components }: SearchParameter, text: string, place: number): SearchValue {
	const parts = splitAt(text, "$");
	if (parts.length !== components.length) throw invalid(place, `${components.length} values joined by $`, `${parts.length}`);
	return { kind: "composite", parts: parts.map((part, at) => readValue(components[at] as SearchParameter, part, place)) };
}
