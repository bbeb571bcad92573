import type { CivilDay, MemberId, PublicKey } from "#base";
import { credentialKinds, dataClasses, type Level, levels, type Purpose, purposes } from "../../vocabulary.ts";
import { purposeMask } from "../compileTerms.ts";
import type { Grantee, Provision } from "../terms.ts";
import { extensionUrl, systems } from "./codings.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import { type Elements, elementsOf, isKnown, listOf, requireOnly, textOf } from "./elements.ts";
import type { FhirReference } from "./fhirConsent.ts";
import { type LocalMidnight, parseDateTime, utcMidnightOf } from "./fhirTime.ts";
import { labelsFromFhir } from "./labelsFromFhir.ts";

/** What the reader must know of the source: FHIR names people and times locally. */
export interface ConsentImportContext {
	/** Whom a reference means here; undefined or empty for nobody known, which refuses the import. */
	readonly granteesOf?: (reference: FhirReference) => readonly Grantee[] | undefined;
	/** What a code outside v3 PurposeOfUse's own list means here, such as a research project's. */
	readonly purposeOf?: (coding: { readonly system: string; readonly code: string }) => Purpose | undefined;
	/** The first instant of a day where the source stands; UTC when absent. */
	readonly localMidnight?: (day: CivilDay) => number;
	/** What absolute references to the source's records begin with, such as `https://example.org/fhir/`. */
	readonly baseUrl?: string;
	/** True where the custodian's policy knows break-glass: then a permission for it alone needs no grant. */
	readonly breakGlassByPolicy?: boolean;
}

/** What was read in a stricter way than written, told so that the patient can be shown it. Nothing is read in a wider way. */
export type ImportNote =
	/** A grant names no labels: FHIR's absence means all data, ours unlabelled data alone. */
	| "SENSITIVE_DATA_NOT_GRANTED"
	/** A refusal of one condition's label became a refusal of the whole label. */
	| "REFUSAL_WIDENED"
	/** A permission for break-glass alone was left out: the custodian's policy gives it. */
	| "BREAK_GLASS_BY_POLICY"
	/** A permission inside a permission reaches beyond it; only what lies inside is granted. */
	| "EXCEPTION_STAYS_INSIDE"
	/** Extensions that are no modifiers, narrative, attachments, verification: not part of terms. */
	| "NOT_PART_OF_TERMS";

export interface Reader {
	readonly context: ConsentImportContext;
	readonly localMidnight: LocalMidnight;
	readonly notes: Set<ImportNote>;
}

const depthMax = 7;
const elements = ["id", "extension", "modifierExtension", "type", "period", "actor", "action", "securityLabel", "purpose", "class"];
const known = [...elements, "dataPeriod", "data", "provision"];

/**
 * Reads `Consent.provision` and what nests in it. Repetitions of an element are alternatives, elements apply together, nested provisions are
 * exceptions (R4 Consent §6.2.3; PCF 1.1 appendix P.4.4). Whatever has no exact or stricter form here is refused with its path.
 *
 * @returns Undefined for a permission that the custodian's policy already gives (`BREAK_GLASS_BY_POLICY`).
 * @throws ConsentFhirError of any code but `NOT_ACTIVE` and `NOT_EXPRESSIBLE`.
 */
