import type { Chart, Ref } from "./chart.ts";
import { quantity } from "./chart.ts";
import { allergies, concept, cvx, diagnoses, dicom, hl7, icd10, loinc, medicines, snomed, type Term } from "./terms.ts";

/** A chapter of a life: it writes what one illness or habit leaves in a chart. Days are counted back from the chart's today. */
export interface Who {
	readonly name: string;
	readonly ageYears: number;
	readonly language: "en" | "de";
	readonly gender: "female" | "male";
}

const visit = snomed("185349003", "Encounter for check up");
const followUp = snomed("390906007", "Follow-up encounter");
const progressNote = loinc("11506-3", "Progress note");

/** The numbers of one look at a patient; a field left out is drawn from a plausible span. */
export interface VitalNumbers {
	readonly systolic?: number;
	readonly diastolic?: number;
	readonly heightCm: number;
	readonly weightKg: number;
}

export function writeVitals(chart: Chart, daysAgo: number, numbers: VitalNumbers, encounter?: Ref): void {
	const { random } = chart;
	const { heightCm, weightKg } = numbers;
	const part = (code: Term, value: number) => ({ code: concept(code), ...quantity(value, "mm[Hg]") });
	chart.observation(
		"vital-signs",
		loinc("85354-9", "Blood pressure panel with all children optional"),
		daysAgo,
		{
			component: [
				part(loinc("8480-6", "Systolic blood pressure"), numbers.systolic ?? random.integer(112, 134)),
				part(loinc("8462-4", "Diastolic blood pressure"), numbers.diastolic ?? random.integer(68, 84)),
			],
		},
		encounter,
	);
	chart.observation("vital-signs", loinc("8867-4", "Heart rate"), daysAgo, quantity(random.integer(58, 84), "/min"), encounter);
	chart.observation("vital-signs", loinc("8302-2", "Body height"), daysAgo, quantity(heightCm, "cm"), encounter);
	chart.observation("vital-signs", loinc("29463-7", "Body weight"), daysAgo, quantity(weightKg, "kg"), encounter);
	chart.observation(
		"vital-signs",
		loinc("39156-5", "Body mass index (BMI) [Ratio]"),
		daysAgo,
		quantity(bodyMassIndex(heightCm, weightKg), "kg/m2"),
		encounter,
	);
}

/** kg/m², one decimal. */
function bodyMassIndex(heightCm: number, weightKg: number): number {
	return Math.round((weightKg / (heightCm / 100) ** 2) * 10) / 10;
}

/** Five check-ups over four years with vitals, blood counts, a claim or two, vaccinations and a smoking status: what almost everybody has. */
export function writeOrdinaryCare(chart: Chart, who: Who, numbers: VitalNumbers, smoking: keyof typeof smokingStatus = "never"): void {
	const coverage = writeCoverage(chart);
	[1370, 1012, 640, 290, 48].forEach((daysAgo, index) => {
		const encounter = chart.encounter(daysAgo, visit);
		writeVitals(chart, daysAgo, numbers, encounter);
		if (index % 2 === 1) writeBloodCount(chart, daysAgo, encounter);
		if (index >= 3) writeClaim(chart, coverage, daysAgo, encounter);
		if (index === 4) chart.note(daysAgo, progressNote, checkUpText(who, chart.day(daysAgo)), encounter);
	});
	writeSmoking(chart, 48, smoking);
	writeVaccinations(chart, who.ageYears);
}

function checkUpText({ name, language, ageYears }: Who, day: string): string {
	return language === "de"
		? `Verlaufsnotiz vom ${day}\n\n${name}, ${ageYears} Jahre, stellt sich zur Kontrolle vor. Allgemeinzustand gut, keine neuen Beschwerden.`
		: `Progress note of ${day}\n\n${name}, ${ageYears} years old, comes for a check-up. Feels well, no new complaints.`;
}

export const smokingStatus = {
	never: snomed("266919005", "Never smoked tobacco"),
	former: snomed("8517006", "Ex-smoker"),
	daily: snomed("449868002", "Smokes tobacco daily"),
} as const;

export function writeSmoking(chart: Chart, daysAgo: number, status: keyof typeof smokingStatus): void {
	chart.observation("social-history", loinc("72166-2", "Tobacco smoking status"), daysAgo, { valueCodeableConcept: concept(smokingStatus[status]) });
}

