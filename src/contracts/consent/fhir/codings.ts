import type { DataClass, Purpose, SensitivityLabel } from "../../vocabulary.ts";
import type { FhirCoding } from "./fhirConsent.ts";

/** Systems of codes and identifiers. What no published system has exactly is ours, under `urn:aceso:`. */
export const systems = {
	actReason: "http://terminology.hl7.org/CodeSystem/v3-ActReason",
	actCode: "http://terminology.hl7.org/CodeSystem/v3-ActCode",
	confidentiality: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
	participation: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
	consentScope: "http://terminology.hl7.org/CodeSystem/consentscope",
	consentAction: "http://terminology.hl7.org/CodeSystem/consentaction",
	loinc: "http://loinc.org",
	purpose: "urn:aceso:purpose",
	label: "urn:aceso:sensitivity-label",
	dataClass: "urn:aceso:data-class",
	action: "urn:aceso:action",
	member: "urn:aceso:member",
	department: "urn:aceso:department",
	credential: "urn:aceso:credential-kind",
	study: "urn:aceso:study",
	key: "urn:aceso:key",
	pseudonym: "urn:aceso:pseudonym",
	consent: "urn:aceso:consent",
	reference: "urn:aceso:reference",
} as const;

/** Extensions, each `urn:aceso:consent:<name>`; those that restrict are modifier extensions, so that a reader who does not know them stops. */
export const extensionUrl = (name: string): string => `urn:aceso:consent:${name}`;
export const ownProfile = extensionUrl("1");

const ownPurposes: readonly Purpose[] = ["LOOKUP", "SYSTEM"];

export function purposeCoding(purpose: Purpose): FhirCoding {
	return { system: ownPurposes.includes(purpose) ? systems.purpose : systems.actReason, code: purpose };
}

export function classCoding(name: DataClass): FhirCoding {
	return { system: systems.dataClass, code: name };
}

/** Labels that a published code means exactly. `SEX` covers two of ours, so those two are written in our own system. */
const labelCodes: Readonly<Partial<Record<SensitivityLabel, string>>> = {
	"mental-health": "PSY",
	"substance-use": "ETH",
	violence: "SDV",
	hiv: "HIV",
};

export function labelCoding(label: SensitivityLabel): FhirCoding {
	const code = labelCodes[label];
	return code === undefined ? { system: systems.label, code: label } : { system: systems.actCode, code };
}

/** What a code of v3 InformationSensitivityPolicy is here; `narrower` when the label says more than the code. */
export interface ReadLabel {
	readonly labels: readonly SensitivityLabel[];
	readonly narrower: boolean;
}

/** Source: HL7 v3 ActCode InformationSensitivityPolicy; PCF 1.1 names ETH, ETHUD, OPIOIDUD, PSY, SDV, HIV. */
export const labelsByCode: ReadonlyMap<string, ReadLabel> = new Map<string, ReadLabel>([
	["PSY", { labels: ["mental-health"], narrower: false }],
	["ETH", { labels: ["substance-use"], narrower: false }],
	["SDV", { labels: ["violence"], narrower: false }],
	["HIV", { labels: ["hiv"], narrower: false }],
	["SEX", { labels: ["sexual-health", "reproductive"], narrower: false }],
	["ETHUD", { labels: ["substance-use"], narrower: true }],
	["OPIOIDUD", { labels: ["substance-use"], narrower: true }],
	["STD", { labels: ["sexual-health"], narrower: true }],
]);
