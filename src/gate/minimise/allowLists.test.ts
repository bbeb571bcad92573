import { describe, expect, it } from "vitest";
import { allowLists } from "./allowLists.ts";
import type { MinimiseContext, Resource } from "./context.ts";
import { minimise } from "./minimise.ts";

/** The allow-lists written down once more: of each type a record with every element that leaves, and what of each leaves. */
const context: MinimiseContext = {
	classes: ["conditions"],
	today: "2026-11-21",
	releaseIds: { idFor: (resourceType, id) => `released-${resourceType}-${id}` },
};
const shiftDays = 31;

/** What stands in the record, what leaves of it at Safe Harbor, and what with a date shift; `undefined` for nothing. */
interface Sample {
	readonly given: unknown;
	readonly year: unknown;
	readonly shifted: unknown;
}
const same = (value: unknown): Sample => ({ given: value, year: value, shifted: value });
const reduced = (given: unknown, left: unknown): Sample => ({ given, year: left, shifted: left });

/** Every list ends with something that is not readable, every object has an element that nobody listed. */
const many = (...samples: readonly Sample[]): Sample => ({
	given: [...samples.map(({ given }) => given), { text: "Jane Roe" }],
	year: samples.map(({ year }) => year),
	shifted: samples.map(({ shifted }) => shifted),
});
const shape = (elements: Readonly<Record<string, Sample>>): Sample => {
	const of = (view: keyof Sample) =>
		Object.fromEntries(Object.entries(elements).flatMap(([name, sample]) => (sample[view] === undefined ? [] : [[name, sample[view]]])));
	return { given: { ...of("given"), comment: "Jane Roe", note: [{ text: "Jane Roe" }] }, year: of("year"), shifted: of("shifted") };
};

const snomed = { system: "http://snomed.info/sct", code: "195967001" };
const coding = reduced({ ...snomed, display: "Jane Roe" }, snomed);
const concept = reduced({ coding: [coding.given], text: "Jane Roe" }, { coding: [snomed] });
const to = (type: string): Sample => reduced({ reference: `${type}/77`, display: "Jane Roe" }, { reference: `${type}/released-${type}-77` });
const date: Sample = { given: "2024-05-17", year: "2024", shifted: "2024-06-17" };
const instant: Sample = { given: "2024-05-17T16:05:00Z", year: undefined, shifted: "2024-06-17T16:05:00Z" };
const period = shape({ start: date, end: { given: "2024-05-18T01:00:00Z", year: "2024", shifted: "2024-06-18T01:00:00Z" } });
const yes = same(true);
const number = same(999_999);
const small = same(89);
const milligrams = (value: number) => ({ value, comparator: "<", unit: "mg", system: "http://unitsofmeasure.org", code: "mg" });
const quantity = reduced({ ...milligrams(5), id: "Jane Roe" }, milligrams(5));
const range = shape({ low: quantity, high: quantity });
const ratio = shape({ numerator: quantity, denominator: quantity });
const money = reduced({ value: 120.5, currency: "EUR", id: "Roe" }, { value: 120.5, currency: "EUR" });
const sampled = shape({
	...{ origin: quantity, period: number, factor: number, lowerLimit: number, upperLimit: number, dimensions: small, data: same("1 2.5 -3 E") },
});
const reason = many(to("Condition"), to("Observation"), to("Procedure"), to("DiagnosticReport"));
const timing = shape({
	event: many(date),
	repeat: shape({
		...{ boundsDuration: quantity, boundsPeriod: period, count: number, duration: number, durationUnit: same("wk"), frequency: number },
		...{ frequencyMax: number, period: number, periodMax: number, periodUnit: same("mo"), dayOfWeek: many(same("sun")), when: many(same("ACM")) },
	}),
	code: concept,
});
const dosage = shape({
	...{ sequence: small, timing, asNeededBoolean: yes, route: concept, method: concept, site: concept, maxDosePerPeriod: ratio },
	doseAndRate: many(shape({ type: concept, doseQuantity: quantity, doseRange: range, rateRatio: ratio, rateRange: range, rateQuantity: quantity })),
});
const value = {
	...{ valueQuantity: quantity, valueCodeableConcept: concept, valueBoolean: yes, valueInteger: small, valueRange: range, valueRatio: ratio },
	...{ valueSampledData: sampled, valueDateTime: date, valuePeriod: period, dataAbsentReason: concept, interpretation: many(concept) },
	referenceRange: many(shape({ low: quantity, high: quantity, type: concept, appliesTo: many(concept), age: range })),
};
const timed = { subject: to("Patient"), encounter: to("Encounter") };
const diagnosis = many(shape({ sequence: number, diagnosisCodeableConcept: concept, diagnosisReference: to("Condition"), type: many(concept) }));
const item = { sequence: number, productOrService: concept, servicedDate: date, servicedPeriod: period, quantity, net: money };
const bill = { type: concept, subType: concept, use: same("claim"), patient: to("Patient"), billablePeriod: period, created: date, diagnosis };

