import { type CivilDay, wholeYearsBetween } from "#base";
import { computeEgfr } from "./ckdEpi2021.ts";
import { codes } from "./codes.ts";
import { ageOf, type Collector, collectMeasurement, pushMeasurement, refuse } from "./collector.ts";
import { findCandidates, findMeasurement, type Measurement } from "./measurements.ts";
import { asElement, asText, type Resource, referTo } from "./resource.ts";
import { unitTables } from "./units.ts";

export function collectLaboratory(collector: Collector): void {
	collectMeasurement(collector, "totalCholesterolMgDl", "laboratory", codes.observations.totalCholesterolMgDl, unitTables.totalCholesterolMgDl);
	collectMeasurement(collector, "hdlCholesterolMgDl", "laboratory", codes.observations.hdlCholesterolMgDl, unitTables.hdlCholesterolMgDl);
	collectMeasurement(collector, "hba1cPercent", "laboratory", codes.observations.hba1cPercent, unitTables.hba1cPercent);
	collectMeasurement(collector, "uacrMgG", "laboratory", codes.observations.uacrMgG, unitTables.uacrMgG);
	collectEgfr(collector);
}

/** eGFR from creatinine; a reported one only where its code or method states CKD-EPI 2021. */
function collectEgfr(collector: Collector): void {
	const { resources, today } = collector;
	const wanted = codes.observations.creatinine;
	const creatinine = findMeasurement(resources, wanted, unitTables.creatinine, today);
	const sex = collector.inputs.find(({ input }) => input === "sex")?.value;
	const birthDate = collector.inputs.find(({ input }) => input === "ageYears")?.recorded?.value;
	if (creatinine.found && (sex === "female" || sex === "male") && typeof birthDate === "string" && creatinine.measurement.value > 0) {
		const ageYears = wholeYearsBetween(birthDate as CivilDay, creatinine.measurement.day);
		if (ageYears >= 18) {
			pushEgfr(collector, creatinine.measurement, Math.round(computeEgfr({ creatinineMgDl: creatinine.measurement.value, ageYears, sex })));
			return;
		}
	}
	const stated = findMeasurement(resources.filter(statesCkdEpi2021), codes.observations.egfrStated, unitTables.egfr, today);
	if (stated.found) {
		pushMeasurement(collector, "egfr", codes.observations.egfrStated, stated.measurement, "reported; the laboratory states CKD-EPI 2021");
		return;
	}
	if (creatinine.found) {
		refuse(collector, "egfr", "demographics", "INPUT_MISSING", [creatinine.measurement.source]);
		return;
	}
	const other = findCandidates(resources, codes.observations.egfrOther, today)[0];
	if (creatinine.problem === "INPUT_MISSING" && other !== undefined) {
		refuse(collector, "egfr", "laboratory", "INPUT_EQUATION_NOT_STATED", [referTo(other.resource)]);
		return;
	}
	refuse(collector, "egfr", "laboratory", creatinine.problem, creatinine.source === undefined ? [] : [creatinine.source], ageOf(wanted));
}

/** A creatinine-based eGFR whose LOINC term is CKD-EPI 2021 by its name; a free-text method that says another equation contradicts it. */
function statesCkdEpi2021(resource: Resource): boolean {
	const method = asText(asElement(resource.method)?.text);
	return method === "" || /2021/.test(method) || !/mdrd|2009|cockcroft/i.test(method);
}

function pushEgfr(collector: Collector, creatinine: Measurement, value: number): void {
	pushMeasurement(collector, "egfr", codes.observations.creatinine, { ...creatinine, value, unit: unitTables.egfr.unit }, describeEgfr(creatinine));
}

function describeEgfr({ conversion }: Measurement): string {
	return `CKD-EPI 2021 from creatinine, to the whole number as laboratories report it${conversion === "" ? "" : ` (${conversion})`}`;
}
