import type { MemberId } from "#base";
import type { RecordFacts } from "../consent/admits.ts";
import type { FhirProvision } from "../consent/fhir/fhirConsent.ts";
import type { ConsentImportContext } from "../consent/fhir/provisionFromFhir.ts";
import type { DecisionRequest, Requester } from "../consent/terms.ts";
import type { ImplicitPolicy } from "../vocabulary.ts";
import { credential, person, request } from "./decisions.ts";
import { keyOf } from "./memoryLedger.ts";

/**
 * The facts of IHE's Privacy Consent on FHIR (PCF) 1.1 as a table: which consent lets which request through, and which sentence of the guide
 * says so, in our words. Source: https://profiles.ihe.net/ITI/PCF (volume 1 §1:53, volume 3 §3:5.8, appendix P, the examples `ex-consent-…` and
 * their notes on access tokens), IHE International, CC-BY-4.0. Consents are written as the guide's examples write them, reduced to what decides.
 */

const clinic = "clinic" as MemberId;
const researchHouse = "research-house" as MemberId;

const clinician = person("clinician", clinic, credential("practitioner", clinic));
/** `Practitioner/ex-practitioner`, whom the examples name. */
const named = person("ex-practitioner", clinic, credential("practitioner", clinic));
const clerk = person("clerk", clinic);
const researcher = person("pcf-researcher", researchHouse, credential("researcher", researchHouse, { study: "FooBar" }));

const during2022 = Date.UTC(2022, 5, 13);
const after2022 = Date.UTC(2023, 0, 1);

const weight: RecordFacts = {
	labels: [],
	conditions: [],
	ref: "Observation/ex-weight",
	authors: ["Practitioner/ex-practitioner"],
	encounter: "Encounter/ex-encounter",
	dataTimeMs: Date.UTC(2022, 2, 1),
};
/** By somebody else, outside the encounter, in another year. */
const elsewhere: RecordFacts = {
	...weight,
	...{ ref: "Observation/ex-elsewhere", authors: ["Practitioner/other"], encounter: "Encounter/other", dataTimeMs: Date.UTC(2023, 1, 1) },
};
const psychiatric: RecordFacts = { ...weight, ref: "Observation/ex-psychiatric", labels: ["mental-health"] };
const assault: RecordFacts = { ...weight, ref: "Observation/ex-assault", labels: ["violence"] };
const alcohol: RecordFacts = { ...weight, ref: "Observation/ex-alcoholUse", labels: ["substance-use"] };
const newYearsEve: RecordFacts = { ...weight, dataTimeMs: Date.UTC(2022, 11, 31, 23, 59, 59, 999) };
const dayBefore2022: RecordFacts = { ...weight, dataTimeMs: Date.UTC(2021, 11, 31, 23, 59, 59, 999) };

interface PcfRequest {
	readonly asked: DecisionRequest;
	readonly record: RecordFacts;
	readonly atMs: number;
}

function ask(
	requester: Requester,
	purpose: DecisionRequest["purpose"],
	record: RecordFacts,
	more: Partial<DecisionRequest> = {},
	atMs = during2022,
): PcfRequest {
	return { asked: request({ requester, purpose, classes: ["laboratory"], ...more }), record, atMs };
}

const emergency = { emergency: true };
const fooBar = { study: "FooBar" };

export const pcfRequests = {
	treat: ask(clinician, "TREAT", weight),
	treatElsewhere: ask(clinician, "TREAT", elsewhere),
	treatNewYearsEve: ask(clinician, "TREAT", newYearsEve),
	treatDayBefore: ask(clinician, "TREAT", dayBefore2022),
	treatLater: ask(clinician, "TREAT", weight, {}, after2022),
	treatPsychiatric: ask(clinician, "TREAT", psychiatric),
	treatAlcohol: ask(clinician, "TREAT", alcohol),
	namedTreat: ask(named, "TREAT", weight),
	namedPsychiatric: ask(named, "TREAT", psychiatric),
	namedAssault: ask(named, "TREAT", assault),
	namedPatientRequest: ask(named, "PATRQT", weight),
	namedPatientRequestPsychiatric: ask(named, "PATRQT", psychiatric),
	namedLater: ask(named, "TREAT", weight, {}, Date.UTC(2025, 0, 1)),
	payment: ask(clerk, "HPAYMT", weight),
	operations: ask(clerk, "HOPERAT", weight),
	research: ask(researcher, "HRESCH", weight),
	researchPsychiatric: ask(researcher, "HRESCH", psychiatric),
	project: ask(researcher, "CLINTRCH", weight, fooBar),
	projectByOthers: ask(clinician, "CLINTRCH", weight, fooBar),
	otherProject: ask(researcher, "CLINTRCH", weight, { study: "another" }),
	breakGlass: ask(clinician, "ETREAT", weight, emergency),
	breakGlassPsychiatric: ask(clinician, "ETREAT", psychiatric, emergency),
	breakGlassByClerk: ask(clerk, "ETREAT", weight, emergency),
} satisfies Record<string, PcfRequest>;

