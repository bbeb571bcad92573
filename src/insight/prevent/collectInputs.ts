import type { CivilDay } from "#base";
import type { DataClass } from "#contracts";
import type { Release } from "#gate";
import { collectDemographics } from "./collectDemographics.ts";
import { collectHistory } from "./collectHistory.ts";
import { collectLaboratory } from "./collectLaboratory.ts";
import { collectMedicines } from "./collectMedicines.ts";
import type { CollectedInput, Collector } from "./collector.ts";
import { collectSdi, type StatedSdi } from "./collectSdi.ts";
import { collectSmoking } from "./collectSmoking.ts";
import { collectVitals } from "./collectVitals.ts";
import type { PreventInputs } from "./model.ts";
import type { Problem, Warning } from "./problem.ts";
import { asText, referTo } from "./resource.ts";

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

export interface CollectParameters {
	readonly release: Pick<Release, "classes" | "resources">;
	/** Civil day the estimate is for; later data are not looked at. */
	readonly today: CivilDay;
	readonly sdi?: StatedSdi;
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