export function writeBloodCount(chart: Chart, daysAgo: number, encounter?: Ref): void {
	const result = (["haemoglobin", "leukocytes", "platelets", "sodium", "alt"] as const).map((test) =>
		chart.laboratory(test, daysAgo, undefined, encounter),
	);
	writeReport(chart, "LAB", loinc("58410-2", "CBC panel - Blood by Automated count"), daysAgo, result);
}

export function writeReport(chart: Chart, section: "LAB" | "GE", code: Term, daysAgo: number, result: readonly Ref[]): Ref {
	return chart.add("DiagnosticReport", {
		status: "final",
		category: [{ coding: [hl7("v2-0074", section, section === "LAB" ? "Laboratory" : "Genetics")] }],
		code: concept(code),
		subject: chart.patient,
		effectiveDateTime: chart.at(daysAgo),
		issued: `${chart.day(daysAgo)}T17:20:00.000Z`,
		performer: [chart.organization],
		result,
	});
}

function writeVaccinations(chart: Chart, ageYears: number): void {
	const adult = [
		[cvx("140", "Influenza, split virus, trivalent, PF"), 50],
		[cvx("115", "Tdap"), 1012],
		[cvx("208", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose"), 640],
		...(ageYears >= 60 ? ([[cvx("187", "zoster recombinant"), 700]] as const) : []),
	] as const;
	const child = [
		[cvx("20", "DTaP"), 2600],
		[cvx("03", "MMR"), 2500],
		[cvx("21", "varicella"), 2480],
		[cvx("10", "IPV"), 2600],
	] as const;
	for (const [vaccine, daysAgo] of ageYears < 18 ? child : adult) {
		chart.add("Immunization", {
			status: "completed",
			vaccineCode: concept(vaccine),
			patient: chart.patient,
			occurrenceDateTime: chart.day(daysAgo),
			primarySource: true,
			lotNumber: `L${chart.random.integer(10_000, 99_999)}`,
			performer: [{ actor: chart.practitioner }],
		});
	}
}

function writeCoverage(chart: Chart): Ref {
	const memberNumber = `M${chart.random.integer(100_000_000, 999_999_999)}`;
	return chart.add("Coverage", {
		status: "active",
		identifier: [{ system: "https://insurer.example/members", value: memberNumber }],
		subscriberId: memberNumber,
		beneficiary: chart.patient,
		payor: [{ display: "Beispielkasse" }],
	});
}

function writeClaim(chart: Chart, coverage: Ref, daysAgo: number, encounter: Ref): void {
	const amount = { value: chart.random.integer(60, 240), currency: "EUR" };
	const checkUp = { coding: [{ system: "http://snomed.info/sct", code: "185349003", display: "Encounter for check up" }] };
	const head = {
		status: "active",
		type: { coding: [hl7("claim-type", "professional", "Professional")] },
		use: "claim",
		patient: chart.patient,
		billablePeriod: { start: chart.day(daysAgo), end: chart.day(daysAgo) },
		created: chart.day(daysAgo - 2),
		provider: chart.organization,
	};
	const claim = chart.add("Claim", {
		...head,
		identifier: [{ system: "https://insurer.example/claims", value: `C${chart.random.integer(10_000_000, 99_999_999)}` }],
		priority: { coding: [hl7("processpriority", "normal", "Normal")] },
		diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [icd10("Z00.0", "General medical examination")] } }],
		insurance: [{ sequence: 1, focal: true, coverage, identifier: { value: `AUTH-${chart.random.integer(1_000_000, 9_999_999)}` } }],
		item: [{ sequence: 1, productOrService: checkUp, encounter: [encounter], net: amount }],
		total: amount,
	});
	chart.add("ExplanationOfBenefit", {
		...head,
		insurer: { display: "Beispielkasse" },
		claim,
		outcome: "complete",
		insurance: [{ focal: true, coverage }],
		item: [
			{
				sequence: 1,
				productOrService: checkUp,
				encounter: [encounter],
				adjudication: [{ category: { coding: [hl7("adjudication", "benefit", "Benefit Amount")] }, amount }],
			},
		],
		payment: { amount, date: chart.day(daysAgo - 10) },
	});
}

export function writeAllergy(chart: Chart, which: keyof typeof allergies, daysAgo: number): void {
	chart.add("AllergyIntolerance", {
		clinicalStatus: { coding: [hl7("allergyintolerance-clinical", "active", "Active")] },
		verificationStatus: { coding: [hl7("allergyintolerance-verification", "confirmed", "Confirmed")] },
		type: "allergy",
		category: [which === "penicillin" ? "medication" : which === "peanut" ? "food" : "environment"],
		criticality: "high",
		code: concept(allergies[which]),
		patient: chart.patient,
		recordedDate: chart.day(daysAgo),
		recorder: chart.practitioner,
		reaction: [{ manifestation: [concept(snomed("247472004", "Wheal"))], severity: "moderate" }],
	});
}

