import { type ElementSpec, getFhirIndex, type TypeSpec } from "../fhirIndex.ts";
import { shownKey } from "../json/checkJson.ts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";
import { isPrimitive } from "./primitives.ts";

export type IssueCode =
	/** Not an element of this type, or not a resource type of R4. */
	| "unknown"
	/** Another JSON type, or the wrong cardinality. */
	| "structure"
	/** A required element, or one of a required choice, is missing. */
	| "required"
	/** A primitive that its type does not allow. */
	| "value"
	/** A code outside its required binding. */
	| "code-invalid"
	/** A rule across elements: two of one choice, an empty object, an extension with both value and extensions, nested contained. */
	| "invariant";

/** One fault of a resource. `found` names a type, a length or a count, never the value. */
export interface ValidationIssue {
	/** As in FHIRPath: `Observation.component[1].valueQuantity.value`. */
	readonly path: string;
	readonly code: IssueCode;
	readonly expected: string;
	readonly found: string;
}

/** A CodeableConcept, or a Coding that stands alone. */
export interface ConceptFact {
	/** Type and element that hold it: `Claim.item.productOrService`. */
	readonly holder: string;
	readonly codings: readonly JsonRecord[];
	readonly text: string | undefined;
}

export interface ReferenceFact {
	readonly holder: string;
	/** The Reference itself; its `reference` is what gets rewritten. */
	readonly value: JsonRecord;
	/** Resource types it may point at; undefined where any may stand. */
	readonly targets: ReadonlySet<string> | undefined;
}

/** Text that a person may have written. */
export interface TextFact {
	readonly holder: string;
	readonly text: string;
	/** The object that holds it, for a look at its neighbours. */
	readonly owner: JsonRecord;
}

/** What one walk over a resource finds: its faults, and everything that classification, labels and references need. */
export interface ResourceFacts {
	readonly issues: readonly ValidationIssue[];
	readonly concepts: readonly ConceptFact[];
	readonly references: readonly ReferenceFact[];
	readonly texts: readonly TextFact[];
}

export const issuesMax = 20;

/** Elements of type `string` whose content cannot be prose about health: names, addresses, numbers, units, technical marks. */
const plainStrings: ReadonlySet<string> = new Set(
	`Identifier.value HumanName.text HumanName.family HumanName.given HumanName.prefix HumanName.suffix ContactPoint.value
	Address.text Address.line Address.city Address.district Address.state Address.postalCode Address.country
	Coding.version Coding.display CodeableConcept.text Quantity.unit Age.unit Count.unit Distance.unit Duration.unit SampledData.data
	Reference.reference Reference.display Annotation.authorString ContactDetail.name Contributor.name Signature.data Attachment.hash
	Organization.name Organization.alias Location.name Location.alias Coverage.subscriberId Coverage.dependent Coverage.network
	Coverage.class.value Coverage.class.name Claim.insurance.preAuthRef ExplanationOfBenefit.preAuthRef ExplanationOfBenefit.insurance.preAuthRef
	ClaimResponse.preAuthRef Device.distinctIdentifier Device.manufacturer Device.lotNumber Device.serialNumber Device.modelNumber Device.partNumber
	Device.udiCarrier.deviceIdentifier Device.udiCarrier.carrierAIDC Device.udiCarrier.carrierHRF Device.specialization.version Device.version.value
	FamilyMemberHistory.name Immunization.lotNumber Immunization.protocolApplied.series Immunization.protocolApplied.doseNumberString
	Immunization.protocolApplied.seriesDosesString ImagingStudy.series.instance.title Medication.batch.lotNumber Media.deviceName
	MolecularSequence.observedSeq MolecularSequence.referenceSeq.genomeBuild MolecularSequence.referenceSeq.referenceSeqString
	MolecularSequence.variant.observedAllele MolecularSequence.variant.referenceAllele MolecularSequence.variant.cigar
	MolecularSequence.repository.name MolecularSequence.repository.datasetId MolecularSequence.repository.variantsetId
	MolecularSequence.repository.readsetId Questionnaire.item.linkId QuestionnaireResponse.item.linkId Timing.repeat.when
	VisionPrescription.lensSpecification.color VisionPrescription.lensSpecification.brand`
		.trim()
		.split(/\s+/),
);

const elementSpec: TypeSpec = {
	name: "Element",
	elements: new Map(),
	required: [],
	isResource: false,
};

interface Walk {
	readonly issues: ValidationIssue[];
	readonly concepts: ConceptFact[];
	readonly references: ReferenceFact[];
	readonly texts: TextFact[];
	/** Keys and indices from the resource to here; joined only when an issue needs a path. */
	readonly path: (string | number)[];
	containedDepth: number;
}

