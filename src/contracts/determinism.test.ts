import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findImpurities, forbidden, permitted } from "./testing/impurities.ts";

const root = new URL(".", import.meta.url);
const planted = forbidden.flatMap(({ name, planted: sources }) => sources.map((source) => ({ name, source })));
const filled = "the order in which a Map or Set was filled";
const foreign = "an import that is not listed";

function sources(): readonly string[] {
	return readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
		(path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.startsWith("testing"),
	);
}

function textOf(path: string): string {
	return readFileSync(new URL(path, root), "utf8");
}

describe("[RU2] contracts are pure", () => {
	it("there are sources to read", () => {
		expect(sources().length).toBeGreaterThan(25);
		expect(sources()).toContain("consent/decide.ts");
	});

	it.each(sources())("%s uses nothing that could differ", (path) => {
		expect(findImpurities(textOf(path), path)).toEqual([]);
	});

	it.each(planted)("planted $source is found: $name", ({ name, source }) => {
		expect(findImpurities(`const before = 1;\n${source}\n`)).toContain(name);
	});

	it.each([
		"const seen = new Set(names);\nfor (const name of seen) run(name);",
		"const seen = new Map(pairs);\nreturn [...seen];",
		"const seen: ReadonlySet<string> = new Set(names);\nseen.forEach(run);",
		"const seen = new Map(pairs);\nreturn Array.from(seen.values());",
	])("planted %j is found: iteration over a Map or Set", (source) => {
		expect(findImpurities(source)).toContain(filled);
	});

	it.each([
		'import { readFileSync } from "node:fs";',
		'import "reflect-metadata";',
		'import { readFileSync } from "node:fs"',
		'import "node:fs"',
		"import fs from 'node:fs'",
		'export * from "node:fs"',
		'import table from "./table.json" with { type: "json" };',
		'import type { Ledger } from "#ledger";',
		'import { a } from "../../ledger/execute.ts";',
		'import { noon } from "../testing/memoryLedger.ts";',
		'export { z } from "zod/v4";',
	])("planted %j is found: an import that is not listed", (source) => {
		expect(findImpurities(source, "consent/decide.ts")).toEqual([foreign]);
	});

	it.each([
		'// Date.now() is not used\nconst text = "process / Intl";\n/* Math.random() */',
		'import { z } from "zod";\nimport { isHex } from "#base";\nimport { leafHash } from "#log";\nimport { decide } from "./decide.ts";',
		"const plain = z.string().regex(/^[0-9a-f]{32}$/);",
		"const known = new Set(names);\nif (known.has(name)) run(Math.max(1, known.size));",
		"const least = 1_000_000;\nconst mask = 1 << at;",
	])("%j is nothing forbidden", (source) => {
		expect(findImpurities(source, "consent/other.ts")).toEqual([]);
	});

	it("each exception still stands where it is permitted, once, and would be found without the permission", () => {
		for (const { path, line } of permitted) {
			expect(textOf(path).split(line).length, `${path}: ${line}`).toBe(2);
			expect(
				findImpurities(textOf(path)).filter((name) => name !== foreign),
				path,
			).not.toEqual([]);
		}
	});
});
