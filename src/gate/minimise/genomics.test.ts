import { describe, expect, it } from "vitest";
import type { Resource } from "./context.ts";
import { isGenomic, isReleasableVariant, namedSomaticGenes } from "./genomics.ts";

const coded = (...codes: readonly unknown[]) => ({ coding: codes.map((code) => ({ system: "http://loinc.org", code })) });
const part = (code: string, value: object = {}) => ({ code: coded(code), ...value });
const concept = (...codes: readonly unknown[]) => ({ valueCodeableConcept: coded(...codes) });
const gene = part("48018-6", concept("HGNC:1097"));
const somatic = part("48002-0", concept("LA6684-0"));
const variant = (component: unknown, more: object = {}): Resource => ({ resourceType: "Observation", code: coded("69548-6"), component, ...more });
const leaves = (resource: Resource) => isReleasableVariant(resource, new Set(["HGNC:1097", "HGNC:3236"]));
const frequency = (valueQuantity: unknown, code = "81258-6") => variant([gene, somatic, part(code, { valueQuantity })]);

/** LOINC codes of a variant and its parts. */
const variantCodes = [...["69548-6", "48018-6", "48002-0", "81258-6", "92821-8", "48004-6", "48005-3", "81290-9", "81255-2", "69547-8", "69551-0"]];

describe("genomics", () => {
	it("[MI30] each code of a variant makes a record genomic, as its own or a part's, and so does the category", () => {
		for (const code of variantCodes) {
			expect(isGenomic({ resourceType: "Observation", code: coded("718-7", code) }), code).toBe(true);
			expect(isGenomic({ resourceType: "Observation", code: coded("718-7"), component: [part("718-7"), part(code)] }), code).toBe(true);
			expect(isGenomic({ resourceType: "Observation", code: coded(`1${code}`) }), code).toBe(false);
		}
		expect(isGenomic({ resourceType: "DiagnosticReport", category: [coded("LAB"), coded("LAB", "GE")] })).toBe(true);
		for (const category of [[coded("LAB")], coded("GE"), ["GE"], [null], undefined, [{ coding: "GE" }], [{ coding: [null, { code: 7 }] }]])
			expect(isGenomic({ resourceType: "DiagnosticReport", category }), JSON.stringify(category)).toBe(false);
		for (const component of [undefined, null, "69548-6", [null, "69548-6"], [{ code: "69548-6" }], [{ code: null }]])
			expect(isGenomic({ resourceType: "Observation", code: null, component }), JSON.stringify(component)).toBe(false);
	});

	it("[MI30] a somatic variant of a named gene leaves; of any other type or code, or with anything else about gene or origin, it does not", () => {
		expect(leaves(variant([gene, somatic]))).toBe(true);
		expect(leaves(variant([part("48018-6", concept("HGNC:1097", "HGNC:3236")), somatic, part("48004-6")]))).toBe(true);
		expect(leaves({ ...variant([gene, somatic]), resourceType: "Procedure" })).toBe(false);
		expect(leaves(variant([gene, somatic], { code: coded("718-7") }))).toBe(false);
		expect(leaves(variant([gene, somatic], { code: undefined }))).toBe(false);
		for (const parts of [
			[],
			[gene],
			[somatic],
			[gene, somatic, part("48002-0", concept("LA6683-2"))],
			[gene, part("48002-0", concept("LA6684-0", "LA6683-2"))],
			[gene, part("48002-0")],
			[gene, part("48002-0", concept())],
			[part("48018-6", concept()), somatic],
			[part("48018-6"), somatic],
			[part("48018-6", concept("HGNC:1097", "HGNC:1")), somatic],
			[gene, part("48018-6", concept("HGNC:1")), somatic],
			"none",
		])
			expect(leaves(variant(parts)), JSON.stringify(parts)).toBe(false);
	});

	it.each(["81258-6", "92821-8"])("[MI30] a frequency (%s) of one percent leaves, a rarer or unreadable one does not", (code) => {
		for (const quantity of [
			{ value: 0.01 },
			{ value: 0.5, code: "1" },
			{ value: 1, code: "%" },
			{ value: 1, unit: "%" },
			{ value: 1, code: "%", unit: "1" },
		])
			expect(leaves(frequency(quantity, code)), JSON.stringify(quantity)).toBe(true);
		for (const quantity of [
			{ value: 0.0099 },
			{ value: 0.99, code: "%" },
			{ value: 0.99, unit: "%" },
			{ code: "%" },
			{ value: "1" },
			undefined,
			null,
			"1",
			1,
		])
			expect(leaves(frequency(quantity, code)), JSON.stringify(quantity)).toBe(false);
		// One common frequency does not excuse a rare one.
		const both = [gene, somatic, part("81258-6", { valueQuantity: { value: 0.5 } }), part("92821-8", { valueQuantity: { value: 0.5 } })];
		expect(leaves(variant(both))).toBe(true);
		expect(leaves(variant([...both, part(code, { valueQuantity: { value: 0.001 } })]))).toBe(false);
	});

	it("[MI30] the genes named by default are these 22", () => {
		const genes = [
			3236, 6407, 7989, 1097, 8975, 11998, 427, 10261, 3430, 7029, 9967, 5382, 5383, 583, 9588, 1787, 6342, 8803, 3690, 6192, 11389, 23177,
		];
		expect([...namedSomaticGenes]).toEqual(genes.map((id) => `HGNC:${id}`));
	});
});
