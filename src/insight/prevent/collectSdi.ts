import type { CivilDay } from "#base";
import { codes } from "./codes.ts";
import { type Collector, refuse } from "./collector.ts";
import type { SourceReference } from "./problem.ts";
import { asText, daysBetween, hasCode, type Resource, readEffective, referTo } from "./resource.ts";

/** The decile of the place of living as a requester states it, with its source. It takes precedence over the record. */
export interface StatedSdi {
	readonly decile: number;
	readonly source: string;
	readonly day: CivilDay;
}

/** Deprivation: stated by the requester, or by an Observation of the record. A place is never looked up here. */
export function collectSdi(collector: Collector, stated: StatedSdi | undefined): void {
	const recorded = stated === undefined ? findRecorded(collector) : undefined;
	const sources = recorded === undefined ? [] : [referTo(recorded.resource)];
	if (stated === undefined && recorded === undefined) {
		refuse(collector, "sdiDecile", "social", "INPUT_MISSING");
		return;
	}
	const decile = stated?.decile ?? recorded?.resource.valueInteger;
	const day = stated?.day ?? recorded?.day;
	if (typeof decile !== "number" || !Number.isInteger(decile) || day === undefined) {
		refuse(collector, "sdiDecile", "social", "INPUT_UNREADABLE", sources);
		return;
	}
	pushSdi(collector, {
		decile,
		day,
		method: stated === undefined ? "latest value of the record" : `stated by the requester: ${stated.source}`,
		sources,
	});
}

function pushSdi(
	collector: Collector,
	{ decile, day, method, sources }: { decile: number; day: CivilDay; method: string; sources: readonly SourceReference[] },
): void {
	const { youngerThanDays } = codes.deprivation;
	const ageDays = daysBetween(day, collector.today);
	if (ageDays >= youngerThanDays) {
		refuse(collector, "sdiDecile", "social", "INPUT_STALE", sources, { youngerThanDays });
		return;
	}
	const recorded = { value: decile, unit: "" };
	collector.inputs.push({ input: "sdiDecile", value: decile, unit: "", recorded, method, date: day, ageDays, youngerThanDays, sources });
}

function findRecorded({ resources, today }: Collector): { readonly resource: Resource; readonly day: CivilDay } | undefined {
	const { system, code } = codes.deprivation;
	return resources
		.filter(
			(each) =>
				each.resourceType === "Observation" && ["final", "amended", "corrected"].includes(asText(each.status)) && hasCode(each.code, system, [code]),
		)
		.flatMap((resource) => {
			const when = readEffective(resource);
			return when === undefined || when.day > today ? [] : [{ resource, day: when.day, order: when.order }];
		})
		.toSorted((a, b) => b.order - a.order)[0];
}
