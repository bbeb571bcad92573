import { describe, expect, it } from "vitest";
import type { BuilderOp } from "../testing/buildVcf.ts";
import { hasSource } from "../testing/knowledgeFiles.ts";
import { callOps, callVcf, geneOf, namesOf, outsideOf, readTable, readTestVcf, withoutHeterozygous } from "../testing/pharmcatCases.ts";
import type { PgxOptions, PgxReport } from "./callPgx.ts";

/** Checks that speak of prescribing guidance, which these tables do not hold. */
const ofGuidance = ["testMatchedAnnotations", "testAnyMatchFromSource", "testNoMatchFromSource"];

/** Checks that cannot hold here, by `test/check/gene`, each with the reason. */
const otherwise: Readonly<Record<string, string>> = {
	"testCyp2d6Matcher/testCalledByMatcher/CYP2C19": "of CYP2C19 and CYP2D6 together, and CYP2D6 is never called from a VCF (GN21)",
	"testOutsideSinglePositionCalls/testPrintCpicCalls/IFNL3": "the table of cases lost the second of two calls from elsewhere (IFNL3)",
	"testNoCallOutsideCall/testNotCalledByMatcher/NAT2": "the table of cases lost the second of two calls from elsewhere (NAT2, ./.)",
	"cacna1sMissing_ryr1Het4/testRecommendedDiplotypes/RYR1":
		"c.14918C>T is associated with malignant hyperthermia and c.152C>A uncertain; the phenotype table of 2023 that is here knows neither apart",
};

interface PipelineRow {
	readonly name: string;
	readonly key: string;
	readonly row: Readonly<Record<string, string>>;
}

function optionsOf(flagText: string, outside: string): PgxOptions {
	const flags = (JSON.parse(flagText || "[]") as unknown[]).filter((flag) => typeof flag === "boolean");
	const [combinations, allMatches] = flags.length === 1 ? [false, flags[0]] : [flags[0], flags[1]];
	return { combinations: combinations === true, allMatches: allMatches === true, outside: outsideOf(outside) };
}

/** `[true]` asks for the best alone; two or three flags begin with combinations, then that. */
function matcherOptions(flagText: string): PgxOptions {
	const flags = JSON.parse(flagText) as boolean[];
	const [combinations, topOnly] = flags.length <= 1 ? [false, flags[0] === true] : [flags[0] === true, flags[1] === true];
	return { absent: "missing", combinations, allMatches: !topOnly };
}

function isPrinted(printed: string, report: PgxReport, gene: string): boolean {
	const result = geneOf(report, gene);
	const [first] = result.phenotypes;
	const score = first?.activityScore === undefined ? "" : ` (${first.activityScore})`;
	return result.diplotypes.length === 0 && printed === `${first?.phenotype}${score}`;
}

function check(name: string, args: readonly unknown[], report: PgxReport): void {
	const gene = String(args[0]);
	const called = (each: string) => geneOf(report, each).source === "vcf" && namesOf(geneOf(report, each)).length > 0;
	if (name === "testCalledByMatcher") expect((args.flat() as string[]).filter((each) => !called(each))).toEqual([]);
	else if (name === "testNotCalledByMatcher") expect((args.flat() as string[]).filter(called)).toEqual([]);
	else if (name === "doStandardChecks") {
		const lists = args.slice(2).filter((arg) => Array.isArray(arg)) as string[][];
		expect(namesOf(geneOf(report, "DPYD")).toSorted()).toEqual((lists[0] as string[]).toSorted());
		const deciding = args[4];
		if (Array.isArray(deciding) && deciding.every((each) => typeof each === "string")) expect(lookedUp(report, "DPYD")).toEqual(deciding.toSorted());
	} else if (name === "testRecommendedDiplotypes") expect(lookedUp(report, gene)).toEqual(wanted(args.slice(1).flat() as string[]));
	else if (name === "testSourceDiplotypes" || name === "testPrintCalls" || name === "testPrintCpicCalls") {
		const names = (args.length > 2 && Array.isArray(args[1]) ? args[1] : args.slice(1).flat()) as string[];
		if (names.length === 1 && isPrinted(names[0] as string, report, gene)) return;
		expect(namesOf(geneOf(report, gene)).toSorted()).toEqual(wanted(names).map(withoutHeterozygous).toSorted());
	} else expect.fail(`no way to check ${name}`);
}

/** "Not called" and "Unknown/Unknown" are how an empty result is printed. */
function wanted(names: readonly string[]): readonly string[] {
	return names.every((name) => ["Unknown/Unknown", "Unknown", "Not called"].includes(name)) ? [] : names.toSorted();
}

function lookedUp(report: PgxReport, gene: string): readonly string[] {
	return geneOf(report, gene)
		.phenotypes.flatMap(({ alleles }) => alleles.map(({ name }) => name))
		.toSorted();
}

describe.skipIf(!hasSource)("PharmCAT's own tests (skipped where ../shared/data/pgx is not there)", () => {
	it.each(hasSource ? readTable("expected_matcher_diplotypes.tsv").map((row): [string, typeof row] => [`${row["class"]} ${row["test"]}`, row]) : [])(
		"[GN23] matcher: %s",
		async (_name, row) => {
			const options = matcherOptions(row["matcher_flags"] ?? "[]");
			const file = row["vcf_file"] ?? "";
			const report =
				file === ""
					? await callOps(JSON.parse(row["vcf_builder_ops_json"] ?? "") as BuilderOp[], options)
					: await callVcf(readTestVcf(file), options);
			const gene = (row["definition"] ?? "").replace("_translation.json", "");
			expect(namesOf(geneOf(report, gene)).join(" | ")).toBe(row["expected_diplotypes_in_order"]);
		},
	);

	const rows: readonly PipelineRow[] = hasSource
		? readTable("expected_pipeline_checks.tsv").map((row) => {
				const subject = (JSON.parse(row["args_json"] ?? "[]") as unknown[])[0];
				const key = `${row["test"]}/${row["check"]}/${typeof subject === "string" ? subject : ""}`;
				return { name: `${row["class"]} ${key}`, key, row };
			})
		: [];
	const ofCalls = rows.filter(({ row }) => !ofGuidance.includes(row["check"] ?? ""));

	it.each(ofCalls.filter(({ key }) => !(key in otherwise)).map((each): [string, PipelineRow] => [each.name, each]))(
		"[GN23] pipeline: %s",
		async (_name, { row }) => {
			const ops = JSON.parse(row["vcf_builder_ops_json"] ?? "[]") as BuilderOp[];
			check(
				row["check"] ?? "",
				JSON.parse(row["args_json"] ?? "[]"),
				await callOps(ops, optionsOf(row["wrapper_flags"] ?? "", row["outside_calls"] ?? "")),
			);
		},
	);

	it("[GN23] names no check as different that is not there", () => {
		if (ofCalls.length === 0) return;
		expect(Object.keys(otherwise).filter((key) => !ofCalls.some((each) => each.key === key))).toEqual([]);
		expect(ofCalls.length).toBeGreaterThan(200);
	});
});
