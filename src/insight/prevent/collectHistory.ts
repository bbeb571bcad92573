import { codes, type Finding } from "./codes.ts";
import { type Collector, refuse } from "./collector.ts";
import { isAscvdProcedure, isCurrent, isDone, isFinding, isUnreadable, readCertainty } from "./findings.ts";
import { createProblem } from "./problem.ts";
import { daysBetween, type Resource, readWhen, referTo } from "./resource.ts";

export function collectHistory(collector: Collector): void {
	const conditions = collector.resources.filter((resource) => resource.resourceType === "Condition" && readCertainty(resource) !== "withdrawn");
	const procedures = collector.resources.filter((resource) => resource.resourceType === "Procedure" && isDone(resource));
	const known = (finding: Finding) => conditions.filter((each) => readCertainty(each) === "confirmed" && isFinding(each, finding));
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
