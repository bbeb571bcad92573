import { hash, randomUUID } from "node:crypto";
import type { SensitivityLabel } from "#contracts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";
import type { ConceptFact, ReferenceFact, ResourceFacts, TextFact } from "../validate/inspectResource.ts";
import { createCodeMatcher, groupsOf } from "./codeMatcher.ts";
import { getLabelTable, getReviewedTexts, lazy } from "./knowledge.ts";

/** The labels in the order of contracts/vocabulary.ts (a test holds the two together). A label's position is its bit in a mask. */
export const labelOrder = Object.keys({
	"mental-health": 0,
	"substance-use": 0,
	"sexual-health": 0,
	reproductive: 0,
	violence: 0,
	hiv: 0,
} satisfies Record<SensitivityLabel, 0>) as readonly SensitivityLabel[];

export const allLabels = (1 << labelOrder.length) - 1;

const getMatcher = lazy(() => {
	const { codes, prefixes } = getLabelTable();
	return createCodeMatcher({ groups: labelOrder, codes, prefixes: { icd10: prefixes.icd10, atc: prefixes.atc } });
});

/** One expression per label over the beginnings of words, in any script, ignoring case. */
const getWordRules = lazy(() =>
	Object.entries(getLabelTable().words).map(([label, words]) => ({
		mask: maskOf([label]),
		expression: new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "iu"),
	})),
);

const getReviewed = lazy(() => new Map(Object.entries(getReviewedTexts().texts).map(([text, labels]) => [text, maskOf(labels)])));

/**
 * Terminologies whose codes and displays are published, so that a code outside the tables is known not to be sensitive as far as the tables go.
 * A code of any other system (a hospital's own) is read as free text.
 */
const publishedSystems = [
	"http://snomed.info/sct",
	"http://loinc.org",
	"http://www.nlm.nih.gov/research/umls/rxnorm",
	"http://hl7.org/",
	"http://terminology.hl7.org/",
	"https://terminology.hl7.org/",
	"http://unitsofmeasure.org",
	"http://dicom.nema.org/",
	"http://www.nubc.org/",
	"http://www.whocc.no/atc",
	"http://fhir.de/CodeSystem/",
	"http://www.ama-assn.org/go/cpt",
	"https://bluebutton.cms.gov/",
	"http://www.cms.gov/",
	"http://varnomen.hgvs.org",
	"http://www.genenames.org",
	"http://www.ncbi.nlm.nih.gov/",
	"https://www.ncbi.nlm.nih.gov/",
	"http://human-phenotype-ontology.org",
	"http://purl.obolibrary.org/obo/",
	"http://www.sequenceontology.org",
	"http://www.pharmgkb.org",
	"http://www.pharmvar.org",
	"https://www.pharmvar.org",
	"https://smarthealthit.org/tags",
	"urn:aceso:codes",
	"urn:oid:2.16.840.1.113883.",
	"urn:ietf:",
	"urn:iso:",
	"http://ihe.net/",
	"http://nucc.org/",
	"http://uts-freetext.nlm.nih.gov/",
];

/** Extensions of US Core and FHIR whose strings are names or categories of a person, not prose. */
const plainExtensions: readonly string[] = [
	"text",
	"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
	"http://hl7.org/fhir/StructureDefinition/humanname-",
	"http://hl7.org/fhir/StructureDefinition/iso21090-",
];

/** References that name a person, an organisation or an insurance; any other that is given as text alone says something about health. */
const actorElement =
	/\.(?:insurer|payor|coverage|provider|performer|requester|recorder|asserter|author|actor|individual|serviceProvider|location|managingOrganization|generalPractitioner|custodian|assigner|organization|enterer|facility|payee|party|member|sender|recipient|subject|patient|beneficiary|subscriber|policyHolder|manufacturer|who|onBehalfOf|attester|authenticator|careManager|practitioner|individual)$/;

