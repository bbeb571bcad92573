import { hashInsight, type InsightRecord } from "./insightRecord.ts";
import type { PreventOutcome } from "./prevent/model.ts";
import { describeChange } from "./prevent/uncertainty.ts";

/** FHIR R4 RiskAssessment, as far as an insight fills it. */
export interface RiskAssessment {
	readonly resourceType: "RiskAssessment";
	readonly [element: string]: unknown;
}

interface OutcomeCode {
	readonly text: string;
	readonly coding?: readonly { readonly system: string; readonly code: string; readonly display: string }[];
}

const snomed = "http://snomed.info/sct";
const outcomeCodes: Readonly<Record<PreventOutcome, OutcomeCode>> = {
	total_cvd: { text: "Cardiovascular disease: atherosclerotic cardiovascular disease or heart failure" },
	ascvd: { text: "Atherosclerotic cardiovascular disease: coronary heart disease or stroke" },
	heart_failure: { text: "Heart failure", coding: [{ system: snomed, code: "84114007", display: "Heart failure" }] },
	chd: {
		text: "Coronary heart disease: myocardial infarction or death from it",
		coding: [{ system: snomed, code: "53741008", display: "Coronary arteriosclerosis" }],
	},
	stroke: { text: "Stroke", coding: [{ system: snomed, code: "230690007", display: "Cerebrovascular accident" }] },
};

/**
 * An insight as FHIR R4 RiskAssessment: one prediction per outcome and horizon, the records it rests on as `basis`.
 *
 * `probabilityDecimal` is in percent, as R4 defines it (constraint ras-2: at most 100). A refusal is a `cancelled` assessment with its reasons.
 */
export function renderRiskAssessment(record: InsightRecord): RiskAssessment {
	const references = [...new Set(record.inputs.flatMap(({ sources }) => sources.map(({ reference }) => reference)))].sort();
	const notes = [
		...record.problems.map(({ message }) => message),
		...record.warnings.map(({ message }) => message),
		...describeUncertaintyNotes(record),
	];
	return {
		resourceType: "RiskAssessment",
		identifier: [{ system: "urn:aceso:insight", value: hashInsight(record) }],
		status: record.status === "computed" ? "final" : "cancelled",
		method: {
			coding: [{ system: "urn:aceso:model", version: record.modelVersion, code: record.modelId }],
			text: record.model === null ? "AHA PREVENT 2023" : `AHA PREVENT 2023, ${record.model.name} model`,
		},
		subject: record.subject === null ? { display: "not available" } : { reference: record.subject },
		occurrenceDateTime: new Date(record.computedAtMs).toISOString(),
		performer: { display: `${record.modelId} ${record.modelVersion}, card ${record.modelCardHash}` },
		...(references.length === 0 ? {} : { basis: references.map((reference) => ({ reference })) }),
		...(record.results.length === 0 ? {} : { prediction: record.results.map((result) => renderPrediction(record, result)) }),
		note: notes.map((text) => ({ text })),
	};
}

function renderPrediction(record: InsightRecord, { outcome, horizonYears, printed }: InsightRecord["results"][number]) {
	const explanation = record.explanations.find((each) => each.outcome === outcome && each.horizonYears === horizonYears);
	return {
		outcome: outcomeCodes[outcome],
		// "0.127" → 12.7, by the digits printed.
		probabilityDecimal: Math.round(Number(printed) * 1000) / 10,
		whenRange: {
			low: { value: 0, unit: "years", system: "http://unitsofmeasure.org", code: "a" },
			high: { value: horizonYears, unit: "years", system: "http://unitsofmeasure.org", code: "a" },
		},
		...(explanation === undefined ? {} : { rationale: [`Reference: ${explanation.reference}.`, ...explanation.clinician].join(" ") }),
	};
}

function describeUncertaintyNotes({ uncertainty }: InsightRecord): readonly string[] {
	if (uncertainty === null) return [];
	const total = uncertainty.sensitivity.filter(({ outcome }) => outcome === "total_cvd");
	const changes = total.map(
		(each) => `${describeChange(each)}: ${printPercent(each.riskIfLower)} to ${printPercent(each.riskIfHigher)} over ${each.horizonYears} years`,
	);
	return [uncertainty.statement, `Total cardiovascular disease, ${changes.join("; ")}.`];
}

function printPercent(risk: number | null): string {
	return risk === null ? "outside the range" : `${(risk * 100).toFixed(1)} %`;
}
