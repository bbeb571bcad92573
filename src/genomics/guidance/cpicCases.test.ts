import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { called, loadGuidance } from "../testing/guidanceFiles.ts";
import { hasSource, sourceFolder } from "../testing/knowledgeFiles.ts";
import { adviseOn } from "./adviseOn.ts";
import type { Population, Recommendation } from "./guidanceTable.ts";

interface Case {
	readonly id: string;
	readonly gene: string;
	readonly drug: string;
	readonly gt_phenotype: string;
	readonly gt_drug: string;
	readonly gt_activity: string;
}

/** What a line of advice comes to, coarsely enough to compare two authors. */
type Gist = "avoid" | "reduce" | "increase" | "standard" | "test" | "silent" | "no row" | "unknown";

/** The author's names for groups of drugs, each by one of the group. */
const drugs: Readonly<Record<string, string>> = {
	thiopurines: "azathioprine",
	aminoglycosides: "gentamicin",
	"volatile-anaesthetics": "sevoflurane",
	"PEG-IFN-α": "peginterferon alfa-2a",
};

/** For whom the author speaks, where CPIC speaks for several. */
const populationOf: Readonly<Record<string, Population>> = {
	clopidogrel: "acs-pci",
	voriconazole: "adult",
	carbamazepine: "naive",
	oxcarbazepine: "naive",
	phenytoin: "naive",
};

/** The author's phenotypes in CPIC's words, where spelling is not all that differs. */
const keys: Readonly<Record<string, string>> = {
	Sensitive: "-1639 AA",
	"Variant Carrier": "increased risk of aminoglycoside-induced hearing loss",
	"Malignant Hyperthermia Susceptible": "Malignant Hyperthermia Susceptibility",
	Responsive: "ivacaftor responsive in CF patients",
	"Non-responsive": "ivacaftor non-responsive in CF patients",
	"Poor Metaboliser (Non-expressor)": "Poor Metabolizer",
	"Normal Metaboliser (Expressor)": "Normal Metabolizer",
};

/** CPIC tells a normal result apart by gene. */
const normalKeys: Readonly<Record<string, string>> = {
	"MT-RNR1": "normal risk of aminoglycoside-induced hearing loss",
	RYR1: "Uncertain Susceptibility",
	VKORC1: "-1639 GG",
};

/** Genes that CPIC looks up by activity score. */
const scored = ["CYP2D6", "CYP2C9", "DPYD"];

/** What each action comes to; the others come to nothing. */
const gists: Readonly<Record<string, Gist>> = {
	avoid: "avoid",
	"avoid-if-possible": "avoid",
	"avoid-standard-dose-if-possible": "avoid",
	"alternative-drug": "avoid",
	"do-not-use": "avoid",
	"not-recommended": "avoid",
	contraindicated: "avoid",
	"contraindicated-relative": "avoid",
	"reduce-dose": "reduce",
	"limit-dose": "reduce",
	"lower-start": "reduce",
	"start-lowest": "reduce",
	"increase-dose": "increase",
	"standard-dosing": "standard",
	"label-dosing": "standard",
	"per-label": "standard",
	"no-need-to-avoid": "standard",
	"first-dose-unchanged": "reduce",
	"test-first": "test",
	"decide-by": "test",
};

/**
 * Cases where the author's advice and CPIC's row come to something else: what the row comes to, and why. The author writes on 2024-01 guidelines from
 * memory and names no row; the rows are those of the release of 2024-03-25.
 */