export function provisionFromFhir(reader: Reader, value: unknown, at: string, above?: Above, depth = 0): Provision | undefined {
	if (depth > depthMax) throw new ConsentFhirError("CONSENT_FHIR_TOO_DEEP", at, `expected exceptions nested at most ${depthMax} deep`);
	const source = elementsOf(value, at);
	requireOnly(source, known, at);
	const type = source["type"];
	if (type !== "permit" && type !== "deny") throw new ConsentFhirError("CONSENT_FHIR_INVALID", `${at}.type`, "expected permit or deny");
	const purpose = readPurposes(reader, source, type, at, depth);
	if (purpose === "by-policy") return undefined;
	const { empty, ...modifiers } = readModifiers(reader, source, at);
	const own: Provision = {
		type,
		...readPeriod(reader, source["period"], `${at}.period`, "startMs", "endMs"),
		...readActors(reader, source, at),
		...readActions(source, at),
		...readLabels(reader, source, type, at, above?.grantsNormal === true && modifiers.fields.models === undefined),
		...(purpose && { purposes: purpose }),
		...readClasses(source, at),
		...readPeriod(reader, source["dataPeriod"], `${at}.dataPeriod`, "dataFromMs", "dataToMs"),
		...readData(reader, source, modifiers.data, at),
		...modifiers.fields,
		...(empty.includes("models") && { models: [] }),
	};
	if (above?.rule.type === "permit" && type === "permit" && reachesBeyond(own, above.rule)) reader.notes.add("EXCEPTION_STAYS_INSIDE");
	const exceptions = readExceptions(reader, source, own, at, depth);
	return exceptions.length === 0 && !empty.includes("exceptions") ? own : { ...own, exceptions };
}

/** What a nested provision stands in. */
interface Above {
	readonly rule: Provision;
	/** True for a grant without refusals beside the nested one: whoever meets the nested one has been given normal data already. */
	readonly grantsNormal: boolean;
}

function readExceptions(reader: Reader, source: Elements, own: Provision, at: string, depth: number): readonly Provision[] {
	const nested = listOf(source, "provision", at);
	const refuses = nested.some((one, i) => elementsOf(one, `${at}.provision[${i}]`)["type"] === "deny");
	const above: Above = { rule: own, grantsNormal: own.type === "permit" && !refuses };
	return nested.flatMap((one, i) => {
		const exception = provisionFromFhir(reader, one, `${at}.provision[${i}]`, above, depth + 1);
		return exception === undefined ? [] : [exception];
	});
}

function reachesBeyond({ purposes: inner }: Provision, { purposes: outer }: Provision): boolean {
	return outer !== undefined && ((inner === undefined ? -1 : purposeMask(inner)) & ~purposeMask(outer)) !== 0;
}

/** Break-glass is no purpose here but a way to ask, which the custodian's policy allows: a refusal of it is one of emergency treatment. */
function readPurposes(
	reader: Reader,
	source: Elements,
	type: Provision["type"],
	at: string,
	depth: number,
): readonly Purpose[] | "by-policy" | undefined {
	const codings = listOf(source, "purpose", at).map((coding, i) => readCoding(coding, `${at}.purpose[${i}]`));
	if (codings.length === 0) return undefined;
	const isBreakGlass = ({ system, code }: Coding) => system === systems.actReason && code === "BTG";
	const others = codings.filter((coding) => !isBreakGlass(coding));
	const read = others.map((coding) => readPurpose(reader, coding));
	if (others.length === codings.length) return read;
	if (type === "deny") {
		reader.notes.add("REFUSAL_WIDENED");
		return [...new Set([...read, "ETREAT" as const])];
	}
	if (reader.context.breakGlassByPolicy !== true || (others.length === 0 && depth === 0)) {
		throw new ConsentFhirError(
			"CONSENT_FHIR_PURPOSE_UNKNOWN",
			`${at}.purpose`,
			"expected a custodian whose policy knows break-glass: no grant gives it",
		);
	}
	reader.notes.add("BREAK_GLASS_BY_POLICY");
	return others.length === 0 ? "by-policy" : read;
}

/** The published code where we have it; else what the context says that a code means. */
function readPurpose({ context }: Reader, { system, code, at }: Coding): Purpose {
	const listed = system === systems.actReason || system === systems.purpose;
	const purpose = listed && isKnown(purposes, code) ? code : context.purposeOf?.({ system, code });
	if (purpose === undefined) throw new ConsentFhirError("CONSENT_FHIR_PURPOSE_UNKNOWN", at, "expected a purpose of the closed list");
	return purpose;
}

export interface Coding {
	readonly system: string;
	readonly code: string;
	readonly at: string;
}

