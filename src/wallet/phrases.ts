import type { CredentialKind, DataClass, Level, Purpose, SensitivityLabel } from "#contracts";

/** The words of one language in which a consent is described; every closed list is covered whole. */
export interface Phrases {
	readonly months: readonly string[];
	readonly and: string;
	readonly everyone: string;
	readonly everything: string;
	/** Inside an exception, where nothing else is said: the people and data of the rule it belongs to. */
	readonly them: string;
	readonly ofIt: string;
	readonly credentials: Readonly<Record<CredentialKind, string>>;
	readonly classes: Readonly<Record<DataClass, string>>;
	readonly labels: Readonly<Record<SensitivityLabel, string>>;
	readonly purposes: Readonly<Record<Purpose, string>>;
	readonly levels: Readonly<Record<Level, string>>;
	readonly at: (who: string, member: string) => string;
	readonly team: (department: string, member: string) => string;
	readonly study: (study: string) => string;
	readonly key: (end: string) => string;
	readonly date: (day: number, month: string, year: number) => string;
	readonly permit: (who: string, actions: "read" | "write" | "both", what: string) => string;
	readonly deny: (who: string, actions: "read" | "write" | "both", what: string) => string;
	readonly but: (sentence: string) => string;
	readonly onlyPurposes: (purposes: string) => string;
	readonly onlyConditions: (conditions: string) => string;
	readonly onlyDiseases: (diseases: string) => string;
	readonly onlyModels: (models: string) => string;
	readonly onlyRecords: (count: number) => string;
	readonly onlyAuthors: (count: number) => string;
	readonly onlyEncounters: (count: number) => string;
	readonly dataFrom: (date: string) => string;
	readonly dataTo: (date: string) => string;
	readonly from: (date: string) => string;
	readonly until: (date: string) => string;
	readonly noEnd: string;
	readonly labelsOpen: (labels: string) => string;
	readonly labelsClosed: string;
	readonly labelsOnly: (labels: string) => string;
	readonly pay: (amount: string) => string;
	readonly paper: string;
	readonly stop: string;
	readonly noRecall: string;
}

const enActions = { read: "see", write: "add to", both: "see and add to" } as const;