/** Numbers that the PREVENT equations ask for, all of one day. */
export interface CardiacRiskNumbers {
	readonly totalCholesterol: number;
	readonly hdlCholesterol: number;
	readonly creatinine: number;
	readonly hba1c?: number;
	readonly uacr?: number;
}

/** Raised pressure and lipids under treatment, with every laboratory input of PREVENT of one recent day. */
export function writeCardiacRisk(chart: Chart, daysAgo: number, numbers: CardiacRiskNumbers): void {
	const pressure = chart.condition(diagnoses.hypertension, 2900);
	const lipids = chart.condition(diagnoses.hyperlipidaemia, 2400);
	chart.medication(medicines.lisinopril, 2890, { reason: pressure });
	chart.medication(medicines.atorvastatin, 2380, { reason: lipids });
	writeRiskLaboratory(chart, daysAgo, numbers);
	writePlan(chart, pressure, {
		words: "Maintain blood pressure below 140/90 mmHg",
		measure: loinc("8480-6", "Systolic blood pressure"),
		target: { value: 140, unit: "mm[Hg]", comparator: "<" },
	});
}

export function writeRiskLaboratory(chart: Chart, daysAgo: number, numbers: CardiacRiskNumbers): void {
	const result = Object.entries(numbers).map(([test, value]) => chart.laboratory(test as keyof CardiacRiskNumbers, daysAgo, value));
	result.push(chart.laboratory("triglycerides", daysAgo));
	writeReport(chart, "LAB", loinc("24331-1", "Lipid 1996 panel - Serum or Plasma"), daysAgo, result);
}

export function writePlan(
	chart: Chart,
	addresses: Ref,
	goal: {
		readonly words: string;
		readonly measure: Term;
		readonly target: { readonly value: number; readonly unit: string; readonly comparator: "<" | ">" };
	},
): void {
	const { value, unit, comparator } = goal.target;
	const target = chart.add("Goal", {
		lifecycleStatus: "active",
		description: { text: goal.words },
		subject: chart.patient,
		startDate: chart.day(300),
		target: [
			{
				measure: concept(goal.measure),
				detailQuantity: { value, unit, comparator, system: "http://unitsofmeasure.org", code: unit },
				dueDate: chart.day(-180),
			},
		],
		addresses: [addresses],
	});
	chart.add("CarePlan", {
		status: "active",
		intent: "plan",
		category: [concept(snomed("734163000", "Care plan"))],
		subject: chart.patient,
		period: { start: chart.day(300) },
		author: chart.practitioner,
		addresses: [addresses],
		goal: [target],
		activity: [
			{
				detail: {
					kind: "ServiceRequest",
					code: concept(snomed("229065009", "Exercise therapy")),
					status: "in-progress",
				},
			},
		],
	});
}

export function writeKnownAscvd(chart: Chart): void {
	const event = chart.encounter(1100, snomed("50849002", "Emergency room admission"), diagnoses.myocardialInfarction);
	const infarction = chart.condition(diagnoses.myocardialInfarction, 1100, { encounter: event, resolvedDaysAgo: 1040 });
	const coronary = chart.condition(diagnoses.coronaryDisease, 1099);
	chart.medication(medicines.aspirin, 1098, { reason: coronary });
	chart.medication(medicines.clopidogrel, 1098, { reason: infarction, stopped: true });
	chart.medication(medicines.bisoprolol, 1098, { reason: coronary });
	chart.add("Procedure", {
		status: "completed",
		code: concept(snomed("415070008", "Percutaneous coronary intervention")),
		subject: chart.patient,
		encounter: event,
		performedPeriod: { start: chart.at(1100), end: `${chart.day(1100)}T11:40:00Z` },
		performer: [{ actor: chart.practitioner }],
	});
}

export function writeHeartFailure(chart: Chart): void {
	const failure = chart.condition(diagnoses.heartFailure, 820);
	const rhythm = chart.condition(diagnoses.atrialFibrillation, 900);
	chart.medication(medicines.furosemide, 815, { reason: failure });
	chart.medication(medicines.bisoprolol, 815, { reason: failure });
	chart.medication(medicines.apixaban, 890, { reason: rhythm });
	for (const daysAgo of [820, 400, 60]) chart.laboratory("natriureticPeptide", daysAgo, chart.random.integer(900, 2600));
	chart.observation("imaging", loinc("10230-1", "Left ventricular Ejection fraction"), 400, quantity(38, "%"));
}

