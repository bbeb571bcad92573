import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The threat model names its attacks by their tests' titles: a list that has drifted from the tests protects nobody. */
const root = join(import.meta.dirname, "..");
const model = readFileSync(join(root, "docs/threat-model.md"), "utf8");
const section = model.slice(model.indexOf("## The named attacks"), model.indexOf("## Known gaps"));
const named = [...section.matchAll(/^- (\[.+) \(`(src\/[^`]+)`\)$/gm)].map(([, title, path]) => ({ title: title as string, path: path as string }));

it("every named attack of the threat model is a test of that title, and there are as many as it says", () => {
	for (const { title, path } of named) {
		const text = readFileSync(join(root, path), "utf8");
		// `…` stands for what a table of cases fills in.
		for (const part of title.split("…")) expect(text.includes(part), `${path}: ${title}`).toBe(true);
	}
	expect(new Set(named.map(({ title }) => title)).size).toBe(named.length);
	expect(Number(/(\d+) attacks stand as tests/.exec(section)?.[1])).toBe(named.length);
	expect(named.length).toBeGreaterThanOrEqual(60);
	for (const [, count, items] of section.matchAll(/^### .+: (\d+)\n\n((?:- .+\n)+)/gm)) expect(items?.trim().split("\n").length).toBe(Number(count));
});

it("every rule in the table by the attacker's means is an attack of the list, in the file named", () => {
	const rows = [...section.matchAll(/^\| ([a-z][^|]+) \| (\[.+) \|$/gm)];
	expect(rows.length).toBeGreaterThanOrEqual(12);
	for (const [, means, cell] of rows) {
		for (const [, rules, file] of (cell as string).matchAll(/((?:\[[A-Z]+\d+\] ?)+)`([^`]+)`/g)) {
			for (const [rule] of (rules as string).matchAll(/\[[A-Z]+\d+\]/g)) {
				const isListed = named.some(({ title, path }) => path.endsWith(`/${file}`) && title.includes(rule));
				expect(isListed, `${means}: ${rule} ${file}`).toBe(true);
			}
		}
	}
});
