import { CodedError } from "#base";

/** Why a consent could not cross between terms and FHIR. Nothing that cannot be represented is left out in silence. */
export type ConsentFhirErrorCode =
	/** Not a Consent resource of R4, or an element of the wrong type. */
	| "CONSENT_FHIR_INVALID"
	/** An element, or a modifier extension, that this reader does not know: it might be a restriction. */
	| "CONSENT_FHIR_ELEMENT_UNKNOWN"
	/** Only privacy consents that are active can become terms. */
	| "CONSENT_FHIR_NOT_ACTIVE"
	/** Nobody here is the actor meant, or its role is not that of a recipient. */
	| "CONSENT_FHIR_ACTOR_UNKNOWN"
	/** A purpose outside the closed list, or one that a grant would have to widen. */
	| "CONSENT_FHIR_PURPOSE_UNKNOWN"
	/** A security label outside the closed list, or one that a grant would have to widen. */
	| "CONSENT_FHIR_LABEL_UNKNOWN"
	/** A grant of labelled data alone: a grant here always includes unlabelled data. */
	| "CONSENT_FHIR_LABELS_ONLY"
	/** A class of data outside the closed list. */
	| "CONSENT_FHIR_CLASS_UNKNOWN"
	/** An action other than reading and writing. */
	| "CONSENT_FHIR_ACTION_UNKNOWN"
	/** Data named in a way that records cannot be tested for: dependents, a care plan, or several meanings as alternatives. */
	| "CONSENT_FHIR_DATA_UNSUPPORTED"
	/** A time that is no date, is finer than a millisecond, or ends before it begins. */
	| "CONSENT_FHIR_TIME_INVALID"
	/** Exceptions nested deeper than terms may be. */
	| "CONSENT_FHIR_TOO_DEEP"
	/** Terms that R4 has no form for, such as a period that the ledger's last day leaves no time for. */
	| "CONSENT_FHIR_NOT_EXPRESSIBLE";

/** `at` is the path of the element, such as `Consent.provision.provision[0].purpose[1]`: names and positions, never values. */
export class ConsentFhirError extends CodedError<ConsentFhirErrorCode, { readonly at: string }> {
	constructor(code: ConsentFhirErrorCode, at: string, message: string) {
		super(code, "mistake", message, { at });
	}
}
