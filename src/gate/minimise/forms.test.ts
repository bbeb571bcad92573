import { describe, expect, it } from "vitest";
import { isFhirDate, isYearTelling, shiftDate, yearOnly } from "./dates.ts";
import { generaliseZip, isCountry, isState } from "./geography.ts";
import { isMeaningLost } from "./meaning.ts";
import { numberBelow } from "./numbers.ts";
import { parseReference } from "./references.ts";
import { createReleaseIds } from "./releaseIds.ts";
import { isSamples, isToken } from "./tokens.ts";
import { isUnit, isUnreadableQuantity } from "./units.ts";

/** Each form at its edges: what is just inside stays, what is one character beyond does not. */
const raw = (text: string) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

describe("forms", () => {
	it("[MI13] a date is one of FHIR's four lengths, and nothing before, behind or between", () => {
		const inside = ["2024", "2024-01", "2024-10", "2024-12", "2024-05-01", "2024-05-29", "2024-05-31", "0001-01-01"];
		const times = [
			"T00:00:00Z",
			"T23:59:60Z",
			"T19:30:59.123456Z",
			"T20:00:00.5-14:59",
			"T09:00:00Z",
			"T09:00:00+14:00",
			"T09:00:00-01:59",
			"T09:00:00.5+02:30",
		];
		for (const text of [...inside, ...times.map((time) => `2024-05-17${time}`)]) expect(isFhirDate(text), text).toBe(true);
		const outside = [
			"",
			"202",
			"20245",
			"x2024",
			"2024x",
			"2024-",
			"2024-00",
			"2024-13",
			"2024-1",
			"2024-011",
			"2024-05-00",
			"2024-05-32",
			"2024-05-40",
		];
		const noTimes = [
			"T",
			"T09:00:00",
			"T24:00:00Z",
			"T9:00:00Z",
			"T09:60:00Z",
			"T09:00:61Z",
			"T09:00Z",
			"T09:00:00.Z",
			"T09:00:00.xZ",
			"T09:00:00z",
			"T09:00:00+15:00",
		];
		const noZones = ["T09:00:00+2:00", "T09:00:00+02:60", "T09:00:00+02", "T09:00:00Zx", "T09:00:00 Z", " T09:00:00Z"];
		for (const text of [...outside, ...[...noTimes, ...noZones].map((time) => `2024-05-17${time}`), "2024T09:00:00Z", "2024-05T09:00:00Z"])
			expect(isFhirDate(text), text).toBe(false);
		for (const value of [undefined, null, 2024, ["2024"], {}]) expect(isFhirDate(value)).toBe(false);
	});

	it("[MI13] a year moves as its 1 July, a month as its 15th, and what leaves is as long as what was there", () => {
		expect(shiftDate("2024", 182)).toBe("2024");
		expect(shiftDate("2024", 184)).toBe("2025");
		expect(shiftDate("2024", -182)).toBe("2024");
		expect(shiftDate("2024", -183)).toBe("2023");
		expect([shiftDate("2024-05", 16), shiftDate("2024-05", 17), shiftDate("2024-05", -14), shiftDate("2024-05", -15)]).toEqual([
			"2024-05",
			"2024-06",
			"2024-05",
			"2024-04",
		]);
		expect(shiftDate("2024-05-17T16:05:00.250+02:00", -17)).toBe("2024-04-30T16:05:00.250+02:00");
		// Nothing before the year 1 or after 9999 is a date that FHIR could write.
		expect([shiftDate("0001-01-01", -1), shiftDate("0001-01-02", -1), shiftDate("9999-12-31", 1), shiftDate("9999-12-31", -1)]).toEqual([
			undefined,
			"0001-01-01",
			undefined,
			"9999-12-30",
		]);
		expect([shiftDate("2023-02-29", 1), shiftDate("2024-02-29", 1), shiftDate("2024-04-31", 1)]).toEqual([undefined, "2024-03-01", undefined]);
	});

	it("[MI23] a year tells an age over 89 from the 90th year back, whatever the day", () => {
		expect([isYearTelling("1936-12-31", "2026-01-01"), isYearTelling("1937-01-01", "2026-12-31")]).toEqual([true, false]);
		expect([yearOnly("1937-05-17", "2026-11-21"), yearOnly("1936", "2026-11-21"), yearOnly("1937-5", "2026-11-21")]).toEqual([
			"1937",
			undefined,
			undefined,
		]);
	});

	it("[MI24] a ZIP code of the United States, in digits alone, by one of its two names", () => {
		for (const country of ["US", "USA"]) expect(generaliseZip("02118", country)).toBe("021");
		for (const country of ["us", "DE", "", null, undefined, "USAx"]) expect(generaliseZip("02118", country), String(country)).toBeUndefined();
		expect(generaliseZip("02118-1234", "US")).toBe("021");
		for (const zip of ["0211", "021189", "02118-", "02118-123", "02118-12345", "x02118", "02118x", "0211a", 2118, undefined, "02118-123x"])
			expect(generaliseZip(zip, "US"), String(zip)).toBeUndefined();
		for (const [prefix, left] of [
			["036", "000"],
			["037", "037"],
			["893", "000"],
			["894", "894"],
			["102", "000"],
			["203", "000"],
		])
			expect(generaliseZip(`${prefix}01`, "US")).toBe(left);
	});

	it("[MI24] states and countries are those of closed lists, letter by letter", () => {
		for (const state of ["AL", "WY", "DC", "VI", "DE-BW", "DE-TH", "Alabama", "New York", "District of Columbia", "Baden-Württemberg", "Thüringen"])
			expect(isState(state), state).toBe(true);
		for (const state of ["", "al", "XX", "York", "New", "DE-XX", "Alabama ", undefined, 7, ["AL"]]) expect(isState(state), String(state)).toBe(false);
		for (const country of ["US", "DEU", "ESP"]) expect(isCountry(country)).toBe(true);
		for (const country of ["", "us", "XX", undefined, 7, ["US"]]) expect(isCountry(country)).toBe(false);
	});

	it("[MI12] a token is a short word without the digits of a number", () => {
		for (const token of ["a", "<", ">=", "=", "final", "MORN.early", "in-progress", "a/b+c=d", "A123", `a${"b".repeat(39)}`])
			expect(isToken(token), token).toBe(true);
		for (const token of ["", "1a", "-a", "a b", "a1234", "1234", "a_b", "é", `a${"b".repeat(40)}`, "ab1234cd", "a\n"])
			expect(isToken(token), token).toBe(false);
	});

	it("[MI12] samples are numbers and the letters E, U and L, one blank between two", () => {
		for (const samples of ["1", "-1", "123456.123456", "E", "U", "L", "1 2 3", "E 1 -2.5 U L"]) expect(isSamples(samples), samples).toBe(true);
		const outside = [
			"",
			" ",
			"1 ",
			" 1",
			"1  2",
			"1234567",
			"1.1234567",
			"1.",
			".5",
			"--1",
			"X",
			"EU",
			"1,2",
			"1 X",
			"1\n2",
			"1 1234567",
			"1 2.",
			"2 1.1234567",
		];
		for (const samples of outside) expect(isSamples(samples), samples).toBe(false);
	});

	it("[MI11] a reference leads to a type and an id, by either spelling, and an id ends where FHIR's does", () => {
		expect(parseReference("Patient/a-1.B")).toEqual({ type: "Patient", id: "a-1.B" });
		expect(parseReference(`Observation/${"a".repeat(64)}/_history/12`)).toEqual({ type: "Observation", id: "a".repeat(64) });
		expect(parseReference(`Abc/${"a"}`)).toEqual({ type: "Abc", id: "a" });
		expect(parseReference("urn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7E")).toEqual({ type: undefined, id: "0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7E" });
		const outside = [
			"",
			"patient/1",
			"Pa/1",
			"Patient/",
			"Patient/a b",
			"Patient/a_b",
			`Patient/${"a".repeat(65)}`,
			"xPatient/1",
			"https://a/Patient/1",
			"Patient/1/",
		];
		const histories = [
			"Patient/1/_history",
			"Patient/1/_history/",
			"Patient/1/_history/a b",
			`Patient/1/_history/${"1".repeat(65)}`,
			"Patient/1/history/1",
		];
		const urns = [
			"urn:uuid:",
			"urn:uuid:0b3e7e4e",
			"xurn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7e",
			"urn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7g",
		];
		const others = ["urn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7e0", "#1", `P${"a".repeat(41)}/1`, "Pat1ent/1", "1Patient/1"];
		for (const text of [...outside, ...histories, ...urns, ...others, 7, undefined, null, ["Patient/1"]])
			expect(parseReference(text), String(text)).toBeUndefined();
		expect(parseReference(`P${"a".repeat(40)}/1`)?.id).toBe("1");
	});

	it("[MI12] a unit is one of UCUM's, with a prefix where it is metric, or one of the words records use", () => {
		const inside = [
			"mg",
			"mg/dL",
			"/min",
			"10*3/uL",
			"10*",
			"10^9/L",
			"mmol/L",
			"%",
			"kg/m2",
			"mL/min/{1.73_m2}",
			"[in_i]",
			"m[Hg]",
			"mm[Hg]",
			"[iU]/mL",
			"{score}",
			"g{creat}",
			"dag",
			"s-1",
		];
		for (const unit of [...inside, "(score)", "years", "pH", "K/uL", "hour", "a", "1", "m/s/s/s/s"]) expect(isUnit(unit), unit).toBe(true);
		const outside = [
			"",
			"Roe",
			"mgg",
			"mg dL",
			"//min",
			"mg/",
			"mg5",
			"k%",
			"kmin",
			"{Jane}",
			"10^",
			"10^129",
			"10*129",
			"mg{Roe}",
			"mg/dL ",
			"xmg",
			"m/s/s/s/s/s",
			"score",
			"YEARS",
			undefined,
			5,
		];
		for (const unit of outside) expect(isUnit(unit), String(unit)).toBe(false);
	});

	it("[MI25] a quantity is unreadable by its comparator, or where neither unit nor code can be read", () => {
		for (const comparator of [undefined, "<", "<=", ">=", ">"]) expect(isUnreadableQuantity({ value: 5, comparator, unit: "mg" })).toBe(false);
		for (const comparator of ["less", "", "=", null])
			expect(isUnreadableQuantity({ value: 5, comparator, unit: "mg" }), String(comparator)).toBe(true);
		expect(isUnreadableQuantity({ value: 5 })).toBe(false);
		expect(isUnreadableQuantity({ value: 5, unit: "Roe", code: "mg" })).toBe(false);
		expect(isUnreadableQuantity({ value: 5, unit: "mg", code: "Roe" })).toBe(false);
		for (const read of [{ unit: "Roe" }, { code: "Roe" }, { unit: "Roe", code: "Jane" }])
			expect(isUnreadableQuantity({ value: 5, ...read })).toBe(true);
		// Without a number it says nothing that could be misread.
		expect(isUnreadableQuantity({ comparator: "less", unit: "Roe" })).toBe(false);
	});

	it("[MI26] [MI27] a number stays below its limit on both sides, in its own spelling up to the digits that a double needs", () => {
		expect([numberBelow(999, 1_000), numberBelow(-999, 1_000), numberBelow(1_000, 1_000), numberBelow(-1_000, 1_000)]).toEqual([
			999,
			-999,
			undefined,
			undefined,
		]);
		const spelled = raw("1.50");
		expect(numberBelow(spelled, 2)).toBe(spelled);
		expect(numberBelow(spelled, 1.5)).toBeUndefined();
		const longest = raw(`1.${"0".repeat(21)}`);
		expect(numberBelow(longest, 2)).toBe(longest);
		expect(numberBelow(raw(`1.${"0".repeat(22)}`), 2)).toBe(1);
		for (const value of ["5", null, undefined, Number.NaN, {}]) expect(numberBelow(value, 1_000)).toBeUndefined();
	});

	it("[MI25] each modifier element that was dropped loses the meaning, and so does an entry in error", () => {
		const modifiers = ["status", "clinicalStatus", "verificationStatus", "doNotPerform", "intent", "isSubpotent", "lifecycleStatus"];
		const record = { resourceType: "Any", ...Object.fromEntries(modifiers.map((name) => [name, "x"])) };
		const { resourceType: _, ...all } = record as Record<string, unknown>;
		expect(isMeaningLost(record, all)).toBe(false);
		for (const name of modifiers) {
			const { [name]: _gone, ...kept } = all;
			expect(isMeaningLost(record, kept), name).toBe(true);
			expect(isMeaningLost({ resourceType: "Any", code: "x" }, kept), name).toBe(false);
		}
		expect(isMeaningLost(record, { ...all, status: "entered-in-error" })).toBe(true);
		expect(isMeaningLost(record, { ...all, verificationStatus: { coding: [{ code: "entered-in-error" }] } })).toBe(true);
		expect(isMeaningLost(record, { ...all, verificationStatus: { coding: [{ code: "refuted" }] } })).toBe(false);
		expect(isMeaningLost({ resourceType: "Any" }, {})).toBe(false);
	});

	it("[MI26] ids of a release count patients by themselves, and everything else together", () => {
		const ids = createReleaseIds();
		const asked = [
			["Patient", "a"],
			["Observation", "a"],
			["Patient", "b"],
			["Condition", "a"],
			["Patient", "a"],
			["Observation", "a"],
		] as const;
		expect(asked.map(([type, id]) => ids.idFor(type, id))).toEqual(["p1", "r1", "p2", "r2", "p1", "r1"]);
	});
});