export type PcfRequestName = keyof typeof pcfRequests;

interface PcfVerdict {
	readonly where: string;
	readonly says: string;
	readonly permit?: readonly PcfRequestName[];
	readonly deny?: readonly PcfRequestName[];
	/** Permitted by the guide, refused by us on purpose: the rule of consent/SPEC.md that says why. */
	readonly stricter?: Readonly<Partial<Record<PcfRequestName, string>>>;
}

export interface PcfCase {
	readonly name: string;
	/** The custodian's policy for what no consent decides. */
	readonly policy: ImplicitPolicy;
	/** Undefined: no consent is on file. */
	readonly provision?: FhirProvision;
	readonly verdicts: readonly PcfVerdict[];
}

/** Who and what the examples' references are at the test's clinic. */
export const pcfContext: ConsentImportContext = {
	granteesOf: ({ reference }) => {
		if (reference === "Practitioner/ex-practitioner") return [{ kind: "actor", key: keyOf("ex-practitioner").publicKey }];
		if (reference === "Organization/ex-org-researcher") return [{ kind: "study", study: "FooBar" }];
		if (reference === "Group/ex-privilegedUsers") return [{ kind: "member", member: clinic, credential: "practitioner" }];
		return undefined;
	},
	purposeOf: ({ system, code }) => (system === "http://example.org/policies/purposeOfUse" && code === "FooBar" ? "CLINTRCH" : undefined),
	breakGlassByPolicy: true,
};

