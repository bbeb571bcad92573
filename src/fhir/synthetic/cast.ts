import {
	type smokingStatus,
	type VitalNumbers,
	type Who,
	writeAlcohol,
	writeAllergy,
	writeCardiacRisk,
	writeDepression,
	writeDiabetes,
	writeDietRequest,
	writeFamilyHistory,
	writeHeartFailure,
	writeHiv,
	writeImaging,
	writeKnownAscvd,
	writeMessage,
	writeOncology,
	writeOtherIllness,
	writePlan,
	writeReproductive,
	writeRiskLaboratory,
	writeSexualHealth,
	writeViolence,
	writeVitals,
	writeWearables,
} from "./chapters.ts";
import type { Chart } from "./chart.ts";
import type { Home } from "./patient.ts";
import type { SyntheticFlags, SyntheticInstitutionId } from "./person.ts";
import { hl7, loinc, snomed } from "./terms.ts";
import { writeVariants } from "./variants.ts";

/** One role: who the person is and what each custodian's chart holds beyond ordinary care. */
export interface Role {
	readonly key: string;
	readonly story: string;
	readonly given: readonly string[];
	readonly family: string;
	readonly gender: "female" | "male";
	readonly language: "en" | "de";
	readonly ageYears: number;
	readonly flags: SyntheticFlags;
	readonly vitals: VitalNumbers;
	readonly smoking?: keyof typeof smokingStatus;
	readonly home?: Home;
	/** The main custodian first. */
	readonly charts: readonly { readonly institution: SyntheticInstitutionId; readonly write: (chart: Chart, who: Who) => void }[];
}

const related = (chart: Chart, relation: "PRN" | "SPS", given: string, family: string) =>
	chart.add("RelatedPerson", {
		patient: chart.patient,
		relationship: [{ coding: [hl7("v3-RoleCode", relation, relation === "PRN" ? "parent" : "spouse")] }],
		name: [{ given: [given], family }],
	});

const consents = { consentsToResearch: true } as const;

