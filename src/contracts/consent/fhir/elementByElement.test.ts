import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CivilDay, ConsentId } from "#base";
import { hospital, openedTerms, pseudonym, stateWith } from "../../testing/decisions.ts";
import { chain, idOf, keyOf } from "../../testing/memoryLedger.ts";
import { anyProvision } from "../../testing/provisions.ts";
import { purposes, sensitivityLabels } from "../../vocabulary.ts";
import type { LedgerConsent, Provision } from "../terms.ts";
import { labelsByCode } from "./codings.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import { consentFromFhir } from "./consentFromFhir.ts";
import { consentToFhir } from "./consentToFhir.ts";
import { formatInstant, formatPeriod, parseDateTime, utcMidnightOf } from "./fhirTime.ts";
import type { ConsentImportContext } from "./provisionFromFhir.ts";

const hl7 = "http://terminology.hl7.org/CodeSystem";
const doctor = keyOf("doctor").publicKey;
const consentId = idOf("consent 0") as ConsentId;
const recipient = { coding: [{ system: `${hl7}/v3-ParticipationType`, code: "IRCP" }] };
const own = (name: string) => `urn:aceso:consent:${name}`;
const coded = (name: string, valueCode: string) => ({ url: own(name), valueCode });

/** Every field of terms, with everything that is written in a form of its own. */
const everything: Provision = {
	type: "permit",
	grantees: [
		{ kind: "member", member: hospital, credential: "practitioner" },
		{ kind: "credential", credential: "researcher" },
		{ kind: "actor", key: doctor },
		{ kind: "study", study: "trial-1" },
		{ kind: "department", member: hospital, department: "care/1" },
	],
	purposes,
	classes: ["genomics", "other"],
	labels: sensitivityLabels,
	level: "pseudonymised",
	conditions: ["oncology"],
	diseases: ["MONDO:1", "MONDO:2"],
	models: ["prevent"],
	actions: ["read", "write"],
	startMs: Date.UTC(2026, 0, 1),
	endMs: Date.UTC(2027, 0, 1),
	records: ["Observation/1", "urn:x"],
	authors: ["Practitioner/1"],
	encounters: ["Encounter/1", "Observation/1"],
	dataFromMs: Date.UTC(2020, 0, 1) + 1,
	dataToMs: Date.UTC(2021, 0, 1),
	exceptions: [
		{ type: "deny", encounters: ["Encounter/2"], exceptions: [] },
		{ type: "permit", purposes: ["TREAT"], models: [], labels: [] },
	],
};

const purposeSystem = (code: string) => (code === "LOOKUP" || code === "SYSTEM" ? "urn:aceso:purpose" : `${hl7}/v3-ActReason`);
const identified = (type: string, system: string, value: string) => ({ type, identifier: { system: `urn:aceso:${system}`, value } });
const alsoData = (valueCode: string, valueReference: object) => ({
	url: own("data"),
	extension: [
		{ url: "meaning", valueCode },
		{ url: "reference", valueReference },
	],
});
const unnamed = (value: string) => ({ identifier: { system: "urn:aceso:reference", value } });

const written = {
	modifierExtension: [
		coded("level", "pseudonymised"),
		coded("model", "prevent"),
		coded("condition", "oncology"),
		coded("disease", "MONDO:1"),
		coded("disease", "MONDO:2"),
		alsoData("authoredby", { reference: "Practitioner/1" }),
		alsoData("related", { reference: "Encounter/1" }),
		alsoData("related", unnamed("Observation/1")),
	],
	type: "permit",
	period: { start: "2026-01-01T00:00:00.000Z", end: "2026-12-31T23:59:59.999Z" },
	actor: [
		{ modifierExtension: [coded("credential", "practitioner")], role: recipient, reference: identified("Organization", "member", hospital) },
		{ role: recipient, reference: identified("Group", "credential-kind", "researcher") },
		{ role: recipient, reference: identified("Practitioner", "key", doctor) },
		{ role: recipient, reference: identified("Group", "study", "trial-1") },
		{ role: recipient, reference: identified("Organization", "department", `${hospital}/care/1`) },
	],
	action: [
		["read", "access"],
		["write", "collect"],
	].map(([mine, theirs]) => ({
		coding: [
			{ system: "urn:aceso:action", code: mine },
			{ system: `${hl7}/consentaction`, code: theirs },
		],
	})),
	securityLabel: [
		{ system: `${hl7}/v3-Confidentiality`, code: "N" },
		{ system: `${hl7}/v3-ActCode`, code: "PSY" },
		{ system: `${hl7}/v3-ActCode`, code: "ETH" },
		{ system: "urn:aceso:sensitivity-label", code: "sexual-health" },
		{ system: "urn:aceso:sensitivity-label", code: "reproductive" },
		{ system: `${hl7}/v3-ActCode`, code: "SDV" },
		{ system: `${hl7}/v3-ActCode`, code: "HIV" },
	],
	purpose: purposes.map((code) => ({ system: purposeSystem(code), code })),
	class: ["genomics", "other"].map((code) => ({ system: "urn:aceso:data-class", code })),
	dataPeriod: { start: "2020-01-01T00:00:00.001Z", end: "2020-12-31T23:59:59.999Z" },
	data: [
		{ meaning: "instance", reference: { reference: "Observation/1" } },
		{ meaning: "instance", reference: unnamed("urn:x") },
	],
	provision: [
		{ extension: [coded("empty", "exceptions")], type: "deny", data: [{ meaning: "related", reference: { reference: "Encounter/2" } }] },
		{
			...{ extension: [coded("empty", "models")], type: "permit", securityLabel: [{ system: `${hl7}/v3-Confidentiality`, code: "N" }] },
			purpose: [{ system: `${hl7}/v3-ActReason`, code: "TREAT" }],
		},
	],
};

