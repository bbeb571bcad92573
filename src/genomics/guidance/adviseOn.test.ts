import { describe, expect, it } from "vitest";
import { sha256Hex } from "#base";
import { callPgx } from "../starAlleles/callPgx.ts";
import { parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import { called, guidanceManifest, guidanceTables, loadGuidance } from "../testing/guidanceFiles.ts";
import { loadCaller } from "../testing/knowledgeFiles.ts";
import { type Advice, adviseOn } from "./adviseOn.ts";
import { findingOf, type GeneFinding } from "./finding.ts";
import { parseGuidance } from "./guidanceTable.ts";
import { parseStatements } from "./statement.ts";

const guidance = loadGuidance();
const ask = (drug: string, findings: readonly GeneFinding[], source = "CPIC") =>
	adviseOn({ drug, findings, guidance }).filter(({ guideline }) => guideline.source === source);
const actionsOf = ({ recommendation }: Advice) => recommendation?.statements.map(({ action }) => action) ?? [];

describe("guidance tables", () => {
	it("[GU3] are refused when one is altered, missing or of another form", () => {
		const altered = Buffer.from(guidanceTables[3] as Buffer);
		altered[altered.length - 20] = (altered[altered.length - 20] as number) ^ 1;
		const refused = expect.objectContaining({ code: "PGX_KNOWLEDGE_INVALID", kind: "stop" });
		const parse = (manifest: Uint8Array, tables: readonly Uint8Array[]) => () => parseGuidance({ manifest, tables, sha256Hex });
		expect(parse(guidanceManifest, [...guidanceTables.slice(0, 3), altered, ...guidanceTables.slice(4)])).toThrowError(refused);
		expect(parse(guidanceManifest, guidanceTables.slice(1))).toThrowError(refused);
		expect(parse(Buffer.from("{"), guidanceTables)).toThrowError(refused);
		expect(parse(guidanceTables[0] as Buffer, guidanceTables)).toThrowError(refused);
	});

	it.each([
		"prescribe",
		"toString",
		"reduce-dose start*",
		"reduce-dose start*0.5x",
		"nowhere: avoid",
		"avoid for:luck",
		"monitor by:tdm,",
		"avoid;avoid",
	])("[GU3] a code outside the vocabulary is refused: %s", (codes) => {
		expect(() => parseStatements(codes)).toThrowError(expect.objectContaining({ code: "PGX_KNOWLEDGE_INVALID" }));
	});
});

describe("the row of a result", () => {
	it("[GU4] clopidogrel, poor metabolizer, coronary intervention: avoid, take prasugrel or ticagrelor", () => {
		const advice = adviseOn({ drug: "Clopidogrel", findings: [called("CYP2C19", "Poor Metabolizer")], guidance, population: "acs-pci" });
		const cpic = advice.filter(({ guideline }) => guideline.source === "CPIC");
		expect(cpic.map(({ recommendation }) => recommendation?.id)).toEqual(["PA166297572"]);
		expect(cpic[0]).toMatchObject({ status: "recommendation", recommendation: { strength: "strong", alternateDrugAvailable: true } });
		expect(cpic[0]?.recommendation?.statements[1]?.details.use).toEqual(["prasugrel", "ticagrelor"]);
	});

	it("[GU4] a row for the diplotype stands before one for the phenotype", () => {
		const keys = (finding: GeneFinding) => ask("siponimod", [finding], "DPWG").map(({ results }) => results[0]?.key);
		expect(keys(called("CYP2C9", "*1/*3", "1.0", "Intermediate Metabolizer"))).toEqual(["*1/*3"]);
		expect(keys(called("CYP2C9", "*1/*8", "1.5", "Intermediate Metabolizer"))).toEqual(["Intermediate Metabolizer"]);
	});

	it("[GU4] a bare score takes every row of that score, none of another", () => {
		const keys = ask("fluorouracil", [called("DPYD", "1.0")], "DPWG").map(({ results }) => results[0]?.key);
		expect(keys.toSorted()).toEqual(["1.0 (Intermediate Metabolizer)", "1.0 (Phenotyping)"]);
		expect(ask("codeine", [called("CYP2D6", "1")])[0]?.status).toBe("noRow");
	});

	it("[GU13] presence of an HLA allele without a typing is looked up as it was stated, and what it does not speak of stays unknown", () => {
		const stated = { gene: "HLA-A", phenotypes: [{ alleles: [], phenotype: "*31:01 positive", activityScore: undefined, lookup: undefined }] };
		expect(findingOf(stated)).toEqual({ gene: "HLA-A", calls: [{ tiers: [["*31:01 positive"]] }] });
		expect(ask("carbamazepine", [findingOf(stated) as GeneFinding], "DPWG").map(({ status }) => status)).toEqual(["recommendation", "unknown"]);
	});

	it("[GU9] rows for several populations are one call's, not several results", () => {
		const rows = ask("carbamazepine", [called("HLA-A", "*31:01 positive"), called("HLA-B", "*15:02 negative")]);
		expect(rows.map(({ ambiguous }) => ambiguous)).toEqual([false, false, false]);
	});

	it("[GU5] guidelines of two genes are looked up by both", () => {
		const advice = ask("amitriptyline", [called("CYP2C19", "Normal Metabolizer"), called("CYP2D6", "0.0")]);
		expect(advice.map(({ results }) => results)).toEqual([
			[
				{ gene: "CYP2C19", key: "Normal Metabolizer" },
				{ gene: "CYP2D6", key: "0.0" },
			],
		]);
		expect(actionsOf(advice[0] as Advice)).toContain("avoid");
	});

	it("[GU8] other populations are left out, rows for everybody stay", () => {
		const rows = (population?: "adult" | "pediatric") =>
			adviseOn({ drug: "voriconazole", findings: [called("CYP2C19", "Poor Metabolizer")], guidance, population }).map(
				({ recommendation }) => recommendation?.population,
			);
		expect(rows().toSorted()).toEqual(["adult", "pediatric", "unstated"]);
		expect(rows("pediatric").toSorted()).toEqual(["pediatric", "unstated"]);
	});

	it("[GU9] equally good calls each give advice, marked as one of several", () => {
		const finding = { gene: "CYP2C19", calls: [{ tiers: [["Normal Metabolizer"]] }, { tiers: [["Poor Metabolizer"]] }] };
		const advice = adviseOn({ drug: "clopidogrel", findings: [finding], guidance, population: "acs-pci" });
		expect(advice.filter(({ guideline }) => guideline.source === "CPIC").map(({ ambiguous }) => ambiguous)).toEqual([true, true]);
	});
});

describe("what is not known", () => {
	it("[GU6] no gene with a result: unknown for every guideline on every drug, never a row", () => {
		for (const drug of guidance.drugs.keys())
			for (const advice of adviseOn({ drug, findings: [], guidance }))
				expect([drug, advice.status, advice.recommendation]).toEqual([drug, "unknown", undefined]);
	});

	it("[GU6] one of two genes without result takes the row made for that, or is unknown; never the row of a normal gene", () => {
		for (const [drug, guidelines] of guidance.drugs)
			for (const { genes, recommendations } of guidelines.filter((each) => each.genes.length > 1))
				for (const key of new Set(recommendations.map(({ keys }) => keys[0] as string)))
					for (const advice of adviseOn({ drug, findings: [called(genes[0] as string, key)], guidance })) {
						const missing = advice.guideline.genes
							.map((gene, index) => [gene, advice.recommendation?.keys[index]] as const)
							.filter(([gene]) => gene !== genes[0]);
						for (const [, row] of missing) expect(["No Result", undefined]).toContain(row);
					}
	});

	it("[GU7] a row that recommends nothing is noRecommendation, a result without row noRow: neither is a recommendation", () => {
		expect(ask("codeine", [called("CYP2D6", "n/a")])[0]?.status).toBe("noRecommendation");
		expect(ask("codeine", [called("CYP2D6", "2.0")], "DPWG")[0]?.status).toBe("noRecommendation");
		expect(ask("abacavir", [called("HLA-B", "*57:01 negative")], "DPWG")[0]?.status).toBe("noRow");
		expect(ask("warfarin", [called("CYP2C9", "0.0"), called("VKORC1", "-1639 AA")])[0]?.status).toBe("unknown");
	});

	it("[GU7] a drug that no guideline speaks of gives nothing, and does not throw", () => {
		expect(adviseOn({ drug: "constructor", findings: [called("CYP2D6", "0.0")], guidance })).toEqual([]);
	});
});

describe("findings of a sample", () => {
	it("[GU13] a call of the room is advised on under its own score, not under another's", async () => {
		const bytes = new TextEncoder().encode("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n");
		const outside = parseOutsideCalls("CYP2D6\t*4/*4\n");
		const { genes } = await callPgx(loadCaller(), { bytes: [bytes] }, { outside, absent: "missing" });
		const findings = genes.map(findingOf).filter((finding) => finding !== undefined);
		expect(findings.map(({ gene }) => gene)).toEqual(["CYP2D6"]);
		expect(ask("codeine", findings).map(({ results }) => results)).toEqual([[{ gene: "CYP2D6", key: "0.0" }]]);
		expect(ask("clopidogrel", findings)[0]?.status).toBe("unknown");
	});

	const call = (names: readonly string[], phenotype?: string, activityScore?: string, activity: readonly (string | undefined)[] = []) => ({
		alleles: names.map((name, index) => ({ name, activity: activity[index] })),
		...{ phenotype, activityScore, lookup: activityScore ?? phenotype },
	});

	it("[GU13] a gene without call, or with a call whose meaning is not available, is no finding of a phenotype", () => {
		expect(findingOf({ gene: "CYP2C19", phenotypes: [] })).toBeUndefined();
		expect(findingOf({ gene: "CYP2C19", phenotypes: [call(["*1", "*38"])] })?.calls).toEqual([{ tiers: [["*1/*38"]] }]);
		expect(
			ask("clopidogrel", [findingOf({ gene: "CYP2C19", phenotypes: [call(["*1", "*38"])] }) as GeneFinding]).map(({ status }) => status),
		).toEqual(["noRow"]);
	});

	it("[GU13] HLA: present or absent by field; *57:010 is not *57:01", () => {
		const tiers = (names: readonly string[]) => findingOf({ gene: "HLA-B", phenotypes: [call(names)] })?.calls[0]?.tiers[0] ?? [];
		expect(tiers(["*57:01:01", "*15:02"])).toEqual(["*15:02 positive", "*15:11 negative", "*57:01 positive", "*58:01 negative"]);
		expect(tiers(["*57:010", "*07:02"])).toContain("*57:01 negative");
		expect(findingOf({ gene: "HLA-B", phenotypes: [call([])] })).toBeUndefined();
	});

	it("[GU13] HLA-B with two alleles at risk is advised on both", () => {
		const finding = findingOf({ gene: "HLA-B", phenotypes: [call(["*15:02", "*15:11"])] }) as GeneFinding;
		const keys = ask("carbamazepine", [finding], "DPWG").filter(({ guideline }) => guideline.genes.includes("HLA-B"));
		expect(keys.map(({ results }) => results[0]?.key).toSorted()).toEqual(["*15:02 positive", "*15:11 positive"]);
	});

	it("[GU13] DPYD: two copies of decreased function ask for the enzyme, one normal and one lost copy for half the dose", () => {
		const key = (activity: readonly string[]) => {
			const finding = findingOf({ gene: "DPYD", phenotypes: [call(["a", "b"], "Intermediate Metabolizer", "1.0", activity)] }) as GeneFinding;
			return ask("capecitabine", [finding], "DPWG").map(({ results }) => results[0]?.key);
		};
		expect(key(["0.5", "0.5"])).toEqual(["1.0 (Phenotyping)"]);
		expect(key(["1.0", "0.0"])).toEqual(["1.0 (Intermediate Metabolizer)"]);
	});
});
