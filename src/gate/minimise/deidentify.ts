import { parseCivilDay, wholeYearsBetween } from "#base";
import { allowLists } from "./allowLists.ts";
import type { MinimiseContext, Minimised, Resource } from "./context.ts";
import { isFhirDate } from "./dates.ts";
import { MinimiseError } from "./errors.ts";
import { isGenomic, isReleasableVariant, namedSomaticGenes } from "./genomics.ts";
import { isMeaningLost } from "./meaning.ts";
import { object, type Release } from "./rules.ts";

/** Extension on a de-identified Patient whose age may not be told: `valueCode` is `90+`. */
export const ageBandUrl = "urn:aceso:age-band";

/**
 * Keeps the elements of the type's allow-list and nothing else.
 *
 * Source: 45 CFR 164.514(b)(2)(i)(A)–(R). With `shiftDays` the dates are moved instead of cut to years, and the method is `expert-shifted`.
 */
export function deidentify(resource: Resource, context: MinimiseContext): Minimised {
	const release = asRelease(context);
	const allowed = Object.hasOwn(allowLists, resource.resourceType) ? allowLists[resource.resourceType] : undefined;
	if (allowed === undefined) return { released: false, reason: "TYPE_NOT_LISTED" };
	if ((context.classes.includes("genomics") || isGenomic(resource)) && !isReleasableVariant(resource, context.somaticGenes ?? namedSomaticGenes)) {
		return { released: false, reason: "GENOMICS_NOT_RELEASABLE" };
	}
	const kept = (object(allowed.elements)(resource, release) ?? {}) as Record<string, unknown>;
	if (allowed.required.some((element) => kept[element] === undefined) || isMeaningLost(resource, kept))
		return { released: false, reason: "REQUIRED_UNREADABLE" };
	const method = release.shiftDays === undefined ? "safe-harbor" : "expert-shifted";
	return {
		released: true,
		level: "deidentified",
		method,
		resource: { resourceType: resource.resourceType, ...ordinalId(resource, release), ...kept, ...ageBand(resource, context.today) },
	};
}

function asRelease({ releaseIds, shiftDays, today }: MinimiseContext): Release {
	if (releaseIds === undefined)
		throw new MinimiseError("MINIMISE_CONTEXT_INCOMPLETE", "expected releaseIds in the context of a de-identified release", "releaseIds");
	parseCivilDay(today);
	return { releaseIds, shiftDays, today };
}

function ordinalId(resource: Resource, release: Release): { id?: string } {
	return typeof resource.id === "string" ? { id: release.releaseIds.idFor(resource.resourceType, resource.id) } : {};
}

/** Older than 89 at the release: the year of birth was dropped with the others, and the band says so. */
function ageBand(resource: Resource, today: string): object {
	if (resource.resourceType !== "Patient" || !isFhirDate(resource.birthDate)) return {};
	const year = resource.birthDate.slice(0, 4);
	const born = resource.birthDate.length >= 10 ? resource.birthDate.slice(0, 10) : `${year}-12-31`;
	const isOver = wholeYearsBetween(parseCivilDay(born), parseCivilDay(today)) > 89;
	return isOver ? { extension: [{ url: ageBandUrl, valueCode: "90+" }] } : {};
}