/** Written by rule rather than by hand: a variant in HGVS, an allele, a star allele, a number, a comparison, `+`, `POS`. */
const structuredText =
	/^(?:(?:[A-Z]{2}_\d+(?:\.\d+)?(?:\([A-Za-z0-9-]+\))?:)?[cgmnpr]\.\S{1,100}|[ACGTN*-]{1,200}|\*\d+[A-Z]?(?:[/+|]\*\d+[A-Z]?)*|[<>]?=?\s?-?\d+(?:[.,]\d+)?\s?%?|\+{1,4}|POS|NEG)$/;

/** Labels that a resource's own codes, drugs and texts give it, as a mask; what it inherits is added by `describeRecord`. */
export function ownLabelMask(facts: ResourceFacts): number {
	let mask = 0;
	for (const concept of facts.concepts) mask |= conceptMask(concept);
	for (const text of facts.texts) mask |= textMask(text);
	for (const reference of facts.references) mask |= displayMask(reference);
	return mask;
}

function conceptMask({ codings, text, holder }: ConceptFact): number {
	let mask = text === undefined ? 0 : wordMask(text);
	let isPublished = false;
	for (const { system, code, display } of codings) {
		if (typeof display === "string") mask |= wordMask(display);
		if (typeof system !== "string" || typeof code !== "string") continue;
		isPublished ||= isPublishedSystem(system);
		mask |= getMatcher()(system, code);
	}
	if (isPublished) return mask;
	const spoken = text ?? codings.map(({ display }) => display).find((display) => typeof display === "string");
	if (holder.endsWith(".meta")) return mask;
	// A code of an unknown system may be a word of its own (`HIV+`).
	if (typeof spoken !== "string") return codings.length === 0 ? mask : allLabels;
	return getReviewed().get(spoken) ?? allLabels;
}

const publishedCache = new Map<string, boolean>();

function isPublishedSystem(system: string): boolean {
	let isPublished = publishedCache.get(system);
	if (isPublished === undefined) {
		isPublished = publishedSystems.some((prefix) => system.startsWith(prefix));
		if (publishedCache.size < 1000) publishedCache.set(system, isPublished);
	}
	return isPublished;
}

/** Free text carries every label until somebody has read it (PROTOCOL §6). */
function textMask({ holder, text, owner }: TextFact): number {
	const reviewed = getReviewed().get(text);
	if (reviewed !== undefined) return reviewed;
	if (structuredText.test(text)) return 0;
	if (isPlainExtension(holder, owner)) return wordMask(text);
	return allLabels;
}

function isPlainExtension(holder: string, owner: JsonRecord): boolean {
	const { url } = owner;
	if (!holder.endsWith("extension") || typeof url !== "string") return false;
	return plainExtensions.some((known) => (known.endsWith("-") ? url.startsWith(known) : url === known));
}

function displayMask({ value, holder }: ReferenceFact): number {
	const { display, reference, identifier } = value;
	if (typeof display !== "string" || actorElement.test(holder)) return 0;
	if (reference !== undefined || isPlainObject(identifier)) return wordMask(display);
	return getReviewed().get(display) ?? allLabels;
}

/**
 * By salted hash: it outlives an import, and after an erasure no word of the record may be found in this process. The salt leaves no trace in
 * any result, so nothing has to replay it.
 */
const wordCache = new Map<string, number>();
const wordSalt = randomUUID();

/** The second net below the code tables: it adds labels by the words of a display, and never takes one away. */
function wordMask(text: string): number {
	const key = hash("sha256", wordSalt + text, "base64");
	const known = wordCache.get(key);
	if (known !== undefined) return known;
	let mask = 0;
	for (const rule of getWordRules()) if (rule.expression.test(text)) mask |= rule.mask;
	if (wordCache.size < 20_000) wordCache.set(key, mask);
	return mask;
}

export function maskOf(labels: readonly string[]): number {
	return labels.reduce((mask, label) => {
		const index = (labelOrder as readonly string[]).indexOf(label);
		if (index < 0) throw new RangeError(`knowledge names the unknown label ${label}`);
		return mask | (1 << index);
	}, 0);
}

export function labelsOf(mask: number): readonly SensitivityLabel[] {
	return groupsOf(mask, labelOrder);
}