/**
 * Judges a resource against FHIR R4 and gathers its codes, references and free texts in the same walk.
 *
 * Source: the StructureDefinitions of R4 4.0.1, packed in knowledge/fhir-r4. At most {@link issuesMax} issues are kept. Never throws on any JSON
 * value whose nesting the reader has bounded.
 */
export function inspectResource(resource: unknown): ResourceFacts {
	const walk: Walk = { issues: [], concepts: [], references: [], texts: [], path: [], containedDepth: 0 };
	inspectAnyResource(walk, resource);
	return walk;
}

function inspectAnyResource(walk: Walk, resource: unknown): void {
	if (!isPlainObject(resource)) {
		report(walk, "structure", "a resource", describe(resource));
		return;
	}
	const type = resource.resourceType;
	const spec = typeof type === "string" ? getFhirIndex().resources.get(type) : undefined;
	if (spec === undefined) {
		report(walk, "unknown", "a resource type of R4", typeof type === "string" ? "another type" : describe(type));
		return;
	}
	if (walk.path.length === 0) walk.path.push(spec.name);
	inspectObject(walk, resource, spec, spec.name);
}

function inspectObject(walk: Walk, value: JsonRecord, spec: TypeSpec, holder: string): void {
	let members = 0;
	let choices: string[] | undefined;
	for (const key in value) {
		members++;
		if (spec.isResource && key === "resourceType") continue;
		const isSibling = key.charCodeAt(0) === 0x5f;
		const element = isSibling ? spec.elements.get(key.slice(1)) : spec.elements.get(key);
		walk.path.push(key);
		if (element === undefined || (isSibling && element.primitive === undefined)) {
			walk.path[walk.path.length - 1] = shownKey(key);
			report(walk, "unknown", `an element of ${spec.name}`, "another key");
		} else if (isSibling) {
			inspectSibling(walk, value[key], element, value[element.name]);
		} else {
			if (element.choice !== undefined) {
				choices ??= [];
				if (choices.includes(element.choice)) report(walk, "invariant", `one of ${element.choice}[x]`, "two");
				choices.push(element.choice);
			}
			inspectElement(walk, value, key, element, spec, holder);
		}
		walk.path.pop();
	}
	if (members === 0 || (spec.isResource && members === 1)) report(walk, "invariant", "at least one element", "none");
	for (const { name, isChoice } of spec.required) {
		if (isChoice ? choices?.includes(name) === true || hasChoiceSibling(value, name, spec) : name in value || `_${name}` in value) continue;
		report(walk, "required", isChoice ? `${name}[x]` : name, "nothing");
	}
	if (spec.name === "Extension") inspectExtension(walk, value, choices);
}

function hasChoiceSibling(value: JsonRecord, name: string, spec: TypeSpec): boolean {
	for (const key in value) if (key.startsWith(`_${name}`) && spec.elements.get(key.slice(1))?.choice === name) return true;
	return false;
}

/** Invariant ext-1: an extension has a value or extensions, not both and not neither. */
function inspectExtension(walk: Walk, value: JsonRecord, choices: readonly string[] | undefined): void {
	const hasValue = choices !== undefined || Object.keys(value).some((key) => key.startsWith("_value"));
	if (hasValue === (value.extension !== undefined)) report(walk, "invariant", "either a value or extensions", hasValue ? "both" : "neither");
}

function inspectElement(walk: Walk, owner: JsonRecord, key: string, element: ElementSpec, spec: TypeSpec, holder: string): void {
	const content = owner[key];
	const holderNow = spec.isResource || spec.name.includes(".") ? `${spec.name}.${key}` : holder;
	if (!element.repeats) {
		if (Array.isArray(content)) {
			report(walk, "structure", "one value", "an array");
			return;
		}
		inspectValue(walk, owner, content, element, spec, holderNow);
		return;
	}
	if (!Array.isArray(content)) {
		report(walk, "structure", "an array", describe(content));
		return;
	}
	if (content.length === 0) {
		report(walk, "structure", "at least one item", "an empty array");
		return;
	}
	const siblings = element.primitive === undefined ? undefined : owner[`_${key}`];
	for (let i = 0; i < content.length; i++) {
		walk.path.push(i);
		// A null in an array of primitives stands for a value that has only extensions (FHIR R4 §2.6.2.3).
		const isPlaceholder = content[i] === null && Array.isArray(siblings) && isPlainObject(siblings[i]);
		if (!isPlaceholder) inspectValue(walk, owner, content[i], element, spec, holderNow);
		walk.path.pop();
	}
}

