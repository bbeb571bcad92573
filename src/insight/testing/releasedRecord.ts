import type { CivilDay, Digest } from "#base";
import type { DataClass } from "#contracts";
import type { Release } from "#gate";
import { preventClasses } from "../prevent/collectInputs.ts";
import type { Resource } from "../prevent/resource.ts";

/** A synthetic eligible woman and the pieces to change her record with, for tests. */
export const today = "2026-11-21" as CivilDay;

export const patient: Resource = { resourceType: "Patient", id: "p", gender: "female", birthDate: "1976-05-04" };

export function observation(code: string, value: number, unit: string, more: { readonly [element: string]: unknown } = {}): Resource {
	return {
		resourceType: "Observation",
		id: `o-${code}`,
		status: "final",
		code: { coding: [{ system: "http://loinc.org", code }] },
		effectiveDateTime: "2026-10-01T09:00:00+02:00",
		valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code: unit },
		...more,
	};
}

export function bloodPressure(systolic: number, more: { readonly [element: string]: unknown } = {}): Resource {
	const { valueQuantity, ...panel } = observation("85354-9", 0, "mm[Hg]", more);
	const part = (code: string, value: number) => ({
		code: { coding: [{ system: "http://loinc.org", code }] },
		valueQuantity: { value, unit: "mm[Hg]", code: "mm[Hg]" },
	});
	return { ...panel, component: [part("8462-4", 80), part("8480-6", systolic)], resourceType: "Observation" };
}

export function smokingStatus(code: string, more: { readonly [element: string]: unknown } = {}): Resource {
	const { valueQuantity, ...rest } = observation("72166-2", 0, "", more);
	return { ...rest, resourceType: "Observation", valueCodeableConcept: { coding: [{ system: "http://snomed.info/sct", code }] } };
}

export function condition(code: string, more: { readonly [element: string]: unknown } = {}): Resource {
	return {
		resourceType: "Condition",
		id: `c-${code}`,
		clinicalStatus: { coding: [{ code: "active" }] },
		verificationStatus: { coding: [{ code: "confirmed" }] },
		code: { coding: [{ system: "http://snomed.info/sct", code }] },
		onsetDateTime: "2015-01-01",
		...more,
	};
}

export function medicationRequest(code: string, more: { readonly [element: string]: unknown } = {}): Resource {
	return {
		resourceType: "MedicationRequest",
		id: `m-${code}`,
		status: "active",
		intent: "order",
		authoredOn: "2026-06-01",
		medicationCodeableConcept: { coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code }] },
		...more,
	};
}

/** 50 years, 160 mm Hg treated, total cholesterol 200, HDL 45, diabetes, BMI 35, creatinine 0.8: all that the base model needs. */
export const complete: readonly Resource[] = [
	patient,
	bloodPressure(160),
	observation("39156-5", 35, "kg/m2"),
	observation("2093-3", 200, "mg/dL"),
	observation("2085-9", 45, "mg/dL"),
	observation("2160-0", 0.8, "mg/dL"),
	smokingStatus("266919005"),
	condition("44054006"),
	condition("59621000"),
	medicationRequest("29046"),
];

/** `complete` with what is given in place of the resources of the same id, and without the ids named. */
export function change(replacements: readonly Resource[], without: readonly string[] = []): readonly Resource[] {
	const dropped = new Set([...replacements.map(({ id }) => id), ...without]);
	return [...complete.filter(({ id }) => !dropped.has(id)), ...replacements];
}

export function releaseOf(resources: readonly Resource[], withheld: readonly DataClass[] = []): Release {
	return {
		classes: preventClasses.map((each) =>
			withheld.includes(each) ? { class: each, status: "not-available", levels: [] } : { class: each, status: "released", levels: ["compute"] },
		),
		resources: resources.map((resource) => ({ class: "other", level: "compute", resource })),
		notice: "This record may be incomplete by the patient's choice.",
		access: { log: "log", leafIndex: 7, entryHash: "ab".repeat(32) as Digest },
		decidedAtHeight: 3,
		expiresAtMs: null,
		obligations: [],
	};
}
