/** Coded terms the invented histories use, each with the code system's own preferred wording (English). */
export interface Term {
	readonly system: string;
	readonly code: string;
	readonly display: string;
}

export interface Concept {
	readonly coding: readonly Term[];
	readonly text?: string;
}

export const snomed = (code: string, display: string): Term => ({ system: "http://snomed.info/sct", code, display });
export const loinc = (code: string, display: string): Term => ({ system: "http://loinc.org", code, display });
export const rxnorm = (code: string, display: string): Term => ({ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code, display });
export const atc = (code: string, display: string): Term => ({ system: "http://www.whocc.no/atc", code, display });
export const icd10 = (code: string, display: string): Term => ({ system: "http://hl7.org/fhir/sid/icd-10", code, display });
export const cvx = (code: string, display: string): Term => ({ system: "http://hl7.org/fhir/sid/cvx", code, display });
export const dicom = (code: string, display: string): Term => ({ system: "http://dicom.nema.org/resources/ontology/DCM", code, display });
export const hl7 = (list: string, code: string, display: string): Term => ({
	system: `http://terminology.hl7.org/CodeSystem/${list}`,
	code,
	display,
});

export const concept = (...coding: readonly Term[]): Concept => ({ coding, text: (coding[0] as Term).display });

/** Diagnoses in SNOMED CT with their ICD-10 (WHO) code. */
export const diagnoses = {
	hypertension: concept(snomed("38341003", "Hypertensive disorder"), icd10("I10", "Essential (primary) hypertension")),
	diabetes: concept(snomed("44054006", "Diabetes mellitus type 2"), icd10("E11.9", "Type 2 diabetes mellitus without complications")),
	hyperlipidaemia: concept(snomed("55822004", "Hyperlipidemia"), icd10("E78.5", "Hyperlipidaemia, unspecified")),
	coronaryDisease: concept(snomed("53741008", "Coronary arteriosclerosis"), icd10("I25.1", "Atherosclerotic heart disease")),
	myocardialInfarction: concept(snomed("22298006", "Myocardial infarction"), icd10("I21.9", "Acute myocardial infarction, unspecified")),
	heartFailure: concept(snomed("84114007", "Heart failure"), icd10("I50.9", "Heart failure, unspecified")),
	atrialFibrillation: concept(snomed("49436004", "Atrial fibrillation"), icd10("I48.9", "Atrial fibrillation and atrial flutter, unspecified")),
	lungCancer: concept(snomed("254637007", "Non-small cell lung cancer"), icd10("C34.9", "Malignant neoplasm of bronchus or lung, unspecified")),
	colonCancer: concept(snomed("363406005", "Malignant neoplasm of colon"), icd10("C18.9", "Malignant neoplasm of colon, unspecified")),
	depression: concept(snomed("370143000", "Major depressive disorder"), icd10("F32.9", "Depressive episode, unspecified")),
	alcoholDependence: concept(
		snomed("66590003", "Alcohol dependence"),
		icd10("F10.2", "Mental and behavioural disorders due to use of alcohol: dependence syndrome"),
	),
	chlamydia: concept(
		snomed("240589008", "Chlamydia trachomatis infection"),
		icd10("A56.2", "Chlamydial infection of genitourinary tract, unspecified"),
	),
	pregnancy: concept(snomed("72892002", "Normal pregnancy"), icd10("Z34.9", "Supervision of normal pregnancy, unspecified")),
	partnerViolence: concept(snomed("706893006", "Victim of intimate partner abuse"), icd10("T74.1", "Physical abuse")),
	hiv: concept(snomed("86406008", "Human immunodeficiency virus infection"), icd10("B24", "Unspecified human immunodeficiency virus [HIV] disease")),
	asthma: concept(snomed("195967001", "Asthma"), icd10("J45.9", "Asthma, unspecified")),
	hypothyroidism: concept(snomed("40930008", "Hypothyroidism"), icd10("E03.9", "Hypothyroidism, unspecified")),
	migraine: concept(snomed("37796009", "Migraine"), icd10("G43.9", "Migraine, unspecified")),
	osteoporosis: concept(snomed("64859006", "Osteoporosis"), icd10("M81.9", "Osteoporosis, unspecified")),
} as const;

