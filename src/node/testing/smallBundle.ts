import { randomUUID } from "node:crypto";

/** A person as a small bundle tells it; every value is a marker that a search finds again wherever it must not be. */
export interface SmallPerson {
	readonly family: string;
	readonly given: string;
	readonly birthDate: string;
	readonly gender?: "male" | "female";
	/** The patient's id at the custodian. */
	readonly localId?: string;
	readonly mrn?: string;
	/** Heart rates besides the first one. */
	readonly moreVitals?: number;
	/** The laboratory value as it stands in the file, in JSON's spelling. */
	readonly hemoglobin?: string;
	/** Further resources, given the reference to the patient; one with an `id` is found by it. */
	readonly more?: (subject: { readonly reference: string }) => readonly SmallResource[];
}

export interface SmallResource {
	readonly resourceType: string;
	readonly id?: string;
	readonly [element: string]: unknown;
}

export interface SmallBundle {
	readonly localId: string;
	readonly mrn: string;
	readonly text: string;
	readonly resources: number;
}

const coding = (system: string, code: string, display: string) => ({ coding: [{ system, code, display }], text: display });
const snomed = "http://snomed.info/sct";
const loinc = "http://loinc.org";

const hemoglobinMark = "<hemoglobin>";

/** Words of the small bundles that must never stand in clear anywhere but in an answer. */
export const clinicalWords = ["Asthma", "Salbutamol-Marker", "Penicillin-Marker", "Hemoglobin-Marker"] as const;

/** One patient with a condition, a laboratory value, a vital sign, a medicine and an allergy: five classes besides demographics. */
export function smallBundle({
	family,
	given,
	birthDate,
	gender = "female",
	localId = randomUUID(),
	mrn = `MRN-${localId.slice(0, 8)}`,
	moreVitals = 0,
	hemoglobin = "13.9",
	more = () => [],
}: SmallPerson): SmallBundle {
	const subject = { reference: `urn:uuid:${localId}` };
	const observation = (category: string, code: object, value: object) => ({
		resourceType: "Observation",
		status: "final",
		category: [coding("http://terminology.hl7.org/CodeSystem/observation-category", category, category)],
		code,
		subject,
		effectiveDateTime: "2024-05-06T09:30:00Z",
		valueQuantity: value,
	});
	const resources: readonly SmallResource[] = [
		{
			resourceType: "Patient",
			identifier: [{ system: "https://hospital.example/mrn", value: mrn }],
			name: [{ use: "official", family, given: [given] }],
			gender,
			birthDate,
		},
		{
			resourceType: "Condition",
			clinicalStatus: coding("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
			code: coding(snomed, "195967001", "Asthma"),
			subject,
			onsetDateTime: "2019-02-03",
		},
		observation("laboratory", coding(loinc, "718-7", "Hemoglobin-Marker"), {
			value: hemoglobinMark,
			unit: "g/dL",
			system: "http://unitsofmeasure.org",
			code: "g/dL",
		}),
		...Array.from({ length: 1 + moreVitals }, () =>
			observation("vital-signs", coding(loinc, "8867-4", "Heart rate"), {
				value: 71,
				unit: "/min",
				system: "http://unitsofmeasure.org",
				code: "/min",
			}),
		),
		{
			resourceType: "MedicationRequest",
			status: "active",
			intent: "order",
			medicationCodeableConcept: coding("http://www.nlm.nih.gov/research/umls/rxnorm", "435", "Salbutamol-Marker"),
			subject,
			authoredOn: "2024-05-06",
		},
		{
			resourceType: "AllergyIntolerance",
			clinicalStatus: coding("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"),
			code: coding(snomed, "91936005", "Penicillin-Marker"),
			patient: subject,
		},
		...more(subject),
	];
	const entry = resources.map((resource, index) => {
		const id = index === 0 ? localId : (resource.id ?? randomUUID());
		return { fullUrl: `urn:uuid:${id}`, resource: { ...resource, id }, request: { method: "POST", url: resource.resourceType } };
	});
	const text = JSON.stringify({ resourceType: "Bundle", type: "transaction", entry }).replace(`"${hemoglobinMark}"`, hemoglobin);
	return { localId, mrn, text, resources: entry.length };
}