export const english: Phrases = {
	months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
	and: "and",
	everyone: "anyone who asks",
	everything: "all of your data",
	them: "them",
	ofIt: "any of it",
	credentials: {
		practitioner: "doctors and nurses",
		researcher: "researchers",
		"ethics-approval": "teams with an ethics approval",
		relationship: "the people who treat you",
		guardianship: "your legal guardians",
		"compliance-officer": "the people who check the rules",
		"model-operator": "the people who run computer models",
	},
	classes: {
		demographics: "your name and address",
		conditions: "your illnesses",
		medications: "your drugs",
		allergies: "your allergies",
		laboratory: "your lab results",
		vitals: "your pulse, weight and blood pressure",
		encounters: "your visits",
		notes: "your doctors' notes",
		procedures: "your operations",
		immunisations: "your vaccines",
		imaging: "your scans",
		genomics: "your genes",
		wearables: "data from your devices",
		social: "how you live",
		claims: "your bills",
		plans: "your care plans",
		family: "illness in your family",
		other: "other data",
	},
	labels: {
		"mental-health": "mental health",
		"substance-use": "drug or alcohol use",
		"sexual-health": "sexual health",
		reproductive: "birth and pregnancy",
		violence: "violence",
		hiv: "HIV",
	},
	purposes: {
		TREAT: "your care",
		ETREAT: "an emergency",
		HPAYMT: "payment",
		HOPERAT: "running the clinic",
		PUBHLTH: "public health",
		PATSFTY: "safety checks that tell a warning and not why",
		HRESCH: "research",
		CLINTRCH: "trials of new treatments",
		PATRQT: "your own use",
		LOOKUP: "finding your record",
		SYSTEM: "running the system",
	},
	levels: {
		aggregate: "They only get counts over many people.",
		compute: "Your data stay here. Only the result of a named computer model leaves.",
		deidentified: "They get the data without your name, dates or places.",
		pseudonymised: "They get the data with a made-up name in place of yours.",
		identified: "They see that it is you.",
	},
	at: (who, member) => `${who} at ${member}`,
	team: (department, member) => `the team ${department} at ${member}`,
	study: (study) => `the study ${study}`,
	key: (end) => `one person (key ending in ${end})`,
	date: (day, month, year) => `${day} ${month} ${year}`,
	permit: (who, actions, what) => `You let ${who} ${enActions[actions]} ${what}.`,
	deny: (who, actions, what) => `You do not let ${who} ${actions === "both" ? "see or add to" : enActions[actions]} ${what}.`,
	but: (sentence) => `But: ${sentence}`,
	onlyPurposes: (purposes) => `This is only for ${purposes}.`,
	onlyConditions: (conditions) => `It is only about: ${conditions}.`,
	onlyDiseases: (diseases) => `The research must be about: ${diseases}.`,
	onlyModels: (models) => `It is for these computer models: ${models}.`,
	onlyRecords: (count) => (count === 1 ? "It is about one record that you chose." : `It is about ${count} records that you chose.`),
	onlyAuthors: (count) => (count === 1 ? "It is about what one named person wrote." : `It is about what ${count} named people wrote.`),
	onlyEncounters: (count) => (count === 1 ? "It is about one visit that you chose." : `It is about ${count} visits that you chose.`),
	dataFrom: (date) => `It is about data from ${date} on.`,
	dataTo: (date) => `It is about data up to ${date}.`,
	from: (date) => `It starts on ${date}.`,
	until: (date) => `It ends after ${date}.`,
	noEnd: "These terms name no last day.",
	labelsOpen: (labels) => `Data on ${labels} may be shown too.`,
	labelsClosed: "Private topics, such as mental health or HIV, stay closed.",
	labelsOnly: (labels) => `It is about data on ${labels}.`,
	pay: (amount) => `You get ${amount} for each use.`,
	paper: "You signed this on paper and the clinic put it here.",
	stop: "You can stop this at any time.",
	noRecall: "What was shown before you stop cannot be taken back.",
};

const deActions = { read: "einsehen", write: "ergänzen", both: "einsehen und ergänzen" } as const;

