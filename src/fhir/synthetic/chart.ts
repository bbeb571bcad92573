import { dayMs } from "#base";
import type { SyntheticRecord, SyntheticResource, TransactionBundle } from "./person.ts";
import type { SyntheticRandom } from "./random.ts";
import { type Concept, concept, hl7, type LaboratoryTest, laboratoryTests, loinc, snomed, type Term } from "./terms.ts";

/** A reference inside the bundle. */
export interface Ref {
	readonly reference: string;
	readonly display?: string;
}

/** What a chart knows of the person and the place it is kept in. */
export interface ChartParameters {
	readonly random: SyntheticRandom;
	/** `YYYY-MM-DD`; every date lies a number of days before it. */
	readonly today: string;
	readonly institution: SyntheticRecord["institution"];
	readonly institutionName: string;
	readonly city: string;
	readonly country: "DE" | "US";
	readonly physician: { readonly given: string; readonly family: string };
	readonly patient: (id: string, mrn: string) => { readonly resource: Record<string, unknown>; readonly display: string };
}

/** One custodian's growing record of one person. Each method adds a resource and returns a reference to it. */
export interface Chart {
	readonly random: SyntheticRandom;
	readonly patient: Ref;
	readonly practitioner: Ref;
	readonly organization: Ref;
	day(daysAgo: number): string;
	/** A point in time of that day, in the morning UTC. */
	at(daysAgo: number): string;
	add(resourceType: string, elements: Record<string, unknown>): Ref;
	encounter(daysAgo: number, type: Term, reason?: Concept): Ref;
	condition(code: Concept, onsetDaysAgo: number, options?: { readonly encounter?: Ref; readonly resolvedDaysAgo?: number }): Ref;
	observation(category: string, code: Term, daysAgo: number, value: Record<string, unknown>, encounter?: Ref): Ref;
	laboratory(test: LaboratoryTest, daysAgo: number, value?: number, encounter?: Ref): Ref;
	medication(code: Concept, daysAgo: number, options?: { readonly reason?: Ref; readonly encounter?: Ref; readonly stopped?: true }): Ref;
	note(daysAgo: number, title: Term, text: string, encounter?: Ref): Ref;
	close(): SyntheticRecord;
}

export const quantity = (value: number, unit: string) => ({ valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code: unit } });

type UsualRange = readonly [number | null, number | null];

/** `Observation.referenceRange` with the bounds that there are. */
function rangeOf([low, high]: UsualRange, unit: string): Record<string, unknown> {
	const bound = (value: number) => ({ value, unit, system: "http://unitsofmeasure.org", code: unit });
	return { ...(low !== null && { low: bound(low) }), ...(high !== null && { high: bound(high) }) };
}