/** Medicines by RxNorm product or ingredient, with their ATC code. */
export const medicines = {
	atorvastatin: concept(rxnorm("617310", "atorvastatin 20 MG Oral Tablet"), rxnorm("83367", "atorvastatin"), atc("C10AA05", "atorvastatin")),
	lisinopril: concept(rxnorm("314076", "lisinopril 10 MG Oral Tablet"), rxnorm("29046", "lisinopril"), atc("C09AA03", "lisinopril")),
	amlodipine: concept(rxnorm("197361", "amlodipine 5 MG Oral Tablet"), rxnorm("17767", "amlodipine"), atc("C08CA01", "amlodipine")),
	metformin: concept(rxnorm("6809", "metformin"), atc("A10BA02", "metformin")),
	sertraline: concept(rxnorm("312941", "sertraline 50 MG Oral Tablet"), rxnorm("36437", "sertraline"), atc("N06AB06", "sertraline")),
	naltrexone: concept(rxnorm("7243", "naltrexone"), atc("N07BB04", "naltrexone")),
	aspirin: concept(rxnorm("1191", "aspirin"), atc("B01AC06", "acetylsalicylic acid")),
	clopidogrel: concept(rxnorm("32968", "clopidogrel"), atc("B01AC04", "clopidogrel")),
	bisoprolol: concept(rxnorm("19484", "bisoprolol"), atc("C07AB07", "bisoprolol")),
	furosemide: concept(rxnorm("4603", "furosemide"), atc("C03CA01", "furosemide")),
	apixaban: concept(rxnorm("1364430", "apixaban"), atc("B01AF02", "apixaban")),
	doxycycline: concept(rxnorm("3640", "doxycycline"), atc("J01AA02", "doxycycline")),
	etonogestrelImplant: concept(rxnorm("389221", "etonogestrel 68 MG Drug Implant"), atc("G03AC08", "etonogestrel")),
	dolutegravir: concept(rxnorm("1433868", "dolutegravir"), atc("J05AJ03", "dolutegravir")),
	osimertinib: concept(rxnorm("1721560", "osimertinib"), atc("L01EB04", "osimertinib")),
	levothyroxine: concept(rxnorm("10582", "levothyroxine"), atc("H03AA01", "levothyroxine sodium")),
	salbutamol: concept(rxnorm("435", "albuterol"), atc("R03AC02", "salbutamol")),
	insulinGlargine: concept(rxnorm("274783", "insulin glargine"), atc("A10AE04", "insulin glargine")),
} as const;

export const allergies = {
	penicillin: snomed("91936005", "Allergy to penicillin"),
	peanut: snomed("91935009", "Allergy to peanut"),
	latex: snomed("300916003", "Latex allergy"),
} as const;

/** Laboratory tests: LOINC code, unit (UCUM) and a plausible span for somebody well. */
export const laboratoryTests = {
	totalCholesterol: { term: loinc("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"), unit: "mg/dL", span: [160, 205], usual: [null, 200] },
	hdlCholesterol: { term: loinc("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma"), unit: "mg/dL", span: [42, 66], usual: [40, null] },
	triglycerides: { term: loinc("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma"), unit: "mg/dL", span: [80, 160], usual: [null, 150] },
	creatinine: { term: loinc("2160-0", "Creatinine [Mass/volume] in Serum or Plasma"), unit: "mg/dL", span: [0.7, 1.1], usual: [0.6, 1.3] },
	hba1c: { term: loinc("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"), unit: "%", span: [5.1, 5.6], usual: [4, 5.6] },
	uacr: { term: loinc("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine"), unit: "mg/g", span: [5, 25], usual: [null, 30] },
	haemoglobin: { term: loinc("718-7", "Hemoglobin [Mass/volume] in Blood"), unit: "g/dL", span: [12.6, 15.4], usual: [12, 17.5] },
	leukocytes: { term: loinc("6690-2", "Leukocytes [#/volume] in Blood by Automated count"), unit: "10*3/uL", span: [4.6, 9.2], usual: [4, 11] },
	platelets: { term: loinc("777-3", "Platelets [#/volume] in Blood by Automated count"), unit: "10*3/uL", span: [170, 330], usual: [150, 400] },
	sodium: { term: loinc("2951-2", "Sodium [Moles/volume] in Serum or Plasma"), unit: "mmol/L", span: [137, 143], usual: [135, 145] },
	alt: {
		term: loinc("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
		unit: "U/L",
		span: [14, 38],
		usual: [7, 56],
	},
	tsh: { term: loinc("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma"), unit: "m[IU]/L", span: [0.8, 3.2], usual: [0.4, 4] },
	natriureticPeptide: {
		term: loinc("33762-6", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma"),
		unit: "pg/mL",
		span: [30, 110],
	},
	hivViralLoad: {
		term: loinc("20447-9", "HIV 1 RNA [#/volume] (viral load) in Serum or Plasma by NAA with probe detection"),
		unit: "{copies}/mL",
		span: [20, 40],
	},
	cd4: { term: loinc("24467-3", "CD3+CD4+ (T4 helper) cells [#/volume] in Blood"), unit: "/uL", span: [480, 820] },
} as const satisfies Record<string, LaboratoryTerm>;

/** What an invented laboratory measures, and what it states. */
interface LaboratoryTerm {
	readonly term: Term;
	readonly unit: string;
	/** Values of somebody without a finding. */
	readonly span: readonly [number, number];
	/** The usual range for adults that the invented laboratory prints beside the value; null where it has no bound on that side. */
	readonly usual?: readonly [number | null, number | null];
}

export type LaboratoryTest = keyof typeof laboratoryTests;
