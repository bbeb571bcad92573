import { type DataClass, type Decision, keepFilters } from "#contracts";
import { refusedWith } from "./refusedWith.ts";

/**
 * A decision without the classes that the patient had erased: nobody gets them, and to who asks they are not available, like any that was never
 * granted. Released with nothing in them they would read as "none known" (invariant 6).
 */
export function withoutErased(decision: Decision, erased: ReadonlySet<DataClass>): Decision {
	if (erased.size === 0 || decision.decision === "deny") return decision;
	return keepFilters(decision, (_, name) => !erased.has(name)) ?? refusedWith(decision, "ERASED");
}
