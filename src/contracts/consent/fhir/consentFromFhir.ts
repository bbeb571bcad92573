import type { ConsentTerms, Provision } from "../terms.ts";
import { isConsentTerms, isUsableProvision } from "../termsSchema.ts";
import { extensionUrl, systems } from "./codings.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import { type Elements, elementsOf, listOf, requireOnly, textOf } from "./elements.ts";
import { parseDateTime } from "./fhirTime.ts";
import { type ConsentImportContext, createReader, type ImportNote, provisionFromFhir, type Reader } from "./provisionFromFhir.ts";

export interface ImportedConsent {
	readonly provision: Provision;
	/** `Consent.policy.uri`: overarching policies it builds upon, for the custodian to know; they are not evaluated here. */
	readonly policies: readonly string[];
	/** What was read in a stricter way than written, sorted. */
	readonly notes: readonly ImportNote[];
	/** The whole terms, when the resource was written by `consentToFhir`: their commitment is the ledger's to compare. */
	readonly terms: ConsentTerms | undefined;
}

const ignored = [
	"id",
	"meta",
	"text",
	"language",
	"contained",
	"sourceReference",
	"verification",
	"dateTime",
	"performer",
	"organization",
	"identifier",
];
const read = ["resourceType", "status", "scope", "category", "patient", "sourceAttachment", "policy", "extension", "modifierExtension", "provision"];

/**
 * Reads a FHIR R4 Consent as a provision that terms can be made of. It is a proposal: it becomes a consent when the patient signs terms with it.
 * Patient, performer and custodian of the resource prove nothing here and are not read.
 *
 * @throws ConsentFhirError naming the element that cannot be represented; nothing is dropped that could restrict or grant.
 */
export function consentFromFhir(resource: unknown, context: ConsentImportContext = {}): ImportedConsent {
	const source = elementsOf(resource, "Consent");
	requireOnly(source, [...ignored, ...read], "Consent");
	if (source["resourceType"] !== "Consent") throw new ConsentFhirError("CONSENT_FHIR_INVALID", "Consent.resourceType", "expected a Consent");
	requireActivePrivacy(source);
	const reader = createReader(context);
	const written = provisionFromFhir(reader, source["provision"], "Consent.provision");
	if (written === undefined) throw new ConsentFhirError("CONSENT_FHIR_INVALID", "Consent.provision", "expected a provision");
	const provision = withTermsEnd(reader, written, elementsOf(source["provision"], "Consent.provision"));
	if (!isUsableProvision(provision)) throw new ConsentFhirError("CONSENT_FHIR_INVALID", "Consent.provision", "expected values that terms can hold");
	const policies = listOf(source, "policy", "Consent").map((policy) => textOf(elementsOf(policy, "Consent.policy"), "uri", "Consent.policy"));
	if (["text", "contained", "sourceReference", "verification"].some((name) => source[name] !== undefined)) reader.notes.add("NOT_PART_OF_TERMS");
	const terms = readTerms(reader, source, provision);
	return { provision, policies, notes: [...reader.notes].sort(), terms };
}

function requireActivePrivacy(source: Elements): void {
	const scopes = listOf(elementsOf(source["scope"], "Consent.scope"), "coding", "Consent.scope").map((coding) => elementsOf(coding, "Consent.scope"));
	const isPrivacy = scopes.some(({ system, code }) => system === systems.consentScope && (code === "patient-privacy" || code === "research"));
	if (source["status"] !== "active" || !isPrivacy) {
		throw new ConsentFhirError("CONSENT_FHIR_NOT_ACTIVE", "Consent.status", "expected an active consent about privacy or research");
	}
	if (source["modifierExtension"] !== undefined) {
		throw new ConsentFhirError("CONSENT_FHIR_ELEMENT_UNKNOWN", "Consent.modifierExtension", "expected no modifier extension of the whole consent");
	}
}

/** The end that stood in the terms before the ledger's last day cut it (`consentToFhir`). */
function withTermsEnd({ localMidnight }: Reader, provision: Provision, source: Elements): Provision {
	const at = "Consent.provision.period";
	const extensions =
		source["period"] === undefined ? [] : listOf(elementsOf(source["period"], at), "extension", at).map((one) => elementsOf(one, at));
	const own = extensions.find(({ url }) => url === extensionUrl("terms-end"));
	if (own === undefined) return provision;
	const { endMs: _, ...rest } = provision;
	return own["valueCode"] === "none" ? rest : { ...rest, endMs: parseDateTime(own["valueDateTime"], at, localMidnight).toMs };
}

function readTerms(reader: Reader, source: Elements, provision: Provision): ConsentTerms | undefined {
	const extensions = listOf(source, "extension", "Consent").map((extension) => elementsOf(extension, "Consent.extension"));
	const parts = (name: string): Map<unknown, Elements> | undefined => {
		const found = extensions.find(({ url }) => url === extensionUrl(name));
		if (found === undefined) return undefined;
		const elements = listOf(found, "extension", "Consent.extension").map((part) => elementsOf(part, "Consent.extension"));
		return new Map(elements.map((part) => [part["url"], part]));
	};
	const [own, due] = [parts("terms"), parts("compensation")];
	if (extensions.length > Number(own !== undefined) + Number(due !== undefined)) reader.notes.add("NOT_PART_OF_TERMS");
	if (own === undefined) return undefined;
	const attachment = elementsOf(source["sourceAttachment"], "Consent.sourceAttachment");
	const terms = {
		format: "aceso/terms/1",
		...Object.fromEntries(["chain", "pseudonym", "consentId", "custodian"].map((name) => [name, own.get(name)?.["valueString"]])),
		version: own.get("version")?.["valueDecimal"],
		custodial: own.get("custodial")?.["valueBoolean"],
		title: own.has("untitled") ? "" : attachment["title"],
		provision,
		...(due && {
			compensation: { cents: due.get("cents")?.["valueDecimal"], currency: due.get("currency")?.["valueCode"], per: due.get("per")?.["valueCode"] },
		}),
	};
	if (!isConsentTerms(terms)) throw new ConsentFhirError("CONSENT_FHIR_INVALID", "Consent.extension", "expected the parts of terms");
	return terms;
}
