import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "#base";
import { type HistoryTrust, verifyHistory } from "#wallet";
import { makeVectors, vectorsFolder } from "./makeVectors.ts";
import type { HistoryCase } from "./vectors/historyVectors.ts";
import { applyPatch } from "./vectors/jsonPatch.ts";

const read = (name: string): unknown => JSON.parse(readFileSync(join(vectorsFolder, name), "utf8"));

describe("the published vectors", () => {
	it("are what the code makes today (after a change of format: scripts/makeVectors.ts)", async () => {
		const made = await makeVectors();
		const differing = [...made].filter(([name, text]) => readFileSync(join(vectorsFolder, name), "utf8") !== text).map(([name]) => name);
		expect(differing).toEqual([]);
	});

	const { cases } = read("history-cases.json") as { cases: readonly HistoryCase[] };
	it.each(cases)("history: $name", ({ patch, pins, verdict, code }) => {
		const trust = { ...(read("history-pins.json") as HistoryTrust), ...pins } as HistoryTrust;
		const report = verifyHistory(applyPatch(read("history.json") as JsonValue, patch), trust);
		expect([report.verdict, report.checks.find(({ ok }) => !ok)?.code ?? ""]).toEqual([verdict, code]);
	});
});
