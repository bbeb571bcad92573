import type { Digest, JsonObject, PublicKey } from "#base";
import { InsightError } from "./errors.ts";

/** Shortest reason that an override may have, in characters after trimming. */
export const reasonMinimum = 10;

/** A clinician's decision about one insight: the model advises, a person decides. */
export interface SignOff {
	readonly format: "aceso/sign-off/1";
	/** {@link hashInsight} of the record decided on. */
	readonly insightHash: Digest;
	readonly decision: "accept" | "override";
	/** Required to override; "" where none was given. */
	readonly reason: string;
	readonly clinician: PublicKey;
	readonly timeMs: number;
}

/** @throws {@link InsightError} `INSIGHT_REASON_REQUIRED` for an override without a reason of at least ten characters. */
export function createSignOff({ insightHash, decision, reason, clinician, timeMs }: Omit<SignOff, "format">): SignOff {
	const trimmed = reason.trim();
	if (decision === "override" && trimmed.length < reasonMinimum) {
		throw new InsightError("INSIGHT_REASON_REQUIRED", `expected a reason of at least ${reasonMinimum} characters, found ${trimmed.length}`);
	}
	return { format: "aceso/sign-off/1", insightHash, decision, reason: trimmed, clinician, timeMs };
}

/** The form that is hashed, signed and stored: restricted canonical JSON can hold it. */
export function toSignOffJson({ format, insightHash, decision, reason, clinician, timeMs }: SignOff): JsonObject {
	return { format, insightHash, decision, reason, clinician, timeMs };
}

/**
 * A sign-off as FHIR R4 Provenance. Provenance and not Observation: it says nothing new of the patient, it says who answers for a record, when and why,
 * and it leaves the RiskAssessment it targets unchanged.
 *
 * @param target - Reference of the RiskAssessment.
 */
export function renderSignOff(
	{ insightHash, decision, reason, clinician, timeMs }: SignOff,
	target: string,
): { readonly resourceType: "Provenance"; readonly [element: string]: unknown } {
	return {
		resourceType: "Provenance",
		target: [{ reference: target, identifier: { system: "urn:aceso:insight", value: insightHash } }],
		recorded: new Date(timeMs).toISOString(),
		activity: { coding: [{ system: "urn:aceso:sign-off", code: decision }], text: decision === "accept" ? "accepted" : "overridden" },
		...(reason === "" ? {} : { reason: [{ text: reason }] }),
		agent: [
			{
				type: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/provenance-participant-type", code: "verifier", display: "Verifier" }] },
				who: { identifier: { system: "urn:aceso:key", value: clinician } },
			},
		],
	};
}
