import type { CivilDay } from "#base";
import { endOfDayMs } from "../../day.ts";
import type { ConsentTerms, LedgerConsent, OpenedTerms, Provision } from "../terms.ts";
import { extensionUrl, ownProfile, systems } from "./codings.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import type { FhirConsent, FhirExtension, FhirProvision, FhirReference } from "./fhirConsent.ts";
import { formatInstant, formatPeriod } from "./fhirTime.ts";
import { provisionToFhir } from "./provisionToFhir.ts";

/** What neither terms nor ledger say: where the local system keeps the persons, and when the consent was recorded. */
export interface ConsentNames {
	/** `Patient/…` at the custodian; else the pseudonym stands as an identifier. */
	readonly patient?: string;
	/** `Organization/…`; else the member's id. */
	readonly organization?: string;
	/** Block time of the version, UTC ms. */
	readonly recordedAtMs?: number;
}

/**
 * A consent as FHIR R4 Consent, of the shape IHE PCF 1.1 profiles where the terms allow it. Its period never runs past the ledger's last
 * day; a consent that was ended is `inactive`. Read back by `consentFromFhir` it gives the same terms, to the byte of their commitment.
 *
 * @throws ConsentFhirError `CONSENT_FHIR_NOT_EXPRESSIBLE`: instants outside the years 1–9999, terms that begin after the ledger's last day, a
 * title with control characters.
 */
export function consentToFhir({ terms }: OpenedTerms, ledger: LedgerConsent, names: ConsentNames = {}): FhirConsent {
	const patient = names.patient === undefined ? identified("Patient", systems.pseudonym, terms.pseudonym) : { reference: names.patient };
	const organization =
		names.organization === undefined ? identified("Organization", systems.member, terms.custodian) : { reference: names.organization };
	const status = extensionUrl("status");
	if (!isFhirString(terms.title)) {
		throw new ConsentFhirError(
			"CONSENT_FHIR_NOT_EXPRESSIBLE",
			"Consent.sourceAttachment.title",
			"expected visible characters and no control characters",
		);
	}
	return {
		resourceType: "Consent",
		meta: { profile: [ownProfile] },
		extension: [termsExtension(terms), ...compensation(terms.compensation)],
		...(ledger.status === "withdrawn" && { modifierExtension: [{ url: status, valueCode: "withdrawn" }] }),
		identifier: [{ system: systems.consent, value: terms.consentId }],
		status: ledger.status === "active" ? "active" : "inactive",
		scope: { coding: [{ system: systems.consentScope, code: "patient-privacy" }] },
		category: [{ coding: [{ system: systems.loinc, code: "59284-0" }] }],
		patient,
		...(names.recordedAtMs !== undefined && { dateTime: formatInstant(names.recordedAtMs, "Consent.dateTime") }),
		performer: [terms.custodial ? organization : patient],
		organization: [organization],
		sourceAttachment: { title: terms.title === "" ? "-" : terms.title },
		policy: [{ uri: extensionUrl("policy") }],
		provision: withinLastDay(provisionToFhir(terms.provision, "Consent.provision"), terms.provision, ledger.validUntil),
	};
}

/** FHIR's string: something to see, and no control characters but tab and line ends. The empty title is written as a dash and marked. */
function isFhirString(text: string): boolean {
	let visible = text === "";
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		if (unit < 32 && unit !== 9 && unit !== 10 && unit !== 13) return false;
		visible ||= (unit > 32 && unit < 127) || unit > 160;
	}
	return visible;
}

function identified(type: string, system: string, value: string): FhirReference {
	return { type, identifier: { system, value } };
}

/** What of the terms no element carries; an own extension, since it restricts nothing. The salt stays with the patient and the custodian. */
function termsExtension({ chain, pseudonym, consentId, version, custodian, custodial, title }: ConsentTerms): FhirExtension {
	const text = (url: string, valueString: string) => ({ url, valueString });
	const extension = [
		text("chain", chain),
		text("pseudonym", pseudonym),
		text("consentId", consentId),
		{ url: "version", valueDecimal: version },
		text("custodian", custodian),
		{ url: "custodial", valueBoolean: custodial },
		...(title === "" ? [{ url: "untitled", valueBoolean: true }] : []),
	];
	return { url: extensionUrl("terms"), extension };
}

function compensation(due: ConsentTerms["compensation"]): readonly FhirExtension[] {
	if (due === undefined) return [];
	const extension = [
		{ url: "cents", valueDecimal: due.cents },
		{ url: "currency", valueCode: due.currency },
		{ url: "per", valueCode: due.per },
	];
	return [{ url: extensionUrl("compensation"), extension }];
}

/** The ledger ends a consent on its last day whatever the terms say; a foreign reader must see that end, we must find the terms' own again. */
function withinLastDay(written: FhirProvision, { startMs, endMs }: Provision, lastDay: CivilDay): FhirProvision {
	const lastMs = endOfDayMs(lastDay);
	if (endMs !== undefined && endMs <= lastMs) return written;
	if (startMs !== undefined && startMs >= lastMs) {
		throw new ConsentFhirError(
			"CONSENT_FHIR_NOT_EXPRESSIBLE",
			"Consent.provision.period",
			"expected terms that begin before the ledger's last day ends",
		);
	}
	const url = extensionUrl("terms-end");
	const own = endMs === undefined ? { url, valueCode: "none" } : { url, valueDateTime: formatInstant(endMs - 1, "Consent.provision.period.end") };
	return { ...written, period: { extension: [own], ...formatPeriod(startMs, lastMs, "Consent.provision.period") } };
}
