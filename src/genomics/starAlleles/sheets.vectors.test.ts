import { describe, expect, it } from "vitest";
import { hasSource } from "../testing/knowledgeFiles.ts";
import { callOps, geneOf, namesOf } from "../testing/pharmcatCases.ts";
import { canonical, hapB3Sheet, nat2Sheet, type SheetCase } from "../testing/sheets.ts";

const named = (cases: readonly SheetCase[]) => cases.map((each): [string, SheetCase] => [each.name, each]);

describe.skipIf(!hasSource)("the sheets of the definitions' makers (skipped where ../shared/data/pgx is not there)", () => {
	it.each(hasSource ? named(nat2Sheet()) : [])("[GN23] NAT2 %s", async (_name, { ops, expected }) => {
		expect(namesOf(geneOf(await callOps(ops), "NAT2")).toSorted()).toEqual(expected.toSorted());
	});

	it.each(hasSource ? named(hapB3Sheet()) : [])("[GN18] [GN23] DPYD %s", async (_name, { ops, expected }) => {
		const result = geneOf(await callOps(ops), "DPYD");
		expect(namesOf(result).map(canonical).toSorted()).toEqual(expected.map(canonical).toSorted());
	});
});
