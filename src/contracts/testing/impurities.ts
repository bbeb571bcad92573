import { posix } from "node:path";

/** Something that a contract's source must not hold, since its answer could differ between machines, engines, moments or runs. */
export interface Forbidden {
	readonly name: string;
	readonly pattern: RegExp;
	/** Sources that must be found. */
	readonly planted: readonly string[];
}

const iterated = /\b(?:of|in)\s+new\s+(?:Map|Set)\b|\.{3}new\s+(?:Map|Set)\b|\bArray\.from\(\s*new\s+(?:Map|Set)\b/;

export const forbidden: readonly Forbidden[] = [
	rule("a clock", /\bDate\b|\bperformance\b|\bTemporal\b|\bhrtime\b/, "Date.now()", "new Date(day)", "performance.now()", "Temporal.Now.instant()"),
	rule(
		"randomness",
		/\bMath\s*\.\s*random\b|\brandom(?:Bytes|UUID|Int|Fill)\w*\b|\bgetRandomValues\b/,
		"Math.random()",
		"randomBytes(16)",
		"crypto.getRandomValues(bytes)",
	),
	rule(
		"the environment",
		/\b(?:process|global(?:This)?|navigator|require|console|Buffer|crypto|Atomics|SharedArrayBuffer)\b/,
		"process.env.HOME",
		"globalThis.x",
		"global.x",
		'require("fs")',
		"console.log(1)",
		"Buffer.from(text)",
	),
	rule("a locale", /\blocaleCompare\b|\btoLocale\w*|\bIntl\b/, "a.localeCompare(b)", "n.toLocaleString()", "new Intl.Collator()"),
	rule(
		"Unicode tables",
		/\.\s*normalize\s*\(|\.\s*to(?:Upper|Lower)Case\b|\\p\{|\bisWellFormed\b|\btoWellFormed\b|\bSegmenter\b/i,
		'name.normalize("NFC")',
		"name.toLowerCase()",
		"name.toUpperCase()",
	),
	rule(
		"a pattern whose flags or making need the engine's tables",
		/(?:^|[=(,:[!&|?;>{}]|return|case)\s*\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*[iuv]|\bRegExp\b/m,
		"const name = /^ä+$/u;",
		"if (/[a-z]/v.test(text)) stop();",
		"text.replace(/a/gi, text)",
		"const isName = (text) => /ä/u.test(text);",
		"if (known) { /ä/v.exec(text); }",
		'new RegExp("a")',
	),
	rule(
		"waiting",
		/\basync\b|\bawait\b|\bPromise\b|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/,
		"await load(key)",
		"async () => 1",
		"new Promise(run)",
		"setTimeout(run)",
	),
	rule("a generator", /\bfunction\s*\*|\byield\b|(?:^|\n)\s*\*\s*\w+\s*\(/, "function* all() {}", "yield 1", "const o = {\n*all() {} }"),
	rule("input or output", /\bfetch\b|\bimport\s*\(|\bimport\s*\.\s*meta\b|\bWebAssembly\b/, "fetch(url)", "import(name)", "import.meta.url"),
	rule(
		"inexact arithmetic",
		/\bMath\b(?!\s*\.\s*(?:min|max)\b)|\*\*|\bparseFloat\b|\.\s*to(?:Fixed|Precision|Exponential)\b|(?<![\w$.])\d[\d_]*\.|(?<![\w$])\.\d|(?<![\w$.])\d[\d_]*e[-+]?\d|\bNaN\b|\bInfinity\b|\bEPSILON\b|\bM(?:AX|IN)_VALUE\b|Float(?:16|32|64)/i,
		"Math.sqrt(2)",
		"Math.floor(x)",
		"const { floor } = Math;",
		"a ** b",
		'parseFloat("1")',
		"x.toFixed(2)",
		"x * 0.5",
		"x * .5",
		"x * 2.",
		"x * 5e-1",
		"x * 1E-3",
		"x === Infinity",
		"Number.EPSILON",
		"new Float64Array(1)",
		"view.getFloat32(0)",
	),
	rule("division", /[\w)\]]\s*\/(?![/*])=?\s*[\w(]/, "const half = size / 2;", "size /= 2;"),
	rule("weak references", /\bWeakRef\b|\bFinalizationRegistry\b/, "new WeakRef(state)", "new FinalizationRegistry(run)"),
	rule("code from text", /\beval\b|\bFunction\s*\(/, 'eval("1")', 'new Function("1")'),
	rule("the stack", /\.\s*stack\b|\bcaptureStackTrace\b|\barguments\s*\.\s*callee\b/, "error.stack", "Error.captureStackTrace(error)"),
	rule("the order of an object's keys as inserted or inherited", /\bfor\s*\(\s*(?:const|let|var)\s+\w+\s+in\b/, "for (const key in state) run(key);"),
	rule(
		"the order in which a Map or Set was filled",
		iterated,
		"for (const x of new Set(names)) run(x);",
		"[...new Set(names)]",
		"Array.from(new Map(a))",
	),
	rule(
		"memory between transactions",
		/^(?:export\s+)?let\b|^(?:export\s+)?const\s+\w+[^=\n]*=\s*new\s+(?:Weak)?(?:Map|Set)(?:<[^()]*>)?\(\s*\)/m,
		"let count = 0;",
		"const seen = new Map<string, number>();",
		"const seen = new WeakMap<object, Set<string>>();",
	),
	rule("a caught exception", /\bcatch\b|\bfinally\b/, "try { run(); } catch { stop(); }", "try { run(); } finally { stop(); }"),
];

/** Part of a line that may stand, once in its source, although it looks forbidden. */
export interface Permitted {
	readonly path: string;
	readonly line: string;
	readonly reason: string;
}

export const permitted: readonly Permitted[] = [
	{ path: "day.ts", line: "return (value - (value % by)) / by;", reason: "the remainder was taken off, so the division is exact" },
	{ path: "access/access.ts", line: "catch (error) {", reason: "a wrong consistency proof, told by its class; anything else goes up" },
	{ path: "consent/compileTerms.ts", line: "catch {", reason: "terms that cannot be read refuse, at the gate; no action runs this" },
	{ path: "consent/lawfulGrant.ts", line: "catch {", reason: "an opening that cannot be read refuses, at the gate; no action runs this" },
	{ path: "consent/compileTerms.ts", line: "const compiled = new WeakMap<", reason: "remembers what terms compile to, which the terms alone decide" },
	{ path: "consent/prepare.ts", line: "readonly times: Float64Array;", reason: "holds instants, which are integers below 2^53" },
	{ path: "consent/prepare.ts", line: "new Float64Array(consents.length * 3)", reason: "holds instants, which are integers below 2^53" },
	{ path: "consent/prepare.ts", line: "readonly changesMs: Float64Array;", reason: "holds instants, which are integers below 2^53" },
	{ path: "consent/prepare.ts", line: "Float64Array.from(new Set(changesMs)).sort()", reason: "sorted by value, whatever the order of filling" },
	{
		path: "consent/reasons.ts",
		line: "const lists = new Map<number, readonly ReasonCode[]>();",
		reason: "remembers lists that their key alone decides",
	},
	{ path: "consent/decide.ts", line: "[...new Set(names)]", reason: "each name once, in the order of the list it came from" },
	{ path: "consent/fhir/labelsFromFhir.ts", line: "[...labels]", reason: "in the order of the labels of the resource" },
	{ path: "consent/fhir/provisionFromFhir.ts", line: "[...new Set([...read,", reason: "in the order of the purposes of the resource" },
];

/** Names of what is forbidden and stands in the source. Text of comments, strings and plain patterns is not looked at. */
export function findImpurities(source: string, path = ""): string[] {
	const allowed = permitted.filter((each) => each.path === path);
	const text = bare(allowed.reduce((rest, { line }) => rest.replace(line, ""), source));
	return [...forbidden.filter(({ pattern }) => pattern.test(text)).map(({ name }) => name), ...iterations(text), ...foreignImports(source, path)];
}

function rule(name: string, pattern: RegExp, ...planted: readonly string[]): Forbidden {
	return { name, pattern, planted };
}

/** Iterations over a Map or Set that the source itself named. */
function iterations(text: string): string[] {
	const names = [...text.matchAll(/\b(?:const|let)\s+(\w+)[^=\n;]*=\s*new\s+(?:Map|Set)\b/g)].map((found) => found[1]!);
	const isIterated = (name: string) =>
		new RegExp(
			`\\bof\\s+${name}\\b(?!\\s*\\.)|\\.{3}${name}\\b(?!\\s*\\.|\\]\\.(?:sort|toSorted)\\()|\\b${name}\\s*\\.\\s*(?:forEach|keys|values|entries)\\s*\\(|\\bArray\\.from\\(\\s*${name}\\b`,
		).test(text);
	return names.some(isIterated) ? ["the order in which a Map or Set was filled"] : [];
}

/** Anything imported but zod, base, log and the contracts' own files. */
function foreignImports(source: string, path: string): string[] {
	const froms = [...source.matchAll(/^[^\n"'`]*?(?:\bfrom|\bimport)\s*["']([^"'\n]+)["']/gm)].map((found) => found[1]!);
	const isOwn = (from: string) => {
		const target = posix.join("contracts", posix.dirname(path), from);
		return from.startsWith(".") && target.startsWith("contracts/") && from.endsWith(".ts") && !/\.test\.ts$|^contracts\/testing\//.test(target);
	};
	return froms.every((from) => ["#base", "#log", "zod"].includes(from) || isOwn(from)) ? [] : ["an import that is not listed"];
}

/** Source without comments, strings and patterns without flags; the expressions inside templates are kept. */
function bare(source: string): string {
	return source
		.replace(/\/\*[\s\S]*?\*\//g, "")
		.replace(/(^|\s)\/\/.*$/gm, "$1")
		.replace(/`(?:[^`\\]|\\.)*`/g, (template) => [...template.matchAll(/\$\{([^}]*)\}/g)].map((found) => found[1]).join(";"))
		.replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
		.replace(/(?<=[(?:=]\s*)\/\^.*?\$\/(?=[),\s;])/g, "pattern");
}