const reason = (code: string) => ({ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code });
const topPurposes = [reason("TREAT"), reason("HPAYMT"), reason("HOPERAT")];
const confidential = (code: string) => ({ system: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", code });
const sensitive = (code: string) => ({ system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code });
const recipient = (reference: string) => ({
	role: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", code: "IRCP" }] },
	reference: { reference },
});
const data = (meaning: "instance" | "related" | "authoredby", ...references: readonly string[]) => ({
	data: references.map((reference) => ({ meaning, reference: { reference } })),
});
const year2022 = { dataPeriod: { start: "2022-01-01", end: "2022-12-31" } };
const base: FhirProvision = { type: "permit", purpose: topPurposes };
const normal: FhirProvision = { ...base, securityLabel: [confidential("N")] };

const outsidePurposes: PcfVerdict = {
	where: "1:53.2.2 item 4",
	says: "A consent permits the purposes it names: one for treatment, payment and operations says nothing of research or of what a patient asks for.",
	deny: ["research", "project", "namedPatientRequest"],
};
const unnamedLabels: PcfVerdict = {
	where: "appendix P.4.4, elements apply together",
	says: "An element that is not filled in does not restrict, so a consent without security labels covers sensitive data too.",
	stricter: { treatPsychiatric: "CN37", namedAssault: "CN37", treatAlcohol: "CN37" },
};
const normalOnly: PcfVerdict = {
	where: "3:5.8.4 advanced-normal, note on its token",
	says: "Normal confidentiality at the root: everything is forbidden, then normal data are permitted.",
	permit: ["treat", "treatElsewhere", "namedTreat", "payment", "operations", "treatLater"],
	deny: ["treatAlcohol", "treatPsychiatric"],
};

export const pcfCases: readonly PcfCase[] = [
	{
		name: "no consent, Policy-basic-normal",
		policy: "normal-data-for-treatment",
		verdicts: [
			{
				where: "1:53.2.1 table, Policy-basic-normal",
				says: "Clinicians authorised for treatment are permitted, no other access is.",
				permit: ["treat", "treatElsewhere", "treatLater", "namedTreat"],
				deny: ["payment", "operations", "research", "project", "namedPatientRequest"],
			},
			{
				where: "1:53.2.1 table, Policy-basic-normal",
				says: "Nothing is said of sensitive data; the policy's name speaks of normal ones.",
				stricter: { treatPsychiatric: "CN45" },
			},
		],
	},
	{
		name: "no consent, Policy-all-normal",
		policy: "all-data-for-treatment",
		verdicts: [
			{
				where: "1:53.2.1 table, Policy-all-normal",
				says: "All authorised uses are permitted.",
				permit: ["treat", "treatElsewhere", "treatLater", "namedTreat", "treatPsychiatric", "namedAssault", "treatAlcohol"],
				stricter: { payment: "CN45", operations: "CN45", research: "CN45" },
			},
		],
	},
	{
		name: "no consent, Policy-break-glass-only",
		policy: "break-glass-only",
		verdicts: [
			{
				where: "1:53.2.1 table, Policy-break-glass-only",
				says: "Every use is denied but that of a clinician who may declare a medical override.",
				permit: ["breakGlass", "breakGlassPsychiatric"],
				deny: ["treat", "treatElsewhere", "namedTreat", "payment", "operations", "research", "project", "breakGlassByClerk"],
			},
		],
	},
	{
		name: "no consent, Policy-deny",
		policy: "deny",
		verdicts: [
			{
				where: "1:53.2.1 table, Policy-deny; 1:53.4.2.4.3",
				says: "Everything is denied, without exceptions.",
				deny: [
					"treat",
					"treatElsewhere",
					"namedTreat",
					"payment",
					"operations",
					"research",
					"project",
					"breakGlass",
					"breakGlassPsychiatric",
					"treatPsychiatric",
				],
			},
		],
	},
	...["ex-consent-basic-treat", "ex-consent-basic-treat-infant", "ex-consent-basic-ink"].map(
		(name): PcfCase => ({
			name,
			policy: "deny",
			provision: base,
			verdicts: [
				{
					where: `3:5.8.2 ${name}`,
					says: "Treatment, payment and operations are permitted; who signed, and with what, does not change what is permitted.",
					permit: ["treat", "treatElsewhere", "treatLater", "namedTreat", "payment", "operations"],
				},
				outsidePurposes,
				unnamedLabels,
			],
		}),
	),
	{
		name: "ex-consent-expired-treat",
		policy: "deny",
		provision: { ...base, period: { end: "2022-12-31" } },
		verdicts: [
			{
				where: "3:5.8.2 ex-consent-expired-treat, note on its token",
				says: "Before its end it works like the one for treatment; after it, no token is given.",
				permit: ["treat", "treatElsewhere", "namedTreat", "payment", "operations"],
				deny: ["treatLater"],
			},
			outsidePurposes,
			unnamedLabels,
		],
	},
	{
		name: "ex-consent-expired-treat, where the custodian permits treatment",
		policy: "normal-data-for-treatment",
		provision: { ...base, period: { end: "2022-12-31" } },
		verdicts: [
			{
				where: "1:53.4.2.5 main flow",
				says: "Where a consent has expired, the policy for no consent counts again.",
				permit: ["treat", "treatElsewhere", "namedTreat", "payment", "operations", "treatLater"],
			},
			outsidePurposes,
			unnamedLabels,
		],
	},
	{
		name: "ex-consent-basic-reject, where the custodian permits treatment",
		policy: "normal-data-for-treatment",
		provision: { type: "deny", purpose: topPurposes },
		verdicts: [
			{
				where: "3:5.8.2 ex-consent-basic-reject, note on its token; 1:53.2.2",
				says: "The patient rejects the policy: no token is given, and the consent goes before the custodian's policy.",
				deny: ["treat", "treatElsewhere", "treatLater", "namedTreat", "payment", "operations", "treatPsychiatric", "namedAssault"],
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-basic-research",
		policy: "deny",
		provision: { type: "permit", purpose: [reason("HRESCH")] },
		verdicts: [
			{
				where: "3:5.8.2 ex-consent-basic-research, description",
				says: "Research is the top of its branch: permitting it permits every project below it.",
				permit: ["research", "project", "otherProject"],
				stricter: { researchPsychiatric: "CN37" },
			},
			{
				where: "1:53.2.2 item 4",
				says: "Other purposes are not permitted.",
				deny: ["treat", "treatElsewhere", "namedTreat", "payment", "operations", "treatLater", "namedPatientRequest"],
			},
		],
	},
	{
		name: "ex-consent-basic-research, where the custodian permits treatment",
		policy: "normal-data-for-treatment",
		provision: { type: "permit", purpose: [reason("HRESCH")] },
		verdicts: [
			{
				where: "1:53.4.2.5 main flow",
				says: "A consent is looked for by user and purpose; where none applies, the custodian's policy does.",
				permit: ["treat", "treatElsewhere", "namedTreat", "treatLater", "research", "project"],
				deny: ["payment", "operations", "namedPatientRequest"],
				stricter: { treatPsychiatric: "CN45" },
			},
		],
	},
	{
		name: "ex-consent-intermediate-timeframe",
		policy: "deny",
		provision: { ...base, ...year2022 },
		verdicts: [
			{
				where: "1:53.2.3.1; note on the token of ex-consent-intermediate-timeframe",
				says: "A time frame at the root: nothing but data of that time is permitted.",
				permit: ["treat", "treatNewYearsEve", "namedTreat", "payment", "operations", "treatLater"],
				deny: ["treatElsewhere", "treatDayBefore"],
			},
			outsidePurposes,
			unnamedLabels,
		],
	},
	{
		name: "ex-consent-intermediate-timeframe, where the custodian permits treatment",
		policy: "normal-data-for-treatment",
		provision: { ...base, ...year2022 },
		verdicts: [
			{
				where: "1:53.2.2",
				says: "Once a consent is recorded, its terms go before the custodian's policy: what it leaves out is not given by the policy.",
				permit: ["treat", "treatNewYearsEve", "namedTreat", "payment", "operations", "treatLater"],
				deny: ["treatElsewhere", "treatDayBefore"],
			},
			outsidePurposes,
			unnamedLabels,
		],
	},
	{
		name: "ex-consent-intermediate-not-timeframe",
		policy: "deny",
		provision: { ...base, provision: [{ type: "deny", ...year2022 }] },
		verdicts: [
			{
				where: "1:53.2.3.1; note on the token of ex-consent-intermediate-not-timeframe",
				says: "A permit with an exception: data of that time are forbidden.",
				permit: ["treatElsewhere", "treatDayBefore"],
				deny: ["treat", "treatNewYearsEve", "namedTreat", "payment", "operations", "treatLater", "treatPsychiatric"],
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-intermediate-authoredby",
		policy: "deny",
		provision: { ...base, ...data("authoredby", "Practitioner/ex-practitioner") },
		verdicts: [
			{
				where: "1:53.2.3.3; note on the token of ex-consent-intermediate-authoredby",
				says: "An author at the root: nothing but what that author wrote is permitted, whoever asks.",
				permit: ["treat", "treatDayBefore", "namedTreat", "payment", "operations", "treatLater"],
				deny: ["treatElsewhere"],
			},
			outsidePurposes,
			unnamedLabels,
		],
	},
	{
		name: "ex-consent-intermediate-not-authoredby",
		policy: "deny",
		provision: { ...base, provision: [{ type: "deny", ...data("authoredby", "Practitioner/ex-practitioner") }] },
		verdicts: [
			{
				where: "1:53.2.3.3; note on the token of ex-consent-intermediate-not-authoredby",
				says: "What that author wrote is forbidden, also to the author; the rest is permitted.",
				permit: ["treatElsewhere"],
				deny: ["treat", "treatDayBefore", "namedTreat", "payment", "operations", "treatLater", "namedPsychiatric"],
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-intermediate-encounter",
		policy: "deny",
		provision: { ...base, ...data("related", "Encounter/ex-encounter") },
		verdicts: [
			{
				where: "1:53.2.3.4; note on the token of ex-consent-intermediate-encounter",
				says: "An encounter at the root: nothing but data related to it is permitted.",
				permit: ["treat", "treatDayBefore", "namedTreat", "payment", "operations", "treatLater"],
				deny: ["treatElsewhere"],
			},
			outsidePurposes,
			unnamedLabels,
		],
	},
	{
		name: "ex-consent-intermediate-not-encounter",
		policy: "deny",
		provision: { ...base, provision: [{ type: "deny", ...data("related", "Encounter/ex-encounter") }] },
		verdicts: [
			{
				where: "1:53.2.3.4; note on the token of ex-consent-intermediate-not-encounter",
				says: "Data related to the encounter are forbidden, the rest is permitted.",
				permit: ["treatElsewhere"],
				deny: ["treat", "treatDayBefore", "namedTreat", "payment", "operations", "treatLater", "treatAlcohol"],
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-intermediate-data",
		policy: "deny",
		provision: {
			...base,
			...data(
				"instance",
				"Encounter/ex-encounter",
				"Observation/ex-weight-2",
				"Observation/ex-weight",
				"Observation/ex-bloodPressure",
				"Observation/ex-alcoholUse",
			),
		},
		verdicts: [
			{
				where: "1:53.2.3.2; note on the token of ex-consent-intermediate-data",
				says: "Named records at the root: nothing but those is permitted.",
				permit: ["treat", "treatLater", "namedTreat", "payment", "operations"],
				deny: ["treatElsewhere", "treatPsychiatric", "namedAssault"],
				stricter: { treatAlcohol: "CN37" },
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-intermediate-not-data",
		policy: "deny",
		provision: { ...base, provision: [{ type: "deny", ...data("instance", "Observation/ex-alcoholUse") }] },
		verdicts: [
			{
				where: "3:5.8.3.1; note on the token of ex-consent-intermediate-not-data",
				says: "One named record is taken out of every answer; the others stay.",
				permit: ["treat", "treatElsewhere", "treatLater", "namedTreat", "payment", "operations"],
				deny: ["treatAlcohol"],
				stricter: { treatPsychiatric: "CN37" },
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-intermediate-purpose",
		policy: "deny",
		provision: {
			type: "permit",
			purpose: [{ system: "http://example.org/policies/purposeOfUse", code: "FooBar" }],
			actor: [recipient("Organization/ex-org-researcher")],
		},
		verdicts: [
			{
				where: "1:53.2.3.5; note on the token of ex-consent-intermediate-purpose",
				says: "One project of one research organisation is permitted; other users, and other purposes of that organisation, get no token.",
				permit: ["project"],
				deny: [
					"projectByOthers",
					"otherProject",
					"research",
					"treat",
					"treatElsewhere",
					"namedTreat",
					"payment",
					"operations",
					"treatLater",
					"namedPatientRequest",
				],
			},
		],
	},
	{
		name: "ex-dissent-intermediate-break-glass",
		policy: "break-glass-only",
		provision: { type: "deny", provision: [{ type: "permit", purpose: [reason("BTG")], actor: [recipient("Group/ex-privilegedUsers")] }] },
		verdicts: [
			{
				where: "1:53.2.3.5; note on the token of ex-dissent-intermediate-break-glass",
				says: "All access is denied but break-glass by users who may declare it.",
				permit: ["breakGlass", "breakGlassPsychiatric"],
				deny: ["breakGlassByClerk", "treat", "treatElsewhere", "namedTreat", "payment", "operations", "research", "project", "treatLater"],
			},
		],
	},
	{
		name: "ex-consent-advanced-normal",
		policy: "deny",
		provision: normal,
		verdicts: [
			normalOnly,
			outsidePurposes,
			{ where: "1:53.4.2.7", says: "Data of a stigmatising sensitivity are restricted.", deny: ["namedPsychiatric", "namedAssault"] },
		],
	},
	{
		name: "ex-consent-advanced-normal-restricted",
		policy: "deny",
		provision: { ...base, securityLabel: [confidential("N"), confidential("R")] },
		verdicts: [
			{
				where: "3:5.8.4 advanced-normal-restricted, note on its token",
				says: "Normal and restricted data are permitted.",
				permit: ["treat", "treatElsewhere", "namedTreat", "payment", "operations", "treatLater", "treatPsychiatric", "treatAlcohol", "namedAssault"],
			},
			outsidePurposes,
		],
	},
	{
		name: "ex-consent-advanced-normal-not-restricted",
		policy: "deny",
		provision: { ...normal, provision: [{ type: "deny", securityLabel: [confidential("R")] }] },
		verdicts: [
			normalOnly,
			outsidePurposes,
			{
				where: "3:5.8.4 advanced-normal-not-restricted",
				says: "Forbidding restricted data besides changes nothing.",
				deny: ["namedPsychiatric", "namedAssault"],
			},
		],
	},
	{
		name: "ex-consent-advanced-normal-focused-restricted",
		policy: "deny",
		provision: {
			...normal,
			provision: [{ type: "permit", securityLabel: [confidential("R")], actor: [recipient("Practitioner/ex-practitioner")] }],
		},
		verdicts: [
			normalOnly,
			outsidePurposes,
			{
				where: "3:5.8.4 advanced-normal-focused-restricted, note on its token",
				says: "For the practitioner it is as if normal and restricted data were permitted, for everybody else normal ones.",
				permit: ["namedPsychiatric", "namedAssault"],
			},
		],
	},
	{
		name: "ex-consent-advanced-normal-focused-psy",
		policy: "deny",
		provision: { ...normal, provision: [{ type: "permit", securityLabel: [sensitive("PSY")], actor: [recipient("Practitioner/ex-practitioner")] }] },
		verdicts: [
			normalOnly,
			outsidePurposes,
			{
				where: "3:5.8.4 advanced-normal-focused-psy, note on its token",
				says: "For the practitioner, normal data and those of mental health are permitted.",
				permit: ["namedPsychiatric"],
				deny: ["namedAssault"],
			},
		],
	},
	{
		name: "ex-consent-advanced-normal-focused-psy-or-sdv",
		policy: "deny",
		provision: {
			...normal,
			provision: [{ type: "permit", securityLabel: [sensitive("PSY"), sensitive("SDV")], actor: [recipient("Practitioner/ex-practitioner")] }],
		},
		verdicts: [
			normalOnly,
			outsidePurposes,
			{
				where: "3:5.8.4 advanced-normal-focused-psy-or-sdv, note on its token",
				says: "For the practitioner, data of mental health or of violence are permitted besides.",
				permit: ["namedPsychiatric", "namedAssault"],
			},
		],
	},
	{
		name: "ex-consent-advanced-normal-break-glass-restricted",
		policy: "break-glass-only",
		provision: {
			...normal,
			provision: [{ type: "permit", purpose: [reason("BTG")], securityLabel: [confidential("R")], actor: [recipient("Group/ex-privilegedUsers")] }],
		},
		verdicts: [
			normalOnly,
			outsidePurposes,
			{
				where: "3:5.8.4 advanced-normal-break-glass-restricted, note on its token",
				says: "Users who declared break-glass, and may, get normal and restricted data; all others as if normal data were permitted.",
				permit: ["breakGlass", "breakGlassPsychiatric"],
				deny: ["namedPsychiatric", "namedAssault"],
			},
		],
	},
	{
		name: "broad sharing, but not with one practitioner",
		policy: "deny",
		provision: { ...base, provision: [{ type: "deny", actor: [recipient("Practitioner/ex-practitioner")] }] },
		verdicts: [
			{
				where: "appendix P.4.4",
				says: "A nested refusal with an actor alone forbids that person whatever the purpose, role or data.",
				permit: ["treat", "treatElsewhere", "payment", "operations", "treatLater"],
				deny: ["namedTreat", "namedPsychiatric", "namedAssault", "namedLater"],
			},
			outsidePurposes,
		],
	},
	{
		name: "a refusal but for what the patient asks one practitioner for",
		policy: "deny",
		provision: {
			type: "deny",
			provision: [
				{
					type: "permit",
					actor: [recipient("Practitioner/ex-practitioner")],
					purpose: [reason("PATRQT")],
					securityLabel: [confidential("N")],
				},
			],
		},
		verdicts: [
			{
				where: "appendix P.4.4, elements apply together",
				says: "The exception holds for that person and that purpose and normal data, all at once.",
				permit: ["namedPatientRequest"],
				deny: [
					"namedPatientRequestPsychiatric",
					"namedTreat",
					"namedPsychiatric",
					"treat",
					"treatElsewhere",
					"payment",
					"operations",
					"research",
					"project",
				],
			},
		],
	},
	{
		name: "one practitioner refused until the end of 2024",
		policy: "deny",
		provision: { ...base, provision: [{ type: "deny", period: { end: "2024" }, actor: [recipient("Practitioner/ex-practitioner")] }] },
		verdicts: [
			{
				where: "appendix P.4.5",
				says: "The period of a nested refusal ends that refusal, not the consent.",
				permit: ["treat", "treatElsewhere", "payment", "operations", "treatLater", "namedLater"],
				deny: ["namedTreat", "namedPsychiatric"],
			},
			outsidePurposes,
		],
	},
];