/** A coding without system or code could mean anything; what else stands in it is for reading, not for deciding. */
function readCoding(value: unknown, at: string): Coding {
	const coding = elementsOf(value, at);
	requireOnly(coding, ["id", "extension", "system", "version", "code", "display", "userSelected"], at);
	return { system: textOf(coding, "system", at), code: textOf(coding, "code", at), at };
}

function readLabels(reader: Reader, source: Elements, type: Provision["type"], at: string, grantsNormal: boolean) {
	const codings = listOf(source, "securityLabel", at).map((coding, i) => readCoding(coding, `${at}.securityLabel[${i}]`));
	if (codings.length === 0) {
		if (type === "permit") reader.notes.add("SENSITIVE_DATA_NOT_GRANTED");
		return {};
	}
	const { labels, normal, widened } = labelsFromFhir(codings, type);
	if (widened) reader.notes.add("REFUSAL_WIDENED");
	// A grant always includes unlabelled data: it can be read only where they are given already.
	if (type === "permit" && !normal && !grantsNormal) {
		throw new ConsentFhirError("CONSENT_FHIR_LABELS_ONLY", `${at}.securityLabel`, "expected normal data to be granted as well");
	}
	return { labels };
}

function readClasses(source: Elements, at: string): Pick<Provision, "classes"> {
	const classes = listOf(source, "class", at).map((value, i) => {
		const { system, code, at: place } = readCoding(value, `${at}.class[${i}]`);
		if (system !== systems.dataClass || !isKnown(dataClasses, code)) {
			throw new ConsentFhirError("CONSENT_FHIR_CLASS_UNKNOWN", place, "expected a class of the closed list");
		}
		return code;
	});
	return classes.length === 0 ? {} : { classes };
}

function readActions(source: Elements, at: string): Pick<Provision, "actions"> {
	const actions = listOf(source, "action", at).map((value, i) => {
		const place = `${at}.action[${i}]`;
		const concept = elementsOf(value, place);
		requireOnly(concept, ["id", "extension", "coding", "text"], place);
		const codings = listOf(concept, "coding", place).map((coding, k) => readCoding(coding, `${place}.coding[${k}]`));
		const own = codings.find(({ system }) => system === systems.action)?.code;
		const published = codings.find(({ system }) => system === systems.consentAction)?.code;
		const action = own ?? (published === "access" ? "read" : published === "collect" ? "write" : undefined);
		if (action === "read" || action === "write") return action;
		throw new ConsentFhirError("CONSENT_FHIR_ACTION_UNKNOWN", place, "expected access or collect");
	});
	return actions.length === 0 ? {} : { actions };
}

function readActors(reader: Reader, source: Elements, at: string): Pick<Provision, "grantees"> {
	const grantees = listOf(source, "actor", at).flatMap((value, i) => readActor(reader, value, `${at}.actor[${i}]`));
	return grantees.length === 0 ? {} : { grantees };
}

function readActor({ context }: Reader, value: unknown, at: string): readonly Grantee[] {
	const actor = elementsOf(value, at);
	requireOnly(actor, ["id", "extension", "modifierExtension", "role", "reference"], at);
	const roles = listOf(elementsOf(actor["role"], `${at}.role`), "coding", `${at}.role`).map((coding) => readCoding(coding, `${at}.role`));
	if (!roles.some(({ system, code }) => system === systems.participation && code === "IRCP")) {
		throw new ConsentFhirError("CONSENT_FHIR_ACTOR_UNKNOWN", `${at}.role`, "expected an information recipient");
	}
	const [credential, ...more] = listOf(actor, "modifierExtension", at).map((extension) => codeOf(extension, "credential", `${at}.modifierExtension`));
	const reference = readReference(actor["reference"], `${at}.reference`);
	const own = ownGrantee(reference, credential);
	const named = own === undefined ? (credential === undefined ? context.granteesOf?.(reference) : undefined) : [own];
	if (named === undefined || named.length === 0 || more.length > 0) {
		throw new ConsentFhirError("CONSENT_FHIR_ACTOR_UNKNOWN", at, "expected an actor that is known here");
	}
	return named;
}

