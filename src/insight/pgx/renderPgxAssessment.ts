import type { Digest } from "#base";
import type { PgxInsight } from "./pgxInsight.ts";

/**
 * What a guideline says on a drug as FHIR R4 RiskAssessment: as it was shown, with what it rests on. What was shown because something is unknown or not
 * available is a `preliminary` one.
 */
export function renderPgxAssessment(
	insight: PgxInsight,
	insightHash: Digest,
): { readonly resourceType: "RiskAssessment"; readonly [element: string]: unknown } {
	const { drug, advice, gist, basis } = insight;
	const notes = [
		...insight.adjustmentsSaid,
		...notSeenSaid(insight),
		...insight.unreadable.map((gene) => `${gene}: the result on file cannot be read.`),
	];
	return {
		resourceType: "RiskAssessment",
		identifier: [{ system: "urn:aceso:insight", value: insightHash }],
		status: gist === "unknown" ? "preliminary" : "final",
		method: {
			coding: [{ system: "urn:aceso:model", version: insight.modelVersion, code: insight.modelId }],
			text: `Pharmacogenomic guidance, tables ${insight.knowledgeVersion}`,
		},
		code: { text: `Pharmacogenomic guidance on ${drug}` },
		subject: insight.subject === null ? { display: "not available" } : { reference: insight.subject },
		occurrenceDateTime: new Date(insight.computedAtMs).toISOString(),
		performer: { display: `${insight.modelId} ${insight.modelVersion}, card ${insight.modelCardHash}` },
		...(basis.length === 0 ? {} : { basis: basis.map((reference) => ({ reference })) }),
		prediction: advice.map(({ results, what, strength, guideline, link }) => ({
			outcome: { text: results },
			rationale: [...what, strength, `By: ${guideline}, ${link}`].join(" "),
		})),
		...(notes.length === 0 ? {} : { note: notes.map((text) => ({ text })) }),
	};
}

/**
 * What the advice could not take in, in words. A medicine with a sensitivity label, as antidepressants have, is held back from a grant that does not name the
 * label, and nothing in an answer shows that it was: so it is said wherever medicines count.
 */
export function notSeenSaid({
	classesNotAvailable,
	classesInPart,
	dependsOnMedicines,
}: Pick<PgxInsight, "classesNotAvailable" | "classesInPart" | "dependsOnMedicines">): readonly string[] {
	const isSeen = !classesNotAvailable.includes("medications");
	return [
		...classesNotAvailable.map((name) => `Not seen: ${name}. What follows from them is unknown, not normal and not none.`),
		...classesInPart.map((name) => `Seen in part: ${name}. What is missing is unknown, not normal and not none.`),
		...(dependsOnMedicines && isSeen ? [labelledMedicines] : []),
	];
}

const labelledMedicines =
	"Of medicines with a sensitivity label, as antidepressants have, only those were seen whose label the patient named: ask which others are taken.";
