import type { Resource } from "./context.ts";

/** FHIR's modifier elements: without them what remains says something else (a refuted allergy would read as an allergy). */
const modifierElements = ["status", "clinicalStatus", "verificationStatus", "doNotPerform", "intent", "isSubpotent", "lifecycleStatus"];
const enteredInError = "entered-in-error";

/** True when reducing a resource dropped a modifier it had, or what it says was entered in error. */
export function isMeaningLost(resource: Resource, kept: Readonly<Record<string, unknown>>): boolean {
	const isLost = modifierElements.some((element) => resource[element] !== undefined && kept[element] === undefined);
	return isLost || kept.status === enteredInError || JSON.stringify(kept.verificationStatus ?? "").includes(enteredInError);
}
