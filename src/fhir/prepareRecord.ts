import { directoryTypes, rewriteReferences } from "./bundle/resolveReferences.ts";
import { type DescribeContext, describeRecord } from "./describe/describeRecord.ts";
import { silentTypes } from "./describe/spreadAlongReferences.ts";
import { fhirError } from "./errors.ts";
import { getFhirIndex } from "./fhirIndex.ts";
import { writeKeepingNumbers } from "./json/numberSpelling.ts";
import { isPlainObject, type JsonRecord } from "./json/values.ts";
import type { FhirResource, IdentifiedResource, RecordDescription } from "./resource.ts";
import { parseLiteral } from "./search/extractValues.ts";
import type { ReferenceFact, ResourceFacts } from "./validate/inspectResource.ts";
import { assertValidResource } from "./validate/validateResource.ts";

/** One resource that somebody writes, ready to be judged and sealed. */
export interface PreparedRecord {
	readonly resource: IdentifiedResource;
	/** What is kept: numbers in their own spelling, without generated narrative, version and time of filing. */
	readonly resourceText: string;
	/** Local records that it refers to and that pass something on, as `Type/id`. */
	readonly refersTo: readonly string[];
	/** Ids of the patients whom it says it is about. */
	readonly patients: readonly string[];
	/** True for a type that is about somebody. */
	readonly needsPatient: boolean;
	describe(context?: DescribeContext): RecordDescription;
}

export interface PrepareRecordParameters {
	readonly resource: FhirResource;
	/** As it was received, for the numbers. */
	readonly source: string;
	/** Put in the place of whatever id it has. */
	readonly id: string;
	/** What a reference of a transaction (`urn:uuid:…`) became; undefined leaves it. */
	readonly rewrite?: (reference: string) => string | undefined;
}

/** Elements that say whom a resource is about. */
const aboutElements = ["subject", "patient", "beneficiary", "individual", "candidate", "policyHolder", "subscriber"] as const;

/**
 * Judges one resource as it is written and makes of it what is kept. The resource given is changed.
 *
 * @throws FhirError `FHIR_INVALID`, `FHIR_REFERENCE_UNRESOLVED`.
 */
export function prepareRecord({ resource: given, source, id, rewrite }: PrepareRecordParameters): PreparedRecord {
	const facts = assertValidResource(given);
	if (rewrite !== undefined) rewriteReferences(facts, rewrite);
	for (const reference of facts.references) assertPointsSomewhere(given, reference);
	const resource = withoutServerElements(given, id);
	const local = facts.references.map(({ value }) => value.reference).filter((reference) => typeof reference === "string");
	const spec = getFhirIndex().resources.get(resource.resourceType);
	return {
		resource,
		resourceText: writeKeepingNumbers(resource, source),
		refersTo: [...new Set(local.map(nameOfLocal).filter((name) => name !== undefined))],
		patients: patientsOf(facts, resource.resourceType),
		needsPatient: resource.resourceType === "Patient" || aboutElements.some((name) => spec?.elements.get(name)?.targets?.has("Patient") === true),
		describe: (context) => describeRecord(resource, context),
	};
}

/** Version and time are the server's; narrative that was generated repeats the codes and would have to carry every label. */
function withoutServerElements(given: FhirResource, id: string): IdentifiedResource {
	const { text, meta, resourceType, id: _, ...rest } = given as FhirResource & { readonly text?: unknown; readonly meta?: unknown };
	const { versionId: _version, lastUpdated: _lastUpdated, ...metaLeft } = isPlainObject(meta) ? meta : {};
	const isGenerated = isPlainObject(text) && text.status === "generated";
	return {
		resourceType,
		id,
		...(Object.keys(metaLeft).length === 0 ? {} : { meta: metaLeft }),
		...(text === undefined || isGenerated ? {} : { text }),
		...rest,
	};
}

function patientsOf({ references }: ResourceFacts, type: string): readonly string[] {
	const ids = new Set<string>();
	for (const { holder, value } of references) {
		const isAbout = aboutElements.some((name) => holder === `${type}.${name}`);
		const literal = isAbout && typeof value.reference === "string" ? parseLiteral(value.reference) : undefined;
		if (literal?.type === "Patient" && literal.base === undefined) ids.add(literal.id);
	}
	return [...ids];
}

/** What passes labels on; a patient or a practitioner does not. */
function nameOfLocal(reference: string): string | undefined {
	const literal = parseLiteral(reference);
	if (literal === undefined || literal.base !== undefined || silentTypes.has(literal.type)) return undefined;
	return `${literal.type}/${literal.id}`;
}

function assertPointsSomewhere(resource: FhirResource, { value, targets, holder }: ReferenceFact): void {
	const { reference } = value;
	if (typeof reference !== "string") return;
	const broken = (expected: string, found: string) => fhirError("FHIR_REFERENCE_UNRESOLVED", { path: `${holder}.reference`, expected, found });
	if (reference.startsWith("#")) {
		const contained = Array.isArray(resource["contained"]) ? (resource["contained"] as JsonRecord[]) : [];
		if (reference !== "#" && !contained.some(({ id }) => id === reference.slice(1))) throw broken("the id of a contained resource", "another");
		return;
	}
	const literal = parseLiteral(reference);
	if (literal !== undefined) {
		if (literal.base === undefined && targets?.has(literal.type) === false)
			throw broken(`a reference to ${[...targets].join(" or ")}`, "another type");
		return;
	}
	const type = /^([A-Z][A-Za-z]{1,63})\?/.exec(reference)?.[1];
	if (/^https?:\/\/\S+$/.test(reference) || (type !== undefined && directoryTypes.has(type))) return;
	throw broken("Type/id, an absolute URL, or an entry of the same bundle", "another form");
}
