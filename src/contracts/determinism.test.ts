import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL(".", import.meta.url);

/** What a contract's source must not hold, because its answer could differ between machines, engines or moments. */
const forbidden: readonly (readonly [name: string, pattern: RegExp, planted: string])[] = [
	["clock", /\bDate\b|\bperformance\b|\bTemporal\b|\bhrtime\b/, "const now = Date.now();"],
	["monotonic clock", /\bperformance\b/, "performance.now()"],
	["randomness", /\bMath\s*\.\s*random\b|\brandom(?:Bytes|UUID|Int|Fill)\w*\b|\bgetRandomValues\b/, "Math.random()"],
	["environment", /\bprocess\b|\bglobalThis\b|\bnavigator\b|\brequire\b/, "process.env.HOME"],
	["locale", /\blocaleCompare\b|\btoLocale\w*|\bIntl\b/, "a.localeCompare(b)"],
	["Unicode tables", /\.normalize\(|\.to(?:Upper|Lower)Case\(|\/[a-z]*[uv][a-z]*\.test|\\p\{/, "name.toLowerCase()"],
	["waiting", /\basync\b|\bawait\b|\bPromise\b|\bsetTimeout\b|\bqueueMicrotask\b/, "await fetch(url)"],
	["I/O", /\bfetch\b|from "node:|\bimport\(/, 'import { readFileSync } from "node:fs";'],
	["inexact arithmetic", /\bMath\s*\.\s*(?!min\b|max\b)\w+|\*\*|\bparseFloat\b|\btoFixed\b/, "Math.sqrt(2)"],
	["division", /[\w)\]]\s*\/(?![/*])\s*[\w(]/, "const half = size / 2;"],
	["weak references", /\bWeakRef\b|\bFinalizationRegistry\b/, "new WeakRef(state)"],
	["code from text", /\beval\b|\bnew Function\b/, 'eval("1")'],
];

/** The one division: of a number whose remainder was taken off, so exact. */
const permitted: readonly string[] = ["return (value - (value % by)) / by;"];

function sources(): readonly string[] {
	return readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
		(path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.startsWith("testing"),
	);
}

/** Source without comments, the text of strings and patterns; template expressions are kept. */
function bare(source: string): string {
	return source
		.replace(/\/\*[\s\S]*?\*\//g, "")
		.replace(/(^|\s)\/\/.*$/gm, "$1")
		.replace(/`(?:[^`\\]|\\.)*`/g, (template) => [...template.matchAll(/\$\{([^}]*)\}/g)].map((found) => found[1]).join(";"))
		.replace(/"(?!node:)(?:[^"\\\n]|\\.)*"/g, '""')
		.replace(/(?<=[(?:=]\s*)\/\^.*?\$\/(?=[),\s])/g, "pattern");
}

function violations(source: string): readonly string[] {
	const text = permitted.reduce((rest, line) => rest.replace(line, ""), bare(source));
	return forbidden.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
}

describe("[RU2] contracts are pure", () => {
	it("there are sources to read", () => {
		expect(sources().length).toBeGreaterThan(25);
		expect(sources()).toContain("consent/decide.ts");
	});

	it.each(sources())("%s uses nothing that could differ", (path) => {
		expect(violations(readFileSync(new URL(path, root), "utf8"))).toEqual([]);
	});

	it.each(forbidden)("a planted use of %s is found", (name, _, planted) => {
		expect(violations(`const before = 1;\n${planted}\n`)).toContain(name);
	});

	it("a mention in a comment or a sentence is none", () => {
		expect(violations('// Date.now() is not used\nconst text = "process / Intl";\n/* Math.random() */')).toEqual([]);
	});

	it("sources import base, log, zod and each other, nothing else", () => {
		for (const path of sources()) {
			const froms = [...readFileSync(new URL(path, root), "utf8").matchAll(/from "([^"]+)"/g)].map((found) => found[1]!);
			expect(froms.filter((from) => !from.startsWith(".") && !["#base", "#log", "zod"].includes(from))).toEqual([]);
		}
	});
});
