import { ConsentFhirError } from "./consentFhirError.ts";

/** An object of a resource whose values nobody has looked at yet. */
export type Elements = { readonly [element: string]: unknown };

export function elementsOf(value: unknown, at: string): Elements {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Elements;
	throw new ConsentFhirError("CONSENT_FHIR_INVALID", at, "expected an element with parts");
}

/** An element that is not known might be a restriction: it is named, never passed over. */
export function requireOnly(elements: Elements, known: readonly string[], at: string): void {
	for (const name of Object.keys(elements)) {
		if (!known.includes(name))
			throw new ConsentFhirError("CONSENT_FHIR_ELEMENT_UNKNOWN", at, `expected none but these elements: ${known.join(", ")}`);
	}
}

/** The items of a repeating element; none when it is absent. FHIR has no empty arrays. */
export function listOf(elements: Elements, name: string, at: string): readonly unknown[] {
	const value = elements[name];
	if (value === undefined) return [];
	if (Array.isArray(value) && value.length > 0 && value.length <= 256) return value;
	throw new ConsentFhirError("CONSENT_FHIR_INVALID", `${at}.${name}`, "expected a list of 1 to 256");
}

export function textOf(elements: Elements, name: string, at: string): string {
	const value = elements[name];
	if (typeof value === "string" && value !== "") return value;
	throw new ConsentFhirError("CONSENT_FHIR_INVALID", `${at}.${name}`, "expected a text that is not empty");
}

/** True for a member of a closed list. */
export function isKnown<T extends string>(list: readonly T[], value: string): value is T {
	return (list as readonly string[]).includes(value);
}
