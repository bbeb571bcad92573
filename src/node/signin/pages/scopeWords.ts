import { parseSmartScope, type ScopePermission } from "../smartScopes.ts";
import type { Language } from "./texts.ts";

type Said = Readonly<Record<Language, string>>;

const permissionWords: Readonly<Record<ScopePermission, Said>> = {
	c: { en: "add", de: "hinzufügen" },
	r: { en: "read", de: "lesen" },
	u: { en: "change", de: "ändern" },
	d: { en: "delete", de: "löschen" },
	s: { en: "search", de: "suchen" },
};

/** Types of records, by their names in FHIR R4, as people speak of them. */
const typeWords: Readonly<Record<string, Said>> = {
	"*": { en: "all kinds of records", de: "alle Arten von Daten" },
	AllergyIntolerance: { en: "allergies", de: "Allergien" },
	Appointment: { en: "appointments", de: "Termine" },
	CarePlan: { en: "care plans", de: "Behandlungspläne" },
	CareTeam: { en: "care teams", de: "Behandlungsteams" },
	Claim: { en: "bills", de: "Rechnungen" },
	Condition: { en: "illnesses", de: "Krankheiten" },
	Consent: { en: "consents", de: "Einwilligungen" },
	Coverage: { en: "insurance", de: "Versicherung" },
	Device: { en: "devices", de: "Geräte" },
	DiagnosticReport: { en: "findings", de: "Befunde" },
	DocumentReference: { en: "notes and documents", de: "Notizen und Dokumente" },
	Encounter: { en: "visits", de: "Besuche" },
	ExplanationOfBenefit: { en: "bills of the insurance", de: "Abrechnungen der Versicherung" },
	FamilyMemberHistory: { en: "illnesses in the family", de: "Krankheiten in der Familie" },
	Goal: { en: "goals of care", de: "Behandlungsziele" },
	ImagingStudy: { en: "scans", de: "Bilder (Röntgen, MRT)" },
	Immunization: { en: "vaccines", de: "Impfungen" },
	Location: { en: "places", de: "Orte" },
	Medication: { en: "drugs", de: "Medikamente" },
	MedicationAdministration: { en: "drugs given", de: "gegebene Medikamente" },
	MedicationRequest: { en: "prescriptions", de: "Verordnungen" },
	MedicationStatement: { en: "drugs taken", de: "genommene Medikamente" },
	Observation: { en: "measurements and lab results", de: "Messwerte und Laborwerte" },
	Organization: { en: "houses", de: "Einrichtungen" },
	Patient: { en: "name, birth date and address", de: "Name, Geburtsdatum und Anschrift" },
	Practitioner: { en: "doctors and nurses", de: "Ärztinnen, Ärzte und Pflegende" },
	Procedure: { en: "operations and treatments", de: "Eingriffe und Behandlungen" },
	Provenance: { en: "where records come from", de: "Herkunft von Daten" },
	QuestionnaireResponse: { en: "filled-in forms", de: "ausgefüllte Fragebögen" },
	RelatedPerson: { en: "relatives", de: "Angehörige" },
	RiskAssessment: { en: "risks", de: "Risiken" },
	ServiceRequest: { en: "orders", de: "Aufträge" },
	Specimen: { en: "samples", de: "Proben" },
};

/** Categories of observations, conditions, reports and documents (FHIR R4 and US Core value sets). */
const categoryWords: Readonly<Record<string, Said>> = {
	"social-history": { en: "how somebody lives", de: "Lebensumstände" },
	"vital-signs": { en: "pulse, weight, blood pressure", de: "Puls, Gewicht, Blutdruck" },
	imaging: { en: "scans", de: "Bilder" },
	laboratory: { en: "lab results", de: "Laborwerte" },
	LAB: { en: "lab results", de: "Laborwerte" },
	RAD: { en: "scans", de: "Bilder" },
	procedure: { en: "operations and treatments", de: "Eingriffe und Behandlungen" },
	survey: { en: "filled-in forms", de: "Fragebögen" },
	exam: { en: "examinations", de: "Untersuchungen" },
	therapy: { en: "therapy", de: "Therapie" },
	activity: { en: "activity", de: "Bewegung" },
	"problem-list-item": { en: "the list of problems", de: "die Problemliste" },
	"encounter-diagnosis": { en: "diagnoses of a visit", de: "Diagnosen eines Besuchs" },
	"health-concern": { en: "health concerns", de: "gesundheitliche Sorgen" },
	"clinical-note": { en: "clinical notes", de: "ärztliche Notizen" },
};

const wordsOf = (table: Readonly<Record<string, Said>>, code: string, language: Language) =>
	Object.hasOwn(table, code) ? (table[code] as Said)[language] : code;

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** A scope in words: to which records, what may be done, of whom. A type, a category or a scope that has no words here stands as the application named it. */
export function sayScope(language: Language, text: string): string {
	const scope = parseSmartScope(text);
	if (scope === undefined) return text;
	const { context, type, permissions, category } = scope;
	const what = [...permissions].map((permission) => permissionWords[permission][language]).join(", ");
	const kind = category === undefined ? "" : `, ${{ en: "only", de: "nur" }[language]} ${wordsOf(categoryWords, category.code, language)}`;
	const whose =
		context === "patient"
			? { en: "of one patient", de: "einer Person" }[language]
			: { en: "of everybody you may see", de: "aller, die Sie sehen dürfen" }[language];
	return `${capital(wordsOf(typeWords, type, language))}${kind}: ${what} (${whose})`;
}
