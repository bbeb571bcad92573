import { codes } from "./codes.ts";
import { type Collector, refuse } from "./collector.ts";
import { isFinding } from "./findings.ts";
import { findMedicine, type MedicineUse } from "./medicines.ts";
import { referTo } from "./resource.ts";

export function collectMedicines(collector: Collector): void {
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
		refuse(collector, input, "medications", "INPUT_STALE", [referTo(found.resource)], {
			youngerThanDays: codes.medications.youngerThanDays,
		});
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
	warnOfOldOrder(collector, input, found);
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

/** Records are seldom tidied: an order may stay active for years, renewed elsewhere or long forgotten. */
function warnOfOldOrder(collector: Collector, input: "statin" | "bpTreatment", found: MedicineUse): void {
	if (found.use !== "taken" || found.ageDays < codes.medications.renewedWithinDays) return;
	collector.warnings.push({
		code: "MEDICINE_NOT_RENEWED",
		input,
		ingredient: found.ingredient,
		olderThanDays: codes.medications.renewedWithinDays,
		message: `The order for ${found.ingredient} is active but ${codes.medications.renewedWithinDays} days old or more; ask whether it is still taken.`,
	});
}
