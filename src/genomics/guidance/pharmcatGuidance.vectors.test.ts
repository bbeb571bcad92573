import { describe, expect, it } from "vitest";
import type { PgxReport } from "../starAlleles/callPgx.ts";
import type { BuilderOp } from "../testing/buildVcf.ts";
import { loadGuidance } from "../testing/guidanceFiles.ts";
import { hasSource } from "../testing/knowledgeFiles.ts";
import { callOps, outsideOf, readTable } from "../testing/pharmcatCases.ts";
import { type Advice, adviseOn } from "./adviseOn.ts";
import { findingsOf } from "./adviseOnAll.ts";

const guidance = loadGuidance();

/** Checks of PharmCAT's pipeline that count the rows found for a drug, by their source or all together. */
const counting = ["testMatchedAnnotations", "testAnyMatchFromSource", "testNoMatchFromSource"];

/** The FDA's two sources, which these tables do not hold: a drug's label and the table of pharmacogenetic associations. */
const fda = ["FDA_LABEL", "FDA_ASSOC"];

/**
 * Where the number of rows differs for another reason than the FDA's two sources, by `test/check/arguments`: the number here, and why. The published checks
 * are of 2025-11, the guidance of 2024-03-25.
 */
const otherwise: Readonly<Record<string, readonly [number, string]>> = {
	'testUgt1a1s28s80phased/testMatchedAnnotations/["atazanavir","DPWG_GUIDELINE",1]': [
		0,
		"DPWG had no guideline for atazanavir and UGT1A1 in the release of 2024-03-25 (GU1: the folder has CPIC_atazanavir_and_UGT1A1 alone)",
	],
	'testUgt1a1s28s80phased/testMatchedAnnotations/["atazanavir",2]': [
		1,
		"the same: CPIC's row is here, DPWG's guideline is newer than the tables (GU1)",
	],
};

interface Check {
	readonly key: string;
	readonly name: string;
	readonly drug: string;
	/** Undefined where all sources count together. */
	readonly source: string | undefined;
	/** Undefined for "some". */
	readonly count: number | undefined;
	readonly row: Readonly<Record<string, string>>;
}

function readCheck(row: Readonly<Record<string, string>>): Check {
	const args = JSON.parse(row["args_json"] ?? "[]") as (string | number)[];
	const source = args.find((arg, index): arg is string => index > 0 && typeof arg === "string");
	const counted = args.find((arg): arg is number => typeof arg === "number");
	const key = `${row["test"]}/${row["check"]}/${JSON.stringify(args)}`;
	return { key, name: `${row["class"]} ${key}`, drug: String(args[0]), source, count: row["check"] === "testNoMatchFromSource" ? 0 : counted, row };
}

async function callCheck({ row }: Check): Promise<PgxReport> {
	const flags = (JSON.parse(row["wrapper_flags"] || "[]") as unknown[]).filter((flag) => typeof flag === "boolean");
	const [combinations, allMatches] = flags.length === 1 ? [false, flags[0]] : [flags[0], flags[1]];
	const ops = JSON.parse(row["vcf_builder_ops_json"] ?? "[]") as BuilderOp[];
	const outside = outsideOf(row["outside_calls"] ?? "");
	return callOps(ops, { combinations: combinations === true, allMatches: allMatches === true, outside });
}

/** Rows found here; a guideline without a row for the result counts nothing, as in the published checks. */
async function rowsFor(check: Check): Promise<readonly Advice[]> {
	const advice = adviseOn({ drug: check.drug, findings: findingsOf((await callCheck(check)).genes), guidance });
	const rows = advice.filter(({ recommendation }) => recommendation !== undefined);
	return check.source === undefined ? rows : rows.filter(({ guideline }) => `${guideline.source}_GUIDELINE` === check.source);
}

const checks = hasSource
	? readTable("expected_pipeline_checks.tsv")
			.filter((row) => counting.includes(row["check"] ?? ""))
			.map(readCheck)
	: [];
const ofFda = checks.filter(({ source }) => source !== undefined && fda.includes(source));
const ofOne = checks.filter((check) => check.source !== undefined && !ofFda.includes(check));
const ofAll = checks.filter(({ source }) => source === undefined);
const named = (some: readonly Check[]) => some.map((check): [string, Check] => [check.name, check]);

describe.skipIf(!hasSource)("PharmCAT's own checks of guidance (skipped where ../shared/data/pgx is not there)", () => {
	it.each(named(ofOne.filter(({ key }) => !(key in otherwise))))("[GU12] as many rows of the source: %s", async (_name, check) => {
		const found = (await rowsFor(check)).length;
		if (check.count === undefined) expect(found).toBeGreaterThan(0);
		else expect(found).toBe(check.count);
	});

	it.each(named(ofAll.filter(({ key }) => !(key in otherwise))))(
		"[GU12] as many rows in all, less those of the FDA's two sources: %s",
		async (_name, check) => {
			const found = (await rowsFor(check)).length;
			const ofFdaAtMost = fda.length;
			expect(found).toBeLessThanOrEqual(check.count as number);
			expect(found).toBeGreaterThanOrEqual((check.count as number) - ofFdaAtMost);
			if (check.count !== 0) expect(found).toBeGreaterThan(0);
		},
	);

	it.each(Object.entries(otherwise))("[GU12] differs, and we know why: %s", async (key, [count]) => {
		const check = checks.find((each) => each.key === key);
		expect(check).toBeDefined();
		expect((await rowsFor(check as Check)).length).toBe(count);
	});

	it("[GU12] every published check of guidance is one of these, and the FDA's are told apart: 133 in all", () => {
		expect({ one: ofOne.length, all: ofAll.length, fda: ofFda.length }).toEqual({ one: 66, all: 41, fda: 26 });
		const sources = new Set([...guidance.drugs.values()].flat().map(({ source }) => source));
		expect([...sources].toSorted()).toEqual(["CPIC", "DPWG"]);
	});
});