export function createChart(parameters: ChartParameters): Chart {
	const { random, today, institutionName } = parameters;
	const entries: TransactionBundle["entry"][number][] = [];
	const day = (daysAgo: number) => new Date(Date.parse(`${today}T00:00:00Z`) - daysAgo * dayMs).toISOString().slice(0, 10);
	const at = (daysAgo: number) => `${day(daysAgo)}T09:30:00Z`;

	function add(resourceType: string, elements: Record<string, unknown>, id = random.uuid()): Ref {
		const resource: SyntheticResource = { resourceType, id, ...elements };
		entries.push({ fullUrl: `urn:uuid:${id}`, resource, request: { method: "POST", url: resourceType } });
		return { reference: `urn:uuid:${id}` };
	}

	const localId = random.uuid();
	const mrn = `${parameters.institution.slice(0, 2).toUpperCase()}-${random.integer(1_000_000, 9_999_999)}`;
	const person = parameters.patient(localId, mrn);
	const patient: Ref = { ...add("Patient", person.resource, localId), display: person.display };
	const organization: Ref = { ...add("Organization", organizationElements(parameters)), display: institutionName };
	const practitioner: Ref = {
		...add("Practitioner", practitionerElements(parameters)),
		display: `Dr. ${parameters.physician.given} ${parameters.physician.family}`,
	};

	const subject = patient;
	const observation: Chart["observation"] = (category, code, daysAgo, value, encounter) =>
		add("Observation", {
			status: "final",
			category: [{ coding: [hl7("observation-category", category, category)] }],
			code: concept(code),
			subject,
			...(encounter && { encounter }),
			effectiveDateTime: at(daysAgo),
			issued: `${day(daysAgo)}T16:05:00.000Z`,
			performer: [practitioner],
			...value,
		});

	return {
		random,
		patient,
		practitioner,
		organization,
		day,
		at,
		add,
		observation,
		encounter: (daysAgo, type, reason) =>
			add("Encounter", {
				status: "finished",
				class: hl7("v3-ActCode", "AMB", "ambulatory"),
				type: [concept(type)],
				subject,
				participant: [{ individual: practitioner }],
				period: { start: at(daysAgo), end: `${day(daysAgo)}T10:10:00Z` },
				...(reason && { reasonCode: [reason] }),
				serviceProvider: organization,
			}),
		condition: (code, onsetDaysAgo, options = {}) =>
			add("Condition", {
				clinicalStatus: {
					coding: [hl7("condition-clinical", options.resolvedDaysAgo === undefined ? "active" : "resolved", "")].map(withoutEmptyDisplay),
				},
				verificationStatus: { coding: [hl7("condition-ver-status", "confirmed", "Confirmed")] },
				category: [{ coding: [hl7("condition-category", "problem-list-item", "Problem List Item")] }],
				code,
				subject,
				...(options.encounter && { encounter: options.encounter }),
				onsetDateTime: day(onsetDaysAgo),
				...(options.resolvedDaysAgo !== undefined && { abatementDateTime: day(options.resolvedDaysAgo) }),
				recordedDate: day(onsetDaysAgo),
				recorder: practitioner,
			}),
		laboratory: (test, daysAgo, value, encounter) => {
			const { term, unit, span, usual }: (typeof laboratoryTests)[LaboratoryTest] & { usual?: UsualRange } = laboratoryTests[test];
			const measured = quantity(value ?? random.decimal(span[0], span[1], 1), unit);
			return observation("laboratory", term, daysAgo, { ...measured, ...(usual && { referenceRange: [rangeOf(usual, unit)] }) }, encounter);
		},
		medication: (code, daysAgo, options = {}) =>
			add("MedicationRequest", {
				status: options.stopped ? "stopped" : "active",
				intent: "order",
				medicationCodeableConcept: code,
				subject,
				...(options.encounter && { encounter: options.encounter }),
				authoredOn: day(daysAgo),
				requester: practitioner,
				...(options.reason && { reasonReference: [options.reason] }),
				dosageInstruction: [
					{ sequence: 1, timing: { repeat: { frequency: 1, period: 1, periodUnit: "d" } }, route: concept(snomed("26643006", "Oral route")) },
				],
			}),
		note: (daysAgo, title, text, encounter) =>
			add("DocumentReference", {
				status: "current",
				type: concept(title),
				category: [concept(loinc("11488-4", "Consult note"))],
				subject,
				date: at(daysAgo),
				author: [practitioner],
				content: [
					{ attachment: { contentType: "text/plain; charset=utf-8", data: Buffer.from(text, "utf8").toString("base64"), title: title.display } },
				],
				...(encounter && { context: { encounter: [encounter], period: { start: at(daysAgo) } } }),
			}),
		close: () => ({ institution: parameters.institution, localId, mrn, bundle: { resourceType: "Bundle", type: "transaction", entry: entries } }),
	};
}

function withoutEmptyDisplay({ system, code, display }: Term): Partial<Term> {
	return display === "" ? { system, code } : { system, code, display };
}

function organizationElements({ random, institution, institutionName, city, country }: ChartParameters) {
	return {
		identifier: [{ system: `https://${institution}.example/organizations`, value: `${institution}-${random.integer(100, 999)}` }],
		active: true,
		name: institutionName,
		telecom: [{ system: "phone", value: country === "DE" ? "+49 6221 5550100" : "+1-617-555-0100", use: "work" }],
		address: [{ line: [country === "DE" ? "Lindenallee 1" : "1 Harbor Way"], city, country }],
	};
}

function practitionerElements({ random, institution, physician }: ChartParameters) {
	return {
		identifier: [{ system: `https://${institution}.example/staff`, value: `S${random.integer(10_000, 99_999)}` }],
		active: true,
		name: [{ use: "official", family: physician.family, given: [physician.given], prefix: ["Dr."] }],
		telecom: [
			{ system: "email", value: `${physician.family.toLowerCase()}@${institution}.example`.normalize("NFD").replace(/[^a-z@.]/g, ""), use: "work" },
		],
	};
}
