import { type ElementSpec, getFhirIndex, type TypeSpec } from "../fhirIndex.ts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";

/** A value of a resource with where it stands and what it is. */
export interface Place {
	/** Undefined for a primitive that has extensions alone. */
	readonly value: unknown;
	/** `_birthDate`: id and extensions of a primitive. */
	readonly sibling: JsonRecord | undefined;
	/** As in FHIRPath: `Observation.component[1].code`. */
	readonly path: string;
	/** Type by R4: `Quantity`, `code`, `Observation.component`; undefined where R4 has no such element. */
	readonly type: string | undefined;
	readonly spec: TypeSpec | undefined;
	/** The innermost resource that it is part of. */
	readonly resource: JsonRecord;
}

/** A resource as a place: the start of all paths. */
export function rootPlace(resource: JsonRecord & { readonly resourceType: string }, path: string = resource.resourceType): Place {
	const spec = getFhirIndex().resources.get(resource.resourceType);
	return { value: resource, sibling: undefined, path, type: resource.resourceType, spec, resource };
}

/** The values of an element below a place; `value[x]` stands for each that one of a choice may be called. */
export function placesAt(place: Place, name: string): readonly Place[] {
	const holder = isPlainObject(place.value) ? place.value : place.sibling;
	if (holder === undefined) return [];
	const prefix = name.endsWith("[x]") ? name.slice(0, -3) : undefined;
	const keys = prefix === undefined ? [name] : choiceKeys(holder, prefix, place.spec);
	return keys.flatMap((key) => placesOf(place, holder, key));
}

function choiceKeys(holder: JsonRecord, prefix: string, spec: TypeSpec | undefined): readonly string[] {
	const names = new Set(Object.keys(holder).map((key) => (key.startsWith("_") ? key.slice(1) : key)));
	return [...names].filter((key) => (spec === undefined ? isChoiceName(key, prefix) : spec.elements.get(key)?.choice === prefix));
}

function isChoiceName(key: string, prefix: string): boolean {
	return key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length));
}

function placesOf(place: Place, holder: JsonRecord, key: string): readonly Place[] {
	const [own, siblings] = [ownOf(holder, key), ownOf(holder, `_${key}`)];
	const element = elementOf(place, key);
	const make = (value: unknown, sibling: unknown, path: string): Place => ({
		...{ value: value ?? undefined, sibling: isPlainObject(sibling) ? sibling : undefined, path },
		...typeOf(element, value, place),
	});
	if (!Array.isArray(own) && !Array.isArray(siblings))
		return own === undefined && siblings === undefined ? [] : [make(own, siblings, `${place.path}.${key}`)];
	const [values, beside] = [Array.isArray(own) ? own : [], Array.isArray(siblings) ? siblings : []];
	const count = Math.max(values.length, beside.length);
	return Array.from({ length: count }, (_, at) => make(values[at], beside[at], `${place.path}.${key}[${at}]`));
}

function ownOf(holder: JsonRecord, key: string): unknown {
	return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/** Every element has an id and extensions, a primitive too. */
function elementOf({ spec, sibling }: Place, key: string): ElementSpec | undefined {
	const found = spec?.elements.get(key);
	return found ?? (sibling === undefined ? undefined : getFhirIndex().resources.get("Patient")?.elements.get("name")?.complex?.elements.get(key));
}

function typeOf(element: ElementSpec | undefined, value: unknown, { resource }: Place): Pick<Place, "type" | "spec" | "resource"> {
	if (isPlainObject(value) && typeof value["resourceType"] === "string" && element?.complex === undefined) {
		const spec = getFhirIndex().resources.get(value["resourceType"]);
		return { type: value["resourceType"], spec, resource: value };
	}
	return { type: element?.type, spec: element?.complex, resource };
}
