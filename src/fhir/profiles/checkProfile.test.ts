import * as medplum from "@medplum/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FhirResource } from "../resource.ts";
import type { LoadedProfile } from "./checkProfile.ts";
import { createProfileLibrary } from "./profileLibrary.ts";

const category = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] };
const url = "https://north.example/profile/lab";
const observationUrl = "http://hl7.org/fhir/StructureDefinition/Observation";
const definition = (element: readonly object[], more: object = {}) => ({
	...{ resourceType: "StructureDefinition", url, version: "1.0.0", kind: "resource", type: "Observation" },
	...{ derivation: "constraint", baseDefinition: observationUrl },
	differential: { element: [{ id: "Observation", path: "Observation" }, ...element] },
	...more,
});
/** Elements by id, as differentials have them; the path is the id without its slices. */
const at = (id: string, more: object) => ({
	id,
	path: id.replace(/:[^.]*/g, ""),
	...(/:[^.]*$/.test(id) ? { sliceName: id.replace(/^.*:/, "") } : {}),
	...more,
});
const observation: FhirResource = {
	...{ resourceType: "Observation", id: "o", status: "final", category: [category], valueQuantity: { value: 5, unit: "mmol/L", code: "mmol/L" } },
	code: { coding: [{ system: "http://loinc.org", code: "2345-7" }] },
	component: [{ code: { text: "a" } }, {}],
};
const check = (definitions: readonly object[], resource: FhirResource, named = url) => {
	const library = createProfileLibrary(definitions, () => medplum);
	return library.check(library.find(named) as LoadedProfile, resource);
};
const told = (list: readonly { path: string; code: string }[]) => list.map(({ path, code }) => `${path} ${code}`);
const faults = (elements: readonly object[], resource = observation, beside: readonly object[] = []) =>
	told(check([definition(elements), ...beside], resource).issues);
const unchecked = (elements: readonly object[], resource = observation, beside: readonly object[] = []) =>
	check([definition(elements), ...beside], resource).unchecked.map(({ path, reason, subject }) => `${path} ${reason} ${subject}`);
const component = (code: string, more: object = {}) => ({ code: { coding: [{ system: "urn:c", code }] }, ...more });
const withComponents = (...components: object[]): FhirResource => ({ ...observation, component: components });

describe("profiles, element by element", () => {
	it("[FR80] cardinality, for each holder that is there and for none that is not", () => {
		expect(faults([{ path: "Observation.subject", min: 1 }])).toEqual(["Observation.subject required"]);
		expect(faults([{ path: "Observation.component.code", min: 1 }])).toEqual(["Observation.component[1].code required"]);
		expect(faults([{ path: "Observation.referenceRange.low", min: 1 }])).toEqual([]);
		expect(faults([{ path: "Observation.category", max: "0" }])).toEqual(["Observation.category structure"]);
		expect(faults([{ path: "Observation.component", max: "1" }])).toEqual(["Observation.component structure"]);
		expect(faults([{ path: "Observation.value[x]", min: 1 }])).toEqual([]);
		const absent = { ...observation, status: undefined, _status: { extension: [{ url: "urn:x", valueCode: "unknown" }] } };
		expect(faults([{ path: "Observation.status", min: 1, max: "1" }], JSON.parse(JSON.stringify(absent)))).toEqual([]);
	});

	it("[FR80] narrowed types, fixed values and patterns", () => {
		expect(faults([{ path: "Observation.value[x]", type: [{ code: "CodeableConcept" }] }])).toEqual(["Observation.valueQuantity structure"]);
		expect(faults([{ path: "Observation.value[x]", type: [{ code: "Quantity" }] }])).toEqual([]);
		expect(faults([{ path: "Observation.status", fixedCode: "preliminary" }])).toEqual(["Observation.status value"]);
		expect(faults([{ path: "Observation.category", patternCodeableConcept: category }])).toEqual([]);
		expect(faults([{ path: "Observation.category", patternCodeableConcept: { text: "Lab" } }])).toEqual(["Observation.category[0] value"]);
		expect(faults([{ path: "Observation.category", fixedCodeableConcept: { coding: [] } }])).toEqual(["Observation.category[0] value"]);
	});

	it("[FR80] a reference to another type is a fault; what its target has to meet was not looked at, and is told", () => {
		const subject = (...targetProfile: string[]) => [{ path: "Observation.subject", type: [{ code: "Reference", targetProfile }] }];
		const about = (reference: string): FhirResource => ({ ...observation, subject: { reference } });
		const patient = "http://hl7.org/fhir/StructureDefinition/Patient";
		expect(faults(subject(patient), about("Group/1"))).toEqual(["Observation.subject structure"]);
		expect(faults(subject(patient), about("https://else.example/fhir/Patient/1/_history/2"))).toEqual([]);
		expect(unchecked(subject(patient), about("Patient/1"))).toEqual([]);
		expect(unchecked(subject(patient), about("urn:uuid:1"))).toEqual([`Observation.subject target ${patient}`]);
		expect(unchecked(subject("urn:profile:p"), about("Patient/1"))).toEqual(["Observation.subject target urn:profile:p"]);
	});

	it("[FR80] another type has one fault; what is no profile is none", () => {
		expect(faults([], { resourceType: "Patient" })).toEqual(["Patient structure"]);
		for (const other of [null, [], {}, { ...definition([]), kind: "logical" }, { ...definition([]), differential: undefined }])
			expect(createProfileLibrary([other], () => medplum).find(url)).toBeUndefined();
	});
});