const compensation = { cents: 250, currency: "EUR", per: "use" } as const;
const opened = openedTerms(consentId, { provision: everything, terms: { title: "A title", version: 3, compensation } });
const ledger = stateWith([{ provision: { type: "permit" } }]).consents[0] as LedgerConsent;
const wholeResource = {
	resourceType: "Consent",
	meta: { profile: [own("1")] },
	extension: [
		{
			url: own("terms"),
			extension: [
				{ url: "chain", valueString: chain },
				{ url: "pseudonym", valueString: pseudonym },
				{ url: "consentId", valueString: consentId },
				{ url: "version", valueDecimal: 3 },
				{ url: "custodian", valueString: hospital },
				{ url: "custodial", valueBoolean: false },
			],
		},
		{
			url: own("compensation"),
			extension: [
				{ url: "cents", valueDecimal: 250 },
				{ url: "currency", valueCode: "EUR" },
				{ url: "per", valueCode: "use" },
			],
		},
	],
	identifier: [{ system: "urn:aceso:consent", value: consentId }],
	status: "active",
	scope: { coding: [{ system: `${hl7}/consentscope`, code: "patient-privacy" }] },
	category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
	patient: identified("Patient", "pseudonym", pseudonym),
	performer: [identified("Patient", "pseudonym", pseudonym)],
	organization: [identified("Organization", "member", hospital)],
	sourceAttachment: { title: "A title" },
	policy: [{ uri: own("policy") }],
	provision: written,
};

/** Code and place of the refusal, or "accepted". */
function refusal(resource: unknown, context: ConsentImportContext = {}): string {
	try {
		consentFromFhir(resource, context);
		return "accepted";
	} catch (error) {
		if (!(error instanceof ConsentFhirError)) throw error;
		return `${error.code.replace("CONSENT_FHIR_", "")} ${error.details.at}`;
	}
}

const withProvision = (provision: unknown) => ({ ...wholeResource, provision });
/** A permission of its own, whose labels are said. */
const permit = (fields: object) => withProvision({ type: "permit", securityLabel: [{ system: `${hl7}/v3-Confidentiality`, code: "N" }], ...fields });
const deny = (fields: object) => withProvision({ type: "deny", ...fields });
const read = (resource: unknown, context: ConsentImportContext = {}) => consentFromFhir(resource, context);

describe("a consent with everything in it", () => {
	it("[CN61] is written as exactly this resource, and read as exactly these terms", () => {
		expect(consentToFhir(opened, ledger)).toEqual(wholeResource);
		expect(read(wholeResource)).toEqual({ provision: everything, policies: [own("policy")], notes: [], terms: opened.terms });
	});

	it("[CN61] a record's id of 1 to 64 is a reference, any other text an identifier", () => {
		const writtenAs = (record: string) => {
			const provision: Provision = { type: "permit", records: [record] };
			return consentToFhir(openedTerms(consentId, { provision }), ledger).provision.data?.[0]?.reference;
		};
		for (const id of ["a", "A.9-z", "x".repeat(64)]) expect(writtenAs(`Observation/${id}`)).toEqual({ reference: `Observation/${id}` });
		for (const text of [
			"Observation/",
			`Observation/${"x".repeat(65)}`,
			"Observation/a_b",
			"xObservation/1x/2",
			"observation/1",
			"O/1",
			`${"O".repeat(65)}/1`,
		]) {
			expect(writtenAs(text)).toEqual(unnamed(text));
		}
	});

	it("[CN61] untitled, on paper, withdrawn or revoked: what is written differs in that alone", () => {
		const untitled = consentToFhir(openedTerms(consentId, { provision: { type: "permit" }, terms: { title: "" } }), ledger);
		expect(untitled.sourceAttachment).toEqual({ title: "-" });
		expect(untitled.extension?.[0]?.extension?.at(-1)).toEqual({ url: "untitled", valueBoolean: true });
		expect(read(JSON.parse(JSON.stringify(untitled))).terms?.title).toBe("");
		const paper = consentToFhir(openedTerms(consentId, { provision: everything, terms: { custodial: true } }), ledger);
		expect(paper.performer).toEqual([identified("Organization", "member", hospital)]);
		expect(consentToFhir(opened, { ...ledger, status: "withdrawn" })).toEqual({
			...wholeResource,
			...{ status: "inactive", modifierExtension: [coded("status", "withdrawn")] },
		});
		expect(consentToFhir(opened, { ...ledger, status: "revoked" })).toEqual({ ...wholeResource, status: "inactive" });
	});

	it.each(["a\u001fb", "\u0000", "\t", " ", "\u00a0", "\u007f", "\u0080"])(
		"[CN61] a title that shows nothing, or commands, is not written (%j)",
		(title) => {
			const write = () => consentToFhir(openedTerms(consentId, { provision: { type: "permit" }, terms: { title } }), ledger);
			expect(write).toThrow(expect.objectContaining({ code: "CONSENT_FHIR_NOT_EXPRESSIBLE", details: { at: "Consent.sourceAttachment.title" } }));
		},
	);

	it.each(["!", "~", "¡", " a ", "a\tb\r\nc"])("[CN61] a title that shows something is (%j)", (title) => {
		expect(consentToFhir(openedTerms(consentId, { provision: { type: "permit" }, terms: { title } }), ledger).sourceAttachment).toEqual({ title });
	});

	it("[CN61] the ledger's last day cuts the period where the terms go on, and not where they end with it", () => {
		const until = (provision: Provision, day: string) =>
			consentToFhir(openedTerms(consentId, { provision }), { ...ledger, validUntil: day as CivilDay }).provision.period;
		const end = "2026-12-31T23:59:59.999Z";
		const [last, over] = ["2026-12-31", Date.UTC(2027, 0, 1)];
		expect(until({ type: "permit", endMs: over }, last)).toEqual({ end });
		expect(until({ type: "permit", endMs: over + 1 }, last)).toEqual({
			extension: [{ url: own("terms-end"), valueDateTime: "2027-01-01T00:00:00.000Z" }],
			end,
		});
		expect(until({ type: "permit", startMs: over - 1 }, last)).toEqual({ extension: [coded("terms-end", "none")], start: end, end });
		expect(() => until({ type: "permit", startMs: over }, last)).toThrow(expect.objectContaining({ details: { at: "Consent.provision.period" } }));
	});
});

