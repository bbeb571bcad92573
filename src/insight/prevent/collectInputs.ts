import type { CivilDay } from "#base";
import { wholeYearsBetween } from "#base";
import type { DataClass } from "#contracts";
import type { Release } from "#gate";
import { computeEgfr } from "./ckdEpi2021.ts";
import { codes, type MeasurementCodes } from "./codes.ts";
import { isAscvdProcedure, isCurrent, isDeceased, isDone, isFinding, isUnreadable, readCertainty } from "./findings.ts";
import { findCandidates, findMeasurement, type Measurement, type MeasurementResult } from "./measurements.ts";
import { findMedicine } from "./medicines.ts";
import type { PreventInputs, PreventSex } from "./model.ts";
import { createProblem, type InputName, type Problem, type ProblemCode, type SourceReference, type Warning } from "./problem.ts";
import { asElement, asList, asText, daysBetween, type Resource, readCodings, readWhen, referTo } from "./resource.ts";
import { type UnitTable, unitTables } from "./units.ts";

/** The classes PREVENT reads, and no others. */
export const preventClasses = [
	"demographics",
	"conditions",
	"medications",
	"laboratory",
	"vitals",
	"procedures",
	"social",
] as const satisfies readonly DataClass[];

/** One input as it will be shown: where it comes from, how old it is, how it was converted. */
export interface CollectedInput {
	readonly input: InputName;
	readonly value: number | boolean | PreventSex;
	/** UCUM code, or "" for what has no unit. */
	readonly unit: string;
	/** As the record has it; null where the value is derived. */
	readonly recorded: { readonly value: number | string; readonly unit: string } | null;
	/** How the value was reached, in words. */
	readonly method: string;
	/** Day the value is about; null for what is read off the whole record, as it stands today. */
	readonly date: string | null;
	readonly ageDays: number | null;
	/** It is used only while younger than this; null for what does not age. */
	readonly youngerThanDays: number | null;
	readonly sources: readonly SourceReference[];
}

export interface CollectedInputs {
	/** `Patient/<id>`, or null where no Patient was released. */
	readonly patient: string | null;
	readonly inputs: readonly CollectedInput[];
	readonly values: Partial<PreventInputs>;
	/** Reasons to refuse, those of optional inputs included: which of them matter depends on the model. */
	readonly problems: readonly Problem[];
	readonly warnings: readonly Warning[];
	readonly notAvailable: readonly DataClass[];
}

/** Deprivation is not in the record: a caller who knows the decile of the place of living states it, with its source. */
export interface StatedSdi {
	readonly decile: number;
	readonly source: string;
	readonly day: CivilDay;
}

export interface CollectParameters {
	readonly release: Pick<Release, "classes" | "resources">;
	/** Civil day the estimate is for; later data are not looked at. */
	readonly today: CivilDay;
	readonly sdi?: StatedSdi;
}

/** Collects while noting what cannot be had. */
interface Collector {
	readonly today: CivilDay;
	readonly resources: readonly Resource[];
	readonly inputs: CollectedInput[];
	readonly problems: Problem[];
	readonly warnings: Warning[];
	/** True where the whole class may be looked at, so that absence means "not recorded". */
	isWhole(dataClass: DataClass): boolean;
}

/**
 * Reads PREVENT's inputs from what the gate released.
 *
 * A class that was not released, or from which a grant may keep records back, is never read as empty: what would follow from absence is refused
 * with `INPUT_NOT_AVAILABLE`. Records at a level below `identified` other than `compute` are not read: their dates are shifted or cut.
 */
export function collectInputs({ release, today, sdi }: CollectParameters): CollectedInputs {
	const usable = release.resources.filter(({ level }) => level === "identified" || level === "compute");
	const whole = new Set(release.classes.filter(isWhole).map((each) => each.class));
	const collector: Collector = {
		today,
		resources: [...new Map(usable.map(({ resource }) => [`${resource.resourceType}/${asText(resource.id)}`, resource])).values()],
		inputs: [],
		problems: [],
		warnings: [],
		isWhole: (dataClass) => whole.has(dataClass),
	};
	const patient = collectDemographics(collector);
	collectHistory(collector);
	collectVitals(collector);
	collectLaboratory(collector);
	collectMedicines(collector);
	collectSmoking(collector);
	collectSdi(collector, sdi);
	return {
		patient: patient === undefined ? null : referTo(patient).reference,
		inputs: collector.inputs,
		values: Object.fromEntries(collector.inputs.map(({ input, value }) => [input, value])),
		problems: collector.problems,
		warnings: collector.warnings,
		notAvailable: preventClasses.filter((each) => !whole.has(each)),
	};
}