describe("slices", () => {
	const sliced = (discriminator: object[], more: object = {}) => at("Observation.component", { slicing: { discriminator, rules: "open", ...more } });
	const byCode = [{ type: "pattern", path: "code" }];
	const slice = (name: string, code: string, more: object = {}) => [
		at(`Observation.component:${name}`, more),
		at(`Observation.component:${name}.code`, { patternCodeableConcept: { coding: [{ system: "urn:c", code }] } }),
	];

	it("[FR100] each slice has its own number, and what holds of its parts holds of no other value", () => {
		const elements = [
			...[sliced(byCode), ...slice("low", "low", { min: 1, max: "1" }), ...slice("high", "high", { max: "1" })],
			at("Observation.component:low.value[x]", { min: 1, type: [{ code: "Quantity" }] }),
		];
		expect(faults(elements, withComponents(component("low", { valueQuantity: { value: 1 } }), component("other")))).toEqual([]);
		expect(faults(elements, withComponents(component("other")))).toEqual(["Observation.component required"]);
		expect(faults(elements, withComponents(component("low"), component("high")))).toEqual(["Observation.component[0].value[x] required"]);
		expect(faults(elements, withComponents(component("low", { valueString: "x" })))).toEqual(["Observation.component[0].valueString structure"]);
		const twice = withComponents(component("low", { valueQuantity: { value: 1 } }), component("high"), component("high"));
		expect(faults(elements, twice)).toEqual(["Observation.component structure"]);
	});

	it("[FR100] by a value further down, found in the pattern above it or in the parts of the slice", () => {
		const byPath = [
			{ type: "value", path: "code.coding.code" },
			{ type: "value", path: "code.coding.system" },
		];
		const parts = [
			at("Observation.component:low", { min: 1 }),
			at("Observation.component:low.code.coding.code", { fixedCode: "low" }),
			at("Observation.component:low.code.coding.system", { fixedUri: "urn:c" }),
		];
		for (const elements of [
			[sliced(byPath), ...slice("low", "low", { min: 1 })],
			[sliced(byPath), ...parts],
		]) {
			expect(faults(elements, withComponents(component("low")))).toEqual([]);
			expect(faults(elements, withComponents(component("high")))).toContain("Observation.component required");
		}
	});

	it("[FR100] by type, by what is there, by an extension's url and by its value", () => {
		const byType = [
			at("Observation.value[x]", {}),
			at("Observation.value[x]:valueQuantity", { type: [{ code: "Quantity" }] }),
			at("Observation.value[x]:valueQuantity.system", { min: 1 }),
		];
		expect(faults(byType)).toEqual(["Observation.valueQuantity.system required"]);
		expect(faults(byType, { ...observation, valueQuantity: undefined, valueString: "x" })).toEqual([]);
		const byPresence = [
			sliced([{ type: "exists", path: "dataAbsentReason" }]),
			...[
				at("Observation.component:absent", {}),
				at("Observation.component:absent.dataAbsentReason", { min: 1 }),
				at("Observation.component:absent.value[x]", { max: "0" }),
			],
		];
		expect(faults(byPresence, withComponents(component("a", { valueString: "x" })))).toEqual([]);
		expect(faults(byPresence, withComponents(component("a", { valueString: "x", dataAbsentReason: { text: "y" } })))).toEqual([
			"Observation.component[0].value[x] structure",
		]);
		const byExtension = [at("Observation.extension:site", { min: 1, max: "1", type: [{ code: "Extension", profile: ["urn:ext:site|1"] }] })];
		expect(faults(byExtension)).toEqual(["Observation.extension required"]);
		expect(faults(byExtension, { ...observation, extension: [{ url: "urn:ext:site", valueString: "x" }] })).toEqual([]);
		const byExtensionValue = [
			sliced([{ type: "value", path: "extension('urn:ext:kind').value" }]),
			...[
				at("Observation.component:k", { min: 1 }),
				at("Observation.component:k.extension:kind", { type: [{ code: "Extension", profile: ["urn:ext:kind"] }] }),
			],
			at("Observation.component:k.extension:kind.value[x]", { fixedCode: "k" }),
		];
		expect(faults(byExtensionValue, withComponents({ extension: [{ url: "urn:ext:kind", valueCode: "k" }] }))).toEqual([]);
		expect(faults(byExtensionValue, withComponents({ extension: [{ url: "urn:ext:kind", valueCode: "l" }] }))).toEqual([
			"Observation.component required",
		]);
	});

	it("[FR100] closed, ordered and open at the end", () => {
		const elements = (more: object) => [sliced(byCode, more), ...slice("a", "a"), ...slice("b", "b")];
		const of = (...codes: string[]) => withComponents(...codes.map((code) => component(code)));
		expect(faults(elements({ rules: "closed" }), of("a", "x"))).toEqual(["Observation.component[1] structure"]);
		expect(faults(elements({ rules: "openAtEnd" }), of("x", "a"))).toEqual(["Observation.component[0] structure"]);
		expect(faults(elements({ rules: "openAtEnd" }), of("a", "x"))).toEqual([]);
		expect(faults(elements({ ordered: true }), of("b", "a"))).toEqual(["Observation.component[1] structure"]);
		expect(faults(elements({ ordered: true }), of("a", "x", "b"))).toEqual([]);
	});

	it("[FR100] a slice of a slice is told apart by the slicing of the slice", () => {
		const elements = [
			...[
				sliced([{ type: "exists", path: "interpretation" }]),
				at("Observation.component:read", { slicing: { discriminator: byCode, rules: "closed" } }),
			],
			...[at("Observation.component:read.interpretation", { min: 1 }), at("Observation.component:read/low", { max: "1" })],
			at("Observation.component:read/low.code", { patternCodeableConcept: { coding: [{ code: "low" }] } }),
		];
		const read = (code: string) => component(code, { interpretation: [{ text: "x" }] });
		expect(faults(elements, withComponents(read("low"), component("free")))).toEqual([]);
		expect(faults(elements, withComponents(read("high")))).toEqual(["Observation.component[0] structure"]);
	});

	it("[FR100] where it cannot be told of which slice a value is, neither too few nor too many are claimed, and it is said so", () => {
		const elements = [
			sliced([{ type: "profile", path: "resolve()" }]),
			at("Observation.component:a", { min: 2 }),
			at("Observation.component:b", { max: "0" }),
		];
		expect(faults(elements, withComponents({}, {}))).toEqual([]);
		expect(unchecked(elements, withComponents({}, {}))).toEqual(["Observation.component slice a", "Observation.component slice b"]);
		expect(faults(elements, withComponents({}))).toEqual(["Observation.component required"]);
	});
});