/** A grantee that was written here; the schema of terms checks the values afterwards. */
function ownGrantee({ identifier }: FhirReference, credential: string | undefined): Grantee | undefined {
	const value = identifier?.value ?? "";
	switch (identifier?.system) {
		case systems.member:
			return credential !== undefined && isKnown(credentialKinds, credential) ? { kind: "member", member: value as MemberId, credential } : undefined;
		case systems.department: {
			const slash = value.indexOf("/");
			return slash < 0 ? undefined : { kind: "department", member: value.slice(0, slash) as MemberId, department: value.slice(slash + 1) };
		}
		case systems.credential:
			return isKnown(credentialKinds, value) ? { kind: "credential", credential: value } : undefined;
		case systems.study:
			return { kind: "study", study: value };
		case systems.key:
			return { kind: "actor", key: value as PublicKey };
		default:
			return undefined;
	}
}

function readReference(value: unknown, at: string): FhirReference {
	const source = elementsOf(value, at);
	requireOnly(source, ["id", "extension", "reference", "type", "identifier", "display"], at);
	const identifier = source["identifier"] === undefined ? undefined : elementsOf(source["identifier"], `${at}.identifier`);
	return {
		...(source["reference"] !== undefined && { reference: textOf(source, "reference", at) }),
		...(source["type"] !== undefined && { type: textOf(source, "type", at) }),
		...(identifier && { identifier: { system: textOf(identifier, "system", at), value: textOf(identifier, "value", at) } }),
	};
}

type From = "startMs" | "dataFromMs";
type To = "endMs" | "dataToMs";

function readPeriod(reader: Reader, value: unknown, at: string, from: From, to: To): Partial<Record<From | To, number>> {
	if (value === undefined) return {};
	const period = elementsOf(value, at);
	requireOnly(period, ["id", "extension", "start", "end"], at);
	const { start, end } = period;
	const fromMs = start === undefined ? undefined : parseDateTime(start, `${at}.start`, reader.localMidnight).fromMs;
	const toMs = end === undefined ? undefined : parseDateTime(end, `${at}.end`, reader.localMidnight).toMs;
	if (fromMs === undefined && toMs === undefined) throw new ConsentFhirError("CONSENT_FHIR_TIME_INVALID", at, "expected a start or an end");
	if ((fromMs ?? Number.NEGATIVE_INFINITY) >= (toMs ?? Number.POSITIVE_INFINITY))
		throw new ConsentFhirError("CONSENT_FHIR_TIME_INVALID", at, "expected an end after the start");
	return { ...(fromMs !== undefined && { [from]: fromMs }), ...(toMs !== undefined && { [to]: toMs }) };
}

const kindOfMeaning = { instance: "records", authoredby: "authors", related: "encounters" } as const;
interface Datum {
	readonly kind: (typeof kindOfMeaning)[keyof typeof kindOfMeaning];
	readonly value: string;
}

/** Alternatives of one meaning are a list of ours; alternatives of several meanings are not, since our lists apply together. */
function readData(reader: Reader, source: Elements, also: readonly Datum[], at: string): Pick<Provision, "records" | "authors" | "encounters"> {
	const data = listOf(source, "data", at).map((value, i) => readDatum(reader, value, `${at}.data[${i}]`));
	if (new Set(data.map(({ kind }) => kind)).size > 1) {
		throw new ConsentFhirError("CONSENT_FHIR_DATA_UNSUPPORTED", `${at}.data`, "expected data of one meaning in one provision");
	}
	const fields: { records?: string[]; authors?: string[]; encounters?: string[] } = {};
	for (const { kind, value } of [...data, ...also]) fields[kind] = [...(fields[kind] ?? []), value];
	return fields;
}