type Path = readonly (string | number)[];
function objectsIn(value: unknown, path: Path = []): readonly Path[] {
	if (typeof value !== "object" || value === null) return [];
	const nested = Object.entries(value).flatMap(([key, member]) => objectsIn(member, [...path, Array.isArray(value) ? Number(key) : key]));
	return Array.isArray(value) ? nested : [path, ...nested];
}
function listsIn(value: unknown, path: Path = []): readonly Path[] {
	if (typeof value !== "object" || value === null) return [];
	const nested = Object.entries(value).flatMap(([key, member]) => listsIn(member, [...path, Array.isArray(value) ? Number(key) : key]));
	return Array.isArray(value) ? [path, ...nested] : nested;
}
function changed(value: unknown, [first, ...rest]: Path, to: (before: unknown) => unknown): unknown {
	if (first === undefined) return to(value);
	if (Array.isArray(value)) return value.map((item, at) => (at === first ? changed(item, rest, to) : item));
	return { ...(value as object), [first]: changed((value as Record<string, unknown>)[first as string], rest, to) };
}
const placeOf = (path: Path) =>
	path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${step}`), "Consent.provision");
const isPlace = (at: string, path: Path) =>
	placeOf(path).startsWith(at) && at.length >= Math.min(placeOf(path).length, placeOf(path.slice(0, 1)).length);

describe("[CN62] element by element", () => {
	// Extensions that are no modifiers restrict nothing, and inside our own the parts are looked for by name.
	const objects = objectsIn(written).filter((path) => !path.includes("extension"));

	it.each(objects.map((path) => [placeOf(path), path] as const))("%s: an element that is not known is refused there", (_, path) => {
		// Of an identifier only system and value are read: the rest tells who gave it.
		if (path.at(-1) === "identifier" || path.at(-1) === "role") return;
		const isOwnData = path.at(-2) === "modifierExtension" && path.length === 2 && Number(path.at(-1)) >= 5;
		const [code, at = ""] = refusal(withProvision(changed(written, path, (before) => ({ ...(before as object), unless: 1 })))).split(" ");
		if (isOwnData) return;
		expect(code).toBe("ELEMENT_UNKNOWN");
		expect(isPlace(at, path), at).toBe(true);
	});

	it.each(objects.map((path) => [placeOf(path), path] as const))("%s: a text in its place is refused there", (_, path) => {
		for (const other of ["x", null, [], 1]) {
			const [code, at = ""] = refusal(withProvision(changed(written, path, () => other))).split(" ");
			expect(code).toMatch(/^(INVALID|TIME_INVALID|ELEMENT_UNKNOWN)$/);
			expect(isPlace(at, path), at).toBe(true);
		}
	});

	it.each(objects.map((path) => [placeOf(path), path] as const))("%s: an element id says nothing", (_, path) => {
		expect(read(withProvision(changed(written, path, (before) => ({ ...(before as object), id: "x" })))).provision).toEqual(everything);
	});

	it.each(
		listsIn(written)
			.filter((path) => !path.includes("extension"))
			.map((path) => [placeOf(path), path] as const),
	)("%s: no list, or an empty one, is refused there", (_, path) => {
		for (const other of ["x", {}, [], null, Array(257).fill((at: number) => at)]) {
			const [code, at = ""] = refusal(withProvision(changed(written, path, () => other))).split(" ");
			expect(code).toBe("INVALID");
			expect(isPlace(at, path), at).toBe(true);
		}
	});

	it("what a reference is shown as says nothing", () => {
		const shown = changed(written, ["actor", 0, "reference"], (before) => ({ ...(before as object), display: "A house" }));
		expect(read(withProvision(shown))).toEqual(read(wholeResource));
	});

	it("an extension that is no modifier says nothing, and that is told", () => {
		const url = "http://example.org/colour";
		const places: Path[] = [
			["actor", 0],
			["actor", 0, "reference"],
			["action", 0],
			["action", 0, "coding", 0],
			["purpose", 0],
			["data", 0],
			["dataPeriod"],
		];
		for (const path of places) {
			const resource = withProvision(changed(written, path, (before) => ({ ...(before as object), extension: [{ url, valueCode: "red" }] })));
			expect(read(resource).provision, placeOf(path)).toEqual(everything);
		}
		expect(read(deny({ extension: [{ url, valueCode: "red" }] })).notes).toEqual(["NOT_PART_OF_TERMS"]);
		expect(read({ ...wholeResource, extension: [...wholeResource.extension, { url, valueCode: "red" }] }).notes).toEqual(["NOT_PART_OF_TERMS"]);
		for (const name of ["text", "contained", "sourceReference", "verification"]) {
			expect(read({ ...wholeResource, [name]: { status: "generated" } }).notes, name).toEqual(["NOT_PART_OF_TERMS"]);
		}
		for (const name of ["id", "meta", "language", "dateTime", "identifier", "performer", "organization"]) {
			expect(read({ ...wholeResource, [name]: "x" }).notes, name).toEqual([]);
		}
	});

	const actor = (reference: object, more: object = {}, role: unknown = recipient) => permit({ actor: [{ role, reference, ...more }] });
	const byCredential = (...kinds: string[]) => ({ modifierExtension: kinds.map((kind) => coded("credential", kind)) });
	const reason = (code: string, system = `${hl7}/v3-ActReason`) => ({ system, code });
	const action = (...coding: object[]) => permit({ action: [{ coding }] });
	const modifier = (...modifierExtension: object[]) => permit({ modifierExtension });
	const instance = (reference: object, meaning: unknown = "instance") => permit({ data: [{ meaning, reference }] });
	const [P, X] = ["Consent.provision", "Consent"];

	it.each<[string, unknown, string]>([
		["not a resource", null, `INVALID ${X}`],
		["a list", [], `INVALID ${X}`],
		["no scope", { ...wholeResource, scope: undefined }, `INVALID ${X}.scope`],
		["a scope without codes", { ...wholeResource, scope: { text: "privacy" } }, `NOT_ACTIVE ${X}.status`],
		["a code of the scope that is none", { ...wholeResource, scope: { coding: ["x"] } }, `INVALID ${X}.scope`],
		["another scope", { ...wholeResource, scope: { coding: [reason("treatment", `${hl7}/consentscope`)] } }, `NOT_ACTIVE ${X}.status`],
		["another's word for privacy", { ...wholeResource, scope: { coding: [reason("patient-privacy", "x")] } }, `NOT_ACTIVE ${X}.status`],
		["research", { ...wholeResource, scope: { coding: [reason("x"), reason("research", `${hl7}/consentscope`)] } }, "accepted"],
		["no status", { ...wholeResource, status: undefined }, `NOT_ACTIVE ${X}.status`],
		["a policy without uri", { ...wholeResource, policy: [{ authority: "x" }] }, `INVALID ${X}.policy.uri`],
		["a policy that is none", { ...wholeResource, policy: ["x"] }, `INVALID ${X}.policy`],
		["no policies", { ...wholeResource, policy: [] }, `INVALID ${X}.policy`],
		["no extensions", { ...wholeResource, extension: [] }, `INVALID ${X}.extension`],
		["an extension that is none", { ...wholeResource, extension: ["x"] }, `INVALID ${X}.extension`],
		["own terms without parts", { ...wholeResource, extension: [{ url: own("terms"), extension: [] }] }, `INVALID ${X}.extension.extension`],
		["own terms of nothing", { ...wholeResource, extension: [{ url: own("terms") }] }, `INVALID ${X}.extension`],
		["a part that is none", { ...wholeResource, extension: [{ url: own("terms"), extension: [null] }] }, `INVALID ${X}.extension`],
		["own terms without a title", { ...wholeResource, sourceAttachment: undefined }, `INVALID ${X}.sourceAttachment`],
		["own terms with an empty attachment", { ...wholeResource, sourceAttachment: {} }, `INVALID ${X}.extension`],
		["no provision", { ...wholeResource, provision: undefined }, `INVALID ${P}`],
		["break-glass alone, by policy", permit({ purpose: [reason("BTG")] }), `PURPOSE_UNKNOWN ${P}.purpose`],
		["our purpose under another's name", permit({ purpose: [reason("TREAT", "x")] }), `PURPOSE_UNKNOWN ${P}.purpose[0]`],
		["an empty system", permit({ purpose: [reason("TREAT", "")] }), `INVALID ${P}.purpose[0].system`],
		["an empty code", permit({ purpose: [reason("TREAT"), reason("")] }), `INVALID ${P}.purpose[1].code`],
		["a class of another system", permit({ class: [reason("notes", "x")] }), `CLASS_UNKNOWN ${P}.class[0]`],
		["a class that does not exist", permit({ class: [reason("dreams", "urn:aceso:data-class")] }), `CLASS_UNKNOWN ${P}.class[0]`],
		[
			"an own action that does not exist",
			action(reason("delete", "urn:aceso:action"), reason("access", `${hl7}/consentaction`)),
			`ACTION_UNKNOWN ${P}.action[0]`,
		],
		["an action of another system", action(reason("access", "x")), `ACTION_UNKNOWN ${P}.action[0]`],
		["a member without a kind of credential", actor(identified("Organization", "member", hospital)), `ACTOR_UNKNOWN ${P}.actor[0]`],
		["a member's wizard", actor(identified("Organization", "member", hospital), byCredential("wizard")), `ACTOR_UNKNOWN ${P}.actor[0]`],
		[
			"two kinds at once",
			actor(identified("Organization", "member", hospital), byCredential("practitioner", "researcher")),
			`ACTOR_UNKNOWN ${P}.actor[0]`,
		],
		["a department of nobody", actor(identified("Organization", "department", "oncology")), `ACTOR_UNKNOWN ${P}.actor[0]`],
		["an identifier of another system", actor({ identifier: { system: "x", value: "y" } }), `ACTOR_UNKNOWN ${P}.actor[0]`],
		["an identifier without value", actor({ identifier: { system: "x" } }), `INVALID ${P}.actor[0].reference.value`],
		["an identifier that is none", actor({ identifier: "x" }), `INVALID ${P}.actor[0].reference.identifier`],
		["an empty reference", actor({ reference: "" }), `INVALID ${P}.actor[0].reference.reference`],
		["an empty type", actor({ reference: "Practitioner/1", type: "" }), `INVALID ${P}.actor[0].reference.type`],
		["a stranger's reference", actor({ reference: "Practitioner/1" }), `ACTOR_UNKNOWN ${P}.actor[0]`],
		["no role", permit({ actor: [{ reference: { reference: "Practitioner/1" } }] }), `INVALID ${P}.actor[0].role`],
		["a role without codes", actor({ reference: "Practitioner/1" }, {}, {}), `ACTOR_UNKNOWN ${P}.actor[0].role`],
		["a role of another system", actor({ reference: "Practitioner/1" }, {}, { coding: [reason("IRCP", "x")] }), `ACTOR_UNKNOWN ${P}.actor[0].role`],
		[
			"another modifier of an actor",
			actor(identified("Group", "study", "s"), { modifierExtension: [coded("level", "x")] }),
			`ELEMENT_UNKNOWN ${P}.actor[0].modifierExtension`,
		],
		["two levels", modifier(coded("level", "compute"), coded("level", "compute")), `ELEMENT_UNKNOWN ${P}.modifierExtension[1]`],
		["no level", modifier(coded("level", "most")), `ELEMENT_UNKNOWN ${P}.modifierExtension[0]`],
		["an empty model", modifier(coded("model", "")), `INVALID ${P}.modifierExtension[0].valueCode`],
		["a modifier of ours that does not exist", modifier(coded("colour", "red")), `ELEMENT_UNKNOWN ${P}.modifierExtension[0]`],
		["a modifier without url", modifier({ valueCode: "x" }), `ELEMENT_UNKNOWN ${P}.modifierExtension[0]`],
		["a modifier whose url ends as ours does", modifier({ url: "x:level", valueCode: "compute" }), `ELEMENT_UNKNOWN ${P}.modifierExtension[0]`],
		[
			"data without meaning",
			modifier({ url: own("data"), extension: [{ url: "reference", valueReference: { reference: "Observation/1" } }] }),
			`DATA_UNSUPPORTED ${P}.modifierExtension[0].meaning`,
		],
		[
			"data without reference",
			modifier({ url: own("data"), extension: [{ url: "meaning", valueCode: "instance" }] }),
			`INVALID ${P}.modifierExtension[0].reference`,
		],
		["data without parts", modifier({ url: own("data") }), `DATA_UNSUPPORTED ${P}.modifierExtension[0].meaning`],
		["a part that is none", modifier({ url: own("data"), extension: ["x"] }), `INVALID ${P}.modifierExtension[0]`],
		["an extension that is none", permit({ extension: ["x"] }), `INVALID ${P}.extension`],
		["a record by identifier of another", instance({ identifier: { system: "x", value: "y" } }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a record twice named", instance({ reference: "x", ...unnamed("Observation/1") }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a record id of 65", instance({ reference: `Observation/${"a".repeat(65)}` }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a record id of 64", instance({ reference: `Observation/${"a".repeat(64)}` }), "accepted"],
		["a record id of none", instance({ reference: "Observation/" }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a version of a record", instance({ reference: "Observation/1/_history/2" }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a type in small letters", instance({ reference: "observation/1" }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a type of one letter", instance({ reference: "O/1" }), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["a related record that is no encounter", instance({ reference: "Observation/1" }, "related"), `DATA_UNSUPPORTED ${P}.data[0].reference`],
		["an encounter", instance({ reference: "Encounter/1" }, "related"), "accepted"],
		["a meaning that does not exist", instance({ reference: "Encounter/1" }, "x"), `DATA_UNSUPPORTED ${P}.data[0].meaning`],
		[
			"a period that ends as it starts",
			deny({ period: { start: "2022-01-01T00:00:00.001Z", end: "2022-01-01T00:00:00.000Z" } }),
			`TIME_INVALID ${P}.period`,
		],
		["a period of one millisecond", deny({ period: { start: "2022-01-01T00:00:00.000Z", end: "2022-01-01T00:00:00.000Z" } }), "accepted"],
		["an end that is none", deny({ dataPeriod: { end: "soon" } }), `TIME_INVALID ${P}.dataPeriod.end`],
		[
			"an own end that is none",
			deny({ period: { end: "2022", extension: [{ url: own("terms-end"), valueDateTime: "soon" }] } }),
			`TIME_INVALID ${P}.period`,
		],
		[
			"an own end before the start",
			deny({ period: { start: "2022", extension: [{ url: own("terms-end"), valueDateTime: "2021" }] } }),
			`INVALID ${P}`,
		],
		["a period's extension that is none", deny({ period: { end: "2022", extension: ["x"] } }), `INVALID ${P}.period`],
		[
			"labels alone where a refusal stands beside",
			permit({
				provision: [
					{ type: "deny", class: [reason("notes", "urn:aceso:data-class")] },
					{ type: "permit", securityLabel: [reason("PSY", `${hl7}/v3-ActCode`)] },
				],
			}),
			`LABELS_ONLY ${P}.provision[1].securityLabel`,
		],
		[
			"labels alone where normal data are given",
			permit({ provision: [{ type: "permit", securityLabel: [reason("PSY", `${hl7}/v3-ActCode`)] }] }),
			"accepted",
		],
		[
			"labels alone for a model",
			permit({ provision: [{ type: "permit", modifierExtension: [coded("model", "m")], securityLabel: [reason("PSY", `${hl7}/v3-ActCode`)] }] }),
			`LABELS_ONLY ${P}.provision[0].securityLabel`,
		],
		["exceptions that are none", permit({ provision: ["x"] }), `INVALID ${P}.provision[0]`],
	])("%s", (_, resource, expected) => {
		expect(refusal(resource)).toBe(expected);
	});

	it("own terms without one of their parts are none", () => {
		const [terms, due] = wholeResource.extension;
		for (const at of terms!.extension.keys()) {
			const extension = terms!.extension.filter((_, other) => other !== at);
			expect(refusal({ ...wholeResource, extension: [{ ...terms, extension }, due] }), String(at)).toBe("INVALID Consent.extension");
		}
		for (const at of due!.extension.keys()) {
			const extension = due!.extension.filter((_, other) => other !== at);
			expect(refusal({ ...wholeResource, extension: [terms, { ...due, extension }] }), String(at)).toBe("INVALID Consent.extension");
		}
		expect(read({ ...wholeResource, extension: [due] }).terms).toBeUndefined();
		expect(read({ ...wholeResource, extension: [terms] }).terms).not.toHaveProperty("compensation");
	});

	it("nesting is read seven deep and no deeper", () => {
		const nest = (depth: number): object => ({ type: "deny", ...(depth > 0 && { provision: [nest(depth - 1)] }) });
		expect(refusal(withProvision(nest(7)))).toBe("accepted");
		expect(refusal(withProvision(nest(8)))).toBe(`TOO_DEEP ${P}${".provision[0]".repeat(8)}`);
	});

	it("256 of a list are read", () => {
		const purpose = Array(256).fill(reason("TREAT"));
		expect(read(permit({ purpose })).provision.purposes).toHaveLength(256);
	});
});

describe("[CN63] what is read more strictly, and only that, is told", () => {
	const reason = (code: string) => ({ system: `${hl7}/v3-ActReason`, code });
	const nested = (type: string, inner: object | undefined, outer: object | undefined = { purpose: [reason("TREAT")] }) =>
		read(permit({ ...outer, provision: [{ type, securityLabel: [{ system: `${hl7}/v3-ActCode`, code: "HIV" }], ...inner }] })).notes;

	it("a permission inside a permission that reaches beyond it", () => {
		expect(nested("permit", {})).toEqual(["EXCEPTION_STAYS_INSIDE"]);
		expect(nested("permit", { purpose: [reason("TREAT"), reason("HRESCH")] })).toEqual(["EXCEPTION_STAYS_INSIDE"]);
		expect(nested("permit", { purpose: [reason("ETREAT")] })).toEqual([]);
		expect(nested("permit", {}, {})).toEqual([]);
		expect(nested("deny", { purpose: [reason("HRESCH")] })).toEqual([]);
		const inDeny = deny({
			purpose: [reason("TREAT")],
			provision: [{ type: "permit", securityLabel: [{ system: `${hl7}/v3-Confidentiality`, code: "N" }] }],
		});
		expect(read(inDeny).notes).toEqual([]);
	});

	it("every code of sensitivity, granted and refused", () => {
		const label = (code: string, system = `${hl7}/v3-ActCode`) => ({
			securityLabel: [
				{ system: `${hl7}/v3-Confidentiality`, code: "R" },
				{ system, code },
			].slice(1),
		});
		const meaning = { PSY: ["mental-health"], ETH: ["substance-use"], SDV: ["violence"], HIV: ["hiv"], SEX: ["sexual-health", "reproductive"] };
		const narrower = { ETHUD: ["substance-use"], OPIOIDUD: ["substance-use"], STD: ["sexual-health"] };
		expect([...labelsByCode.keys()].sort()).toEqual([...Object.keys(meaning), ...Object.keys(narrower)].sort());
		for (const [code, labels] of Object.entries(meaning)) {
			expect(read(deny(label(code)))).toMatchObject({ provision: { labels }, notes: [] });
			const normal = { system: `${hl7}/v3-Confidentiality`, code: "N" };
			expect(read(permit({ securityLabel: [normal, ...label(code).securityLabel] }))).toMatchObject({ provision: { labels }, notes: [] });
			expect(refusal(permit(label(code)))).toBe("LABELS_ONLY Consent.provision.securityLabel");
			expect(refusal(deny(label(code, "x")))).toBe("LABEL_UNKNOWN Consent.provision.securityLabel[0]");
		}
		for (const [code, labels] of Object.entries(narrower)) {
			expect(read(deny(label(code)))).toMatchObject({ provision: { labels }, notes: ["REFUSAL_WIDENED"] });
			expect(refusal(permit(label(code)))).toBe("LABEL_UNKNOWN Consent.provision.securityLabel[0]");
		}
		for (const code of sensitivityLabels) expect(read(deny(label(code, "urn:aceso:sensitivity-label"))).provision).toMatchObject({ labels: [code] });
		expect(refusal(deny(label("dreams", "urn:aceso:sensitivity-label")))).toBe("LABEL_UNKNOWN Consent.provision.securityLabel[0]");
		const restricted = { securityLabel: [{ system: `${hl7}/v3-Confidentiality`, code: "R" }] };
		expect(read(deny(restricted)).provision).toMatchObject({ labels: sensitivityLabels });
		for (const code of ["N", "V"])
			expect(refusal(deny(label(code, `${hl7}/v3-Confidentiality`)))).toBe("LABEL_UNKNOWN Consent.provision.securityLabel[0]");
		expect(refusal(permit({ securityLabel: [{ system: "x", code: "N" }] }))).toBe("LABEL_UNKNOWN Consent.provision.securityLabel[0]");
	});

	it("break-glass: refused as emergency treatment, given by a policy that knows it, beside other purposes too", () => {
		const policy = { breakGlassByPolicy: true };
		const both = [reason("TREAT"), reason("BTG")];
		expect(read(deny({ purpose: [...both, reason("ETREAT")] }))).toMatchObject({
			provision: { purposes: ["TREAT", "ETREAT"] },
			notes: ["REFUSAL_WIDENED"],
		});
		expect(read(permit({ purpose: both }), policy)).toMatchObject({ provision: { purposes: ["TREAT"] }, notes: ["BREAK_GLASS_BY_POLICY"] });
		expect(refusal(permit({ purpose: both }))).toBe("PURPOSE_UNKNOWN Consent.provision.purpose");
		expect(refusal(permit({ purpose: [reason("BTG")] }), policy)).toBe("PURPOSE_UNKNOWN Consent.provision.purpose");
		expect(read(permit({ provision: [{ type: "permit", purpose: [reason("BTG")] }] }), policy).provision).not.toHaveProperty("exceptions");
		expect(refusal(permit({ purpose: [{ system: "x", code: "BTG" }] }), policy)).toBe("PURPOSE_UNKNOWN Consent.provision.purpose[0]");
	});

	it("whom and what the source's own words mean is the context's to say", () => {
		const bob = { kind: "actor", key: doctor } as const;
		const byName = permit({ actor: [{ role: recipient, reference: { reference: "Practitioner/bob", type: "Practitioner" } }] });
		const granteesOf: ConsentImportContext["granteesOf"] = (given) => {
			expect(given).toEqual({ reference: "Practitioner/bob", type: "Practitioner" });
			return [bob];
		};
		expect(read(byName, { granteesOf }).provision.grantees).toEqual([bob]);
		expect(refusal(byName, { granteesOf: () => [] })).toBe("ACTOR_UNKNOWN Consent.provision.actor[0]");
		expect(refusal(byName, { granteesOf: () => undefined })).toBe("ACTOR_UNKNOWN Consent.provision.actor[0]");
		const kind = { modifierExtension: [coded("credential", "practitioner")] };
		const withKind = permit({ actor: [{ role: recipient, reference: { reference: "Practitioner/bob" }, ...kind }] });
		expect(refusal(withKind, { granteesOf: () => [bob] })).toBe("ACTOR_UNKNOWN Consent.provision.actor[0]");
		const theirs = permit({ purpose: [{ system: "x", code: "TREAT" }] });
		const purposeOf: ConsentImportContext["purposeOf"] = (given) => {
			expect(given).toEqual({ system: "x", code: "TREAT" });
			return "HPAYMT";
		};
		expect(read(theirs, { purposeOf }).provision.purposes).toEqual(["HPAYMT"]);
		const absolute = permit({ data: [{ meaning: "instance", reference: { reference: "https://a.example/Observation/1" } }] });
		expect(read(absolute, { baseUrl: "https://a.example/" }).provision.records).toEqual(["Observation/1"]);
		expect(refusal(absolute, { baseUrl: "https://b.example/" })).toBe("DATA_UNSUPPORTED Consent.provision.data[0].reference");
	});
});

describe("times", () => {
	const span = (text: unknown) => parseDateTime(text, "x", utcMidnightOf);

	it("[CN61] an instant is written as the calendar has it, and read as that millisecond", () => {
		fc.assert(
			fc.property(fc.integer({ min: -62135596800000, max: 253402300799999 }), (ms) => {
				const text = formatInstant(ms, "x");
				expect(text).toBe(new Date(ms).toISOString());
				expect(span(text)).toEqual({ fromMs: ms, toMs: ms + 1 });
			}),
		);
		expect(formatInstant(-62135596800000, "x")).toBe("0001-01-01T00:00:00.000Z");
		expect(formatInstant(253402300799999, "x")).toBe("9999-12-31T23:59:59.999Z");
		for (const ms of [-62135596800001, 253402300800000]) {
			expect(() => formatInstant(ms, "here")).toThrow(expect.objectContaining({ code: "CONSENT_FHIR_NOT_EXPRESSIBLE", details: { at: "here" } }));
		}
		expect(formatPeriod(undefined, undefined, "x")).toBeUndefined();
		expect([formatPeriod(0, undefined, "x"), formatPeriod(undefined, 0, "x")]).toEqual([
			{ start: "1970-01-01T00:00:00.000Z" },
			{ end: "1969-12-31T23:59:59.999Z" },
		]);
		expect(() => formatPeriod(-62135596800001, 0, "p")).toThrow(expect.objectContaining({ details: { at: "p.start" } }));
		expect(() => formatPeriod(0, -62135596800000, "p")).toThrow(expect.objectContaining({ details: { at: "p.end" } }));
	});

	it("[CN62] an offset is taken off, whichever its sign", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: -50000000000, max: 4000000000000 }).map((s) => Math.floor(s / 1000) * 1000),
				fc.integer({ min: -14, max: 14 }),
				fc.integer({ min: 0, max: 59 }),
				fc.constantFrom("", ".5", ".25", ".125", ".1250", ".125000000"),
				(ms, hours, minutes, fraction) => {
					const offset = `${hours < 0 ? "-" : "+"}${String(Math.abs(hours)).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
					const text = `${new Date(ms).toISOString().slice(0, 19)}${fraction}${offset}`;
					const away = (Math.abs(hours) * 60 + minutes) * 60_000 * (hours < 0 ? -1 : 1);
					const fromMs = ms + (fraction === "" ? 0 : Number(fraction) * 1000) - away;
					expect(span(text)).toEqual({ fromMs, toMs: fromMs + (fraction === "" ? 1_000 : 1) });
				},
			),
		);
	});

	it.each([
		["2022", Date.UTC(2022, 0), Date.UTC(2023, 0)],
		["2024-02", Date.UTC(2024, 1), Date.UTC(2024, 2)],
		["2022-12", Date.UTC(2022, 11), Date.UTC(2023, 0)],
		["2022-12-31", Date.UTC(2022, 11, 31), Date.UTC(2023, 0)],
		["2022-12-31T23:59:59Z", Date.UTC(2022, 11, 31, 23, 59, 59), Date.UTC(2023, 0)],
		["9999", Date.UTC(9999, 0), 253402300800000],
		["9999-12", Date.UTC(9999, 11), 253402300800000],
		["9999-11", Date.UTC(9999, 10), Date.UTC(9999, 11)],
		["9999-12-31", Date.UTC(9999, 11, 31), 253402300800000],
		["9999-12-30", Date.UTC(9999, 11, 30), Date.UTC(9999, 11, 31)],
		["0001", -62135596800000, -62135596800000 + 365 * 86_400_000],
		["2024", Date.UTC(2024, 0), Date.UTC(2025, 0)],
	])("[CN62] %s ends with its precision", (text, fromMs, toMs) => {
		expect(span(text)).toEqual({ fromMs, toMs });
	});

	it.each([
		...["", "x", "22", "2022-1", "2022-13", "2022-00", "2022-02-30", "0000", "20222", "x2022", "2022x", "2022-01-01T00:00:00", "2022-01-01T00:00Z"],
		...["2022-01-01T24:00:00Z", "2022-01-01T23:60:00Z", "2022-01-01T23:59:60Z", "2022-01-01T00:00:00+15:00", "2022-01-01T00:00:00-14:60"],
		...["2022-01-01T00:00:00.Z", "2022-01-01T00:00:00.0001Z", "2022-01-01T00:00:00.0000000000Z", "2022-01-01T00:00:00+1:00", "2022-01-01 00:00:00Z"],
		...[null, undefined, 2022, {}],
	])("[CN62] %j is no time", (text) => {
		expect(() => span(text)).toThrow(expect.objectContaining({ code: "CONSENT_FHIR_TIME_INVALID", details: { at: "x" } }));
	});
});

describe("any provision", () => {
	it("[CN60] is read from what is written as it was, without a note but of labels that a grant does not name", () => {
		fc.assert(
			fc.property(anyProvision(), (provision) => {
				const resource = (() => {
					try {
						return consentToFhir(openedTerms(consentId, { provision }), { ...ledger, validUntil: "9999-12-31" as CivilDay });
					} catch {
						return undefined;
					}
				})();
				if (resource === undefined) return;
				const { notes, provision: back } = read(JSON.parse(JSON.stringify(resource)));
				expect(back).toEqual(provision);
				expect(notes.filter((note) => note !== "SENSITIVE_DATA_NOT_GRANTED" && note !== "EXCEPTION_STAYS_INSIDE")).toEqual([]);
			}),
			{ numRuns: 200 },
		);
	});
});
