import { codes } from "./codes.ts";
import { ageOf, type Collector, collectMeasurement, pushMeasurement, refuse } from "./collector.ts";
import { findMeasurement } from "./measurements.ts";
import { unitTables } from "./units.ts";

export function collectVitals(collector: Collector): void {
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
			ageOf(codes.observations.bmiKgM2),
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