const types: Readonly<Record<string, { readonly required: readonly string[]; readonly elements: Readonly<Record<string, Sample>> }>> = {
	Patient: {
		required: [],
		elements: {
			...{ gender: same("other"), deceasedBoolean: yes, deceasedDateTime: date, maritalStatus: concept },
			birthDate: { given: "1968-12-15", year: "1968", shifted: "1969" },
			address: many(
				reduced(
					{ line: ["14 Quarry Road"], city: "Alstead", state: "NH", postalCode: "02118", country: "US" },
					{ state: "NH", postalCode: "021", country: "US" },
				),
			),
		},
	},
	Condition: {
		required: ["code"],
		elements: {
			...{ clinicalStatus: concept, verificationStatus: concept, category: many(concept), severity: concept, code: concept },
			...{ bodySite: many(concept), ...timed, onsetDateTime: date, onsetAge: quantity, onsetPeriod: period, onsetRange: range },
			...{ abatementDateTime: date, abatementAge: quantity, abatementPeriod: period, abatementRange: range, recordedDate: date },
			stage: many(shape({ summary: concept, assessment: many(to("Observation"), to("DiagnosticReport")), type: concept })),
			evidence: many(shape({ code: many(concept), detail: reason })),
		},
	},
	AllergyIntolerance: {
		required: ["code"],
		elements: {
			...{ clinicalStatus: concept, verificationStatus: concept, type: same("allergy"), category: many(same("food")), criticality: same("low") },
			...{ code: concept, patient: to("Patient"), encounter: to("Encounter"), onsetDateTime: date, onsetAge: quantity, recordedDate: date },
			lastOccurrence: date,
			reaction: many(shape({ substance: concept, manifestation: many(concept), onset: date, severity: same("mild"), exposureRoute: concept })),
		},
	},
	MedicationRequest: {
		required: ["status"],
		elements: {
			...{ status: same("on-hold"), statusReason: concept, intent: same("plan"), category: many(concept), priority: same("stat") },
			...{ doNotPerform: yes, medicationCodeableConcept: concept, medicationReference: to("Medication"), ...timed, authoredOn: date },
			...{ reasonCode: many(concept), reasonReference: reason, dosageInstruction: many(dosage) },
			dispenseRequest: shape({ validityPeriod: period, numberOfRepeatsAllowed: small, quantity, expectedSupplyDuration: quantity }),
		},
	},
	MedicationStatement: {
		required: ["status"],
		elements: {
			...{ status: same("intended"), category: concept, medicationCodeableConcept: concept, medicationReference: to("Medication") },
			...{ subject: to("Patient"), context: to("Encounter"), effectiveDateTime: date, effectivePeriod: period, dateAsserted: date },
			...{ reasonCode: many(concept), dosage: many(dosage) },
		},
	},
	MedicationAdministration: {
		required: ["status"],
		elements: {
			...{ status: same("not-done"), medicationCodeableConcept: concept, medicationReference: to("Medication"), subject: to("Patient") },
			...{ context: to("Encounter"), effectiveDateTime: date, effectivePeriod: period, reasonCode: many(concept) },
			dosage: shape({ route: concept, site: concept, method: concept, dose: quantity, rateQuantity: quantity, rateRatio: ratio }),
		},
	},
	Medication: {
		required: ["code"],
		elements: {
			...{ code: concept, status: same("inactive"), form: concept },
			ingredient: many(shape({ itemCodeableConcept: concept, isActive: yes, strength: ratio })),
		},
	},
	Observation: {
		required: ["status", "code"],
		elements: {
			...{ status: same("amended"), category: many(concept), code: concept, ...timed, effectiveDateTime: date, effectivePeriod: period },
			...{ effectiveInstant: instant, issued: instant, ...value, bodySite: concept, method: concept, hasMember: many(to("Observation")) },
			...{ derivedFrom: many(to("Observation"), to("ImagingStudy")), component: many(shape({ code: concept, ...value })) },
		},
	},
	DiagnosticReport: {
		required: ["status", "code"],
		elements: {
			...{ status: same("appended"), category: many(concept), code: concept, ...timed, effectiveDateTime: date, effectivePeriod: period },
			...{ issued: instant, result: many(to("Observation")), conclusionCode: many(concept) },
		},
	},
	Encounter: {
		required: ["status"],
		elements: {
			...{ status: same("onleave"), class: coding, type: many(concept), serviceType: concept, priority: concept, subject: to("Patient") },
			...{ period, length: quantity, reasonCode: many(concept) },
			diagnosis: many(
				shape({ condition: to("Condition"), use: concept, rank: small }),
				shape({ condition: to("Procedure"), use: concept, rank: small }),
			),
			hospitalization: shape({ admitSource: concept, reAdmission: concept, dischargeDisposition: concept }),
		},
	},
	Procedure: {
		required: ["status", "code"],
		elements: {
			...{ status: same("not-done"), statusReason: concept, category: concept, code: concept, ...timed, performedDateTime: date },
			...{ performedPeriod: period, performedAge: quantity, performedRange: range, reasonCode: many(concept), reasonReference: reason },
			...{ bodySite: many(concept), outcome: concept, complication: many(concept), followUp: many(concept) },
		},
	},
	Immunization: {
		required: ["status", "vaccineCode"],
		elements: {
			...{ status: same("completed"), statusReason: concept, vaccineCode: concept, patient: to("Patient"), encounter: to("Encounter") },
			...{ occurrenceDateTime: date, primarySource: yes, site: concept, route: concept, doseQuantity: quantity, isSubpotent: yes },
			protocolApplied: many(shape({ targetDisease: many(concept), doseNumberPositiveInt: small, seriesDosesPositiveInt: small })),
		},
	},
	ImagingStudy: {
		required: ["status"],
		elements: {
			...{ status: same("available"), modality: many(coding), ...timed, started: date, numberOfSeries: number, numberOfInstances: number },
			...{ procedureCode: many(concept), reasonCode: many(concept) },
			series: many(shape({ modality: coding, numberOfInstances: number, bodySite: coding, laterality: coding, started: date })),
		},
	},
	CarePlan: {
		required: ["status"],
		elements: {
			...{ status: same("revoked"), intent: same("option"), category: many(concept), ...timed, period, created: date },
			...{ addresses: many(to("Condition")), goal: many(to("Goal")) },
			activity: many(
				shape({ reference: to("MedicationRequest") }),
				shape({ reference: to("ServiceRequest") }),
				shape({
					detail: shape({
						...{ kind: same("Task"), code: concept, reasonCode: many(concept), goal: many(to("Goal")), status: same("scheduled") },
						...{ doNotPerform: yes, scheduledTiming: timing, scheduledPeriod: period, productCodeableConcept: concept },
					}),
				}),
			),
		},
	},
	Goal: {
		required: ["lifecycleStatus"],
		elements: {
			...{ lifecycleStatus: same("accepted"), achievementStatus: concept, category: many(concept), priority: concept, description: concept },
			...{ subject: to("Patient"), startDate: date, statusDate: date, addresses: many(to("Condition"), to("Observation")) },
			target: many(
				shape({
					...{ measure: concept, detailQuantity: quantity, detailRange: range, detailCodeableConcept: concept, dueDate: date },
					dueDuration: quantity,
				}),
			),
		},
	},
	ServiceRequest: {
		required: ["status", "code"],
		elements: {
			...{ status: same("draft"), intent: same("reflex-order"), category: many(concept), priority: same("asap"), doNotPerform: yes },
			...{ code: concept, ...timed, occurrenceDateTime: date, occurrencePeriod: period, occurrenceTiming: timing, authoredOn: date },
			...{ reasonCode: many(concept), reasonReference: reason, bodySite: many(concept) },
		},
	},
	Claim: {
		required: ["status"],
		elements: {
			...{ ...bill, status: same("draft"), priority: concept, total: money },
			procedure: many(shape({ sequence: number, type: many(concept), date, procedureCodeableConcept: concept, procedureReference: to("Procedure") })),
			item: many(shape({ ...item, unitPrice: money, encounter: many(to("Encounter")) })),
		},
	},
	ExplanationOfBenefit: {
		required: ["status"],
		elements: {
			...{ ...bill, status: same("cancelled"), outcome: same("partial"), total: many(shape({ category: concept, amount: money })) },
			item: many(
				shape({
					...{ ...item, encounter: many(to("Encounter")) },
					adjudication: many(shape({ category: concept, amount: money, value: number })),
				}),
			),
		},
	},
};

