import { describe, expect, it } from "vitest";
import { isLoinc, isSnomedCt, safeCoding } from "./codes.ts";

describe("codes", () => {
	it.each(["38341003", "22298006", "66590003", "368581000119106", "755621000000101"])("[MI14] %s is a SNOMED CT concept id", (code) => {
		expect(isSnomedCt(code)).toBe(true);
	});

	it.each(["38341004", "38314003", "3834100", "617555014", "00341003", "Jane Roe", ""])(
		"[MI14] %s is none: wrong check digit, digits swapped, or no id at all",
		(code) => {
			expect(isSnomedCt(code)).toBe(false);
		},
	);

	it("[MI14] of a thousand consecutive record numbers few pass for a SNOMED CT id", () => {
		const passed = Array.from({ length: 1000 }, (_, i) => String(61_755_000 + i)).filter(isSnomedCt);
		expect(passed.length).toBeLessThanOrEqual(20);
	});

	it.each([
		["2160-0", true],
		["99504-3", true],
		["LA6684-0", true],
		["2160-1", false],
		["617-555", false],
		["2160", false],
	])("[MI14] LOINC %s: %s", (code, expected) => {
		expect(isLoinc(code)).toBe(expected);
	});

	it.each([
		["http://harbor.example/codes", "A"],
		["http://terminology.hl7.org/CodeSystem/../../Jane", "A"],
		["http://terminology.hl7.org/CodeSystem/Jane-Roe", "A"],
		["http://hl7.org/fhir/Jane", "Roe"],
		["http://terminology.hl7.org/CodeSystem/v3-ActCode", "12345678"],
		["http://terminology.hl7.org/CodeSystem/v3-ActCode", "Jane Roe"],
		["toString", "A"],
		["http://varnomen.hgvs.org", `NC_000001.11:g.${"A".repeat(90)}`],
	])("[MI14] a coding of %s is dropped", (system, code) => {
		expect(safeCoding({ system, code })).toBeUndefined();
	});

	/** Of each system codes at the edge of its form, and what lies just beyond: one character more at either end among it. */
	const forms: readonly (readonly [system: string, inside: readonly string[], outside: readonly string[]])[] = [
		["http://www.nlm.nih.gov/research/umls/rxnorm", ["1", "12345678"], ["", "123456789", "a12", "12a", "1 2"]],
		["http://hl7.org/fhir/sid/cvx", ["1", "208"], ["", "2080", "a20", "20a"]],
		...["http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"].map(
			(system) =>
				[
					system,
					["I10", "C7A", "E11.9", "S72.001A", "F00.-"],
					["", "I1", "10", "II0", "i10", "I10.", "I10.00000", "I10-", "I10.x", "xI10", "I1a", "I10.-9", "AI10.9"],
				] as const,
		),
		[
			"http://www.whocc.no/atc",
			["C", "C09", "C09A", "C09AA", "C09AA05"].slice(1),
			["C", "C0", "c09", "C09a", "C09A0", "C09AA5", "C09AA055", "xC09", "C09AAxx"],
		],
		[
			"http://unitsofmeasure.org",
			["%", "mg/dL", "10*3/uL", "{score}", "m[H2O]", "x".repeat(32)],
			["", "mg dL", "x".repeat(33), "°C", "mg,", "mg ", " mg"],
		],
		["http://www.genenames.org/geneId", ["HGNC:1", "HGNC:123456"], ["HGNC:", "HGNC:1234567", "hgnc:1", "xHGNC:1", "HGNC:1x", "1097"]],
		[
			"http://varnomen.hgvs.org",
			[
				"NM_005228.5:c.2573T>G",
				"NC_000001.11:g.100del",
				"LRG_1t1:c.1A>G",
				"LRG_1p12:p.Ala1",
				"ENST00000357654.9:c.1_2insA",
				"NP_1:p.(Arg97*)",
				"NG_1:r.1a=?",
			],
			[
				"NM_005228.5",
				"XX_1:c.1A>G",
				"NM_:c.1A>G",
				"NM_1:x.1A>G",
				"NM_1:c.",
				"NM_1:c.1 A",
				"xNM_1:c.1A>G",
				"NM_1:c.1A>G!",
				"NM_1.:c.1A",
				"NM_1.x:c.1A",
				"LRG_1t:c.1A",
				"LRG_1tx:c.1A",
			],
		],
		["http://www.sequenceontology.org", ["SO:0001583"], ["SO:000158", "SO:00015830", "so:0001583", "xSO:0001583", "SO:0001583x", "SO:000158x"]],
		["http://dicom.nema.org/resources/ontology/DCM", ["C", "CT", "ABCD1234"], ["", "ABCDE1234", "ct", "C T", "aCT", "CTa"]],
		["http://www.ama-assn.org/go/cpt", ["99213", "0001U"], ["9921", "992133", "9921u", "x9213", "x99213", "99213x"]],
		["urn:oid:2.16.840.1.113883.6.238", ["2106-3"], ["2106", "106-3", "12106-3", "2106-33", "2106-x", "210x-3", "x2106-3"]],
		[
			"http://terminology.hl7.org/CodeSystem/v3-ActCode",
			["A", "IMP", "a1<>=.+_-", `A${"b".repeat(39)}`, "<low", "A123"],
			["", "1A", "_A", `A${"b".repeat(40)}`, "A 1", "A1234", "A/1", "x A"],
		],
		["http://hl7.org/fhir/administrative-gender", ["male"], ["ma le", "1male"]],
		[
			"http://loinc.org",
			["2160-0", "9-9".replace("9-9", "1-8"), "LP1-2", "LA1234567-8"],
			["2160-1", "12345678-0", "LP12345678-1", "LX1-1", "xLA1-1", "LA1-1x", "LA1-11", "x2160-0", "2160-0x", "2160-00"],
		],
		[
			"http://snomed.info/sct",
			["138875005", "100005", "900000000000207008"],
			["10005", "0138875005", "138875006", "1388750050", "x138875005", "138875005x", "9000000000002070080"],
		],
	];

	it.each(forms)("[MI14] %s: what has its form leaves, what is just beyond does not", (system, inside, outside) => {
		for (const code of inside) expect(safeCoding({ system, code, display: "Jane" }), code).toEqual({ system, code });
		for (const code of outside) expect(safeCoding({ system, code }), code).toBeUndefined();
	});

	it("[MI14] every list of HL7's is known under both of its addresses, and none under a third, nor a longer or shorter name", () => {
		for (const name of ["condition-clinical", "v2-0203", "medication-form-codes"]) {
			for (const start of ["http://terminology.hl7.org/CodeSystem/", "http://hl7.org/fhir/"])
				expect(safeCoding({ system: `${start}${name}`, code: "active" }), start).toEqual({ system: `${start}${name}`, code: "active" });
			for (const system of [
				name,
				`http://hl7.org/${name}`,
				`http://hl7.org/fhir/${name}s`,
				`http://hl7.org/fhir/x${name}`,
				`x http://hl7.org/fhir/${name}`,
			])
				expect(safeCoding({ system, code: "active" }), system).toBeUndefined();
		}
	});

	it.each([
		undefined,
		null,
		"http://loinc.org",
		7,
		{},
		{ system: "http://loinc.org" },
		{ code: "2160-0" },
		{ system: 7, code: "2160-0" },
		{ system: "http://loinc.org", code: 7 },
	])("[MI14] %j is no coding", (value) => {
		expect(safeCoding(value)).toBeUndefined();
	});

	it("[MI14] of all codes that differ from a right one in one digit, or have two neighbours exchanged, none passes", () => {
		for (const [isRight, code] of [
			[isSnomedCt, "138875005"],
			[isSnomedCt, "900000000000207008"],
			[isLoinc, "2160-0"],
			[isLoinc, "99504-3"],
		] as const) {
			expect(isRight(code)).toBe(true);
			const digits = [...code];
			for (const [at, digit] of digits.entries()) {
				if (digit === "-") continue;
				// The two before a SNOMED CT check digit say of what kind the id is; a zero in front is none of ours.
				for (const other of "0123456789") if (other !== digit) expect(isRight(digits.with(at, other).join("")), `${code} ${at} ${other}`).toBe(false);
			}
		}
		const swapped = [..."138875005"].with(1, "8").with(2, "3").join("");
		expect([swapped, isSnomedCt(swapped)]).toEqual(["183875005", false]);
	});

	it("[MI14] keeps system and code of a known one, and no display", () => {
		expect(safeCoding({ system: "http://loinc.org", code: "2160-0", display: "Jane", userSelected: true })).toEqual({
			system: "http://loinc.org",
			code: "2160-0",
		});
	});
});