function isWhole(each: Release["classes"][number]): boolean {
	return (
		each.status === "released" &&
		each.levels.some((level) => level === "identified" || level === "compute") &&
		!("restricted" in each && each.restricted === true)
	);
}

/** Notes that an input cannot be had: withheld where its class is not whole, else as found. */
function refuse(
	collector: Collector,
	input: InputName,
	dataClass: DataClass,
	code: ProblemCode,
	sources: readonly SourceReference[] = [],
	expected?: string,
): void {
	const absent = code === "INPUT_MISSING" && !collector.isWhole(dataClass);
	const details = {
		...(absent ? { class: dataClass } : {}),
		...(expected === undefined ? {} : { expected }),
		...(sources.length === 0 ? {} : { sources }),
	};
	collector.problems.push(createProblem(absent ? "INPUT_NOT_AVAILABLE" : code, input, details));
}

function collectDemographics(collector: Collector): Resource | undefined {
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

function collectHistory(collector: Collector): void {
	const conditions = collector.resources.filter((resource) => resource.resourceType === "Condition" && readCertainty(resource) !== "withdrawn");
	const procedures = collector.resources.filter((resource) => resource.resourceType === "Procedure" && isDone(resource));
	const known = (finding: Parameters<typeof isFinding>[1]) =>
		conditions.filter((each) => readCertainty(each) === "confirmed" && isFinding(each, finding));
	const ascvd = [...known(codes.conditions.ascvd), ...procedures.filter(isAscvdProcedure)];
	const heartFailure = known(codes.conditions.heartFailure);
	if (ascvd.length > 0) collector.problems.push(createProblem("NOT_ELIGIBLE_ASCVD", "eligibility", { sources: ascvd.map(referTo) }));
	if (heartFailure.length > 0)
		collector.problems.push(createProblem("NOT_ELIGIBLE_HEART_FAILURE", "eligibility", { sources: heartFailure.map(referTo) }));
	if (ascvd.length === 0 && heartFailure.length === 0) collectAbsence(collector, [...conditions, ...procedures]);
	warnOfUnconfirmed(collector, conditions);
	collectDiabetes(collector, conditions);
}

/** No known disease may be concluded only from classes seen whole, in which every record can be read. */
function collectAbsence(collector: Collector, records: readonly Resource[]): void {
	for (const dataClass of ["conditions", "procedures"] as const) {
		if (!collector.isWhole(dataClass)) collector.problems.push(createProblem("INPUT_NOT_AVAILABLE", "eligibility", { class: dataClass }));
	}
	const unreadable = records.filter(isUnreadable);
	if (unreadable.length > 0) collector.problems.push(createProblem("INPUT_UNREADABLE", "eligibility", { sources: unreadable.map(referTo) }));
}

function warnOfUnconfirmed(collector: Collector, conditions: readonly Resource[]): void {
	const considered = conditions.some(
		(each) => readCertainty(each) === "unconfirmed" && (isFinding(each, codes.conditions.ascvd) || isFinding(each, codes.conditions.heartFailure)),
	);
	if (!considered) return;
	collector.warnings.push({
		code: "UNCONFIRMED_CARDIOVASCULAR_DIAGNOSIS",
		message: "The record holds a cardiovascular diagnosis that is not confirmed; if it is true, PREVENT does not apply.",
	});
}

function collectDiabetes(collector: Collector, conditions: readonly Resource[]): void {
	const matching = conditions.filter((each) => isCurrent(each) && isFinding(each, codes.conditions.diabetes));
	const diagnosed = matching.filter((each) => readCertainty(each) === "confirmed");
	if (diagnosed.length === 0 && matching.length > 0) {
		refuse(collector, "diabetes", "conditions", "INPUT_AMBIGUOUS", matching.map(referTo));
		return;
	}
	if (diagnosed.length === 0 && !collector.isWhole("conditions")) {
		refuse(collector, "diabetes", "conditions", "INPUT_MISSING");
		return;
	}
	const onset = readWhen(diagnosed[0]?.onsetDateTime ?? diagnosed[0]?.recordedDate);
	collector.inputs.push({
		input: "diabetes",
		value: diagnosed.length > 0,
		unit: "",
		recorded: null,
		method:
			diagnosed.length > 0
				? "a current diagnosis of diabetes"
				: `none among ${conditions.length} released conditions is a current diagnosis of diabetes`,
		date: onset?.day ?? null,
		ageDays: onset === undefined ? null : daysBetween(onset.day, collector.today),
		youngerThanDays: null,
		sources: diagnosed.map(referTo),
	});
}

function collectVitals(collector: Collector): void {
	collectMeasurement(collector, "sbpMmHg", "vitals", codes.observations.sbpMmHg, unitTables.sbpMmHg);
	const recorded = findMeasurement(collector.resources, codes.observations.bmiKgM2, unitTables.bmiKgM2, collector.today);
	if (recorded.found) {
		pushMeasurement(collector, "bmiKgM2", codes.observations.bmiKgM2, recorded.measurement);
		return;
	}
	const height = findMeasurement(collector.resources, codes.observations.height, unitTables.height, collector.today);
	const weight = findMeasurement(collector.resources, codes.observations.weight, unitTables.weight, collector.today);
	// One decimal, as a chart would show it.
	const computed = height.found && weight.found ? Math.round((weight.measurement.value / height.measurement.value ** 2) * 10) / 10 : Number.NaN;
	if (!height.found || !weight.found || !Number.isFinite(computed)) {
		refuse(
			collector,
			"bmiKgM2",
			"vitals",
			recorded.problem,
			recorded.source === undefined ? [] : [recorded.source],
			printAge(codes.observations.bmiKgM2),
		);
		return;
	}
	collector.inputs.push({
		input: "bmiKgM2",
		value: computed,
		unit: unitTables.bmiKgM2.unit,
		recorded: null,
		method: `weight (${weight.measurement.recorded.value} ${weight.measurement.recorded.unit}) ÷ height² (${height.measurement.recorded.value} ${height.measurement.recorded.unit})`,
		date: weight.measurement.day,
		ageDays: weight.measurement.ageDays,
		youngerThanDays: codes.observations.weight.youngerThanDays,
		sources: [weight.measurement.source, height.measurement.source],
	});
}

function collectLaboratory(collector: Collector): void {
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
	refuse(collector, "egfr", "laboratory", creatinine.problem, creatinine.source === undefined ? [] : [creatinine.source], printAge(wanted));
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

function collectMedicines(collector: Collector): void {
	for (const input of ["statin", "bpTreatment"] as const) collectMedicine(collector, input);
	const treated = collector.inputs.some((each) => each.input === "bpTreatment" && each.value === true);
	const hypertension = collector.resources.some((each) => each.resourceType === "Condition" && isFinding(each, codes.conditions.hypertension));
	if (!treated || hypertension) return;
	collector.warnings.push({
		code: "BP_MEDICINE_WITHOUT_HYPERTENSION",
		input: "bpTreatment",
		message: "A medicine that lowers blood pressure is active, but no hypertension is recorded here; it may be given for another reason.",
	});
}

function collectMedicine(collector: Collector, input: "statin" | "bpTreatment"): void {
	const found = findMedicine(collector.resources, codes.medications[input], collector.today);
	if (found.use === "stale") {
		refuse(collector, input, "medications", "INPUT_STALE", [referTo(found.resource)], `younger than ${codes.medications.youngerThanDays} days`);
		return;
	}
	if (found.use === "unreadable") {
		refuse(collector, input, "medications", "INPUT_UNREADABLE", [referTo(found.resource)]);
		return;
	}
	// Not seen is not "not taken": only a class seen whole lets absence stand.
	if (found.use === "none-recorded" && !collector.isWhole("medications")) {
		refuse(collector, input, "medications", "INPUT_MISSING");
		return;
	}
	const taken = found.use === "taken" ? found : undefined;
	collector.inputs.push({
		input,
		value: taken !== undefined,
		unit: "",
		recorded: null,
		method: found.use === "taken" ? `active request for ${found.ingredient}` : `none among ${found.readCount} active medicines in the record`,
		date: taken?.day ?? collector.today,
		ageDays: taken?.ageDays ?? 0,
		youngerThanDays: codes.medications.youngerThanDays,
		sources: taken === undefined ? [] : [referTo(taken.resource)],
	});
}

function collectSmoking(collector: Collector): void {
	const wanted = codes.observations.smoking;
	const [latest] = findCandidates(collector.resources, wanted, collector.today);
	if (latest === undefined) {
		refuse(collector, "smoking", "social", "INPUT_MISSING");
		return;
	}
	const sources = [referTo(latest.resource)];
	const answers = readCodings(latest.holder.valueCodeableConcept).map(({ code }) => code);
	const current = answers.some((code) => codes.smokingStatus.current.includes(code));
	const notCurrent = answers.some((code) => codes.smokingStatus.notCurrent.includes(code));
	const diagnosed = collector.resources.some(
		(each) =>
			each.resourceType === "Condition" && isCurrent(each) && readCertainty(each) === "confirmed" && isFinding(each, codes.conditions.smoking),
	);
	if (current === notCurrent || (notCurrent && diagnosed)) {
		refuse(collector, "smoking", "social", "INPUT_AMBIGUOUS", sources);
		return;
	}
	const ageDays = daysBetween(latest.day, collector.today);
	if (ageDays >= wanted.youngerThanDays) {
		refuse(collector, "smoking", "social", "INPUT_STALE", sources, printAge(wanted));
		return;
	}
	const method = "answer to the tobacco smoking status; PREVENT means cigarettes within the last 30 days";
	const recorded = { value: answers.join(" "), unit: "" };
	collector.inputs.push({
		input: "smoking",
		value: current,
		unit: "",
		recorded,
		method,
		date: latest.day,
		ageDays,
		youngerThanDays: wanted.youngerThanDays,
		sources,
	});
}

function collectSdi(collector: Collector, sdi: StatedSdi | undefined): void {
	if (sdi === undefined) {
		collector.problems.push(createProblem("INPUT_MISSING", "sdiDecile"));
		return;
	}
	if (!Number.isInteger(sdi.decile)) {
		collector.problems.push(createProblem("INPUT_UNREADABLE", "sdiDecile"));
		return;
	}
	const recorded = { value: sdi.decile, unit: "" };
	const ageDays = daysBetween(sdi.day, collector.today);
	collector.inputs.push({
		input: "sdiDecile",
		value: sdi.decile,
		unit: "",
		recorded,
		method: `stated by the requester: ${sdi.source}`,
		date: sdi.day,
		ageDays,
		youngerThanDays: null,
		sources: [],
	});
}

function collectMeasurement(collector: Collector, input: InputName, dataClass: DataClass, wanted: MeasurementCodes, units: UnitTable): void {
	const result: MeasurementResult = findMeasurement(collector.resources, wanted, units, collector.today);
	if (result.found) {
		pushMeasurement(collector, input, wanted, result.measurement);
		return;
	}
	refuse(collector, input, dataClass, result.problem, result.source === undefined ? [] : [result.source], printAge(wanted));
}

function printAge({ youngerThanDays }: MeasurementCodes): string {
	return `younger than ${youngerThanDays} days`;
}

function pushMeasurement(collector: Collector, input: InputName, wanted: MeasurementCodes, measurement: Measurement, method?: string): void {
	const { value, unit, recorded, conversion, day, ageDays, source, differs } = measurement;
	if (differs) {
		collector.warnings.push({
			code: "SAME_TIME_MEASUREMENTS_DIFFER",
			input,
			message: "Two measurements of the same time differ; one of them was used.",
		});
	}
	const how = method ?? (conversion === "" ? "latest measurement" : `latest measurement, converted: ${conversion}`);
	collector.inputs.push({
		input,
		value,
		unit,
		recorded,
		method: how,
		date: day,
		ageDays,
		youngerThanDays: wanted.youngerThanDays,
		sources: [source],
	});
}
