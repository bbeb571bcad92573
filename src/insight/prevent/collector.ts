import type { CivilDay } from "#base";
import type { DataClass } from "#contracts";
import type { MeasurementCodes } from "./codes.ts";
import { findMeasurement, type Measurement, type MeasurementResult } from "./measurements.ts";
import type { PreventSex } from "./model.ts";
import { type Accepted, createProblem, type InputName, type Problem, type ProblemCode, type SourceReference, type Warning } from "./problem.ts";
import type { Resource } from "./resource.ts";
import type { UnitTable } from "./units.ts";

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

/** Collects while noting what cannot be had. */
export interface Collector {
	readonly today: CivilDay;
	readonly resources: readonly Resource[];
	readonly inputs: CollectedInput[];
	readonly problems: Problem[];
	readonly warnings: Warning[];
	/** True where the whole class may be looked at, so that absence means "not recorded". */
	isWhole(dataClass: DataClass): boolean;
}

/** Notes that an input cannot be had: withheld where its class is not whole, else as found. */
export function refuse(
	collector: Collector,
	input: InputName,
	dataClass: DataClass,
	code: ProblemCode,
	sources: readonly SourceReference[] = [],
	accepted?: Accepted,
): void {
	const absent = code === "INPUT_MISSING" && !collector.isWhole(dataClass);
	const details = {
		...(absent ? { class: dataClass } : {}),
		...(accepted === undefined ? {} : { accepted }),
		...(sources.length === 0 ? {} : { sources }),
	};
	collector.problems.push(createProblem(absent ? "INPUT_NOT_AVAILABLE" : code, input, details));
}

export function collectMeasurement(collector: Collector, input: InputName, dataClass: DataClass, wanted: MeasurementCodes, units: UnitTable): void {
	const result: MeasurementResult = findMeasurement(collector.resources, wanted, units, collector.today);
	if (result.found) {
		pushMeasurement(collector, input, wanted, result.measurement);
		return;
	}
	refuse(collector, input, dataClass, result.problem, result.source === undefined ? [] : [result.source], ageOf(wanted));
}

export function pushMeasurement(collector: Collector, input: InputName, wanted: MeasurementCodes, measurement: Measurement, method?: string): void {
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

export function ageOf({ youngerThanDays }: MeasurementCodes): Accepted {
	return { youngerThanDays };
}
