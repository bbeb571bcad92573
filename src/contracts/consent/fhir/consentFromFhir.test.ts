import { describe, expect, it } from "vitest";
import type { ConsentId } from "#base";
import { hospital, openedTerms, stateWith } from "../../testing/decisions.ts";
import { idOf, keyOf } from "../../testing/memoryLedger.ts";
import type { Grantee, LedgerConsent, Provision } from "../terms.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import { consentFromFhir, type ImportedConsent } from "./consentFromFhir.ts";
import { consentToFhir } from "./consentToFhir.ts";
import type { ConsentImportContext } from "./provisionFromFhir.ts";

const actReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const recipient = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", code: "IRCP" }] };
const treat = { system: actReason, code: "TREAT" };
const breakGlass = { system: actReason, code: "BTG" };
const drBob: Grantee = { kind: "actor", key: keyOf("dr bob").publicKey };

function foreign(provision: object, more: object = {}) {
	return {
		...{ resourceType: "Consent", id: "c1", status: "active", dateTime: "2022-06-13", patient: { reference: "Patient/p" } },
		scope: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentscope", code: "patient-privacy" }] },
		category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
		policy: [{ uri: "http://example.org/policy" }],
		provision,
		...more,
	};
}

const context: ConsentImportContext = {
	granteesOf: ({ reference }) => (reference === "Practitioner/bob" ? [drBob] : undefined),
	purposeOf: ({ system, code }) => (system === "http://example.org/projects" && code === "FooBar" ? "CLINTRCH" : undefined),
	baseUrl: "https://example.org/fhir/",
};

const read = (provision: object, more: ConsentImportContext = {}): ImportedConsent => consentFromFhir(foreign(provision), { ...context, ...more });
/** Code and place of the refusal, or "accepted". */
function refusal(resource: unknown, given: ConsentImportContext = context): string {
	try {
		consentFromFhir(resource, given);
		return "accepted";
	} catch (error) {
		if (!(error instanceof ConsentFhirError)) throw error;
		return `${error.code.replace("CONSENT_FHIR_", "")} ${error.details.at.replace("Consent.provision", "~")}`;
	}
}

