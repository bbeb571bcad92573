import type { DataClass } from "#contracts";
import { classify } from "../describe/classify.ts";
import type { FhirResource } from "../resource.ts";

/** One section of a patient summary: its LOINC code, what it is made of, and which records belong to it. */
export interface SummarySection {
	readonly title: string;
	/** LOINC. */
	readonly code: string;
	/** Without this class there is nothing to be said of the section. */
	readonly dataClass: DataClass;
	/** Types whose records stand in it. */
	readonly types: readonly string[];
	/** Among records of these types. */
	readonly holds: (resource: FhirResource) => boolean;
	/** True for one that stands in a summary even when nothing is known of it. */
	readonly always: boolean;
	/** Of each code the newest alone: what was measured a hundred times is one line. */
	readonly newestOfEach?: boolean;
}

/** What was never true says nothing of a patient, least of all in a summary. */
const never: ReadonlySet<unknown> = new Set(["entered-in-error", "cancelled", "refuted"]);
/** Medicines that are not taken any more, or not yet. */
const notTaken: ReadonlySet<unknown> = new Set(["stopped", "completed", "draft", "not-taken"]);
/** Conditions that are over. */
const over: ReadonlySet<unknown> = new Set(["inactive", "remission", "resolved"]);

type Coded = { readonly coding?: unknown } | undefined;

function codesOf(concept: unknown): readonly unknown[] {
	const { coding } = (concept ?? {}) as NonNullable<Coded>;
	return Array.isArray(coding) ? coding.map((each) => (each as { code?: unknown } | null)?.code) : [];
}

function isTrue({ status, verificationStatus }: FhirResource): boolean {
	return !never.has(status) && !codesOf(verificationStatus).some((code) => never.has(code));
}

const isOver = ({ clinicalStatus }: FhirResource) => codesOf(clinicalStatus).some((code) => over.has(code));
const ofClass = (dataClass: DataClass) => (resource: FhirResource) => isTrue(resource) && classify(resource).includes(dataClass);

/**
 * Sections of the International Patient Summary (HL7 IPS 2.0.0, Composition-uv-ips): problems, allergies and medicines stand in each summary,
 * those that it recommends too, and the rest where there is something. In the order in which they are read.
 */
export const summarySections: readonly SummarySection[] = [
	{
		...{ title: "Problem List", code: "11450-4", dataClass: "conditions", always: true },
		types: ["Condition"],
		holds: (resource) => isTrue(resource) && !isOver(resource),
	},
	{
		...{ title: "Allergies and Intolerances", code: "48765-2", dataClass: "allergies", always: true },
		types: ["AllergyIntolerance"],
		holds: (resource) => isTrue(resource) && !isOver(resource),
	},
	{
		...{ title: "Medication Summary", code: "10160-0", dataClass: "medications", always: true },
		types: ["MedicationStatement", "MedicationRequest"],
		holds: (resource) => isTrue(resource) && !notTaken.has(resource["status"]),
	},
	{ ...{ title: "Immunizations", code: "11369-6", dataClass: "immunisations", always: true }, types: ["Immunization"], holds: isTrue },
	{
		...{ title: "Diagnostic Results", code: "30954-2", dataClass: "laboratory", always: true },
		types: ["Observation", "DiagnosticReport"],
		holds: ofClass("laboratory"),
		newestOfEach: true,
	},
	{ ...{ title: "History of Procedures", code: "47519-4", dataClass: "procedures", always: true }, types: ["Procedure"], holds: isTrue },
	{ ...{ title: "Medical Devices", code: "46264-8", dataClass: "procedures", always: true }, types: ["DeviceUseStatement"], holds: isTrue },
	{
		...{ title: "History of Past Problems", code: "11348-0", dataClass: "conditions", always: false },
		types: ["Condition"],
		holds: (resource) => isTrue(resource) && isOver(resource),
	},
	{
		...{ title: "Vital Signs", code: "8716-3", dataClass: "vitals", always: false, newestOfEach: true },
		types: ["Observation"],
		holds: ofClass("vitals"),
	},
	{
		...{ title: "Social History", code: "29762-2", dataClass: "social", always: false, newestOfEach: true },
		types: ["Observation"],
		holds: ofClass("social"),
	},
	{ ...{ title: "Plan of Care", code: "18776-5", dataClass: "plans", always: false }, types: ["CarePlan"], holds: isTrue },
];