export function writeDiabetes(chart: Chart): Ref {
	const diabetes = chart.condition(diagnoses.diabetes, 1900);
	chart.medication(medicines.metformin, 1880, { reason: diabetes });
	for (const daysAgo of [900, 540, 180, 40]) chart.laboratory("hba1c", daysAgo, chart.random.decimal(6.8, 8.1, 1));
	return diabetes;
}

/** A week from a glucose sensor and a step counter. */
export function writeWearables(chart: Chart): void {
	const device = chart.add("Device", {
		udiCarrier: [{ deviceIdentifier: "00812345678901", carrierHRF: "(01)00812345678901(21)SN7700123" }],
		serialNumber: "SN7700123",
		deviceName: [{ name: "Interstitial glucose sensor", type: "user-friendly-name" }],
		type: concept(snomed("700585005", "Invasive interstitial-fluid glucose monitoring system")),
		patient: chart.patient,
	});
	for (let daysAgo = 9; daysAgo >= 3; daysAgo--) {
		const data = Array.from({ length: 96 }, () => chart.random.integer(82, 176)).join(" ");
		const origin = { value: 0, unit: "mg/dL", system: "http://unitsofmeasure.org", code: "mg/dL" };
		const glucose = { valueSampledData: { origin, period: 900_000, dimensions: 1, data }, device };
		chart.observation("laboratory", loinc("99504-3", "Glucose [Mass/volume] in Interstitial fluid"), daysAgo, glucose);
		chart.observation(
			"activity",
			loinc("41950-7", "Number of steps in 24 hour Measured"),
			daysAgo,
			quantity(chart.random.integer(2800, 11_800), "{steps}"),
		);
	}
}

export function writeDepression(chart: Chart, who: Who): void {
	const encounter = chart.encounter(520, snomed("371883000", "Outpatient procedure"), diagnoses.depression);
	const depression = chart.condition(diagnoses.depression, 520, { encounter });
	chart.medication(medicines.sertraline, 518, { reason: depression, encounter });
	for (const [daysAgo, score] of [
		[520, 17],
		[380, 12],
		[120, 7],
	] as const) {
		chart.observation("survey", loinc("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]"), daysAgo, {
			valueInteger: score,
		});
	}
	const text =
		who.language === "de" ? `${who.name} berichtet über gedrückte Stimmung und Schlafstörungen.` : `${who.name} reports low mood and poor sleep.`;
	chart.note(520, loinc("34788-0", "Psychiatry Consult note"), text, encounter);
}

export function writeAlcohol(chart: Chart): void {
	const dependence = chart.condition(diagnoses.alcoholDependence, 760);
	chart.medication(medicines.naltrexone, 740, { reason: dependence });
	chart.observation("survey", loinc("75626-2", "Total score [AUDIT-C]"), 740, { valueInteger: 9 });
}

export function writeSexualHealth(chart: Chart): void {
	const infection = chart.condition(diagnoses.chlamydia, 610, { resolvedDaysAgo: 580 });
	chart.medication(medicines.doxycycline, 608, { reason: infection, stopped: true });
	const detected = { valueCodeableConcept: concept(snomed("260373001", "Detected")) };
	chart.observation("laboratory", loinc("21613-5", "Chlamydia trachomatis DNA [Presence] in Specimen by NAA with probe detection"), 612, detected);
}

export function writeReproductive(chart: Chart): void {
	const pregnancy = chart.condition(diagnoses.pregnancy, 480, { resolvedDaysAgo: 215 });
	const checkUp = chart.encounter(430, snomed("424441002", "Prenatal initial visit"), diagnoses.pregnancy);
	chart.observation("exam", loinc("11778-8", "Delivery date Estimated"), 430, { valueDateTime: chart.day(212) }, checkUp);
	chart.medication(medicines.etonogestrelImplant, 150, {});
	chart.add("Procedure", {
		status: "completed",
		code: concept(snomed("169553002", "Insertion of subcutaneous contraceptive")),
		subject: chart.patient,
		performedDateTime: chart.day(150),
		reasonReference: [pregnancy],
	});
}

export function writeViolence(chart: Chart): void {
	chart.condition(diagnoses.partnerViolence, 330);
	chart.observation("survey", loinc("76504-0", "Total score [HARK]"), 330, { valueInteger: 3 });
}

