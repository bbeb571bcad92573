import type { Finding } from "./finding.ts";
import type { SourceText } from "./sourceText.ts";

const numberInTitle = /\[([A-Z]{2}\d+)\]/g;
/** Tests, and the suites that several implementations run. */
const carriesTests = /(?:\.test|\/describe[A-Z]\w*)\.ts$/;
const numberInSpec = /^\s*(?:[-|]\s*)?\**\[?([A-Z]{2}\d+)\]?(?:\*|\s|\.|:)/gm;

/**
 * The rules of the rooms' `SPEC.md`, the tests that carry their numbers and the documents that cite them agree: no test of a rule that is
 * not written down, no number given twice, no promise in `docs/` that has no test.
 */
export function checkRuleNumbers(files: readonly SourceText[]): Finding[] {
	const specs = files.filter(({ path }) => path.endsWith("/SPEC.md"));
	const tests = files.filter(({ path }) => /^(?:src|portal)\//.test(path) && carriesTests.test(path));
	const documents = files.filter(({ path }) => /^(?:docs\/.*|[A-Z]+)\.md$/.test(path));
	const rules = specs.flatMap((spec) => numbersIn(spec, numberInSpec));
	const ruled = new Set(rules.map(({ number }) => number));
	const tested = new Set(tests.flatMap((test) => numbersIn(test, numberInTitle)).map(({ number }) => number));
	const twice = rules.filter(({ number }, index) => rules.findIndex((rule) => rule.number === number) < index);
	const unwritten = firstUses(tests).filter(({ number }) => !ruled.has(number));
	const unkept = firstUses(documents).filter(({ number }) => !ruled.has(number) || !tested.has(number));
	return [
		...twice.map((rule) => finding(rule, "is given twice")),
		...unwritten.map((use) => finding(use, "stands in no SPEC.md")),
		...unkept.map((use) => finding(use, ruled.has(use.number) ? "has no test that carries it" : "stands in no SPEC.md")),
	];
}

/** The first place in each file where a number occurs. */
function firstUses(files: readonly SourceText[]): NumberUse[] {
	return files
		.flatMap((file) => [
			...new Map(
				numbersIn(file, numberInTitle)
					.reverse()
					.map((use) => [use.number, use]),
			).values(),
		])
		.toSorted((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

/** Rules that no test carries, for a reader who wonders what is still to be tested. */
export function listUntestedRules(files: readonly SourceText[]): string[] {
	const tested = new Set(
		files.filter(({ path }) => carriesTests.test(path)).flatMap((test) => numbersIn(test, numberInTitle).map(({ number }) => number)),
	);
	const rules = files.filter(({ path }) => path.endsWith("/SPEC.md")).flatMap((spec) => numbersIn(spec, numberInSpec));
	return rules.map(({ number }) => number).filter((number) => !tested.has(number));
}

interface NumberUse {
	readonly number: string;
	readonly path: string;
	readonly line: number;
}

function numbersIn({ path, text }: SourceText, pattern: RegExp): NumberUse[] {
	return Array.from(text.matchAll(pattern), (match) => ({
		number: match[1]!,
		path,
		line: text.slice(0, match.index + match[0].length).split("\n").length,
	}));
}

function finding({ number, path, line }: NumberUse, fault: string): Finding {
	return { path, line, message: `rule ${number} ${fault}` };
}
