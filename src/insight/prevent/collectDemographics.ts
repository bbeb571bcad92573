import { wholeYearsBetween } from "#base";
import { type Collector, refuse } from "./collector.ts";
import { isDeceased } from "./findings.ts";
import { createProblem } from "./problem.ts";
import { asList, asText, type Resource, readWhen, referTo } from "./resource.ts";

export function collectDemographics(collector: Collector): Resource | undefined {
	const patients = collector.resources.filter((resource) => resource.resourceType === "Patient");
	const [patient] = patients;
	if (patient === undefined || patients.length > 1) {
		for (const input of ["ageYears", "sex"] as const)
			refuse(collector, input, "demographics", patient === undefined ? "INPUT_MISSING" : "INPUT_AMBIGUOUS");
		return undefined;
	}
	if (isDeceased(patient)) collector.problems.push(createProblem("NOT_ELIGIBLE_DECEASED", "eligibility", { sources: [referTo(patient)] }));
	collectAge(collector, patient);
	collectSex(collector, patient);
	return patient;
}

function collectAge(collector: Collector, patient: Resource): void {
	const birthDate = asText(patient.birthDate);
	const born = birthDate.length === 10 ? readWhen(birthDate) : undefined;
	if (born === undefined || born.day > collector.today) {
		refuse(collector, "ageYears", "demographics", birthDate === "" ? "INPUT_MISSING" : "INPUT_UNREADABLE", [referTo(patient)]);
		return;
	}
	collector.inputs.push({
		input: "ageYears",
		value: wholeYearsBetween(born.day, collector.today),
		unit: "a",
		recorded: { value: birthDate, unit: "" },
		method: "completed years since the birth date",
		date: collector.today,
		ageDays: 0,
		youngerThanDays: null,
		sources: [referTo(patient)],
	});
}

const birthSexExtension = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex";

function collectSex(collector: Collector, patient: Resource): void {
	const gender = asText(patient.gender);
	const sources = [referTo(patient)];
	if (gender !== "female" && gender !== "male") {
		refuse(collector, "sex", "demographics", gender === "" ? "INPUT_MISSING" : "INPUT_AMBIGUOUS", sources);
		return;
	}
	const atBirth = asText(asList(patient.extension).find((each) => each.url === birthSexExtension)?.valueCode);
	if ((atBirth === "F" && gender === "male") || (atBirth === "M" && gender === "female")) {
		refuse(collector, "sex", "demographics", "INPUT_AMBIGUOUS", sources);
		return;
	}
	collector.warnings.push({
		code: "ADMINISTRATIVE_GENDER",
		input: "sex",
		message:
			"PREVENT has one equation for each sex; the record's administrative gender stands in for it, which may not fit a trans or intersex person.",
	});
	const method = atBirth === "" ? "administrative gender" : "administrative gender, the same as the recorded birth sex";
	collector.inputs.push({
		input: "sex",
		value: gender,
		unit: "",
		recorded: { value: gender, unit: "" },
		method,
		date: null,
		ageDays: null,
		youngerThanDays: null,
		sources,
	});
}
