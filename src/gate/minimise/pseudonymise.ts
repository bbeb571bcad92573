import { numberOf } from "#fhir";
import { safeCoding } from "./codes.ts";
import type { MinimiseContext, Minimised, Resource } from "./context.ts";
import { isFhirDate, shiftDate } from "./dates.ts";
import { codeElements, dateElements, identifyingElements } from "./elements.ts";
import { MinimiseError } from "./errors.ts";
import { isMeaningLost } from "./meaning.ts";
import { numberBelow } from "./numbers.ts";
import { parseReference } from "./references.ts";
import { isSamples, isToken } from "./tokens.ts";
import { isUnit, isUnreadableQuantity } from "./units.ts";

/** System of the ids a grantee sees in place of a custodian's. */
const pairwiseSystem = "urn:aceso:pairwise";

/** No measurement is as large; a phone or record number in an element nobody knows is. */
const largestNumber = 1e8;

type Pairwise = (value: string) => string;

interface Walk {
	readonly pairwiseId: Pairwise;
	readonly shiftDays: number;
}

/**
 * Replaces direct identifiers by pairwise ids, moves every date by the same whole days, removes people's names, contact, addresses and all free
 * text. What remains is still personal data: whoever holds the custodian's key can go back.
 *
 * A string is kept only where its element is a date, a code, a unit or a coding of a known form; every other string is dropped, known element
 * or not ([MI12]).
 */
export function pseudonymise(resource: Resource, context: MinimiseContext): Minimised {
	const { pairwiseId, shiftDays } = context;
	if (pairwiseId === undefined) throw missing("pairwiseId");
	if (shiftDays === undefined || !Number.isInteger(shiftDays) || shiftDays === 0 || Math.abs(shiftDays) > 365) throw missing("shiftDays");
	const kept = walkObject(resource, { pairwiseId, shiftDays });
	if (isMeaningLost(resource, kept)) return { released: false, reason: "REQUIRED_UNREADABLE" };
	return { released: true, level: "pseudonymised", method: "pseudonymised", resource: { ...kept, resourceType: resource.resourceType } };
}

function missing(parameter: string): MinimiseError {
	return new MinimiseError("MINIMISE_CONTEXT_INCOMPLETE", `expected ${parameter} in the context of a pseudonymised release`, parameter);
}

function walkObject(source: object, walk: Walk): Record<string, unknown> {
	const kept: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(source)) {
		const reduced = walkElement(key, value, walk);
		if (reduced !== undefined) kept[key] = reduced;
	}
	return kept;
}

function walkElement(key: string, value: unknown, walk: Walk): unknown {
	if (identifyingElements.has(key) || key.startsWith("_")) return undefined;
	if (key === "identifier") return replaceIdentifiers(value, walk.pairwiseId);
	if (Array.isArray(value)) {
		const items = value.map((item) => walkElement(key, item, walk)).filter((item) => item !== undefined);
		return items.length === 0 ? undefined : items;
	}
	if (typeof value === "string") return walkString(key, value, walk);
	if (numberOf(value) !== undefined) return numberBelow(value, largestNumber);
	if (typeof value !== "object" || value === null) return value ?? undefined;
	if ("reference" in value) return walkReference(value, walk.pairwiseId);
	if ("system" in value && "code" in value && !("value" in value)) return safeCoding(value);
	if (isUnreadableQuantity(value)) return undefined;
	const kept = walkObject(value, walk);
	return Object.keys(kept).length === 0 ? undefined : kept;
}

function walkString(key: string, value: string, walk: Walk): string | undefined {
	if (key === "id") return walk.pairwiseId(value);
	if (dateElements.has(key) && isFhirDate(value)) return shiftDate(value, walk.shiftDays);
	if (codeElements.has(key)) return isToken(value) ? value : undefined;
	if (key === "unit") return isUnit(value) ? value : undefined;
	// SampledData: numbers and the three letters FHIR allows among them.
	if (key === "data") return isSamples(value) ? value : undefined;
	// `system` and `code` of a Quantity.
	if (key === "system") return value === "http://unitsofmeasure.org" ? value : undefined;
	if (key === "code") return isUnit(value) ? value : undefined;
	return undefined;
}

/** The reference's text and identifier go; what cannot be read as an id in this record goes too. */
function walkReference(value: object, pairwiseId: Pairwise): { reference: string } | undefined {
	const target = parseReference((value as { reference?: unknown }).reference);
	if (target === undefined) return undefined;
	const id = pairwiseId(target.id);
	return { reference: target.type === undefined ? `${pairwiseSystem}:${id}` : `${target.type}/${id}` };
}

function replaceIdentifiers(value: unknown, pairwiseId: Pairwise): unknown {
	const identifiers = (Array.isArray(value) ? value : [value])
		.filter((item): item is { system?: unknown; value: string } => typeof item === "object" && item !== null && typeof item.value === "string")
		.map((item) => ({ system: pairwiseSystem, value: pairwiseId(`${typeof item.system === "string" ? item.system : ""}|${item.value}`) }));
	if (identifiers.length === 0) return undefined;
	return Array.isArray(value) ? identifiers : identifiers[0];
}
