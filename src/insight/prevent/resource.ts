import { type CivilDay, dayMs, parseCivilDay, utcMidnight } from "#base";
import type { ReleasedResource } from "#gate";
import { digestJson } from "../digest.ts";
import type { SourceReference } from "./problem.ts";

/** A FHIR resource as released; elements are unknown until read. */
export type Resource = ReleasedResource["resource"];

type Element = { readonly [name: string]: unknown };

/** One coding, with what is missing as "". */
export interface Coding {
	readonly system: string;
	readonly code: string;
	readonly display: string;
}

export function asElement(value: unknown): Element | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Element) : undefined;
}

export function asList(value: unknown): readonly Element[] {
	return Array.isArray(value) ? value.map(asElement).filter((item) => item !== undefined) : [];
}

export function asText(value: unknown): string {
	return typeof value === "string" ? value : "";
}

/** Codings of a CodeableConcept; none where it is absent. */
export function readCodings(concept: unknown): readonly Coding[] {
	return asList(asElement(concept)?.coding).map((coding) => ({
		system: asText(coding.system),
		code: asText(coding.code),
		display: asText(coding.display),
	}));
}

/** Every name a CodeableConcept gives itself, in lower case. */
export function readNames(concept: unknown): readonly string[] {
	const names = [asText(asElement(concept)?.text), ...readCodings(concept).map((coding) => coding.display)];
	return names.filter((name) => name !== "").map((name) => name.toLowerCase());
}

export function hasCode(concept: unknown, system: string, wanted: readonly string[]): boolean {
	return readCodings(concept).some((coding) => coding.system === system && wanted.includes(coding.code));
}

/** Where a value came from: `Type/id` and the digest of the resource. */
export function referTo(resource: Resource): SourceReference {
	return { reference: `${resource.resourceType}/${asText(resource.id)}`, digest: digestJson(resource) };
}

/** A FHIR dateTime as the day it begins on and an order among times; undefined where it cannot be read. A year or month counts from its start. */
export function readWhen(value: unknown): { readonly day: CivilDay; readonly order: number } | undefined {
	const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.*)?)?)?$/.exec(asText(value));
	if (parts === null) return undefined;
	try {
		const day = parseCivilDay(`${parts[1]}-${parts[2] ?? "01"}-${parts[3] ?? "01"}`);
		const exact = Date.parse(asText(value));
		return { day, order: parts[4] !== undefined && Number.isFinite(exact) ? exact : utcMidnight(day) };
	} catch {
		return undefined;
	}
}

/** When an Observation is about. */
export function readEffective(resource: Resource): ReturnType<typeof readWhen> {
	const period = asElement(resource.effectivePeriod);
	return readWhen(resource.effectiveDateTime ?? resource.effectiveInstant ?? period?.end ?? period?.start);
}

export function daysBetween(from: CivilDay, to: CivilDay): number {
	return (utcMidnight(to) - utcMidnight(from)) / dayMs;
}

export const systems = {
	snomed: "http://snomed.info/sct",
	loinc: "http://loinc.org",
	rxnorm: "http://www.nlm.nih.gov/research/umls/rxnorm",
	cpt: "http://www.ama-assn.org/go/cpt",
} as const;

/** ICD-10 in its editions: WHO, CM (United States), GM (Germany). */
export const icd10Systems: readonly string[] = [
	"http://hl7.org/fhir/sid/icd-10",
	"http://hl7.org/fhir/sid/icd-10-cm",
	"http://fhir.de/CodeSystem/bfarm/icd-10-gm",
	"http://fhir.de/CodeSystem/dimdi/icd-10-gm",
];
export const icd10ProcedureSystems: readonly string[] = ["http://www.cms.gov/Medicare/Coding/ICD10", "http://hl7.org/fhir/sid/icd-10-pcs"];
export const opsSystems: readonly string[] = ["http://fhir.de/CodeSystem/bfarm/ops", "http://fhir.de/CodeSystem/dimdi/ops"];
export const atcSystems: readonly string[] = [
	"http://www.whocc.no/atc",
	"http://fhir.de/CodeSystem/bfarm/atc",
	"http://fhir.de/CodeSystem/dimdi/atc",
];
