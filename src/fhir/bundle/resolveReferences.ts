import { type FhirError, fhirError } from "../errors.ts";
import { isElementName } from "../fhirIndex.ts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import type { ResourceFacts } from "../validate/inspectResource.ts";

/** How a reference leaves the bundle or stays in it. */
export type ReferenceKind =
	/** `#id`: a contained resource. */
	| "contained"
	/** Names an entry, by its fullUrl or by `Type/id`. */
	| "entry"
	/** A known form that points outside: an absolute URL, or a conditional reference to a directory resource. */
	| "outside"
	/** Points at an entry that is not there. */
	| "broken";

/** Types that a hospital keeps once for all patients, and that bundles name by a search (`Practitioner?identifier=…`). */
export const directoryTypes: ReadonlySet<string> = new Set([
	"Practitioner",
	"PractitionerRole",
	"Organization",
	"OrganizationAffiliation",
	"Location",
	"HealthcareService",
	"Endpoint",
	"Device",
	"Medication",
	"Substance",
	"InsurancePlan",
]);

const relative = /^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const conditional = /^([A-Z][A-Za-z]{1,63})\?[^\s]{1,2000}$/;
const absolute = /^https?:\/\/\S+$/;

/** The name under which an entry would be found: without the version that a reference may carry. */
export function referenceKey(reference: string): string {
	const history = reference.indexOf("/_history/");
	return history < 0 ? reference : reference.slice(0, history);
}

/** Judges a reference that names no entry of the bundle. Source: FHIR R4 §2.36.4 (references in bundles) and §3.1.0.11.2 (conditional references). */
export function judgeOutside(reference: string): Exclude<ReferenceKind, "entry" | "contained"> {
	const type = conditional.exec(reference)?.[1];
	if (type !== undefined) return directoryTypes.has(type) ? "outside" : "broken";
	return absolute.test(reference) ? "outside" : "broken";
}

/** The error for a reference that resolves to nothing, or to an entry of the wrong type. `found` names the form of the reference, never the reference. */
export function brokenReference(
	resource: FhirResource,
	value: JsonRecord,
	entry: number,
	byteOffset: number,
	misdirected?: { readonly allowed: ReadonlySet<string>; readonly type: string },
): FhirError {
	const reference = value.reference as string;
	return fhirError("FHIR_REFERENCE_UNRESOLVED", {
		entry,
		byteOffset,
		path: `entry[${entry}].resource${findPath(resource, value) ?? ""}.reference`,
		expected:
			misdirected === undefined
				? "a reference to an entry of this bundle, a contained resource, or an absolute URL"
				: `a reference to ${[...misdirected.allowed].join(" or ")}`,
		found: misdirected === undefined ? describeForm(reference) : `one to ${misdirected.type}`,
	});
}

function describeForm(reference: string): string {
	if (reference.startsWith("urn:uuid:")) return "a urn:uuid that no entry has";
	if (reference.startsWith("urn:")) return "a urn that no entry has";
	if (reference.startsWith("#")) return "the id of no contained resource";
	if (relative.test(reference)) return "a relative reference that no entry has";
	return conditional.test(reference) ? "a conditional reference to a type that is not a directory" : "another form";
}

/** Ids of the contained resources, for `#id`. */
export function containedIds(resource: FhirResource): ReadonlySet<string> {
	const contained = Array.isArray(resource.contained) ? resource.contained : [];
	return new Set(contained.filter(isPlainObject).flatMap(({ id }) => (typeof id === "string" ? [id] : [])));
}

export function isContainedReference(reference: string): boolean {
	return reference.startsWith("#");
}

/** `rename` gives the new reference, or undefined to leave it. Rewrites in place: the resource has just been parsed and nobody else holds it. */
export function rewriteReferences(facts: ResourceFacts, rename: (reference: string) => string | undefined): void {
	for (const { value } of facts.references) {
		if (typeof value.reference !== "string") continue;
		const renamed = rename(value.reference);
		if (renamed !== undefined) (value as { reference: string }).reference = renamed;
	}
}

/** Path from a resource to an object inside it, found by identity; only errors need it. */
function findPath(from: unknown, wanted: JsonRecord): string | undefined {
	if (from === wanted) return "";
	if (Array.isArray(from)) {
		for (const [index, item] of from.entries()) {
			const rest = findPath(item, wanted);
			if (rest !== undefined) return `[${index}]${rest}`;
		}
	} else if (isPlainObject(from)) {
		for (const [key, item] of Object.entries(from)) {
			const rest = findPath(item, wanted);
			if (rest !== undefined) return `.${isElementName(key) ? key : "?"}${rest}`;
		}
	}
	return undefined;
}