describe("invariants", () => {
	const invariant = (path: string, expression: string, more: object = {}) => [
		{ path, constraint: [{ key: "n-1", severity: "error", expression, ...more }] },
	];

	it("[FR101] FHIRPath that gives true for each value of its element, and no other answer", () => {
		expect(faults(invariant("Observation", "value.exists() or dataAbsentReason.exists()"))).toEqual([]);
		expect(faults(invariant("Observation", "effective.exists()"))).toEqual(["Observation invariant"]);
		expect(faults(invariant("Observation", "effective"))).toEqual(["Observation invariant"]);
		expect(faults(invariant("Observation.component", "code.exists()"))).toEqual(["Observation.component[1] invariant"]);
		expect(faults(invariant("Observation.value[x]", "unit = 'mmol/L' and %resource.status = 'final'"))).toEqual([]);
		expect(faults(invariant("Observation", "value.ofType(Quantity).value > 6"))).toEqual(["Observation invariant"]);
		expect(faults(invariant("Observation.status", "extension.exists()"))).toEqual(["Observation.status invariant"]);
		const marked: FhirResource = { ...observation, _status: { extension: [{ url: "urn:x", valueCode: "y" }] } };
		expect(faults(invariant("Observation.status", "extension.exists()"), marked)).toEqual([]);
	});

	it("[FR101] one of a slice is judged for the slice; a warning is a warning; a contained resource is its own %resource", () => {
		const elements = [
			at("Observation.component", { slicing: { discriminator: [{ type: "exists", path: "interpretation" }], rules: "open" } }),
			...[
				at("Observation.component:read.interpretation", { min: 1 }),
				at("Observation.component:read", { constraint: [{ key: "n-2", severity: "error", expression: "value.exists()" }] }),
			],
		];
		expect(faults(elements, withComponents({}, { interpretation: [{ text: "x" }] }))).toEqual(["Observation.component[1] invariant"]);
		const warned = check([definition(invariant("Observation", "effective.exists()", { severity: "warning" }))], observation);
		expect([told(warned.issues), told(warned.warnings)]).toEqual([[], ["Observation invariant"]]);
		const contained = { ...observation, contained: [{ resourceType: "Specimen", id: "s" }] };
		expect(faults(invariant("Observation.contained", "%resource.id = 's' and %rootResource.id = 'o'"), contained)).toEqual([]);
	});

	it("[FR101] what the engine cannot do, or what needs another resource, is not judged and is told by its key", () => {
		for (const expression of [
			"subject.resolve() is Patient",
			"descendants().count() < 3",
			"code.memberOf('urn:x')",
			"((",
			"code.unheard()",
			"%unheard.exists()",
		])
			expect([faults(invariant("Observation", expression)), unchecked(invariant("Observation", expression))]).toEqual([
				[],
				["Observation invariant n-1"],
			]);
		expect(faults(invariant("Observation", "code.text = 'descendants()'"))).toEqual(["Observation invariant"]);
	});
});

