import type { DataClass } from "#contracts";
import { classesOfType } from "../describe/classesOfType.ts";
import { isPlainObject } from "../json/values.ts";
import type { FhirResource, IdentifiedResource } from "../resource.ts";
import { parseLiteral } from "../search/extractValues.ts";
import { type SummarySection, summarySections } from "./summarySections.ts";

/** A record as it was released, and its JSON as it leaves. */
export interface SummaryRecord {
	readonly resource: IdentifiedResource;
	readonly text: string;
}

export interface SummaryParameters {
	readonly records: readonly SummaryRecord[];
	/** Every class that was asked for, with what became of it. */
	readonly classes: readonly { readonly class: DataClass; readonly status: "released" | "not-available"; readonly restricted?: boolean }[];
	/** The sentence that stands on every clinical answer. */
	readonly notice: string;
	/** By which the patient was asked for; stands in the summary where no record names the patient. */
	readonly patientId: string;
	readonly custodian: string;
	/** Where the records' addresses begin, without a slash at the end. */
	readonly baseUrl: string;
	/** UTC ms. */
	readonly nowMs: number;
	/** A new UUID at each call. */
	readonly newUuid: () => string;
}

/** Types that records of a summary refer to and that it brings along. */
const companions: ReadonlySet<string> = new Set([
	"Device",
	"Medication",
	"Observation",
	"Organization",
	"Practitioner",
	"PractitionerRole",
	"Specimen",
]);

/** What a section is empty for: a class that is not available is withheld, whether or not there would be anything. */
type Emptiness = "withheld" | "unavailable";

/**
 * A patient summary of what was released, as a FHIR document: structure and sections of HL7 IPS 2.0.0. It never says that there is nothing:
 * a section without entries says that it was not available, or that nothing is on file here (`nilknown` is a clinician's word, not a program's).
 *
 * Not promised: that each entry meets the IPS profile of its type. Records are shown as they were filed.
 */
export function buildSummary(parameters: SummaryParameters): string {
	const { records, baseUrl, nowMs, newUuid, custodian } = parameters;
	const patient = patientOf(parameters);
	const sections = summarySections.map((section) => ({ section, held: chosen(section, records) }));
	const shown = withCompanions(
		sections.flatMap(({ held }) => held),
		records,
	);
	const author = { resourceType: "Organization", id: newUuid(), name: custodian };
	const composition = compositionOf(parameters, sections, patient.resource, `urn:uuid:${author.id}`);
	const entries = [
		`{"fullUrl":"urn:uuid:${composition.id}","resource":${JSON.stringify(composition)}}`,
		...[patient, ...shown].map((record) => `{"fullUrl":${JSON.stringify(`${baseUrl}/${nameOf(record)}`)},"resource":${record.text}}`),
		`{"fullUrl":"urn:uuid:${author.id}","resource":${JSON.stringify(author)}}`,
	];
	const identifier = JSON.stringify({ system: "urn:ietf:rfc:3986", value: `urn:uuid:${newUuid()}` });
	const timestamp = new Date(nowMs).toISOString();
	return `{"resourceType":"Bundle","identifier":${identifier},"type":"document","timestamp":"${timestamp}","entry":[${entries.join(",")}]}`;
}

/** Classes that a summary asks for: those of its sections, and the patient's own. What records need besides is theirs to have. */
export function summaryClasses(): readonly DataClass[] {
	const types = ["Patient", ...summarySections.flatMap(({ types: each }) => each)];
	return [...new Set(types.flatMap((type) => classesOfType(type)))];
}

const masked = { extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: "masked" }] };

/** A document has a patient. One whose demographics are not available goes by the name that the records know them by, and says that it is masked. */
function patientOf({ records, patientId }: SummaryParameters): SummaryRecord {
	const found = records.find(({ resource }) => resource.resourceType === "Patient");
	if (found !== undefined) return found;
	const resource = { resourceType: "Patient", id: namedIn(records) ?? patientId, name: [masked], _birthDate: masked } as const;
	return { resource, text: JSON.stringify(resource) };
}

function namedIn(records: readonly SummaryRecord[]): string | undefined {
	for (const { resource } of records) {
		for (const element of [resource["subject"], resource["patient"]]) {
			const literal = isPlainObject(element) && typeof element["reference"] === "string" ? parseLiteral(element["reference"]) : undefined;
			if (literal?.type === "Patient" && literal.base === undefined) return literal.id;
		}
	}
	return undefined;
}

function chosen({ types, holds, newestOfEach }: SummarySection, records: readonly SummaryRecord[]): readonly SummaryRecord[] {
	const held = records.filter(({ resource }) => types.includes(resource.resourceType) && holds(resource));
	if (newestOfEach !== true) return held;
	const byCode = new Map<string, SummaryRecord>();
	for (const record of held) {
		const key = `${record.resource.resourceType} ${labelOf(record.resource)}`;
		const before = byCode.get(key);
		if (before === undefined || timeOf(record.resource) >= timeOf(before.resource)) byCode.set(key, record);
	}
	return [...byCode.values()];
}

const timeElements = ["effectiveDateTime", "effectiveInstant", "issued", "onsetDateTime", "occurrenceDateTime", "performedDateTime", "authoredOn"];

function dateOf(resource: FhirResource): string | undefined {
	const found = timeElements.map((name) => resource[name]).find((value) => typeof value === "string");
	if (found !== undefined) return found as string;
	const period = resource["effectivePeriod"] ?? resource["performedPeriod"] ?? resource["onsetPeriod"];
	return isPlainObject(period) && typeof period["start"] === "string" ? period["start"] : undefined;
}

