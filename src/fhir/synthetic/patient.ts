import type { SyntheticRandom } from "./random.ts";
import { hl7 } from "./terms.ts";

/** Where an invented person lives. */
export interface Home {
	readonly line: string;
	readonly city: string;
	readonly state: string;
	readonly postalCode: string;
	readonly country: "DE" | "US";
}

export interface Identity {
	readonly given: readonly string[];
	readonly family: string;
	readonly gender: "female" | "male";
	readonly birthDate: string;
	readonly language: "en" | "de";
	readonly home: Home;
	readonly mothersMaidenName: string;
	readonly phone: string;
	/** Health insurance number (KVNR form) or social security number (9xx form, never issued). */
	readonly nationalNumber: string;
}

const streets = {
	de: ["Brunnengasse", "Ahornweg", "Mühlstraße", "Kirschallee", "Am Rosenberg"],
	en: ["Cedar Street", "Maple Avenue", "Quarry Road", "Beacon Hill Lane", "Orchard Drive"],
} as const;
const places: Readonly<Record<"en" | "de", readonly Pick<Home, "city" | "state" | "postalCode">[]>> = {
	de: [
		{ city: "Heidelberg", state: "Baden-Württemberg", postalCode: "69117" },
		{ city: "Mannheim", state: "Baden-Württemberg", postalCode: "68159" },
		{ city: "Darmstadt", state: "Hessen", postalCode: "64283" },
	],
	en: [
		{ city: "Boston", state: "MA", postalCode: "02118" },
		{ city: "Worcester", state: "MA", postalCode: "01604" },
		{ city: "Providence", state: "RI", postalCode: "02903" },
	],
};
const maidenNames = { de: ["Ritter", "Seidel", "Kranz", "Voss"], en: ["Delgado", "Prescott", "Nakamura", "Holloway"] } as const;

export function drawHome(random: SyntheticRandom, language: "en" | "de"): Home {
	const line = language === "de" ? `${random.pick(streets.de)} ${random.integer(2, 98)}` : `${random.integer(11, 989)} ${random.pick(streets.en)}`;
	return { line, ...random.pick(places[language]), country: language === "de" ? "DE" : "US" };
}

/** Phone numbers come from ranges set aside for fiction (555-01xx; 030 23125 xxx, Bundesnetzagentur). */
export function drawIdentity(
	random: SyntheticRandom,
	core: Omit<Identity, "home" | "mothersMaidenName" | "phone" | "nationalNumber">,
	home?: Home,
): Identity {
	const isGerman = core.language === "de";
	return {
		...core,
		home: home ?? drawHome(random, core.language),
		mothersMaidenName: random.pick(maidenNames[core.language]),
		phone: isGerman ? `+49 30 23125 ${random.integer(100, 999)}` : `+1-${random.integer(201, 989)}-555-01${random.integer(10, 99)}`,
		nationalNumber: isGerman
			? `X${random.integer(100_000_000, 999_999_999)}`
			: `9${random.integer(10, 99)}-${random.integer(10, 99)}-${random.integer(1000, 9999)}`,
	};
}

/** The Patient as one custodian writes it down. */
export function patientResource(identity: Identity, institution: string, mrn: string): Record<string, unknown> {
	const { given, family, gender, birthDate, home, phone, language } = identity;
	return {
		text: { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml">${given.join(" ")} ${family}</div>` },
		extension: [
			{ url: "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", valueString: identity.mothersMaidenName },
			{ url: "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", valueAddress: { city: home.city, country: home.country } },
		],
		identifier: [
			{ use: "usual", type: { coding: [hl7("v2-0203", "MR", "Medical record number")] }, system: `https://${institution}.example/mrn`, value: mrn },
			language === "de"
				? { use: "official", system: "http://fhir.de/sid/gkv/kvid-10", value: identity.nationalNumber }
				: {
						use: "official",
						type: { coding: [hl7("v2-0203", "SS", "Social Security number")] },
						system: "http://hl7.org/fhir/sid/us-ssn",
						value: identity.nationalNumber,
					},
		],
		active: true,
		name: [{ use: "official", family, given }],
		telecom: [
			{ system: "phone", value: phone, use: "home" },
			{ system: "email", value: emailOf(identity), use: "home" },
		],
		gender,
		birthDate,
		address: [{ use: "home", line: [home.line], city: home.city, state: home.state, postalCode: home.postalCode, country: home.country }],
		contact: [
			{
				relationship: [{ coding: [hl7("v2-0131", "C", "Emergency Contact")] }],
				name: { family: identity.mothersMaidenName, given: ["Marta"] },
				telecom: [{ system: "phone", value: phone }],
			},
		],
		communication: [{ language: { coding: [{ system: "urn:ietf:bcp:47", code: language }] }, preferred: true }],
	};
}

function emailOf({ given, family }: Identity): string {
	const plain = (text: string) =>
		text
			.toLowerCase()
			.replaceAll("ü", "ue")
			.replaceAll("ö", "oe")
			.replaceAll("ä", "ae")
			.replaceAll("ß", "ss")
			.normalize("NFD")
			.replace(/[^a-z]/g, "");
	return `${plain(given[0] as string)}.${plain(family)}@mail.example`;
}