export const german: Phrases = {
	months: ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
	and: "und",
	everyone: "alle, die fragen,",
	everything: "alle Ihre Daten",
	them: "dieselben",
	ofIt: "davon alles",
	credentials: {
		practitioner: "Ärztinnen, Ärzte und Pflegende",
		researcher: "Forschende",
		"ethics-approval": "Teams mit Zustimmung einer Ethikkommission",
		relationship: "die Menschen, die Sie behandeln,",
		guardianship: "Ihre gesetzlichen Vertreter",
		"compliance-officer": "die Menschen, die die Regeln prüfen,",
		"model-operator": "die Betreiber von Rechenmodellen",
	},
	classes: {
		demographics: "Name und Anschrift",
		conditions: "Ihre Krankheiten",
		medications: "Ihre Medikamente",
		allergies: "Ihre Allergien",
		laboratory: "Ihre Laborwerte",
		vitals: "Puls, Gewicht und Blutdruck",
		encounters: "Ihre Besuche",
		notes: "die Notizen Ihrer Ärzte",
		procedures: "Ihre Eingriffe",
		immunisations: "Ihre Impfungen",
		imaging: "Ihre Bilder (Röntgen, MRT)",
		genomics: "Ihre Gene",
		wearables: "Daten Ihrer Geräte",
		social: "Ihre Lebensumstände",
		claims: "Ihre Rechnungen",
		plans: "Ihre Behandlungspläne",
		family: "Krankheiten in Ihrer Familie",
		other: "sonstige Daten",
	},
	labels: {
		"mental-health": "seelische Gesundheit",
		"substance-use": "Drogen oder Alkohol",
		"sexual-health": "sexuelle Gesundheit",
		reproductive: "Schwangerschaft und Geburt",
		violence: "Gewalt",
		hiv: "HIV",
	},
	purposes: {
		TREAT: "Ihre Behandlung",
		ETREAT: "einen Notfall",
		HPAYMT: "die Abrechnung",
		HOPERAT: "den Betrieb der Einrichtung",
		PUBHLTH: "die öffentliche Gesundheit",
		PATSFTY: "Sicherheitsprüfungen, die warnen und nicht sagen, warum",
		HRESCH: "Forschung",
		CLINTRCH: "Studien zu neuen Behandlungen",
		PATRQT: "Ihren eigenen Gebrauch",
		LOOKUP: "das Auffinden Ihrer Akte",
		SYSTEM: "den Betrieb des Systems",
	},
	levels: {
		aggregate: "Weitergegeben werden nur Zahlen über viele Menschen.",
		compute: "Ihre Daten bleiben hier. Nur das Ergebnis eines genannten Rechenmodells geht hinaus.",
		deidentified: "Weitergegeben wird ohne Namen, Daten des Kalenders und Orte.",
		pseudonymised: "Weitergegeben wird mit einem erfundenen Namen statt Ihrem.",
		identified: "Man sieht, dass Sie es sind.",
	},
	at: (who, member) => `${who} bei ${member}`,
	team: (department, member) => `das Team ${department} bei ${member}`,
	study: (study) => `die Studie ${study}`,
	key: (end) => `eine Person (Schlüssel endet auf ${end})`,
	date: (day, month, year) => `${day}. ${month} ${year}`,
	permit: (who, actions, what) => `Sie erlauben: ${who} dürfen ${what} ${deActions[actions]}.`,
	deny: (who, actions, what) =>
		`Sie untersagen: ${who} dürfen ${what} ${actions === "both" ? "weder einsehen noch ergänzen" : `nicht ${deActions[actions]}`}.`,
	but: (sentence) => `Ausnahme: ${sentence}`,
	onlyPurposes: (purposes) => `Das gilt nur für ${purposes}.`,
	onlyConditions: (conditions) => `Es betrifft nur: ${conditions}.`,
	onlyDiseases: (diseases) => `Die Forschung muss davon handeln: ${diseases}.`,
	onlyModels: (models) => `Es gilt für diese Rechenmodelle: ${models}.`,
	onlyRecords: (count) =>
		count === 1 ? "Es betrifft einen Eintrag, den Sie gewählt haben." : `Es betrifft ${count} Einträge, die Sie gewählt haben.`,
	onlyAuthors: (count) => (count === 1 ? "Es betrifft, was eine genannte Person schrieb." : `Es betrifft, was ${count} genannte Personen schrieben.`),
	onlyEncounters: (count) =>
		count === 1 ? "Es betrifft einen Besuch, den Sie gewählt haben." : `Es betrifft ${count} Besuche, die Sie gewählt haben.`,
	dataFrom: (date) => `Es betrifft Daten ab dem ${date}.`,
	dataTo: (date) => `Es betrifft Daten bis zum ${date}.`,
	from: (date) => `Es beginnt am ${date}.`,
	until: (date) => `Es endet nach dem ${date}.`,
	noEnd: "Diese Bedingungen nennen keinen letzten Tag.",
	labelsOpen: (labels) => `Auch Daten über ${labels} dürfen gezeigt werden.`,
	labelsClosed: "Besonders private Themen wie seelische Gesundheit oder HIV bleiben verschlossen.",
	labelsOnly: (labels) => `Es betrifft Daten über ${labels}.`,
	pay: (amount) => `Sie erhalten ${amount} für jede Nutzung.`,
	paper: "Sie haben das auf Papier unterschrieben, und die Einrichtung hat es eingetragen.",
	stop: "Sie können das jederzeit beenden.",
	noRecall: "Was bis dahin gezeigt wurde, lässt sich nicht zurückholen.",
};
