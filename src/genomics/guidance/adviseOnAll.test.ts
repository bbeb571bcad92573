import { describe, expect, it } from "vitest";
import { called, loadGuidance } from "../testing/guidanceFiles.ts";
import { adviseOn } from "./adviseOn.ts";
import { adviseOnAll, gistOf } from "./adviseOnAll.ts";
import type { CalledGene } from "./finding.ts";

const guidance = loadGuidance();
const cyp2c19 = (phenotype: string): CalledGene => ({
	gene: "CYP2C19",
	phenotypes: [{ alleles: [], phenotype, activityScore: undefined, lookup: phenotype }],
});
const gistOfDrug = (drug: string, genes: readonly CalledGene[]) =>
	adviseOnAll({ genes, guidance, today: "2024-06-01", drugs: [drug] }).drugs[0]?.gist;

describe("advice on all drugs", () => {
	it("[GU10] tells a change from the usual, and both from what is not known and what is not said", () => {
		expect(gistOfDrug("clopidogrel", [cyp2c19("Poor Metabolizer")])).toBe("change");
		expect(gistOfDrug("clopidogrel", [cyp2c19("Normal Metabolizer")])).toBe("usual");
		expect(gistOfDrug("clopidogrel", [])).toBe("unknown");
		expect(gistOfDrug("warfarin", [cyp2c19("Normal Metabolizer")])).toBe("unknown");
		expect(gistOfDrug("clopidogrel", [cyp2c19("Indeterminate")])).toBe("silent");
	});

	it("[GU10] what is not known to be usual counts as a change", () => {
		const rows = [...guidance.drugs].flatMap(([drug, guidelines]) =>
			guidelines.flatMap(({ genes, recommendations }) =>
				recommendations.flatMap(({ keys }) => adviseOn({ drug, findings: keys.map((key, i) => called(genes[i] as string, key)), guidance })),
			),
		);
		const gists = Map.groupBy(rows, gistOf);
		for (const { recommendation } of gists.get("usual") ?? [])
			expect(
				recommendation?.statements.some(({ action }) =>
					["avoid", "reduce-dose", "increase-dose", "alternative-drug", "not-recommended"].includes(action),
				),
			).toBe(false);
		expect(gists.get("change")?.length).toBeGreaterThan(500);
		expect(gists.get("usual")?.length).toBeGreaterThan(300);
	}, 30_000);

	it("[GU7] unknown and silent stand behind a change of another guideline, never before it", () => {
		const report = adviseOnAll({ genes: [cyp2c19("Poor Metabolizer")], guidance, today: "2024-06-01" });
		for (const { gist, advice } of report.drugs) expect(advice.some((each) => each.gist === "change")).toBe(gist === "change");
		expect(report.drugs).toHaveLength(guidance.drugs.size);
	});

	it("[GU11] carries the age of each guideline for the day that was asked", () => {
		const ages = (today: string) => adviseOnAll({ genes: [], guidance, today }).drugs.flatMap(({ advice }) => advice.map(({ stale }) => stale));
		expect(new Set(ages("2025-09-25"))).toEqual(new Set([false]));
		expect(new Set(ages("2025-09-26"))).toEqual(new Set([true]));
	});
});
