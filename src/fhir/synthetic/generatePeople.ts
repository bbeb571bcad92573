import { parseCivilDay } from "#base";
import { cast, type Role } from "./cast.ts";
import { writeOrdinaryCare } from "./chapters.ts";
import { createChart } from "./chart.ts";
import { fillerRole } from "./filler.ts";
import { drawIdentity, type Identity, patientResource } from "./patient.ts";
import { type SyntheticPerson, type SyntheticRecord, syntheticInstitutions } from "./person.ts";
import { createSyntheticRandom, type SyntheticRandom } from "./random.ts";

export interface GeneratePeopleParameters {
	/** Any text: equal seeds give equal people, to the byte. */
	readonly seed: string;
	/** The cast comes first and whole people follow to this number; fewer than the cast cuts it short. */
	readonly count: number;
	/** `YYYY-MM-DD`: ages and dates are counted back from it, so a demo is never out of date. */
	readonly today: string;
}

/**
 * Invented people with plausible FHIR R4 histories: first a cast with fixed roles, then others. Names, places, ids and values are made up; codes
 * are real (SNOMED CT, LOINC, RxNorm, ATC, ICD-10, CVX, HGNC, HGVS).
 *
 * Each person draws from a source of randomness of their own, so one more person, or one more draw in a history, changes nobody else.
 */
export function generatePeople({ seed, count, today }: GeneratePeopleParameters): readonly SyntheticPerson[] {
	parseCivilDay(today);
	const random = createSyntheticRandom(seed);
	return Array.from({ length: count }, (_, index) => {
		const role = cast[index] ?? fillerRole(index - cast.length, random.fork(`filler-${index}`));
		return writePerson(role, random.fork(role.key), today);
	});
}

function writePerson(role: Role, random: SyntheticRandom, today: string): SyntheticPerson {
	const { given, family, gender, language } = role;
	const birthDate = birthDateFor(role.ageYears, random, today);
	const identity = drawIdentity(random, { given, family, gender, language, birthDate }, role.home);
	const records = role.charts.map((part) => writeChart(role, identity, part, random.fork(part.institution), today));
	return { key: role.key, story: role.story, names: { given, family }, gender, birthDate, language, records, flags: role.flags };
}

/** A birthday between one and eleven months ago, so that an age holds whatever day is today. */
function birthDateFor(ageYears: number, random: SyntheticRandom, today: string): string {
	const at = new Date(`${today}T00:00:00Z`);
	at.setUTCDate(at.getUTCDate() - random.integer(30, 330));
	at.setUTCDate(Math.min(at.getUTCDate(), 28));
	at.setUTCFullYear(at.getUTCFullYear() - ageYears);
	return at.toISOString().slice(0, 10);
}

const physicians = {
	lindenhof: { given: "Miriam", family: "Oberländer" },
	harbor: { given: "Priya", family: "Raman" },
	meridian: { given: "Kenji", family: "Watanabe" },
} as const;

function writeChart(role: Role, identity: Identity, part: Role["charts"][number], random: SyntheticRandom, today: string): SyntheticRecord {
	const place = syntheticInstitutions.find(({ id }) => id === part.institution) as (typeof syntheticInstitutions)[number];
	const name = `${role.given[0]} ${role.family}`;
	const chart = createChart({
		random,
		today,
		institution: place.id,
		institutionName: place.name,
		city: place.city,
		country: place.country,
		physician: physicians[place.id],
		patient: (_id, mrn) => ({ resource: patientResource(identity, place.id, mrn), display: name }),
	});
	const who = { name, ageYears: role.ageYears, language: role.language, gender: role.gender };
	writeOrdinaryCare(chart, who, role.vitals, role.smoking);
	part.write(chart, who);
	return chart.close();
}