function inspectValue(walk: Walk, owner: JsonRecord, value: unknown, element: ElementSpec, spec: TypeSpec, holder: string): void {
	if (element.primitive !== undefined) {
		inspectPrimitive(walk, owner, value, element, spec, holder);
		return;
	}
	if (element.complex === undefined) {
		inspectNested(walk, value);
		return;
	}
	if (!isPlainObject(value)) {
		report(walk, "structure", element.type, describe(value));
		return;
	}
	if (element.type === "CodeableConcept") gatherConcept(walk, value, holder);
	else if (element.type === "Coding" && spec.name !== "CodeableConcept") walk.concepts.push({ holder, codings: [value], text: undefined });
	else if (element.type === "Reference") walk.references.push({ holder, value, targets: element.targets });
	inspectObject(walk, value, element.complex, holder);
}

function gatherConcept(walk: Walk, value: JsonRecord, holder: string): void {
	const { coding, text } = value;
	walk.concepts.push({
		holder,
		codings: Array.isArray(coding) ? coding.filter(isPlainObject) : [],
		text: typeof text === "string" ? text : undefined,
	});
}

/** Contained resources, entries of a Bundle, parameters. */
function inspectNested(walk: Walk, value: unknown): void {
	const isContained = walk.path.at(-2) === "contained";
	if (isContained && walk.containedDepth > 0) report(walk, "invariant", "no contained resource inside a contained one", "one");
	if (isContained && isPlainObject(value) && value.id === undefined) report(walk, "invariant", "an id of the contained resource", "none");
	walk.containedDepth += isContained ? 1 : 0;
	inspectAnyResource(walk, value);
	walk.containedDepth -= isContained ? 1 : 0;
}

function inspectPrimitive(walk: Walk, owner: JsonRecord, value: unknown, element: ElementSpec, spec: TypeSpec, holder: string): void {
	const name = element.primitive as NonNullable<typeof element.primitive>;
	if (!isPrimitive(name, value)) {
		const isRightType = typeof value === (name === "boolean" ? "boolean" : isNumeric(name) ? "number" : "string");
		report(walk, isRightType ? "value" : "structure", name, describe(value));
		return;
	}
	if (element.codes !== undefined && !element.codes.has(value as string)) {
		report(walk, "code-invalid", "a code of the required value set", "another code");
		return;
	}
	if ((name === "string" || name === "markdown" || name === "xhtml" || name === "base64Binary") && !isPlainText(spec, element)) {
		walk.texts.push({ holder: holder === spec.name ? `${holder}.${element.name}` : holder, text: value as string, owner });
	}
}

function isNumeric(name: string): boolean {
	return name === "integer" || name === "decimal" || name === "positiveInt" || name === "unsignedInt";
}

const plainCache = new Map<ElementSpec, boolean>();

function isPlainText(spec: TypeSpec, element: ElementSpec): boolean {
	let isPlain = plainCache.get(element);
	if (isPlain === undefined) {
		isPlain = (element.name === "id" && element.type === "string") || plainStrings.has(`${spec.name}.${element.name}`);
		plainCache.set(element, isPlain);
	}
	return isPlain;
}

/** `_birthDate`: id and extensions of a primitive; an array of them, with nulls, where the primitive repeats. */
function inspectSibling(walk: Walk, value: unknown, element: ElementSpec, primitive: unknown): void {
	if (!element.repeats) {
		if (!isPlainObject(value)) {
			report(walk, "structure", "an Element", describe(value));
			return;
		}
		inspectObject(walk, value, getElementSpec(), element.name);
		return;
	}
	if (!Array.isArray(value)) {
		report(walk, "structure", "an array", describe(value));
		return;
	}
	if (Array.isArray(primitive) && primitive.length !== value.length) report(walk, "structure", `${primitive.length} items`, `${value.length}`);
	for (let i = 0; i < value.length; i++) {
		if (value[i] === null) continue;
		walk.path.push(i);
		if (isPlainObject(value[i])) inspectObject(walk, value[i], getElementSpec(), element.name);
		else report(walk, "structure", "an Element or null", describe(value[i]));
		walk.path.pop();
	}
}

/** Element itself is abstract and not in the index: it has an id and extensions. */
function getElementSpec(): TypeSpec {
	if (elementSpec.elements.size === 0) {
		const source = getFhirIndex().resources.get("Patient")?.elements.get("name")?.complex?.elements;
		const elements = elementSpec.elements as Map<string, ElementSpec>;
		for (const name of ["id", "extension"]) elements.set(name, source?.get(name) as ElementSpec);
	}
	return elementSpec;
}

function report(walk: Walk, code: IssueCode, expected: string, found: string): void {
	if (walk.issues.length < issuesMax) walk.issues.push({ path: joinPath(walk.path), code, expected, found });
}

function joinPath(path: readonly (string | number)[]): string {
	let text = "";
	for (const part of path) text += typeof part === "number" ? `[${part}]` : text === "" ? part : `.${part}`;
	return text;
}

function describe(value: unknown): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "an array";
	if (typeof value === "string") return `text of ${value.length} characters`;
	return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
