import { isPlainObject } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import type { SearchParameter, SearchPath, Step } from "./searchIndex.ts";

/** A value that a search parameter looks at, with the FHIR type of where it stands. */
export interface FoundValue {
	readonly value: unknown;
	readonly type: string;
}

/** By resource, so that they go when it goes. */
const extracted = new WeakMap<object, Map<SearchParameter, readonly FoundValue[]>>();

/** What a parameter looks at in a resource; found once for each and kept as long as the resource is. */
export function extractValues(resource: FhirResource, parameter: SearchParameter): readonly FoundValue[] {
	let known = extracted.get(resource);
	if (known === undefined) {
		known = new Map();
		extracted.set(resource, known);
	}
	let values = known.get(parameter);
	if (values === undefined) {
		values = valuesAt(resource, parameter.paths, resource);
		known.set(parameter, values);
	}
	return values;
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
