import { isPlainObject, type JsonRecord } from "../json/values.ts";

/** A type that an element may have, with the profiles of it, one of which its value has to meet. */
export interface AllowedType {
	readonly code: string;
	readonly profiles: readonly string[];
	/** Of references: what they may point at, as canonical URLs. */
	readonly targets: readonly string[];
}

/** An invariant of a profile: FHIRPath that gives true for each value of its element. */
export interface Invariant {
	readonly key: string;
	readonly severity: "error" | "warning";
	readonly expression: string;
}

export interface Discriminator {
	readonly type: string;
	/** As in the profile: `$this`, `code.coding`, `resolve()`, `extension('urn:x').value`. */
	readonly path: string;
}

export interface Slicing {
	readonly discriminators: readonly Discriminator[];
	readonly rules: "open" | "closed" | "openAtEnd";
	readonly isOrdered: boolean;
}

/** What a profile says of one element; undefined is what it says nothing of. */
export interface ElementRule {
	/** Segments of the element's id below the type: `component:systolic` is slice `systolic` of `component`. */
	readonly segments: readonly string[];
	readonly min: number | undefined;
	readonly max: number | undefined;
	readonly types: readonly AllowedType[] | undefined;
	/** The element is exactly this. */
	readonly fixed: unknown;
	/** The element has at least this. */
	readonly pattern: unknown;
	/** Value set of a required binding; null for a binding of another strength, which only advises and takes the place of its base's. */
	readonly requiredValueSet: string | null | undefined;
	readonly invariants: readonly Invariant[];
	readonly slicing: Slicing | undefined;
}

/** A profile as its file says it: a StructureDefinition of FHIR R4 that constrains a resource type or a datatype (an extension for one). */
export interface Profile {
	readonly url: string;
	readonly version: string | undefined;
	readonly kind: "resource" | "complex-type";
	readonly type: string;
	/** The profile or type that it constrains. */
	readonly base: string;
	/** What it says beyond its base; undefined where the file has a snapshot alone. */
	readonly differential: readonly ElementRule[] | undefined;
	/** All that holds under it, its base included; undefined where the file has none. */
	readonly snapshot: readonly ElementRule[] | undefined;
}

/** Reads a StructureDefinition; undefined for anything but a profile of a resource type or a datatype. */
export function readProfile(definition: unknown): Profile | undefined {
	if (!isPlainObject(definition) || definition["resourceType"] !== "StructureDefinition") return undefined;
	const { url, version, type, kind, derivation, baseDefinition } = definition;
	if ((kind !== "resource" && kind !== "complex-type") || derivation !== "constraint" || typeof url !== "string" || typeof type !== "string")
		return undefined;
	const [snapshot, differential] = [rulesOf(definition["snapshot"]), rulesOf(definition["differential"])];
	if ((snapshot ?? differential) === undefined || typeof baseDefinition !== "string") return undefined;
	return { url, type, kind, version: typeof version === "string" ? version : undefined, base: baseDefinition, differential, snapshot };
}

function rulesOf(part: unknown): readonly ElementRule[] | undefined {
	const list = isPlainObject(part) ? part["element"] : undefined;
	return Array.isArray(list) ? list.filter(isPlainObject).flatMap((element) => readRule(element) ?? []) : undefined;
}

function readRule(element: JsonRecord): ElementRule | undefined {
	const { min, max, type } = element;
	const id = idOf(element);
	if (id === undefined) return undefined;
	return {
		segments: id.split(".").slice(1),
		min: typeof min === "number" ? min : undefined,
		max: max === "*" ? Number.POSITIVE_INFINITY : typeof max === "string" && /^\d{1,6}$/.test(max) ? Number(max) : undefined,
		types: Array.isArray(type) && type.length > 0 ? type.filter(isPlainObject).flatMap((each) => readType(each) ?? []) : undefined,
		fixed: partOf(element, "fixed"),
		pattern: partOf(element, "pattern"),
		requiredValueSet: readBinding(element["binding"]),
		invariants: (Array.isArray(element["constraint"]) ? element["constraint"] : [])
			.filter(isPlainObject)
			.flatMap((each) => readInvariant(each) ?? []),
		slicing: readSlicing(element["slicing"]),
	};
}

/** The id says of which slice an element is part; files that leave it out have slices without parts. */
function idOf({ id, path, sliceName }: JsonRecord): string | undefined {
	if (typeof path !== "string") return undefined;
	if (typeof id === "string" && id.replace(/:[^.]*/g, "") === path) return id;
	return typeof sliceName === "string" ? `${path}:${sliceName}` : path;
}

function readType({ code, profile, targetProfile }: JsonRecord): AllowedType | undefined {
	return typeof code === "string" ? { code, profiles: textsOf(profile), targets: textsOf(targetProfile) } : undefined;
}

function textsOf(value: unknown): readonly string[] {
	return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function readBinding(binding: unknown): string | null | undefined {
	if (!isPlainObject(binding)) return undefined;
	const { strength, valueSet } = binding;
	return strength === "required" && typeof valueSet === "string" ? valueSet : null;
}

function readInvariant({ key, severity, expression }: JsonRecord): Invariant | undefined {
	if (typeof key !== "string" || typeof expression !== "string") return undefined;
	return { key, severity: severity === "warning" ? "warning" : "error", expression };
}

function readSlicing(slicing: unknown): Slicing | undefined {
	if (!isPlainObject(slicing)) return undefined;
	const { discriminator, rules, ordered } = slicing;
	return {
		discriminators: (Array.isArray(discriminator) ? discriminator : [])
			.filter(isPlainObject)
			.map(({ type, path }) => ({ type: typeof type === "string" ? type : "", path: typeof path === "string" ? path : "" })),
		rules: rules === "closed" || rules === "openAtEnd" ? rules : "open",
		isOrdered: ordered === true,
	};
}

/** `fixedUri`, `patternCodeableConcept` … */
function partOf(element: JsonRecord, prefix: string): unknown {
	const name = Object.keys(element).find((key) => key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length)));
	return name === undefined ? undefined : element[name];
}