function readDatum({ context }: Reader, value: unknown, at: string): Datum {
	const source = elementsOf(value, at);
	requireOnly(source, ["id", "extension", "meaning", "reference"], at);
	return datum(context, source["meaning"], source["reference"], at);
}

function datum({ baseUrl }: ConsentImportContext, meaning: unknown, reference: unknown, at: string): Datum {
	if (meaning !== "instance" && meaning !== "authoredby" && meaning !== "related") {
		throw new ConsentFhirError("CONSENT_FHIR_DATA_UNSUPPORTED", `${at}.meaning`, "expected instance, authoredby or related");
	}
	const { reference: text, identifier } = readReference(reference, `${at}.reference`);
	if (identifier?.system === systems.reference && text === undefined) return { kind: kindOfMeaning[meaning], value: identifier.value ?? "" };
	const relative = baseUrl !== undefined && text?.startsWith(baseUrl) === true ? text.slice(baseUrl.length) : text;
	const target = relative?.match(/^([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9.-]{1,64}$/);
	if (relative === undefined || target === null || target === undefined || (meaning === "related" && target[1] !== "Encounter")) {
		throw new ConsentFhirError("CONSENT_FHIR_DATA_UNSUPPORTED", `${at}.reference`, "expected a record of this source; of related ones, an encounter");
	}
	return { kind: kindOfMeaning[meaning], value: relative };
}

interface Modifiers {
	readonly fields: { level?: Level; models?: string[]; conditions?: string[]; diseases?: string[] };
	readonly data: readonly Datum[];
	readonly empty: readonly string[];
}

/** A modifier extension that is not ours may turn the meaning round: it is refused. */
function readModifiers({ context, notes }: Reader, source: Elements, at: string): Modifiers {
	const fields: Modifiers["fields"] = {};
	const data: Datum[] = [];
	const lists = { model: "models", condition: "conditions", disease: "diseases" } as const;
	for (const [i, value] of listOf(source, "modifierExtension", at).entries()) {
		const place = `${at}.modifierExtension[${i}]`;
		const extension = elementsOf(value, place);
		const name = nameOf(extension);
		if (name === "level") {
			const level = codeOf(extension, name, place);
			if (!isKnown(levels, level) || fields.level !== undefined) throw unknownModifier(place);
			fields.level = level;
		} else if (name === "model" || name === "condition" || name === "disease") {
			fields[lists[name]] = [...(fields[lists[name]] ?? []), codeOf(extension, name, place)];
		} else if (name === "data") {
			const parts = listOf(extension, "extension", place).map((part) => elementsOf(part, place));
			const part = (url: string) => parts.find((one) => one["url"] === url);
			data.push(datum(context, part("meaning")?.["valueCode"], part("reference")?.["valueReference"], place));
		} else throw unknownModifier(place);
	}
	const extensions = listOf(source, "extension", at).map((value) => elementsOf(value, `${at}.extension`));
	const empty = extensions.filter((extension) => nameOf(extension) === "empty").map((extension) => String(extension["valueCode"]));
	if (empty.length < extensions.length) notes.add("NOT_PART_OF_TERMS");
	return { fields, data, empty };
}

function nameOf(extension: Elements): string {
	const { url } = extension;
	const prefix = extensionUrl("");
	return typeof url === "string" && url.startsWith(prefix) ? url.slice(prefix.length) : "";
}

function codeOf(value: unknown, name: string, at: string): string {
	const extension = elementsOf(value, at);
	requireOnly(extension, ["id", "url", "valueCode"], at);
	if (nameOf(extension) !== name) throw unknownModifier(at);
	return textOf(extension, "valueCode", at);
}

function unknownModifier(at: string): ConsentFhirError {
	return new ConsentFhirError("CONSENT_FHIR_ELEMENT_UNKNOWN", at, "expected a modifier extension of this project, once where one is meant");
}

/** A reader of one resource. */
export function createReader(context: ConsentImportContext): Reader {
	return { context, localMidnight: context.localMidnight ?? utcMidnightOf, notes: new Set() };
}