/** The named people of the demo, each with one task in it. Ages hold at `today`, whatever day that is. */
export const cast: readonly Role[] = [
	{
		key: "maria-sandoval",
		story: "Has every clinical input of all five PREVENT models, of one recent day, and is eligible for them.",
		given: ["Maria", "Elena"],
		family: "Sandoval",
		gender: "female",
		language: "en",
		ageYears: 58,
		flags: { preventComplete: true, ...consents },
		vitals: { systolic: 142, diastolic: 86, heightCm: 164, weightKg: 78 },
		charts: [
			{
				institution: "harbor",
				write: (chart) => {
					writeCardiacRisk(chart, 21, { totalCholesterol: 214, hdlCholesterol: 46, creatinine: 0.9, hba1c: 5.9, uacr: 38 });
					writeAllergy(chart, "penicillin", 3000);
					writeFamilyHistory(chart, "FTH", "Rafael Sandoval", "myocardialInfarction", 54);
				},
			},
		],
	},
	{
		key: "james-okafor",
		story: "Survived a heart attack: the risk equations must refuse him, and two hospitals hold parts of his record.",
		given: ["James"],
		family: "Okafor",
		gender: "male",
		language: "en",
		ageYears: 66,
		flags: { knownAscvd: true, ...consents },
		vitals: { systolic: 134, diastolic: 78, heightCm: 181, weightKg: 92 },
		smoking: "former",
		charts: [
			{
				institution: "harbor",
				write: (chart) => {
					writeKnownAscvd(chart);
					writeCardiacRisk(chart, 35, { totalCholesterol: 168, hdlCholesterol: 41, creatinine: 1.1, hba1c: 5.6 });
				},
			},
			{ institution: "lindenhof", write: (chart) => void writeImaging(chart, 230, "MR", snomed("80891009", "Heart structure")) },
		],
	},
	{
		key: "helga-brandt",
		story: "Lives with heart failure: eligible by age, refused by the equations for that reason.",
		given: ["Helga"],
		family: "Brandt",
		gender: "female",
		language: "de",
		ageYears: 71,
		flags: { heartFailure: true, ...consents },
		vitals: { systolic: 128, diastolic: 74, heightCm: 162, weightKg: 71 },
		charts: [
			{
				institution: "lindenhof",
				write: (chart) => {
					writeHeartFailure(chart);
					writeRiskLaboratory(chart, 44, { totalCholesterol: 188, hdlCholesterol: 52, creatinine: 1.2 });
				},
			},
		],
	},
	{
		key: "katharina-vogt",
		story: "Is the mother and guardian of Emma and signs for her until Emma is of age.",
		given: ["Katharina"],
		family: "Vogt",
		gender: "female",
		language: "de",
		ageYears: 38,
		flags: { guardianOf: ["emma-vogt"], ...consents },
		vitals: { heightCm: 170, weightKg: 64 },
		charts: [{ institution: "lindenhof", write: (chart) => writeOtherIllness(chart, "migraine") }],
	},
	{
		key: "emma-vogt",
		story: "Is nine years old: her mother consents for her, and no research may read her.",
		given: ["Emma"],
		family: "Vogt",
		gender: "female",
		language: "de",
		ageYears: 9,
		flags: { minor: true },
		vitals: { systolic: 98, diastolic: 60, heightCm: 134, weightKg: 29 },
		charts: [
			{
				institution: "lindenhof",
				write: (chart) => {
					writeOtherIllness(chart, "asthma");
					writeAllergy(chart, "peanut", 1800);
					related(chart, "PRN", "Katharina", "Vogt");
				},
			},
		],
	},
	{
		key: "walter-lehmann",
		story: "Has appointed his wife Ingrid to act for him.",
		given: ["Walter"],
		family: "Lehmann",
		gender: "male",
		language: "de",
		ageYears: 79,
		flags: { ...consents },
		vitals: { systolic: 138, diastolic: 80, heightCm: 174, weightKg: 80 },
		charts: [
			{
				institution: "lindenhof",
				write: (chart) => {
					writeDiabetes(chart);
					related(chart, "SPS", "Ingrid", "Lehmann");
				},
			},
		],
	},
	{
		key: "ingrid-lehmann",
		story: "Acts for her husband Walter as his delegate, and has a record of her own.",
		given: ["Ingrid"],
		family: "Lehmann",
		gender: "female",
		language: "de",
		ageYears: 76,
		flags: { delegateOf: ["walter-lehmann"] },
		vitals: { heightCm: 160, weightKg: 66 },
		charts: [{ institution: "lindenhof", write: (chart) => writeOtherIllness(chart, "osteoporosis") }],
	},
	{
		key: "robert-castellano",
		story: "Is party to a lawsuit: a legal hold stands against the erasure of his record and is shown to him.",
		given: ["Robert"],
		family: "Castellano",
		gender: "male",
		language: "en",
		ageYears: 52,
		flags: { legalHold: "Court order in a malpractice suit: the record is kept until the proceedings end." },
		vitals: { heightCm: 176, weightKg: 85 },
		smoking: "daily",
		charts: [
			{
				institution: "harbor",
				write: (chart) => {
					writeOtherIllness(chart, "migraine");
					writeAllergy(chart, "latex", 2000);
				},
			},
		],
	},
	{
		key: "anna-schreiber",
		story: "Has lung cancer with tumour variants, and an inherited variant that a drug trial must never see.",
		given: ["Anna"],
		family: "Schreiber",
		gender: "female",
		language: "de",
		ageYears: 61,
		flags: { oncology: true, ...consents },
		vitals: { heightCm: 168, weightKg: 60 },
		smoking: "former",
		charts: [
			{
				institution: "lindenhof",
				write: (chart, who) => {
					writeOncology(chart, "lungCancer", who);
					writeVariants(chart, 395, ["egfrL858R", "tp53R175H", "brca2S1982fs"]);
					writeFamilyHistory(chart, "MTH", "Luise Ritter", "lungCancer", 58);
				},
			},
			{ institution: "meridian", write: (chart) => void writeVariants(chart, 120, ["egfrL858R", "egfrT790M", "brca2S1982fs"]) },
		],
	},
	{
		key: "daniel-whitfield",
		story: "Has colon cancer with tumour variants and Lynch syndrome in his germline; an outside laboratory sequenced him.",
		given: ["Daniel"],
		family: "Whitfield",
		gender: "male",
		language: "en",
		ageYears: 47,
		flags: { oncology: true, ...consents },
		vitals: { heightCm: 179, weightKg: 77 },
		charts: [
			{ institution: "harbor", write: (chart, who) => writeOncology(chart, "colonCancer", who) },
			{ institution: "meridian", write: (chart) => void writeVariants(chart, 380, ["krasG12D", "pik3caH1047R", "mlh1K618del"]) },
		],
	},
	{
		key: "thomas-keller",
		story: "Is treated for depression and alcohol dependence: nothing of it leaves under a general grant.",
		given: ["Thomas"],
		family: "Keller",
		gender: "male",
		language: "de",
		ageYears: 44,
		flags: { ...consents },
		vitals: { heightCm: 183, weightKg: 88 },
		smoking: "daily",
		charts: [
			{
				institution: "lindenhof",
				write: (chart, who) => {
					writeDepression(chart, who);
					writeAlcohol(chart);
				},
			},
		],
	},
	{
		key: "sofia-marques",
		story: "Has a record with sexual health, reproductive health and violence in it.",
		given: ["Sofia"],
		family: "Marques",
		gender: "female",
		language: "en",
		ageYears: 29,
		flags: { ...consents },
		vitals: { heightCm: 166, weightKg: 58 },
		charts: [
			{
				institution: "harbor",
				write: (chart) => {
					writeSexualHealth(chart);
					writeReproductive(chart);
					writeViolence(chart);
				},
			},
		],
	},
	{
		key: "andre-baptiste",
		story: "Lives well with HIV: the label covers drug, laboratory and diagnosis.",
		given: ["André"],
		family: "Baptiste",
		gender: "male",
		language: "en",
		ageYears: 41,
		flags: { ...consents },
		vitals: { heightCm: 177, weightKg: 74 },
		charts: [{ institution: "harbor", write: (chart) => writeHiv(chart) }],
	},
	{
		key: "otto-friedrich",
		story: "Is 92 years old: de-identified, his age reads 90 or more and no year tells it.",
		given: ["Otto"],
		family: "Friedrich",
		gender: "male",
		language: "de",
		ageYears: 92,
		flags: { overEightyNine: true, ...consents },
		vitals: { systolic: 146, diastolic: 72, heightCm: 169, weightKg: 68 },
		charts: [
			{
				institution: "lindenhof",
				write: (chart) => {
					writeOtherIllness(chart, "hypothyroidism");
					chart.condition({ coding: [snomed("14189004", "Measles")], text: "Measles" }, 87 * 365, { resolvedDaysAgo: 87 * 365 - 20 });
				},
			},
		],
	},
	{
		key: "june-abernathy",
		story: "Lives under a ZIP prefix with fewer than 20,000 people: three digits would already be too many.",
		given: ["June"],
		family: "Abernathy",
		gender: "female",
		language: "en",
		ageYears: 55,
		flags: { sparseZip: true, ...consents },
		vitals: { systolic: 131, diastolic: 80, heightCm: 171, weightKg: 73 },
		home: { line: "14 Quarry Road", city: "Alstead", state: "NH", postalCode: "03602", country: "US" },
		charts: [
			{ institution: "harbor", write: (chart) => writeCardiacRisk(chart, 60, { totalCholesterol: 201, hdlCholesterol: 58, creatinine: 0.8 }) },
		],
	},
	{
		key: "leo-hartmann",
		story: "Wears a glucose sensor and a step counter, and writes messages to his clinic.",
		given: ["Leo"],
		family: "Hartmann",
		gender: "male",
		language: "de",
		ageYears: 34,
		flags: { ...consents },
		vitals: { heightCm: 185, weightKg: 96 },
		charts: [
			{
				institution: "lindenhof",
				write: (chart) => {
					const diabetes = writeDiabetes(chart);
					writeWearables(chart);
					writePlan(chart, diabetes, {
						words: "Hemoglobin A1c total in Blood < 7.0",
						measure: loinc("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
						target: { value: 7, unit: "%", comparator: "<" },
					});
					writeDietRequest(chart);
					writeMessage(chart, "Mein Sensor zeigt nachts niedrige Werte. Bitte um Rückruf, Leo Hartmann.");
					writeVitals(chart, 12, { systolic: 133, diastolic: 84, heightCm: 185, weightKg: 95 });
				},
			},
		],
	},
];
