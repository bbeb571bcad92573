import { numberOf } from "#fhir";
import { safeCoding } from "./codes.ts";
import type { ReleaseIds } from "./context.ts";
import { isFhirDate, isYearTelling, shiftDate, yearOnly } from "./dates.ts";
import { numberBelow } from "./numbers.ts";
import { parseReference } from "./references.ts";
import { isSamples } from "./tokens.ts";
import { isUnit, isUnreadableQuantity } from "./units.ts";

/** What a rule may know of the release it works for. */
export interface Release {
	readonly today: string;
	readonly shiftDays: number | undefined;
	readonly releaseIds: ReleaseIds;
}

/** Reduces one element's value to what may leave; undefined drops the element. */
export type Rule = (value: unknown, release: Release) => unknown;

/** An object of which only the named elements leave. An object with nothing left is dropped. */
export function object(elements: Readonly<Record<string, Rule>>): Rule {
	return (value, release) => {
		if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
		const kept: Record<string, unknown> = {};
		for (const [name, rule] of Object.entries(elements)) {
			const reduced = Object.hasOwn(value, name) ? rule((value as Record<string, unknown>)[name], release) : undefined;
			if (reduced !== undefined) kept[name] = reduced;
		}
		return Object.keys(kept).length === 0 ? undefined : kept;
	};
}

export function list(rule: Rule): Rule {
	return (value, release) => {
		if (!Array.isArray(value)) return undefined;
		const kept = value.map((item) => rule(item, release)).filter((item) => item !== undefined);
		return kept.length === 0 ? undefined : kept;
	};
}

/** A code of a closed list, spelt out: any other text is dropped. */
export function oneOf(text: string): Rule {
	const allowed = new Set(text.split(" "));
	return (value) => (typeof value === "string" && allowed.has(value) ? value : undefined);
}

export const boolean: Rule = (value) => (typeof value === "boolean" ? value : undefined);

/** A number that cannot be a phone, account or record number: at most six digits before the point. */
export const number: Rule = (value) => numberBelow(value, 1e6);

/** An integer that cannot be an age over 89 in years either. */
export const smallInteger: Rule = (value) => {
	const number = numberOf(value);
	return Number.isInteger(number) && Math.abs(number as number) <= 89 ? number : undefined;
};

export const coding: Rule = safeCoding;
/** A CodeableConcept without its text. */
export const concept: Rule = object({ coding: list(coding) });

/** A year (Safe Harbor) or a moved date (expert method); a year that would tell an age over 89 is dropped by both. */
export const date: Rule = (value, release) => {
	if (!isFhirDate(value)) return undefined;
	if (release.shiftDays === undefined) return yearOnly(value, release.today);
	const shifted = isYearTelling(value, release.today) ? undefined : shiftDate(value, release.shiftDays);
	return shifted === undefined || isYearTelling(shifted, release.today) ? undefined : shifted;
};

/** An instant has no year-only form (FHIR R4 §2.24.0.1): it leaves only where dates are moved. */
export const instant: Rule = (value, release) => (release.shiftDays === undefined ? undefined : date(value, release));

export const period: Rule = object({ start: date, end: date });

const unit: Rule = (value) => (isUnit(value) ? value : undefined);
const plainQuantity = object({ value: number, comparator: oneOf("< <= >= >"), unit, system: oneOf("http://unitsofmeasure.org"), code: unit });

/** Time units with the number of them in 90 years, written in UCUM or in words. */
const ninetyYears: Readonly<Record<string, number>> = {
	a: 90,
	year: 90,
	years: 90,
	yr: 90,
	mo: 1080,
	month: 1080,
	months: 1080,
	wk: 4696,
	week: 4696,
	weeks: 4696,
	d: 32872,
	day: 32872,
	days: 32872,
	h: 788928,
};

/** A quantity; a time of 90 years or more reads `>= 90 a` (45 CFR 164.514(b)(2)(i)(C): a single category of age 90 or older). */
export const quantity: Rule = (value, release) => {
	const kept = plainQuantity(value, release) as { value?: unknown; comparator?: string; unit?: string; code?: string } | undefined;
	const number = numberOf(kept?.value);
	if (kept === undefined || number === undefined) return undefined;
	if (isUnreadableQuantity(value as object)) return undefined;
	const limit = ninetyYears[(kept.code ?? kept.unit ?? "").toLowerCase()];
	if (limit === undefined || number < limit) return kept;
	return { value: 90, comparator: ">=", unit: "a", system: "http://unitsofmeasure.org", code: "a" };
};

export const range: Rule = object({ low: quantity, high: quantity });
export const ratio: Rule = object({ numerator: quantity, denominator: quantity });
export const money: Rule = object({ value: number, currency: oneOf("USD EUR CHF GBP") });
export const sampledData: Rule = object({
	origin: quantity,
	period: number,
	factor: number,
	lowerLimit: number,
	upperLimit: number,
	dimensions: smallInteger,
	data: (value) => (typeof value === "string" && isSamples(value) ? value : undefined),
});

/** A reference to another resource of the release, by its ordinal; to a person, place or organisation it is dropped. */
export function reference(...types: readonly string[]): Rule {
	return (value, release) => {
		if (typeof value !== "object" || value === null) return undefined;
		const target = parseReference((value as { reference?: unknown }).reference);
		if (target?.type === undefined || !types.includes(target.type)) return undefined;
		return { reference: `${target.type}/${release.releaseIds.idFor(target.type, target.id)}` };
	};
}

export const subject = reference("Patient");
export const encounter = reference("Encounter");

/** Timing without free text or names of events. */
export const timing: Rule = object({
	event: list(date),
	repeat: object({
		boundsDuration: quantity,
		boundsPeriod: period,
		count: number,
		duration: number,
		durationUnit: oneOf("s min h d wk mo a"),
		frequency: number,
		frequencyMax: number,
		period: number,
		periodMax: number,
		periodUnit: oneOf("s min h d wk mo a"),
		dayOfWeek: list(oneOf("mon tue wed thu fri sat sun")),
		when: list(
			oneOf(
				"MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV",
			),
		),
	}),
	code: concept,
});

export const dosage: Rule = object({
	sequence: smallInteger,
	timing,
	asNeededBoolean: boolean,
	route: concept,
	method: concept,
	site: concept,
	doseAndRate: list(object({ type: concept, doseQuantity: quantity, doseRange: range, rateRatio: ratio, rateRange: range, rateQuantity: quantity })),
	maxDosePerPeriod: ratio,
});
