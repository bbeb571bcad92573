import type { DataClass, Provision } from "#contracts";
import { pgxClasses, pgxModelId, preventClasses, preventModelId } from "#insight";
import type { DemoCast, DemoPerson } from "./demoNetwork.ts";

/** The trial of the demonstration, and the disease its consents are limited to (MONDO: lung carcinoma, colorectal carcinoma). */
export const trialStudy = "tumour-trial-1";
export const trialDiseases: readonly string[] = ["MONDO:0005138", "MONDO:0005575"];

/** A consent somebody of the cast signs when the demonstration begins. */
export interface DemoConsent {
	readonly person: string;
	readonly custodian: string;
	readonly title: string;
	readonly provision: Provision;
	/** Days from the demonstration's first day. */
	readonly validDays: number;
}

const researchClasses: readonly DataClass[] = ["conditions", "laboratory", "vitals", "medications", "immunisations"];
const historyClasses: readonly DataClass[] = ["conditions", "medications", "laboratory", "vitals", "encounters", "procedures", "imaging"];

/** Who has agreed to what, told once for the start, the story and the tests. */
export function demoConsents(cast: DemoCast): readonly DemoConsent[] {
	const consents: DemoConsent[] = [];
	for (const person of cast.people) {
		if (person.flags.consentsToResearch === true) consents.push(populationResearch(person));
		if (person.flags.oncology === true && person.records.some(({ institution }) => institution === "lindenhof")) consents.push(tumourTrial(person));
	}
	return [
		...consents,
		heartSpecialist("james-okafor", "harbor"),
		heartRisk("maria-sandoval", "harbor"),
		familyDoctor("walter-lehmann"),
		familyDoctor("emma-vogt"),
		genesAndPrescriptions("june-abernathy", "harbor"),
	];
}

/** Population research: statistics only. */
function populationResearch(person: DemoPerson): DemoConsent {
	return {
		person: person.key,
		custodian: person.records[0]?.institution ?? "lindenhof",
		title: "Researchers may count me in statistics. Nothing about me alone leaves.",
		provision: {
			type: "permit",
			grantees: [{ kind: "credential", credential: "researcher" }],
			actions: ["read"],
			purposes: ["HRESCH"],
			classes: researchClasses,
			level: "aggregate",
		},
		validDays: 365,
	};
}

/** A drug trial: de-identified tumour genomics, for this study and these diseases only. */
function tumourTrial(person: DemoPerson): DemoConsent {
	return {
		person: person.key,
		custodian: "lindenhof",
		title: "The tumour trial may have the genetic changes of my tumour, without my name.",
		provision: {
			type: "permit",
			grantees: [{ kind: "study", study: trialStudy }],
			actions: ["read"],
			purposes: ["CLINTRCH"],
			classes: ["genomics"],
			diseases: trialDiseases,
			level: "deidentified",
		},
		validDays: 180,
	};
}

/** Routine care by a specialist: everything about the heart, for one doctor who treats the patient. */
function heartSpecialist(person: string, custodian: "harbor"): DemoConsent {
	return {
		person,
		custodian,
		title: "My heart doctor at Harbor Clinic may see everything about my heart.",
		provision: {
			type: "permit",
			grantees: [{ kind: "member", member: custodian as never, credential: "relationship" }],
			actions: ["read"],
			purposes: ["TREAT"],
			classes: historyClasses,
			conditions: ["cardiology"],
			level: "identified",
		},
		validDays: 90,
	};
}

/** One model, named, over what it needs and nothing else. */
function heartRisk(person: string, custodian: "harbor"): DemoConsent {
	return {
		person,
		custodian,
		title: "My heart doctor may see the numbers for my heart risk and let the computer estimate it.",
		provision: {
			type: "permit",
			grantees: [{ kind: "member", member: custodian as never, credential: "relationship" }],
			actions: ["read"],
			purposes: ["TREAT"],
			classes: preventClasses,
			level: "identified",
			models: [preventModelId],
		},
		validDays: 90,
	};
}

function familyDoctor(person: string): DemoConsent {
	return {
		person,
		custodian: "lindenhof",
		title: "Doctors at Lindenhof may see my record to treat me.",
		provision: {
			type: "permit",
			grantees: [{ kind: "member", member: "lindenhof" as never, credential: "practitioner" }],
			actions: ["read"],
			purposes: ["TREAT"],
			classes: ["demographics", "conditions", "medications", "allergies", "laboratory", "vitals", "encounters", "immunisations", "procedures"],
			level: "identified",
		},
		validDays: 365,
	};
}

/** The computer may hold a prescription against the genes, for whoever prescribes; nobody sees the record for it. */
function genesAndPrescriptions(person: string, custodian: "harbor"): DemoConsent {
	return {
		person,
		custodian,
		title: "When a doctor at Harbor Clinic prescribes, the computer may check it against my genes and my medicines.",
		provision: {
			type: "permit",
			grantees: [{ kind: "member", member: custodian as never, credential: "practitioner" }],
			actions: ["read"],
			purposes: ["TREAT"],
			classes: pgxClasses,
			level: "compute",
			models: [pgxModelId],
		},
		validDays: 365,
	};
}
