import { describe, expect, it } from "vitest";
import type { CivilDay } from "#base";
import type { DataClass } from "#contracts";
import {
	bloodPressure,
	change,
	complete,
	condition,
	medicationRequest,
	observation,
	patient,
	releaseOf,
	smokingStatus,
	today,
} from "../testing/releasedRecord.ts";
import { assess } from "./assess.ts";
import { type CollectedInputs, collectInputs } from "./collectInputs.ts";
import type { Resource } from "./resource.ts";

const collect = (resources: readonly Resource[], withheld: readonly DataClass[] = [], day: CivilDay = today) =>
	collectInputs({ release: releaseOf(resources, withheld), today: day });
const problemsOf = ({ problems }: CollectedInputs) =>
	problems.filter(({ input }) => !["hba1cPercent", "uacrMgG", "sdiDecile"].includes(input)).map(({ code, input }) => `${code} ${input}`);
const find = (collected: CollectedInputs, input: string) => collected.inputs.find((each) => each.input === input);
const named = (text: string, more: object = {}) => condition("999", { code: { text }, id: "named", ...more });

describe("inputs from the record", () => {
	it("[IN8] reads a complete record with value, unit, date, age and the source's digest", () => {
		const collected = collect(complete);
		expect(problemsOf(collected)).toEqual([]);
		expect(collected.values).toEqual({
			sex: "female",
			ageYears: 50,
			sbpMmHg: 160,
			bmiKgM2: 35,
			totalCholesterolMgDl: 200,
			hdlCholesterolMgDl: 45,
			egfr: 90,
			bpTreatment: true,
			statin: false,
			diabetes: true,
			smoking: false,
		});
		expect(find(collected, "sbpMmHg")).toMatchObject({ unit: "mm[Hg]", date: "2026-10-01", ageDays: 51, youngerThanDays: 366 });
		expect(find(collected, "sbpMmHg")?.sources).toEqual([{ reference: "Observation/o-85354-9", digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
		for (const { youngerThanDays, ageDays } of collected.inputs) if (youngerThanDays !== null) expect(ageDays).toBeLessThan(youngerThanDays);
	});

	it.each([
		["2093-3", 5.172, "mmol/L", "totalCholesterolMgDl", 200],
		["14646-4", 1.1637, "mmol/L", "hdlCholesterolMgDl", 45],
		["59261-8", 53, "mmol/mol", "hba1cPercent", 7.0],
		["9318-7", 11.312, "mg/mmol", "uacrMgG", 100],
		["8480-6", 16, "kPa", "sbpMmHg", 120.01],
	])("[IN8] converts %s from %f %s", (code, value, unit, input, expected) => {
		const others = complete.filter(
			({ id }) => !(code === "8480-6" && id === "o-85354-9") && !(code === "14646-4" && id === "o-2085-9") && id !== `o-${code}`,
		);
		const found = find(collect([...others, observation(code, value, unit)]), input);
		expect(found?.value).toBeCloseTo(expected, 2);
		expect(found?.recorded).toEqual({ value, unit });
		expect(found?.method).toContain("converted");
	});

	it("[IN8] creatinine in µmol/L gives the same eGFR as in mg/dL", () => {
		expect(collect(change([observation("14682-9", 70.72, "umol/L")], ["o-2160-0"])).values.egfr).toBe(collect(complete).values.egfr);
	});

	it("[IN8] computes BMI from height and weight where none is recorded", () => {
		const found = find(collect(change([observation("8302-2", 170, "cm"), observation("29463-7", 72.25, "kg")], ["o-39156-5"])), "bmiKgM2");
		expect(found?.value).toBe(25);
		expect(found?.sources).toHaveLength(2);
	});

	it.each([
		["o-85354-9", "INPUT_MISSING sbpMmHg"],
		["o-2093-3", "INPUT_MISSING totalCholesterolMgDl"],
		["o-2085-9", "INPUT_MISSING hdlCholesterolMgDl"],
		["o-2160-0", "INPUT_MISSING egfr"],
		["o-39156-5", "INPUT_MISSING bmiKgM2"],
		["o-72166-2", "INPUT_MISSING smoking"],
	])("[IN5] names what is missing: %s", (id, problem) => {
		expect(problemsOf(collect(change([], [id])))).toEqual([problem]);
	});

	it.each([
		[bloodPressure(160, { effectiveDateTime: "2025-11-20" }), "INPUT_STALE sbpMmHg"],
		[observation("2093-3", 200, "mg/dL", { effectiveDateTime: "2024-11-20" }), "INPUT_STALE totalCholesterolMgDl"],
		[observation("2093-3", 200, "furlong"), "INPUT_UNIT_UNKNOWN totalCholesterolMgDl"],
		[observation("2160-0", 0.8, "mg/dL", { valueQuantity: { value: 0.8, comparator: "<", code: "mg/dL" } }), "INPUT_NOT_EXACT egfr"],
		[observation("2085-9", 45, "mg/dL", { effectiveDateTime: "yesterday" }), "INPUT_UNREADABLE hdlCholesterolMgDl"],
		[observation("2085-9", 45, "mg/dL", { status: "entered-in-error" }), "INPUT_MISSING hdlCholesterolMgDl"],
		[observation("2085-9", 45, "mg/dL", { effectiveDateTime: "2026-11-22" }), "INPUT_MISSING hdlCholesterolMgDl"],
		[smokingStatus("77176002"), "INPUT_AMBIGUOUS smoking"],
		[smokingStatus("266919005", { effectiveDateTime: "2020" }), "INPUT_STALE smoking"],
		[{ ...patient, gender: "other" }, "INPUT_AMBIGUOUS sex"],
	])("[IN5] refuses %#", (resource, problem) => {
		expect(problemsOf(collect(change([resource])))).toContain(problem);
	});

	it("[IN5] the last day inside the limit is used, the next is stale", () => {
		const at = (effectiveDateTime: string) => problemsOf(collect(change([bloodPressure(160, { effectiveDateTime })])));
		expect(at("2025-11-21")).toEqual([]);
		expect(at("2025-11-20")).toEqual(["INPUT_STALE sbpMmHg"]);
	});

	it("[IN5] an older usable value does not stand in for a latest one that is not", () => {
		const older = observation("2093-3", 190, "mg/dL", { id: "older", effectiveDateTime: "2026-01-01" });
		expect(problemsOf(collect(change([observation("2093-3", 200, "furlong"), older])))).toEqual(["INPUT_UNIT_UNKNOWN totalCholesterolMgDl"]);
	});

	it("[IN5] gender against a recorded birth sex is refused, not chosen", () => {
		const extension = [{ url: "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", valueCode: "M" }];
		expect(problemsOf(collect(change([{ ...patient, extension }])))).toContain("INPUT_AMBIGUOUS sex");
	});

	it("[IN5] a never-smoker with a current diagnosis of smoking is a contradiction", () => {
		expect(problemsOf(collect([...complete, condition("449868002")]))).toEqual(["INPUT_AMBIGUOUS smoking"]);
	});
});

describe("kidney function", () => {
	it("[IN7] an MDRD eGFR is not accepted, and never beside creatinine", () => {
		const mdrd = observation("33914-3", 40, "mL/min/{1.73_m2}");
		expect(problemsOf(collect(change([mdrd], ["o-2160-0"])))).toEqual(["INPUT_EQUATION_NOT_STATED egfr"]);
		expect(collect([...complete, mdrd]).values.egfr).toBe(90);
	});

	it("[IN7] a reported eGFR is used where its name states CKD-EPI 2021 and creatinine cannot be", () => {
		const stated = observation("98979-8", 71, "mL/min/{1.73_m2}");
		expect(collect(change([stated], ["o-2160-0"])).values.egfr).toBe(71);
		expect(collect([...complete, stated]).values.egfr).toBe(90);
	});

	it("[IN7] a name that states the equation against a method that states another is not accepted", () => {
		const contradictory = observation("98979-8", 71, "mL/min/{1.73_m2}", { method: { text: "MDRD" } });
		expect(problemsOf(collect(change([contradictory], ["o-2160-0"])))).toEqual(["INPUT_MISSING egfr"]);
	});
});

describe("known disease", () => {
	it.each([
		[condition("53741008"), "NOT_ELIGIBLE_ASCVD"],
		[condition("399211009", { clinicalStatus: { coding: [{ code: "resolved" }] } }), "NOT_ELIGIBLE_ASCVD"],
		[condition("x", { code: { coding: [{ system: "http://fhir.de/CodeSystem/bfarm/icd-10-gm", code: "I63.4" }] } }), "NOT_ELIGIBLE_ASCVD"],
		[condition("x", { code: { coding: [{ system: "http://hl7.org/fhir/sid/icd-10-cm", code: "Z95.5" }] } }), "NOT_ELIGIBLE_ASCVD"],
		[named("Zustand nach Herzinfarkt"), "NOT_ELIGIBLE_ASCVD"],
		[named("Ischaemic stroke, 2012"), "NOT_ELIGIBLE_ASCVD"],
		[condition("88805009"), "NOT_ELIGIBLE_HEART_FAILURE"],
		[condition("x", { code: { coding: [{ system: "http://hl7.org/fhir/sid/icd-10", code: "I50.1" }] } }), "NOT_ELIGIBLE_HEART_FAILURE"],
		[named("Chronic heart failure, NYHA II"), "NOT_ELIGIBLE_HEART_FAILURE"],
		[{ ...condition("232717009"), resourceType: "Procedure", status: "completed" }, "NOT_ELIGIBLE_ASCVD"],
		[{ ...condition("415070008"), resourceType: "Procedure", status: "completed" }, "NOT_ELIGIBLE_ASCVD"],
	])("[IN2] refuses %#", (resource, code) => {
		expect(problemsOf(collect([...complete, resource as Resource]))).toEqual([`${code} eligibility`]);
	});

	it.each([
		named("Family history of stroke"),
		named("Heat stroke"),
		named("Screening for coronary artery disease"),
		named("Keystroke injury of finger"),
		condition("53741008", { verificationStatus: { coding: [{ code: "refuted" }] } }),
		condition("x", { code: { coding: [{ system: "http://hl7.org/fhir/sid/icd-10-cm", code: "G45.4" }] } }),
		{ ...condition("232717009"), resourceType: "Procedure", status: "not-done" },
	] as readonly Resource[])("[IN2] does not mistake %#", (resource) => {
		expect(problemsOf(collect([...complete, resource]))).toEqual([]);
	});

	it("[IN2] an unconfirmed diagnosis warns", () => {
		const collected = collect([...complete, condition("53741008", { verificationStatus: { coding: [{ code: "provisional" }] } })]);
		expect(problemsOf(collected)).toEqual([]);
		expect(collected.warnings.map(({ code }) => code)).toContain("UNCONFIRMED_CARDIOVASCULAR_DIAGNOSIS");
	});

	it("[IN2] someone who has died is not assessed", () => {
		expect(problemsOf(collect(change([{ ...patient, deceasedDateTime: "2026-11-01" }])))).toEqual(["NOT_ELIGIBLE_DECEASED eligibility"]);
	});

	it("[IN5] a condition that nothing describes could be anything", () => {
		expect(problemsOf(collect([...complete, condition("x", { code: {} })]))).toEqual(["INPUT_UNREADABLE eligibility"]);
	});

	it("prediabetes and gestational diabetes are not diabetes; a resolved one is over", () => {
		const others = [
			named("Gestational diabetes mellitus"),
			condition("15777000"),
			condition("73211009", { clinicalStatus: { coding: [{ code: "resolved" }] } }),
		];
		expect(collect(change(others, ["c-44054006"])).values.diabetes).toBe(false);
	});
});

describe("medicines", () => {
	const without = ["m-29046", "c-59621000"];
	it.each([
		[medicationRequest("36567"), "statin"],
		[medicationRequest("316672"), "statin"],
		[medicationRequest("0", { medicationCodeableConcept: { text: "Rosuvastatin 10 mg film-coated tablet" } }), "statin"],
		[medicationRequest("0", { medicationCodeableConcept: { coding: [{ system: "http://www.whocc.no/atc", code: "C10AA05" }] } }), "statin"],
		[
			medicationRequest("0", {
				medicationReference: { reference: "#1" },
				medicationCodeableConcept: undefined,
				contained: [{ resourceType: "Medication", id: "1", code: { text: "simvastatin" } }],
			}),
			"statin",
		],
		[medicationRequest("197361"), "bpTreatment"],
		[
			medicationRequest("0", { medicationCodeableConcept: { coding: [{ system: "http://fhir.de/CodeSystem/bfarm/atc", code: "C09AA05" }] } }),
			"bpTreatment",
		],
	] as const)("[IN9] recognises %#", (resource, input) => {
		expect(collect(change([resource], without)).values[input]).toBe(true);
	});

	it.each([
		medicationRequest("36567", { status: "stopped" }),
		medicationRequest("36567", { doNotPerform: true }),
		medicationRequest("36567", { intent: "proposal" }),
		medicationRequest("36567", { authoredOn: "2026-12-24" }),
		medicationRequest("0", { medicationCodeableConcept: { text: "Nystatin oral suspension" } }),
		medicationRequest("0", { medicationCodeableConcept: { text: "Propranolol injection" } }),
	])("[IN9] does not count %#", (resource) => {
		const { values } = collect(change([resource], without));
		expect([values.statin, values.bpTreatment]).toEqual([false, false]);
	});

	it("[IN9] only a stale request, or one without a date: neither taken nor not taken", () => {
		for (const authoredOn of ["2016-01-01", undefined])
			expect(problemsOf(collect(change([medicationRequest("36567", { authoredOn })])))).toEqual(["INPUT_STALE statin"]);
	});

	it("[IN9] the latest order counts; an old one that is still active warns", () => {
		const old = medicationRequest("36567", { authoredOn: "2020-01-01", id: "old" });
		const warned = (resources: readonly Resource[]) =>
			collect(change(resources)).warnings.some(({ code, input }) => code === "MEDICINE_NOT_RENEWED" && input === "statin");
		expect(collect(change([old])).values.statin).toBe(true);
		expect(warned([old])).toBe(true);
		expect(warned([old, medicationRequest("36567")])).toBe(false);
	});

	it("[IN9] an active request for something unreadable could be a statin", () => {
		const opaque = medicationRequest("0", { medicationCodeableConcept: undefined, medicationReference: { reference: "Medication/elsewhere" } });
		expect(problemsOf(collect(change([opaque], without)))).toEqual(["INPUT_UNREADABLE statin", "INPUT_UNREADABLE bpTreatment"]);
	});

	it("warns of a blood pressure medicine without hypertension", () => {
		expect(collect(change([], ["c-59621000"])).warnings.map(({ code }) => code)).toContain("BP_MEDICINE_WITHOUT_HYPERTENSION");
	});
});

describe("withheld is never negative", () => {
	/** What a gate leaves out when a class is not granted. */
	const partOf: Readonly<Partial<Record<DataClass, readonly string[]>>> = {
		demographics: ["p"],
		conditions: ["c-44054006", "c-59621000"],
		medications: ["m-29046"],
		laboratory: ["o-2093-3", "o-2085-9", "o-2160-0"],
		vitals: ["o-85354-9", "o-39156-5"],
		procedures: [],
		social: ["o-72166-2"],
	};
	it.each(Object.keys(partOf) as DataClass[])("[IN6] %s withheld refuses and names the class, with data or without", (withheld) => {
		const collected = collect(change([], partOf[withheld]), [withheld]);
		const relevant = collected.problems.filter((each) => !["hba1cPercent", "uacrMgG", "sdiDecile"].includes(each.input));
		expect(relevant.length).toBeGreaterThan(0);
		for (const problem of relevant) expect(problem).toMatchObject({ code: "INPUT_NOT_AVAILABLE", class: withheld });
		expect(collected.notAvailable).toEqual([withheld]);
		expect(assess(collected, { model: "auto", horizons: [10] }).status).toBe("refused");
	});

	it("[IN6] medicines withheld is not 'takes no statin'", () => {
		const collected = collect(change([], ["m-29046"]), ["medications"]);
		expect(collected.values).not.toHaveProperty("statin");
		expect(collected.values).not.toHaveProperty("bpTreatment");
	});

	it("[IN6] conditions withheld is not 'no diabetes', nor 'no known disease'", () => {
		const collected = collect(change([], ["c-44054006", "c-59621000"]), ["conditions"]);
		expect(collected.values).not.toHaveProperty("diabetes");
		expect(collected.problems).toContainEqual(expect.objectContaining({ code: "INPUT_NOT_AVAILABLE", input: "eligibility", class: "conditions" }));
	});

	it("[IN6] a class released with records kept back by the grant is not whole", () => {
		const release = releaseOf(complete);
		const classes = release.classes.map((each) => (each.class === "conditions" ? { ...each, restricted: true } : each));
		const collected = collectInputs({ release: { ...release, classes }, today });
		expect(collected.notAvailable).toEqual(["conditions"]);
		expect(problemsOf(collected)).toEqual(["INPUT_NOT_AVAILABLE eligibility"]);
	});

	it("[IN6] only the status says that a class was released, whatever levels stand beside it", () => {
		const release = releaseOf(change([], ["m-29046"]));
		const classes = release.classes.map((each) => (each.class === "medications" ? { ...each, status: "not-available" as const } : each));
		expect(problemsOf(collectInputs({ release: { ...release, classes }, today }))).toEqual([
			"INPUT_NOT_AVAILABLE statin",
			"INPUT_NOT_AVAILABLE bpTreatment",
		]);
	});

	it("[IN6] records whose dates are shifted are not read", () => {
		const release = releaseOf(complete);
		const classes = release.classes.map((each) => ({ ...each, levels: ["pseudonymised" as const] }));
		const resources = release.resources.map((each) => ({ ...each, level: "pseudonymised" as const }));
		const collected = collectInputs({ release: { classes, resources }, today });
		expect(collected.inputs).toEqual([]);
		expect(collected.notAvailable).toHaveLength(7);
	});
});
