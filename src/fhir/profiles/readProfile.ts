import { isPlainObject, type JsonRecord } from "../json/values.ts";

/** What a profile asks of one element. */
export interface ProfileRule {
	/** Names of elements below the type; the last one may end in `[x]`. */
	readonly path: readonly string[];
	readonly min: number;
	readonly max: number;
	/** Types that the element may have; undefined where the profile does not narrow them. */
	readonly types: readonly string[] | undefined;
	/** The element is exactly this. */
	readonly fixed: unknown;
	/** The element has at least this. */
	readonly pattern: unknown;
}

/** Parts of a profile that are not judged here. */
export type Unjudged = "slices" | "invariants" | "bindings";

/** A profile as it is judged: a StructureDefinition of FHIR R4 that constrains a resource type. */
export interface Profile {
	readonly url: string;
	readonly version: string | undefined;
	readonly type: string;
	/** The profile or type that it constrains. */
	readonly base: string;
	readonly rules: readonly ProfileRule[];
	readonly unjudged: readonly Unjudged[];
}

/** Reads a StructureDefinition; undefined for anything but a profile of a resource type. */
export function readProfile(definition: unknown): Profile | undefined {
	if (!isPlainObject(definition) || definition["resourceType"] !== "StructureDefinition") return undefined;
	const { url, version, type, kind, derivation, baseDefinition, snapshot, differential } = definition;
	if (kind !== "resource" || derivation !== "constraint" || typeof url !== "string" || typeof type !== "string") return undefined;
	const elements = elementsOf(snapshot) ?? elementsOf(differential);
	if (elements === undefined || typeof baseDefinition !== "string") return undefined;
	const own = elements.filter((element) => !isOfSlice(element));
	return {
		...{ url, type, version: typeof version === "string" ? version : undefined, base: baseDefinition },
		rules: own.map((element) => readRule(element)).filter((rule) => rule.path.length > 0),
		unjudged: unjudgedOf(elements, url),
	};
}

function elementsOf(part: unknown): readonly JsonRecord[] | undefined {
	const list = isPlainObject(part) ? part["element"] : undefined;
	return Array.isArray(list) ? list.filter(isPlainObject) : undefined;
}

/** `Patient.extension:race.value[x]`: what holds for one slice holds for no other. */
function isOfSlice({ id, path, sliceName }: JsonRecord): boolean {
	return sliceName !== undefined || (typeof id === "string" && id.includes(":")) || typeof path !== "string";
}

function readRule(element: JsonRecord): ProfileRule {
	const { path, min, max, type } = element;
	const codes = Array.isArray(type) ? type.filter(isPlainObject).map(({ code }) => code) : undefined;
	return {
		path: (path as string).split(".").slice(1),
		min: typeof min === "number" ? min : 0,
		max: typeof max === "string" && /^\d{1,6}$/.test(max) ? Number(max) : Number.POSITIVE_INFINITY,
		types: codes?.filter((code) => typeof code === "string"),
		fixed: partOf(element, "fixed"),
		pattern: partOf(element, "pattern"),
	};
}

/** `fixedUri`, `patternCodeableConcept` … */
function partOf(element: JsonRecord, prefix: string): unknown {
	const name = Object.keys(element).find((key) => key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length)));
	return name === undefined ? undefined : element[name];
}

function unjudgedOf(elements: readonly JsonRecord[], url: string): readonly Unjudged[] {
	const found = new Set<Unjudged>();
	for (const element of elements) {
		if (isOfSlice(element)) found.add("slices");
		const constraints = Array.isArray(element["constraint"]) ? element["constraint"].filter(isPlainObject) : [];
		if (constraints.some(({ source }) => source === undefined || source === url)) found.add("invariants");
		if (isPlainObject(element["binding"]) && element["binding"]["strength"] === "required") found.add("bindings");
	}
	return [...found].sort();
}
