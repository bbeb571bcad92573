/** What of FHIR R4's Consent these files write and read; names and shapes are those of https://hl7.org/fhir/R4/consent.html. */

export interface FhirCoding {
	readonly system?: string;
	readonly code?: string;
}

export interface FhirConcept {
	readonly coding?: readonly FhirCoding[];
}

export interface FhirReference {
	readonly reference?: string;
	readonly type?: string;
	readonly identifier?: { readonly system?: string; readonly value?: string };
}

export interface FhirExtension {
	readonly url: string;
	readonly extension?: readonly FhirExtension[];
	readonly valueCode?: string;
	readonly valueString?: string;
	readonly valueDateTime?: string;
	readonly valueDecimal?: number;
	readonly valueBoolean?: boolean;
	readonly valueReference?: FhirReference;
}

export interface FhirPeriod {
	readonly extension?: readonly FhirExtension[];
	readonly start?: string;
	readonly end?: string;
}

export type FhirDataMeaning = "instance" | "related" | "authoredby";

export interface FhirProvision {
	readonly extension?: readonly FhirExtension[];
	readonly modifierExtension?: readonly FhirExtension[];
	readonly type: "permit" | "deny";
	readonly period?: FhirPeriod;
	readonly actor?: readonly {
		readonly modifierExtension?: readonly FhirExtension[];
		readonly role: FhirConcept;
		readonly reference: FhirReference;
	}[];
	readonly action?: readonly FhirConcept[];
	readonly securityLabel?: readonly FhirCoding[];
	readonly purpose?: readonly FhirCoding[];
	readonly class?: readonly FhirCoding[];
	readonly dataPeriod?: FhirPeriod;
	readonly data?: readonly { readonly meaning: FhirDataMeaning; readonly reference: FhirReference }[];
	readonly provision?: readonly FhirProvision[];
}

export interface FhirConsent {
	readonly resourceType: "Consent";
	readonly meta: { readonly profile: readonly string[] };
	readonly extension?: readonly FhirExtension[];
	readonly modifierExtension?: readonly FhirExtension[];
	readonly identifier: readonly { readonly system: string; readonly value: string }[];
	readonly status: "active" | "inactive";
	readonly scope: FhirConcept;
	readonly category: readonly FhirConcept[];
	readonly patient: FhirReference;
	readonly dateTime?: string;
	readonly performer: readonly FhirReference[];
	readonly organization: readonly FhirReference[];
	readonly sourceAttachment: { readonly title: string };
	readonly policy: readonly { readonly uri: string }[];
	readonly provision: FhirProvision;
}
