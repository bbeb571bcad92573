import type { Level } from "#contracts";
import { isReleasable } from "./classLevelTable.ts";
import type { MinimiseContext, Minimised, Resource } from "./context.ts";
import { deidentify } from "./deidentify.ts";
import { pseudonymise } from "./pseudonymise.ts";

/**
 * Reduces one resource to what may leave at a level. Pure; the input is not changed.
 *
 * The class × level table is asked first ([MI2]), then the level's own rules. A resource that cannot be reduced safely is withheld whole.
 */
export function minimise(resource: Resource, level: Level, context: MinimiseContext): Minimised {
	if (level === "aggregate" || level === "compute") return { released: false, reason: "LEVEL_RELEASES_NO_RECORDS" };
	if (!isReleasable(context.classes, level)) return { released: false, reason: "CLASS_LEVEL" };
	if (level === "identified") return { released: true, level, method: "none", resource };
	if (hasModifier(resource)) return { released: false, reason: "MODIFIER_PRESENT" };
	return level === "pseudonymised" ? pseudonymise(resource, context) : deidentify(resource, context);
}

/**
 * True when some element says "do not read me without knowing this" (FHIR R4 §2.4.0.2): extensions are removed below `identified`, and a
 * removed modifier turns "no allergy" into "allergy".
 */
function hasModifier(value: unknown): boolean {
	if (Array.isArray(value)) return value.some(hasModifier);
	if (typeof value !== "object" || value === null) return false;
	return Object.entries(value).some(([key, member]) => key === "modifierExtension" || key === "implicitRules" || hasModifier(member));
}