describe("required bindings", () => {
	const bound = (valueSet: string, path = "Observation.code", strength = "required") => [{ path, binding: { strength, valueSet } }];
	const include = (...parts: object[]) => ({ resourceType: "ValueSet", url: "urn:vs", version: "2", compose: { include: parts } });
	const coded = (...coding: object[]): FhirResource => ({ ...observation, code: { coding } });
	const loinc = { system: "http://loinc.org" };
	const listed = include({ ...loinc, concept: [{ code: "2345-7" }, { code: "2339-0" }] });

	it("[FR102] one coding of a concept is of the value set; a code alone by any of its systems", () => {
		expect(faults(bound("urn:vs"), observation, [listed])).toEqual([]);
		expect(faults(bound("urn:vs|2"), coded({ ...loinc, code: "x" }, { ...loinc, code: "2339-0" }), [listed])).toEqual([]);
		for (const wrong of [
			coded({ ...loinc, code: "x" }),
			coded({ system: "urn:other", code: "2345-7" }),
			coded({ code: "2345-7" }),
			{ ...observation, code: { text: "2345-7" } },
		])
			expect(faults(bound("urn:vs"), wrong, [listed])).toEqual(["Observation.code code-invalid"]);
		const statuses = include({ system: "http://hl7.org/fhir/observation-status", concept: [{ code: "final" }] });
		expect(faults(bound("urn:vs", "Observation.status"), observation, [statuses])).toEqual([]);
		expect(faults(bound("urn:vs", "Observation.status"), { ...observation, status: "amended" }, [statuses])).toEqual([
			"Observation.status code-invalid",
		]);
		expect(faults(bound("urn:vs", "Observation.code", "extensible"), coded({ ...loinc, code: "x" }), [listed])).toEqual([]);
	});

	it("[FR102] a value set that is not loaded is not checked and is told, and so is one whose codes are not known", () => {
		expect([faults(bound("urn:none")), unchecked(bound("urn:none"))]).toEqual([[], ["Observation.code value-set urn:none"]]);
		expect(unchecked(bound("urn:vs|3"), observation, [listed])).toEqual(["Observation.code value-set urn:vs|3"]);
		const whole = include(loinc);
		expect([faults(bound("urn:vs"), observation, [whole]), unchecked(bound("urn:vs"), observation, [whole])]).toEqual([
			[],
			["Observation.code code-system urn:vs"],
		]);
		// A code of another system is not one of it, whatever that system's codes are.
		expect(faults(bound("urn:vs"), coded({ system: "urn:other", code: "a" }), [whole])).toEqual(["Observation.code code-invalid"]);
	});

	it("[FR102] whole code systems, what is below a code, other value sets, and what is excluded", () => {
		const system = {
			resourceType: "CodeSystem",
			url: "urn:cs",
			content: "complete",
			concept: [{ code: "a", concept: [{ code: "b" }] }, { code: "c" }],
		};
		const is = (valueSet: object, code: string) => faults(bound("urn:vs"), coded({ system: "urn:cs", code }), [system, valueSet]).length === 0;
		const below = (op: string) => include({ system: "urn:cs", filter: [{ property: "concept", op, value: "a" }] });
		expect(["a", "b", "c", "d"].map((code) => is(include({ system: "urn:cs" }), code))).toEqual([true, true, true, false]);
		expect(["a", "b", "c"].map((code) => is(below("is-a"), code))).toEqual([true, true, false]);
		expect(["a", "b", "c"].map((code) => is(below("descendent-of"), code))).toEqual([false, true, false]);
		const excluding = {
			...include({ system: "urn:cs" }),
			compose: { include: [{ system: "urn:cs" }], exclude: [{ system: "urn:cs", concept: [{ code: "b" }] }] },
		};
		expect(["a", "b"].map((code) => is(excluding, code))).toEqual([true, false]);
		const other = { ...below("is-a"), url: "urn:vs2" };
		const both = include({ system: "urn:cs", valueSet: ["urn:vs2"] });
		expect(faults(bound("urn:vs"), coded({ system: "urn:cs", code: "c" }), [system, other, both])).toEqual(["Observation.code code-invalid"]);
		const round = include({ valueSet: ["urn:vs"] });
		expect(unchecked(bound("urn:vs"), observation, [round])).toEqual(["Observation.code code-system urn:vs"]);
		const fragment = { ...system, content: "fragment" };
		expect(unchecked(bound("urn:vs"), coded({ system: "urn:cs", code: "d" }), [fragment, include({ system: "urn:cs" })])).toHaveLength(1);
		const byProperty = { ...system, concept: [{ code: "a" }, { code: "b", property: [{ code: "subsumedBy", valueCode: "a" }] }] };
		expect(unchecked(bound("urn:vs"), coded({ system: "urn:cs", code: "b" }), [byProperty, below("is-a")])).toHaveLength(1);
	});

	it("[FR102] a whole expansion decides; one that was cut short proves what is in it and nothing else", () => {
		const contains = [{ ...loinc, code: "2345-7" }];
		const expanded = (expansion: object) => ({ resourceType: "ValueSet", url: "urn:vs", expansion });
		expect(faults(bound("urn:vs"), coded({ ...loinc, code: "x" }), [expanded({ contains })])).toEqual(["Observation.code code-invalid"]);
		const cut = expanded({ total: 7, contains });
		expect([faults(bound("urn:vs"), observation, [cut]), unchecked(bound("urn:vs"), observation, [cut])]).toEqual([[], []]);
		expect(unchecked(bound("urn:vs"), coded({ ...loinc, code: "x" }), [cut])).toEqual(["Observation.code code-system urn:vs"]);
	});

	it("[FR102] the value sets that R4 itself requires are there, and a slice may be told by its binding", () => {
		const r4 = "http://hl7.org/fhir/ValueSet/observation-status";
		for (const canonical of [r4, `${r4}|4.0.1`]) {
			expect(unchecked(bound(canonical, "Observation.status"))).toEqual([]);
			expect(faults(bound(canonical, "Observation.status"), { ...observation, status: "no" })).toEqual(["Observation.status code-invalid"]);
		}
		const elements = [
			at("Observation.category", { slicing: { discriminator: [{ type: "pattern", path: "$this" }], rules: "open" } }),
			at("Observation.category:ours", { min: 1, binding: { strength: "required", valueSet: "urn:vs" } }),
		];
		const categories = include({ system: category.coding[0]?.system, concept: [{ code: "laboratory" }] });
		expect(faults(elements, observation, [categories])).toEqual([]);
		expect(faults(elements, { ...observation, category: [{ text: "x" }] }, [categories])).toEqual(["Observation.category required"]);
		expect(unchecked(elements)).toEqual(["Observation.category slice ours"]);
	});
});

