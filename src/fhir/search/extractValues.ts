import { isPlainObject } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import { rangeOf, type TimeRange } from "./searchDates.ts";
import type { SearchParameter, SearchPath, Step } from "./searchIndex.ts";
import { type Token, tokensOf } from "./searchTokens.ts";

/** A value that a search parameter looks at, with the FHIR type of where it stands. */
export interface FoundValue {
	readonly value: unknown;
	readonly type: string;
}

/** What a parameter looks at in one record, read in the ways in which it is compared; each at the first look. */
export class Extracted {
	readonly found: readonly FoundValue[];
	#tokens: readonly Token[] | undefined;
	#ranges: readonly TimeRange[] | undefined;
	#references: readonly FoundReference[] | undefined;

	constructor(found: readonly FoundValue[]) {
		this.found = found;
	}

	get tokens(): readonly Token[] {
		this.#tokens ??= this.found.flatMap(tokensOf);
		return this.#tokens;
	}

	get ranges(): readonly TimeRange[] {
		this.#ranges ??= this.found.map(({ value }) => rangeOf(value)).filter((range) => range !== undefined);
		return this.#ranges;
	}

	get references(): readonly FoundReference[] {
		this.#references ??= this.found.map(({ value }) => readReferenceOf(value)).filter((reference) => reference !== undefined);
		return this.#references;
	}
}

/** Kept with a record as long as the record is. */
export type RecordValues = Map<SearchParameter, Extracted>;

/** What a parameter looks at in a record; found once for each. */
export function extractValues(
	{ resource, values }: { readonly resource: FhirResource; readonly values: RecordValues },
	parameter: SearchParameter,
): Extracted {
	let extracted = values.get(parameter);
	if (extracted === undefined) {
		extracted = new Extracted(valuesAt(resource, parameter.paths, resource));
		values.set(parameter, extracted);
	}
	return extracted;
}

export interface FoundReference {
	/** As it stands there. */
	readonly text: string;
	/** Where it points, if it points at a resource here. */
	readonly local: LiteralReference | undefined;
}

export function readReferenceOf(value: unknown): FoundReference | undefined {
	const text = typeof value === "string" ? value : isPlainObject(value) ? value.reference : undefined;
	if (typeof text !== "string") return undefined;
	const literal = parseLiteral(text);
	return { text, local: literal?.base === undefined ? literal : undefined };
}

/** Values under a node of the resource, as a composite's components have them. */
export function valuesAt(node: unknown, paths: readonly SearchPath[], resource: unknown): readonly FoundValue[] {
	return paths.flatMap(({ steps, type, fromResource }) => walk(fromResource ? resource : node, steps).map((value) => ({ value, type })));
}

function walk(from: unknown, steps: readonly Step[]): readonly unknown[] {
	let here: readonly unknown[] = [from];
	for (const step of steps) here = here.flatMap((node) => children(node, step));
	return here;
}

function children(node: unknown, { name, field, pointsAt }: Step): readonly unknown[] {
	if (!isPlainObject(node) || !Object.hasOwn(node, name)) return [];
	const member = node[name];
	const all: readonly unknown[] = Array.isArray(member) ? member : member === undefined || member === null ? [] : [member];
	if (field !== undefined) return all.filter((each) => isPlainObject(each) && each[field.name] === field.equals);
	if (pointsAt !== undefined)
		return all.filter((each) => isPlainObject(each) && typeof each.reference === "string" && typeOf(each.reference) === pointsAt);
	return all;
}

/** `Patient` of `Patient/1`, of an absolute URL, and of one with a version. */
export function typeOf(reference: string): string | undefined {
	return parseLiteral(reference)?.type;
}

export interface LiteralReference {
	readonly type: string;
	readonly id: string;
	/** What stands before `Type/id` in an absolute URL. */
	readonly base?: string;
}

const literal = /^(?:(https?:\/\/.+)\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** A reference to a resource by its address; undefined for a contained one, a urn, or a conditional one. */
export function parseLiteral(reference: string): LiteralReference | undefined {
	const [, base, type, id] = literal.exec(reference) ?? [];
	if (type === undefined || id === undefined) return undefined;
	return base === undefined ? { type, id } : { type, id, base };
}