/** UTC ms; what is undated is the oldest. */
function timeOf(resource: FhirResource): number {
	const at = Date.parse(dateOf(resource) ?? "");
	return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at;
}

/** What is released of what the records refer to, and of what that refers to. */
function withCompanions(held: readonly SummaryRecord[], records: readonly SummaryRecord[]): readonly SummaryRecord[] {
	const byName = new Map(records.map((record) => [nameOf(record), record]));
	const shown = new Map(held.map((record) => [nameOf(record), record]));
	const open = [...shown.values()];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		for (const [, type, id] of next.text.matchAll(/"reference":"([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})"/g)) {
			const found = byName.get(`${type}/${id}`);
			if (found === undefined || !companions.has(type as string) || shown.has(nameOf(found))) continue;
			shown.set(nameOf(found), found);
			open.push(found);
		}
	}
	return [...shown.values()];
}

function nameOf({ resource }: SummaryRecord): string {
	return `${resource.resourceType}/${resource.id}`;
}

interface Filled {
	readonly section: SummarySection;
	readonly held: readonly SummaryRecord[];
}

function compositionOf(parameters: SummaryParameters, sections: readonly Filled[], patient: IdentifiedResource, author: string) {
	const { notice, classes, newUuid, nowMs, custodian } = parameters;
	const notAvailable = classes.filter(({ status }) => status === "not-available").map((each) => each.class);
	const withheld = notAvailable.length === 0 ? [] : [`Not available to you: ${notAvailable.join(", ")}.`];
	return {
		resourceType: "Composition",
		id: newUuid(),
		text: narrative([notice, ...withheld], []),
		status: "final",
		type: { coding: [{ system: "http://loinc.org", code: "60591-5", display: "Patient summary Document" }] },
		subject: { reference: `Patient/${patient.id}` },
		date: new Date(nowMs).toISOString(),
		author: [{ reference: author, display: custodian }],
		title: "International Patient Summary",
		custodian: { reference: author, display: custodian },
		section: sections
			.filter(({ section, held }) => section.always || held.length > 0 || !isAvailable(parameters, section.dataClass))
			.map((each) => sectionOf(parameters, each)),
	};
}

function sectionOf(parameters: SummaryParameters, { section, held }: Filled) {
	const { title, code, newestOfEach } = section;
	const about = { title, code: { coding: [{ system: "http://loinc.org", code }] } };
	if (held.length === 0) {
		const reason = emptinessOf(parameters, section);
		return { ...about, text: narrative([emptyTexts[reason]], []), emptyReason: { coding: [{ system: emptySystem, code: reason }] } };
	}
	const told = [parameters.notice, ...(newestOfEach === true ? ["The newest of each kind."] : [])];
	const lines = held.map(({ resource }) => [labelOf(resource), dateOf(resource)].filter((part) => part !== undefined).join(", "));
	return { ...about, text: narrative(told, lines), entry: held.map((record) => ({ reference: nameOf(record) })) };
}

const emptySystem = "http://terminology.hl7.org/CodeSystem/list-empty-reason";

const emptyTexts: Readonly<Record<Emptiness, string>> = {
	withheld: "Not available to you, in whole or in part. Nothing is known from this about whether there is anything.",
	unavailable: "Nothing of this kind is on file here. That does not mean that there is nothing.",
};

/** By the grants alone and never by the data: a section is unavailable only where all that its records may need was released whole. */
function emptinessOf({ classes }: SummaryParameters, { types }: SummarySection): Emptiness {
	const whole = new Set(classes.filter(({ status, restricted }) => status === "released" && restricted !== true).map((each) => each.class));
	return types.flatMap((type) => classesOfType(type)).every((each) => whole.has(each)) ? "unavailable" : "withheld";
}

function isAvailable({ classes }: SummaryParameters, dataClass: DataClass): boolean {
	return classes.some((each) => each.class === dataClass && each.status === "released");
}

/** The concept that a record is about, in its own words. */
function labelOf(resource: FhirResource): string {
	const { code, vaccineCode, medicationCodeableConcept, medicationReference, category, device } = resource;
	for (const concept of [code, vaccineCode, medicationCodeableConcept, medicationReference, device, category]) {
		const label = wordsOf(Array.isArray(concept) ? concept[0] : concept);
		if (label !== undefined) return label;
	}
	return resource.resourceType;
}

function wordsOf(concept: unknown): string | undefined {
	if (!isPlainObject(concept)) return undefined;
	const coding = Array.isArray(concept["coding"]) ? concept["coding"].filter(isPlainObject) : [];
	const words = [concept["text"], ...coding.map((each) => each["display"]), concept["display"], ...coding.map((each) => each["code"])];
	return words.find((each) => typeof each === "string" && each !== "") as string | undefined;
}

function narrative(sentences: readonly string[], lines: readonly string[]) {
	const paragraphs = sentences.map((each) => `<p>${escapeXml(each)}</p>`).join("");
	const list = lines.length === 0 ? "" : `<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join("")}</ul>`;
	return { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml">${paragraphs}${list}</div>` };
}

/** Words of a record are words: none of them becomes markup, and no control character comes into XHTML. */
function escapeXml(text: string): string {
	return (
		text
			// biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them.
			.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, " ")
			.replaceAll("&", "&amp;")
			.replaceAll("<", "&lt;")
			.replaceAll(">", "&gt;")
	);
}