describe("profiles on profiles", () => {
	const base = definition(
		[
			at("Observation.component", { slicing: { discriminator: [{ type: "value", path: "code.text" }], rules: "open" } }),
			...[at("Observation.component:low", { min: 1 }), at("Observation.component:low.code.text", { fixedString: "low" })],
		],
		{ url: "urn:base" },
	);
	const low = (more: object = {}): FhirResource => ({ ...observation, component: [{ code: { text: "low" }, ...more }] });

	it("[FR103] a profile lies over its base, whose slices it narrows by name", () => {
		const derived = definition([at("Observation.component:low.value[x]", { min: 1 })], { baseDefinition: "urn:base" });
		expect(told(check([derived, base], low()).issues)).toEqual(["Observation.component[0].value[x] required"]);
		expect(told(check([derived, base], low({ valueString: "x" })).issues)).toEqual([]);
		expect(told(check([derived, base], observation).issues)).toEqual(["Observation.component required"]);
	});

	it("[FR103] a binding takes the place of its base's, also where it asks less", () => {
		const bound = (strength: string) => ({ path: "Observation.code", binding: { strength, valueSet: "urn:vs" } });
		const strict = definition([bound("required")], { url: "urn:base" });
		const values = { resourceType: "ValueSet", url: "urn:vs", compose: { include: [{ system: "urn:c", concept: [{ code: "c" }] }] } };
		const of = (element: object[]) => told(check([definition(element, { baseDefinition: "urn:base" }), strict, values], low()).issues);
		expect([of([]), of([bound("extensible")])]).toEqual([["Observation.code code-invalid"], []]);
	});

	it("[FR103] a base that is not loaded is told, unless a snapshot holds all that it says; a circle ends", () => {
		const derived = definition([], { baseDefinition: "urn:base" });
		expect(check([derived], low()).unchecked).toEqual([{ path: "Observation", reason: "profile", subject: "urn:base" }]);
		const element = [
			{ id: "Observation", path: "Observation" },
			{ id: "Observation.method", path: "Observation.method", min: 1 },
		];
		const whole = check([{ ...derived, snapshot: { element } }], low());
		expect([told(whole.issues), whole.unchecked]).toEqual([["Observation.method required"], []]);
		const circle = [derived, { ...base, baseDefinition: url }];
		expect(told(check(circle, observation).issues)).toEqual(["Observation.component required"]);
	});

	it("[FR104] an extension is judged by its own profile where it is loaded, and told where it is not; of several one is met", () => {
		const extension = (of: string, code: string) => ({
			...{ resourceType: "StructureDefinition", url: of, kind: "complex-type", type: "Extension", derivation: "constraint" },
			baseDefinition: "http://hl7.org/fhir/StructureDefinition/Extension",
			differential: { element: [{ id: "Extension.value[x]", path: "Extension.value[x]", min: 1, fixedCode: code }] },
		});
		const sliced = [at("Observation.extension:site", { type: [{ code: "Extension", profile: ["urn:ext:site"] }] })];
		const holding = (code: string): FhirResource => ({ ...observation, extension: [{ url: "urn:ext:site", valueCode: code }] });
		expect(faults(sliced, holding("a"), [extension("urn:ext:site", "a")])).toEqual([]);
		expect(faults(sliced, holding("b"), [extension("urn:ext:site", "a")])).toEqual(["Observation.extension[0].valueCode value"]);
		expect([faults(sliced, holding("b")), unchecked(sliced, holding("b"))]).toEqual([[], ["Observation.extension profile urn:ext:site"]]);
		const either = [at("Observation.extension", { type: [{ code: "Extension", profile: ["urn:ext:a", "urn:ext:b"] }] })];
		const both = [extension("urn:ext:a", "a"), extension("urn:ext:b", "b")];
		expect(faults(either, holding("b"), both)).toEqual([]);
		expect(faults(either, holding("c"), both)).toEqual(["Observation.extension[0].valueCode value"]);
	});
});

