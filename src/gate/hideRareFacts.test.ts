import { expect, it } from "vitest";
import { hideRareFacts } from "./hideRareFacts.ts";

const icd = (code: string) => ({ coding: [{ system: "http://hl7.org/fhir/sid/icd-10", code }] });
const condition = (code: string) => ({ resourceType: "Condition", code: icd(code) });
const encounter = (year: string, reason?: string) => ({
	resourceType: "Encounter",
	period: { start: year },
	...(reason === undefined ? {} : { reasonCode: [icd(reason)] }),
});
const crowd = (count: number, ...resources: { readonly resourceType: string }[]) => Array.from({ length: count }, () => ({ resources }));

it("[GA56] a diagnosis of ten is left out of everybody, also where it is the reason of an encounter; one of eleven stays", () => {
	const people = [...crowd(11, condition("I10"), encounter("2024")), ...crowd(10, condition("B20"), encounter("2024", "B20"))];
	const told = JSON.stringify(hideRareFacts(people));
	expect(told).not.toContain("B20");
	expect(hideRareFacts(people).flatMap(({ resources }) => resources)).toHaveLength(22);
});

it("[GA56] a diagnosis and a year that eleven have each, and one person both, are not told together", () => {
	const people = [...crowd(12, condition("I10")), ...crowd(12, encounter("2019")), ...crowd(1, condition("I10"), encounter("2019"))];
	const both = hideRareFacts(people).filter(({ resources }) => resources.length === 2);
	expect(both).toEqual([]);
	// One of the two facts is kept for those who have it.
	expect(hideRareFacts(people).flatMap(({ resources }) => resources)).toHaveLength(13);
});

it("[GA56] with nothing rare everything leaves as it was", () => {
	const people = crowd(11, condition("I10"), encounter("2024"));
	expect(hideRareFacts(people)).toBe(people);
});