const differences: Readonly<Record<string, readonly [Gist, string]>> = {
	cyp2d6_codeine_im_decreased: [
		"standard",
		"CPIC gives intermediate metabolizers the labelled dose, another opioid only without response (PA166104996, PMID 33387367)",
	],
	cyp2d6_parox_pm: ["reduce", "CPIC's 2023 update: half the starting and maintenance dose for poor metabolizers (PA166127636, PMID 37032427)"],
	cyp2d6_parox_im: ["reduce", "CPIC's 2023 update: a lower starting dose for intermediate metabolizers (PA166127636, PMID 37032427)"],
	cyp2c19_cital_rm: ["standard", "CPIC's 2023 update: rapid metabolizers start as usual, another drug if the response is inadequate (PMID 37032427)"],
	cyp2c19_omep_rm: ["standard", "CPIC: rapid metabolizers start as usual, 50–100% more for H. pylori or erosive oesophagitis only (PMID 32770672)"],
	cyp2c9_celec_im: ["reduce", "CPIC: at score 1.0 start with the lowest recommended dose (PMID 32189324)"],
	cyp2b6_efa_im: ["reduce", "CPIC: intermediate metabolizers may start with 400 mg/day (PMID 31006110)"],
	slco1b1_atorv_poor: ["reduce", "CPIC's 2022 guideline: at most 20 mg to start with (PMID 35152405)"],
	slco1b1_atorv_decr: ["reduce", "CPIC's 2022 guideline: at most 40 mg to start with (PMID 35152405)"],
	ryr1_anaes_norm: ["test", "no RYR1 result excludes malignant hyperthermia: other findings decide (PMID 30499100)"],
	...among(
		["cyp2c9_warf_pm", "cyp2c9_warf_im", "cyp2c9_warf_nm", "vkorc1_warf_sens", "vkorc1_warf_normal", "cyp4f2_warf_decr", "cyp4f2_warf_normal"],
		["unknown", "CPIC doses warfarin by an algorithm on three genes; the source has no row, and two of the genes have no result"],
	),
	...among(["ugt1a1_iri_pm", "ugt1a1_iri_im", "ugt1a1_iri_nm"], ["no row", "the source has no CPIC guideline on irinotecan, only DPWG's"]),
	...among(["ifnl3_pegifn_fav", "ifnl3_pegifn_unf"], ["no row", "the source has CPIC's guideline on peginterferon without rows"]),
};

describe.skipIf(!hasSource)("110 cases of CPIC level A (skipped where ../shared/data/pgx is not there)", () => {
	const cases = hasSource ? (JSON.parse(readFileSync(join(sourceFolder, "cpic_cases", "test_cases_v3.json"), "utf8")) as readonly Case[]) : [];

	it("[GU12] come to the same advice, or are told with a reason", () => {
		const found = cases.map((each): readonly [string, Gist, readonly Gist[]] => [each.id, gistOf(each), authorsGist(each.gt_drug)]);
		expect(cases.length).toBe(110);
		expect(Object.fromEntries(found.filter(([, ours, theirs]) => !theirs.includes(ours)).map(([id, ours]) => [id, ours]))).toEqual(
			Object.fromEntries(Object.entries(differences).map(([id, [ours]]) => [id, ours])),
		);
	});
});

function gistOf({ gene, drug, gt_phenotype, gt_activity }: Case): Gist {
	const [symbol = gene, allele] = gene.split(/(?<=HLA-[AB])(?=\*)/);
	const spelled = gt_phenotype.replace("Ultra-rapid", "Ultrarapid").replace("Metaboliser", "Metabolizer");
	const named = keys[gt_phenotype] ?? (gt_phenotype === "Normal" ? (normalKeys[gene] ?? "Normal") : spelled);
	const key = allele === undefined ? (scored.includes(gene) ? gt_activity : named) : `${allele} ${gt_phenotype.toLowerCase()}`;
	const name = drugs[drug] ?? drug;
	const advice = adviseOn({ drug: name, findings: [called(symbol, key)], guidance: loadGuidance(), population: populationOf[name] });
	const [first] = advice.filter(({ guideline }) => guideline.source === "CPIC");
	if (first === undefined || first.status === "noRow") return "no row";
	return first.recommendation === undefined ? "unknown" : gistOfRow(first.recommendation);
}

function gistOfRow({ statements }: Recommendation): Gist {
	return statements.map(({ action }) => gists[action]).find((gist) => gist !== undefined) ?? "silent";
}

/** The author's sentence may leave a choice. */
function authorsGist(sentence: string): readonly Gist[] {
	const said = sentence.slice(sentence.indexOf(":") + 1);
	const found: (readonly [RegExp, Gist])[] = [
		[/avoid|alternative|not indicated/i, "avoid"],
		[/reduce|reduction|limit/i, "reduce"],
		[/increase dose|higher dose/i, "increase"],
		[/^ (standard|indicated|higher response)/i, "standard"],
		[/assess|algorithm/i, "test"],
	];
	return found.filter(([pattern]) => pattern.test(said.replace(/reduced|may be excessive/gi, ""))).map(([, gist]) => gist);
}

function among(ids: readonly string[], told: readonly [Gist, string]): Readonly<Record<string, readonly [Gist, string]>> {
	return Object.fromEntries(ids.map((id) => [id, told]));
}