describe("limits", () => {
	it("[FR105] too much to judge is told, and ends", () => {
		const many = withComponents(...Array.from({ length: 60_000 }, () => ({ code: { text: "a" } })));
		const counted = check([definition([{ path: "Observation.component.code.text", fixedString: "a" }])], many);
		expect([counted.issues, counted.unchecked.map(({ reason }) => reason)]).toEqual([[], ["limit"]]);
		const compared = check(
			[definition([{ path: "Observation", constraint: [{ key: "n", severity: "error", expression: "component.distinct().count() = 1" }] }])],
			many,
		);
		expect([compared.issues, compared.unchecked]).toEqual([[], [{ path: "Observation", reason: "limit", subject: "invariants" }]]);
		const library = createProfileLibrary([definition([{ path: "Observation.subject", min: 1 }])], () => medplum);
		const stopped = library.check(library.find(url) as LoadedProfile, observation, () => true);
		expect([stopped.issues, stopped.unchecked.map(({ reason }) => reason)]).toEqual([[], ["limit"]]);
	});

	it("[FR105] whatever is judged under whatever profile, it ends with at most 20 faults, and nothing that is told says a value", () => {
		const keys = ["id", "path", "min", "max", "slicing", "sliceName", "binding", "constraint", "type", "fixedString", "patternCodeableConcept"];
		const anElement = fc.dictionary(
			fc.constantFrom(...keys),
			fc.oneof(fc.jsonValue(), fc.constantFrom("Observation.note", "Observation.value[x]:a")),
		);
		fc.assert(
			fc.property(fc.jsonValue(), fc.array(anElement, { maxLength: 4 }), (value, elements) => {
				const resource = { ...(typeof value === "object" ? value : {}), resourceType: "Observation", note: "Value-Marker" } as FhirResource;
				const invariant = { key: "n", severity: "error", expression: "note.matches('(') or value + 1 = note.first()" };
				for (const each of [
					elements,
					[
						{ path: "Observation.value[x]", min: 9 },
						{ path: "Observation.note", fixedString: "y", constraint: [invariant] },
					],
				]) {
					const { issues, unchecked: left } = check([definition(each)], resource);
					expect(issues.length).toBeLessThanOrEqual(20);
					expect(JSON.stringify([issues, left])).not.toContain("Value-Marker");
				}
			}),
		);
	});
});