export function writeHiv(chart: Chart): void {
	const infection = chart.condition(diagnoses.hiv, 2100);
	chart.medication(medicines.dolutegravir, 2080, { reason: infection });
	for (const daysAgo of [720, 360, 30]) {
		chart.laboratory("hivViralLoad", daysAgo);
		chart.laboratory("cd4", daysAgo, chart.random.integer(480, 820));
	}
}

export function writeFamilyHistory(
	chart: Chart,
	relation: "FTH" | "MTH",
	relativeName: string,
	condition: keyof typeof diagnoses,
	onsetAge: number,
): void {
	chart.add("FamilyMemberHistory", {
		status: "completed",
		patient: chart.patient,
		name: relativeName,
		relationship: { coding: [hl7("v3-RoleCode", relation, relation === "FTH" ? "father" : "mother")] },
		sex: {
			coding: [
				{
					system: "http://hl7.org/fhir/administrative-gender",
					code: relation === "FTH" ? "male" : "female",
					display: relation === "FTH" ? "Male" : "Female",
				},
			],
		},
		condition: [{ code: diagnoses[condition], onsetAge: { value: onsetAge, unit: "a", system: "http://unitsofmeasure.org", code: "a" } }],
	});
}

export function writeImaging(chart: Chart, daysAgo: number, modality: "CT" | "MR" | "DX", bodySite: Term): Ref {
	const uid = `2.25.${chart.random.integer(1_000_000_000, 4_000_000_000)}`;
	return chart.add("ImagingStudy", {
		identifier: [{ system: "urn:dicom:uid", value: `urn:oid:${uid}` }],
		status: "available",
		modality: [dicom(modality, { CT: "Computed Tomography", MR: "Magnetic Resonance", DX: "Digital Radiography" }[modality])],
		subject: chart.patient,
		started: chart.at(daysAgo),
		numberOfSeries: 1,
		numberOfInstances: 2,
		series: [
			{
				uid: `${uid}.1`,
				modality: dicom(modality, modality),
				bodySite,
				numberOfInstances: 2,
				instance: [1, 2].map((number) => ({
					uid: `${uid}.1.${number}`,
					number,
					sopClass: { system: "urn:ietf:rfc:3986", code: "urn:oid:1.2.840.10008.5.1.4.1.1.2" },
				})),
			},
		],
	});
}

/** A kept request that FHIR has no resource for: a thing no class fits. */
export function writeDietRequest(chart: Chart): void {
	chart.add("Basic", {
		code: { coding: [hl7("basic-resource-type", "diet", "Diet")] },
		subject: chart.patient,
		created: chart.day(33),
		author: chart.practitioner,
	});
}

/** Written by the patient through the portal. */
export function writeMessage(chart: Chart, text: string): void {
	chart.add("Communication", {
		status: "completed",
		subject: chart.patient,
		sent: chart.at(20),
		sender: chart.patient,
		recipient: [chart.organization],
		payload: [{ contentString: text }],
	});
}

export function writeOncology(chart: Chart, cancer: "lungCancer" | "colonCancer", who: Who): void {
	const encounter = chart.encounter(410, followUp, diagnoses[cancer]);
	const tumour = chart.condition(diagnoses[cancer], 410, { encounter });
	chart.observation("exam", loinc("21908-9", "Stage group.clinical Cancer"), 400, {
		valueCodeableConcept: concept(snomed("13104003", "Clinical stage III")),
	});
	if (cancer === "lungCancer") chart.medication(medicines.osimertinib, 370, { reason: tumour, encounter });
	writeImaging(chart, 405, "CT", cancer === "lungCancer" ? snomed("39607008", "Lung structure") : snomed("71854001", "Colon structure"));
	const text =
		who.language === "de"
			? `Tumorkonferenz: ${who.name}. Empfehlung: zielgerichtete Therapie.`
			: `Tumour board: ${who.name}. Recommendation: targeted therapy.`;
	chart.note(390, loinc("34117-2", "History and physical note"), text, encounter);
}

export function writeOtherIllness(chart: Chart, illness: "asthma" | "hypothyroidism" | "migraine" | "osteoporosis"): void {
	const condition = chart.condition(diagnoses[illness], 1500);
	if (illness === "asthma") chart.medication(medicines.salbutamol, 1490, { reason: condition });
	if (illness === "hypothyroidism") {
		chart.medication(medicines.levothyroxine, 1490, { reason: condition });
		chart.laboratory("tsh", 290);
	}
}
