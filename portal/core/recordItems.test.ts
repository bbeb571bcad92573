import { describe, expect, it } from "vitest";
import { parseRelease, plainTitle, toRecordItem } from "./recordItems.ts";

const observation = (value: string) => `{"class":"laboratory","resource":{"resourceType":"Observation","id":"o1","status":"final",
	"code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin [Mass/volume] in Blood"}]},
	"effectiveDateTime":"2026-02-12T09:30:00Z","performer":[{"display":"Dr. A"}],
	"valueQuantity":{"value":${value},"unit":"g/dL"},"referenceRange":[{"low":{"value":12.0},"high":{"value":17.5}}]}}`;
const itemOf = (text: string) => toRecordItem(parseRelease(text) as Parameters<typeof toRecordItem>[0]);

describe("a resource as a line", () => {
	it("[PO20] keeps every digit of a value, and its number for charts", () => {
		expect(itemOf(observation("13.50"))).toMatchObject({
			values: [{ title: "", text: "13.50", unit: "g/dL" }],
			number: 13.5,
			low: 12,
			high: 17.5,
			date: "2026-02-12",
			author: "Dr. A",
		});
		expect(itemOf(observation("9007199254740993"))).toMatchObject({ values: [{ title: "", text: "9007199254740993", unit: "g/dL" }] });
	});

	it("[PO20] says nothing that the resource does not say", () => {
		expect(toRecordItem({ class: "other", resource: { resourceType: "Basic", id: "b" } })).toEqual({
			...{ id: "Basic/b", kind: "other", type: "Basic", date: "", title: "Basic", values: [], status: "", author: "" },
		});
	});

	it("[PO20] survives whatever stands where something else is expected", () => {
		for (const value of [null, 7, "x", [], {}, [[]], { coding: 7 }, { coding: [null] }]) {
			const resource = {
				resourceType: "Observation",
				id: "o",
				code: value,
				component: value,
				performer: value,
				content: value,
				valueQuantity: value,
				name: value,
			};
			expect(toRecordItem({ class: "laboratory", resource }).id).toBe("Observation/o");
		}
	});

	it("[PO21] a plain name drops the kind of quantity and the usual specimen, and keeps another one", () => {
		expect(plainTitle("Hemoglobin [Mass/volume] in Blood")).toBe("Hemoglobin");
		expect(plainTitle("Leukocytes [#/volume] in Blood by Automated count")).toBe("Leukocytes");
		expect(plainTitle("Albumin/Creatinine [Mass Ratio] in Urine")).toBe("Albumin/Creatinine in Urine");
		expect(plainTitle("Glucose [Mass/volume] in Cerebral spinal fluid")).toBe("Glucose in Cerebral spinal fluid");
		expect(plainTitle(" [x]")).toBe(" [x]");
	});

	it("[PO20] names a forecast by what it is of", () => {
		const resource = { resourceType: "RiskAssessment", id: "r", prediction: [{ outcome: { text: "Heart failure" } }] };
		expect(toRecordItem({ class: "conditions", resource }).title).toBe("Heart failure");
	});
});