describe("consentFromFhir: what is read", () => {
	it.each<[string, object, Provision]>([
		["purposes", { type: "permit", purpose: [treat, { system: actReason, code: "HPAYMT" }] }, { type: "permit", purposes: ["TREAT", "HPAYMT"] }],
		[
			"a purpose that the context knows",
			{ type: "permit", purpose: [{ system: "http://example.org/projects", code: "FooBar" }] },
			{ type: "permit", purposes: ["CLINTRCH"] },
		],
		[
			"an actor that the context knows",
			{ type: "deny", actor: [{ role: recipient, reference: { reference: "Practitioner/bob" } }] },
			{ type: "deny", grantees: [drBob] },
		],
		["normal data", { type: "permit", securityLabel: [{ system: confidentiality, code: "N" }] }, { type: "permit", labels: [] }],
		[
			"normal and restricted data",
			{
				type: "permit",
				securityLabel: [
					{ system: confidentiality, code: "N" },
					{ system: confidentiality, code: "R" },
				],
			},
			{ type: "permit", labels: ["mental-health", "substance-use", "sexual-health", "reproductive", "violence", "hiv"] },
		],
		[
			"a code that means two labels",
			{ type: "deny", securityLabel: [{ system: actCode, code: "SEX" }] },
			{ type: "deny", labels: ["sexual-health", "reproductive"] },
		],
		[
			"records by absolute reference",
			{ type: "permit", data: [{ meaning: "instance", reference: { reference: "https://example.org/fhir/Observation/1" } }] },
			{ type: "permit", records: ["Observation/1"] },
		],
		[
			"authors and encounters in provisions of their own",
			{
				type: "permit",
				data: [{ meaning: "authoredby", reference: { reference: "Practitioner/bob" } }],
				provision: [{ type: "deny", data: [{ meaning: "related", reference: { reference: "Encounter/1" } }] }],
			},
			{ type: "permit", authors: ["Practitioner/bob"], exceptions: [{ type: "deny", encounters: ["Encounter/1"] }] },
		],
		[
			"a whole year, its end included",
			{ type: "permit", dataPeriod: { start: "2022", end: "2022" } },
			{ type: "permit", dataFromMs: Date.UTC(2022, 0), dataToMs: Date.UTC(2023, 0) },
		],
		[
			"months, days, seconds and milliseconds, their ends included",
			{
				type: "permit",
				period: { start: "2022-02", end: "2024-02" },
				dataPeriod: { start: "2022-12-31T23:00:00+01:00", end: "2022-12-31T23:59:59.999Z" },
			},
			{
				type: "permit",
				...{ startMs: Date.UTC(2022, 1), endMs: Date.UTC(2024, 2) },
				...{ dataFromMs: Date.UTC(2022, 11, 31, 22), dataToMs: Date.UTC(2023, 0) },
			},
		],
		["the end of all years", { type: "permit", period: { end: "9999-12-31" } }, { type: "permit", endMs: 253402300800000 }],
		[
			"access and collection",
			{
				type: "permit",
				action: ["access", "collect"].map((code) => ({ coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentaction", code }] })),
			},
			{ type: "permit", actions: ["read", "write"] },
		],
	])("[CN62] %s", (_, provision, expected) => {
		expect(read(provision).provision).toEqual(expected);
	});

	it("[CN62] a day begins where the source stands", () => {
		const berlin = { localMidnight: (day: string) => Date.parse(`${day}T00:00:00+01:00`) };
		const { provision } = read({ type: "permit", period: { start: "2022-01-01", end: "2022-01-31" } }, berlin);
		expect(provision).toEqual({ type: "permit", startMs: Date.UTC(2021, 11, 31, 23), endMs: Date.UTC(2022, 0, 31, 23) });
	});

	it("[CN63] what is read more strictly is told", () => {
		expect(read({ type: "permit" }).notes).toEqual(["SENSITIVE_DATA_NOT_GRANTED"]);
		const alcohol = read({ type: "deny", securityLabel: [{ system: actCode, code: "ETHUD" }] });
		expect(alcohol).toMatchObject({ provision: { labels: ["substance-use"] }, notes: ["REFUSAL_WIDENED"] });
		expect(read({ type: "deny", purpose: [breakGlass] })).toMatchObject({ provision: { purposes: ["ETREAT"] }, notes: ["REFUSAL_WIDENED"] });
		const wider = { type: "permit", purpose: [treat], provision: [{ type: "permit", purpose: [{ system: actReason, code: "HRESCH" }] }] };
		expect(read(wider).notes).toEqual(["EXCEPTION_STAYS_INSIDE", "SENSITIVE_DATA_NOT_GRANTED"]);
		expect(read({ type: "deny", extension: [{ url: "http://example.org/colour", valueCode: "red" }] }).notes).toEqual(["NOT_PART_OF_TERMS"]);
		expect(read({ type: "deny" }).notes).toEqual([]);
	});

	it("[CN63] a permission for break-glass alone is the custodian's policy's to give", () => {
		const dissent = { type: "deny", provision: [{ type: "permit", purpose: [breakGlass] }] };
		expect(read(dissent, { breakGlassByPolicy: true })).toMatchObject({ provision: { type: "deny" }, notes: ["BREAK_GLASS_BY_POLICY"] });
		expect(refusal(foreign(dissent))).toBe("PURPOSE_UNKNOWN ~.provision[0].purpose");
		expect(refusal(foreign({ type: "permit", purpose: [breakGlass] }), { breakGlassByPolicy: true })).toBe("PURPOSE_UNKNOWN ~.purpose");
	});
});

describe("consentFromFhir: what is refused, and where", () => {
	const actor = (role: object, reference: object) => ({ type: "permit", actor: [{ role, reference }] });
	it.each<[string, unknown, string]>([
		["no resource", "Consent", "INVALID Consent"],
		["another resource", { ...foreign({ type: "permit" }), resourceType: "Contract" }, "INVALID Consent.resourceType"],
		["no provision", foreign(undefined as never), "INVALID ~"],
		["a consent that is not active", foreign({ type: "permit" }, { status: "rejected" }), "NOT_ACTIVE Consent.status"],
		["an unknown element", foreign({ type: "permit" }, { implicitRules: "http://example.org" }), "ELEMENT_UNKNOWN Consent"],
		[
			"a modifier of the whole",
			foreign({ type: "permit" }, { modifierExtension: [{ url: "http://example.org/not", valueBoolean: true }] }),
			"ELEMENT_UNKNOWN Consent.modifierExtension",
		],
		[
			"a modifier of a provision",
			foreign({ type: "permit", modifierExtension: [{ url: "http://example.org/not", valueBoolean: true }] }),
			"ELEMENT_UNKNOWN ~.modifierExtension[0]",
		],
		["no type", foreign({}), "INVALID ~.type"],
		["codes of data", foreign({ type: "permit", code: [{ text: "x" }] }), "ELEMENT_UNKNOWN ~"],
		["an empty list", foreign({ type: "permit", purpose: [] }), "INVALID ~.purpose"],
		["an unknown purpose", foreign({ type: "permit", purpose: [treat, { system: actReason, code: "HMARKT" }] }), "PURPOSE_UNKNOWN ~.purpose[1]"],
		["a purpose without a system", foreign({ type: "permit", purpose: [{ code: "TREAT" }] }), "INVALID ~.purpose[0].system"],
		["an unknown actor", foreign(actor(recipient, { reference: "Practitioner/eve" })), "ACTOR_UNKNOWN ~.actor[0]"],
		["another role", foreign(actor({ coding: [{ system: "x", code: "AUT" }] }, { reference: "Practitioner/bob" })), "ACTOR_UNKNOWN ~.actor[0].role"],
		[
			"an own actor of an unknown kind of credential",
			foreign(actor(recipient, { identifier: { system: "urn:aceso:credential-kind", value: "wizard" } })),
			"ACTOR_UNKNOWN ~.actor[0]",
		],
		["an own actor whose key is none", foreign(actor(recipient, { identifier: { system: "urn:aceso:key", value: "abc" } })), "INVALID ~"],
		["part of a label", foreign({ type: "permit", securityLabel: [{ system: actCode, code: "OPIOIDUD" }] }), "LABEL_UNKNOWN ~.securityLabel[0]"],
		["labelled data alone", foreign({ type: "permit", securityLabel: [{ system: actCode, code: "PSY" }] }), "LABELS_ONLY ~.securityLabel"],
		[
			"labelled data alone, inside a refusal",
			foreign({ type: "deny", provision: [{ type: "permit", securityLabel: [{ system: actCode, code: "PSY" }] }] }),
			"LABELS_ONLY ~.provision[0].securityLabel",
		],
		[
			"a refusal of normal data",
			foreign({ type: "deny", securityLabel: [{ system: confidentiality, code: "N" }] }),
			"LABEL_UNKNOWN ~.securityLabel[0]",
		],
		["very restricted data", foreign({ type: "deny", securityLabel: [{ system: confidentiality, code: "V" }] }), "LABEL_UNKNOWN ~.securityLabel[0]"],
		[
			"classes by resource type",
			foreign({ type: "permit", class: [{ system: "http://hl7.org/fhir/resource-types", code: "Observation" }] }),
			"CLASS_UNKNOWN ~.class[0]",
		],
		[
			"an unknown action",
			foreign({ type: "permit", action: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentaction", code: "disclose" }] }] }),
			"ACTION_UNKNOWN ~.action[0]",
		],
		[
			"data of dependents",
			foreign({ type: "permit", data: [{ meaning: "dependents", reference: { reference: "Observation/1" } }] }),
			"DATA_UNSUPPORTED ~.data[0].meaning",
		],
		[
			"data of a care plan",
			foreign({ type: "deny", data: [{ meaning: "related", reference: { reference: "CarePlan/1" } }] }),
			"DATA_UNSUPPORTED ~.data[0].reference",
		],
		[
			"records elsewhere",
			foreign({ type: "deny", data: [{ meaning: "instance", reference: { reference: "https://elsewhere.example/Observation/1" } }] }),
			"DATA_UNSUPPORTED ~.data[0].reference",
		],
		[
			"data of two meanings as alternatives",
			foreign({
				type: "permit",
				data: [
					{ meaning: "instance", reference: { reference: "Observation/1" } },
					{ meaning: "authoredby", reference: { reference: "Practitioner/bob" } },
				],
			}),
			"DATA_UNSUPPORTED ~.data",
		],
		["no time", foreign({ type: "permit", period: { start: "soon" } }), "TIME_INVALID ~.period.start"],
		["a day that is none", foreign({ type: "permit", period: { start: "2022-02-29" } }), "TIME_INVALID ~.period.start"],
		["too fine a time", foreign({ type: "permit", period: { start: "2022-01-01T00:00:00.0001Z" } }), "TIME_INVALID ~.period.start"],
		["a period that ends before it starts", foreign({ type: "deny", dataPeriod: { start: "2023", end: "2022" } }), "TIME_INVALID ~.dataPeriod"],
		["an empty period", foreign({ type: "permit", period: {} }), "TIME_INVALID ~.period"],
		[
			"exceptions without end",
			foreign(nest(9)),
			"TOO_DEEP ~.provision[0].provision[0].provision[0].provision[0].provision[0].provision[0].provision[0].provision[0]",
		],
	])("[CN62] %s", (_, resource, expected) => {
		expect(refusal(resource)).toBe(expected);
	});

	it("[CN62] an error tells the place, never the value", () => {
		for (const secret of ["Practitioner/eve-adams", "HMARKT-secret"]) {
			const resource = foreign({
				type: "permit",
				purpose: [{ system: actReason, code: secret }],
				actor: [{ role: recipient, reference: { reference: secret } }],
			});
			const thrown = (() => {
				try {
					return consentFromFhir(resource, context);
				} catch (error) {
					return error as ConsentFhirError;
				}
			})() as ConsentFhirError;
			expect(`${thrown.message} ${JSON.stringify(thrown.details)}`).not.toContain(secret);
		}
	});

	function nest(depth: number): object {
		return { type: depth % 2 === 0 ? "deny" : "permit", ...(depth > 0 && { provision: [nest(depth - 1)] }) };
	}
});

describe("consentToFhir", () => {
	const provision: Provision = {
		type: "permit",
		grantees: [{ kind: "member", member: hospital, credential: "practitioner" }],
		purposes: ["TREAT"],
		labels: ["hiv", "reproductive"],
		level: "pseudonymised",
		endMs: Date.UTC(2027, 0),
		records: ["Observation/1"],
		encounters: ["Encounter/1"],
	};
	const opened = openedTerms(idOf("consent 0") as ConsentId, { provision });
	const ledger = stateWith([{ provision }]).consents[0] as LedgerConsent;

	it("[CN61] what restricts and has no element stands in modifier extensions, so that a stranger stops", () => {
		const { provision: written } = consentToFhir(opened, ledger);
		expect(written).toMatchObject({
			period: { end: "2026-12-31T23:59:59.999Z" },
			securityLabel: [{ code: "N" }, { system: actCode, code: "HIV" }, { system: "urn:aceso:sensitivity-label", code: "reproductive" }],
			data: [{ meaning: "instance", reference: { reference: "Observation/1" } }],
			modifierExtension: [{ url: "urn:aceso:consent:level", valueCode: "pseudonymised" }, { url: "urn:aceso:consent:data" }],
			actor: [{ role: recipient, modifierExtension: [{ url: "urn:aceso:consent:credential", valueCode: "practitioner" }] }],
		});
	});

	it("[CN61] neither salt nor commitment leaves, and an ended consent is inactive", () => {
		const text = JSON.stringify(consentToFhir(opened, ledger));
		expect(text).not.toContain(opened.salt);
		expect(text).not.toContain(ledger.termsCommitment);
		expect(consentToFhir(opened, { ...ledger, status: "revoked" })).toMatchObject({ status: "inactive" });
		const withdrawn = consentToFhir(opened, { ...ledger, status: "withdrawn" });
		expect(withdrawn).toMatchObject({ status: "inactive", modifierExtension: [{ url: "urn:aceso:consent:status", valueCode: "withdrawn" }] });
		expect(refusal(withdrawn)).toBe("NOT_ACTIVE Consent.status");
	});

	it("[CN61] the ledger's last day ends what is written, and the terms' own end is found again", () => {
		const short = consentToFhir(opened, { ...ledger, validUntil: "2026-02-28" as LedgerConsent["validUntil"] });
		expect(short.provision.period).toMatchObject({ end: "2026-02-28T23:59:59.999Z" });
		expect(consentFromFhir(short).provision).toEqual(provision);
		const endless = openedTerms(idOf("consent 0") as ConsentId, { provision: { type: "permit" } });
		expect(consentToFhir(endless, ledger).provision.period).toMatchObject({ end: "2030-12-31T23:59:59.999Z" });
		expect(consentFromFhir(consentToFhir(endless, ledger)).provision).toEqual({ type: "permit" });
	});

	it("[CN61] what R4 has no form for is refused: no time left, years beyond 9999, invisible titles", () => {
		const code = (provision: Provision, title = "x") => {
			try {
				return consentToFhir(openedTerms(idOf("c") as ConsentId, { provision, terms: { title } }), ledger) && "written";
			} catch (error) {
				return (error as ConsentFhirError).code;
			}
		};
		expect(code({ type: "permit", startMs: Date.UTC(2031, 0) })).toBe("CONSENT_FHIR_NOT_EXPRESSIBLE");
		expect(code({ type: "permit", dataToMs: -62135596800000 })).toBe("CONSENT_FHIR_NOT_EXPRESSIBLE");
		expect(code({ type: "permit" }, " ")).toBe("CONSENT_FHIR_NOT_EXPRESSIBLE");
		expect(code({ type: "permit" }, "a\u0000")).toBe("CONSENT_FHIR_NOT_EXPRESSIBLE");
		expect(code({ type: "permit" }, "")).toBe("written");
	});

	it("[CN61] local names stand where the caller gives them", () => {
		const named = consentToFhir(opened, ledger, { patient: "Patient/1", organization: "Organization/1", recordedAtMs: Date.UTC(2026, 0, 1, 12) });
		expect(named).toMatchObject({
			patient: { reference: "Patient/1" },
			performer: [{ reference: "Patient/1" }],
			organization: [{ reference: "Organization/1" }],
			dateTime: "2026-01-01T12:00:00.000Z",
		});
		const paper = openedTerms(idOf("c") as ConsentId, { provision, terms: { custodial: true } });
		expect(consentToFhir(paper, ledger, { organization: "Organization/1" }).performer).toEqual([{ reference: "Organization/1" }]);
	});
});