const released = (method: string, resource: object) => ({ released: true, level: "deidentified", method, resource });
const recordOf = (resourceType: string, { given }: Sample): Resource => ({ ...(given as object), resourceType, id: "77" });

describe("allow-lists", () => {
	it("[MI20] stand here once more, type by type", () => {
		expect(Object.keys(allowLists).sort()).toEqual(Object.keys(types).sort());
	});

	it.each(Object.entries(types))("[MI20] [MI21] [MI22] of a %s every listed element leaves, and nothing beside it", (resourceType, { elements }) => {
		const sample = shape(elements);
		const record = recordOf(resourceType, sample);
		const own = { resourceType, id: `released-${resourceType}-77` };
		expect(minimise(record, "deidentified", context)).toEqual(released("safe-harbor", { ...own, ...(sample.year as object) }));
		expect(minimise(record, "deidentified", { ...context, shiftDays })).toEqual(
			released("expert-shifted", { ...own, ...(sample.shifted as object) }),
		);
	});

	it.each(Object.entries(types))(
		"[MI25] a %s without an element that it needs is withheld, whichever is missing",
		(resourceType, { elements, required }) => {
			for (const [missing] of Object.entries(elements)) {
				const { [missing]: _, ...others } = elements;
				const result = minimise(recordOf(resourceType, shape(others)), "deidentified", context);
				const expected = required.includes(missing)
					? { released: false, reason: "REQUIRED_UNREADABLE" }
					: expect.objectContaining({ released: true });
				expect(result, missing).toEqual(expected);
			}
		},
	);

	it("[MI20] a reference to another type than the listed ones, or to nobody knows what, does not leave", () => {
		for (const reference of ["Practitioner/77", "urn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7e", "#77", 77]) {
			for (const [resourceType, { elements }] of Object.entries(types)) {
				const record = JSON.parse(JSON.stringify(recordOf(resourceType, shape(elements))), (_, each) =>
					typeof each === "object" && each !== null && "reference" in each && typeof each.reference === "string" ? { ...each, reference } : each,
				);
				expect(JSON.stringify(minimise(record, "deidentified", context)), resourceType).not.toContain('"reference":"');
			}
		}
	});
});
