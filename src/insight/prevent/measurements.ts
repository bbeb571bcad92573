import type { CivilDay } from "#base";
import type { MeasurementCodes } from "./codes.ts";
import type { ProblemCode, SourceReference } from "./problem.ts";
import { asElement, asList, asText, daysBetween, hasCode, type Resource, readEffective, referTo, systems } from "./resource.ts";
import type { UnitTable } from "./units.ts";

/** A value as recorded and as used. */
export interface Measurement {
	readonly value: number;
	readonly unit: string;
	readonly recorded: { readonly value: number; readonly unit: string };
	/** The conversion in words, "" where none was needed. */
	readonly conversion: string;
	readonly day: CivilDay;
	readonly ageDays: number;
	readonly source: SourceReference;
	/** Another Observation of the same time says otherwise; the one with the greater id was used. */
	readonly differs: boolean;
}

export type MeasurementResult =
	| { readonly found: true; readonly measurement: Measurement }
	| { readonly found: false; readonly problem: ProblemCode; readonly source?: SourceReference };

/** An Observation or one of its components, that carries one of the codes. */
interface Candidate {
	readonly resource: Resource;
	/** Holds `valueQuantity` or `valueCodeableConcept`. */
	readonly holder: { readonly [element: string]: unknown };
	readonly day: CivilDay;
	readonly order: number;
}

const usableStatus: readonly string[] = ["final", "amended", "corrected"];

/**
 * Observations that carry one of the codes, latest first; of the same time, the greater id first. Left out: what is not final, what is
 * dated after `today`, and what holds no value.
 */
export function findCandidates(resources: readonly Resource[], wanted: MeasurementCodes, today: CivilDay): readonly Candidate[] {
	const found: Candidate[] = [];
	for (const resource of resources) {
		if (resource.resourceType !== "Observation" || !usableStatus.includes(asText(resource.status))) continue;
		const when = readEffective(resource);
		if (when === undefined || when.day > today) continue;
		for (const holder of findHolders(resource, wanted)) found.push({ resource, holder, day: when.day, order: when.order });
	}
	return found.sort((a, b) => b.order - a.order || compareIds(b.resource, a.resource));
}

function findHolders(resource: Resource, wanted: MeasurementCodes): readonly Candidate["holder"][] {
	const own = hasCode(resource.code, systems.loinc, wanted.codes) ? [resource] : [];
	const parts = wanted.panels !== undefined && hasCode(resource.code, systems.loinc, wanted.panels) ? asList(resource.component) : [];
	return [...own, ...parts.filter((part) => hasCode(part.code, systems.loinc, wanted.codes))].filter(
		(holder) => asElement(holder.valueQuantity) !== undefined || asElement(holder.valueCodeableConcept) !== undefined,
	);
}

function compareIds(a: Resource, b: Resource): number {
	const [left, right] = [asText(a.id), asText(b.id)];
	return left < right ? -1 : left > right ? 1 : 0;
}

/** True when an Observation of these codes is there but has no date that can be read: it might be the latest. */
export function hasUndated(resources: readonly Resource[], wanted: MeasurementCodes): boolean {
	return resources.some(
		(resource) =>
			resource.resourceType === "Observation" &&
			usableStatus.includes(asText(resource.status)) &&
			readEffective(resource) === undefined &&
			findHolders(resource, wanted).length > 0,
	);
}

/** The latest measurement, in the table's unit. The latest one decides: an older one never stands in for one that cannot be used. */
export function findMeasurement(resources: readonly Resource[], wanted: MeasurementCodes, units: UnitTable, today: CivilDay): MeasurementResult {
	const [latest, next] = findCandidates(resources, wanted, today);
	if (latest === undefined) return { found: false, problem: hasUndated(resources, wanted) ? "INPUT_UNREADABLE" : "INPUT_MISSING" };
	const source = referTo(latest.resource);
	const fail = (problem: ProblemCode): MeasurementResult => ({ found: false, problem, source });
	const recorded = readQuantity(latest.holder);
	if (recorded === undefined) return fail("INPUT_UNREADABLE");
	if (recorded.comparator) return fail("INPUT_NOT_EXACT");
	const conversion = units.conversions[recorded.code] ?? units.conversions[recorded.unit];
	if (conversion === undefined) return fail("INPUT_UNIT_UNKNOWN");
	const ageDays = daysBetween(latest.day, today);
	if (ageDays >= wanted.youngerThanDays) return fail("INPUT_STALE");
	const value = conversion.convert(recorded.value);
	if (!Number.isFinite(value)) return fail("INPUT_UNREADABLE");
	const measurement = {
		value,
		unit: units.unit,
		recorded: { value: recorded.value, unit: recorded.code === "" ? recorded.unit : recorded.code },
		conversion: conversion.note,
		day: latest.day,
		ageDays,
		source,
		differs: next !== undefined && next.order === latest.order && readQuantity(next.holder)?.value !== recorded.value,
	};
	return { found: true, measurement };
}

function readQuantity(holder: Candidate["holder"]) {
	const quantity = asElement(holder.valueQuantity);
	if (quantity === undefined || typeof quantity.value !== "number" || !Number.isFinite(quantity.value)) return undefined;
	return { value: quantity.value, code: asText(quantity.code), unit: asText(quantity.unit), comparator: asText(quantity.comparator) !== "" };
}
