import { codes } from "./codes.ts";
import { ageOf, type Collector, refuse } from "./collector.ts";
import { isCurrent, isFinding, readCertainty } from "./findings.ts";
import { findCandidates } from "./measurements.ts";
import { daysBetween, readCodings, referTo } from "./resource.ts";

export function collectSmoking(collector: Collector): void {
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
		refuse(collector, "smoking", "social", "INPUT_STALE", sources, ageOf(wanted));
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
