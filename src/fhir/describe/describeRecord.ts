import type { SensitivityLabel } from "#contracts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";
import type { FhirResource, RecordDescription } from "../resource.ts";
import { inspectResource, type ReferenceFact, type ResourceFacts } from "../validate/inspectResource.ts";
import { classify } from "./classify.ts";
import { getTableVersion } from "./knowledge.ts";
import { labelsOf, maskOf, ownLabelMask } from "./label.ts";
import { conditionMaskOf, conditionsOf, ownConditionMask } from "./relevantConditions.ts";
import { silentTypes } from "./spreadAlongReferences.ts";

/** What is known of the resources that this one refers to: it inherits their labels and conditions. */
export interface DescribeContext {
	/** Labels and conditions of `Type/id`, what those inherited included; undefined where the reference is unknown. */
	lookUp(reference: string): { readonly labels: readonly string[]; readonly conditions: readonly string[] } | undefined;
}

/**
 * Everything the vault keeps beside a resource: classes, labels, relevant conditions, time, authors, encounter.
 *
 * References are expected as `Type/id`. Without a context nothing is inherited; a caller who files a single resource passes look-ups into
 * the patient's records.
 */
export function describeRecord(resource: FhirResource, context?: DescribeContext): RecordDescription {
	const facts = inspectResource(resource);
	let labels = ownLabelMask(facts);
	let conditions = ownConditionMask(facts);
	for (const { value } of facts.references) {
		if (context === undefined || typeof value.reference !== "string" || silentTypes.has(value.reference.split("/")[0] as string)) continue;
		const target = context.lookUp(value.reference);
		if (target === undefined) continue;
		labels |= maskOf(target.labels);
		conditions |= conditionMaskOf(target.conditions);
	}
	return describeWith(resource, facts, labels, conditions);
}

/** Labels of a resource, its own and those it inherits. */
export function label(resource: FhirResource, context?: DescribeContext): readonly SensitivityLabel[] {
	return describeRecord(resource, context).labels;
}

/** Value sets of knowledge/conditions a resource belongs to by its own codes or by what it refers to. */
export function relevantConditions(resource: FhirResource, context?: DescribeContext): readonly string[] {
	return describeRecord(resource, context).conditions;
}

/** Puts a description together from masks that the caller has completed. */
export function describeWith(resource: FhirResource, facts: ResourceFacts, labelMask: number, conditionMask: number): RecordDescription {
	return {
		classes: classify(resource, facts),
		labels: labelsOf(labelMask),
		conditions: conditionsOf(conditionMask),
		dataTimeMs: dataTimeOf(resource),
		authors: authorsOf(facts),
		encounter: encounterOf(resource),
		tableVersion: getTableVersion(),
	};
}

/** In order of preference: when it was so, else when it was asked for, else when it was written down. */
const timeElements: readonly string[] =
	`effectiveDateTime effectivePeriod effectiveInstant onsetDateTime onsetPeriod performedDateTime performedPeriod
	occurrenceDateTime occurrencePeriod period started billablePeriod servicedDate servicedPeriod collectedDateTime authoredOn startDate
	recordedDate assertedDate date dateTime created issued recorded sent received`.split(/\s+/);

function dataTimeOf(resource: JsonRecord): number | null {
	for (const name of timeElements) {
		const value = resource[name];
		const text = isPlainObject(value) ? (value.start ?? value.end) : value;
		if (typeof text !== "string") continue;
		const time = Date.parse(text);
		if (!Number.isNaN(time)) return time;
	}
	return null;
}

const authorElement =
	/\.(?:performer|requester|recorder|asserter|author|informationSource|individual|actor|provider|enterer|interpreter|resultsInterpreter|operator)$/;

function authorsOf(facts: ResourceFacts): readonly string[] {
	const authors = new Set<string>();
	for (const { holder, value } of facts.references as readonly ReferenceFact[]) {
		if (typeof value.reference === "string" && authorElement.test(holder) && isActor(value.reference)) authors.add(value.reference);
	}
	return [...authors].sort();
}

function isActor(reference: string): boolean {
	const type = reference.split(/[/?]/)[0] as string;
	return type !== "Location" && silentTypes.has(type);
}

/** The encounter a resource stems from; an Encounter stems from itself. */
function encounterOf(resource: JsonRecord): string | null {
	if (resource.resourceType === "Encounter") return typeof resource.id === "string" ? `Encounter/${resource.id}` : null;
	const context = isPlainObject(resource.context) ? resource.context : undefined;
	const candidates = [
		resource.encounter,
		resource.context,
		context?.encounter,
		...(Array.isArray(resource.item) ? resource.item.map(encounterOfItem) : []),
	];
	for (const candidate of candidates.flat()) {
		if (isPlainObject(candidate) && typeof candidate.reference === "string" && candidate.reference.startsWith("Encounter/"))
			return candidate.reference;
	}
	return null;
}

function encounterOfItem(item: unknown): unknown {
	return isPlainObject(item) ? item.encounter : undefined;
}
