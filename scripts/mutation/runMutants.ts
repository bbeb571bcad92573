/**
 * The process that runs tests with one mutant switched on after the other. It answers its parent a line of JSON for each message. What a mutant
 * breaks for good (a loop, a dead process) is the parent's to notice.
 */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type LimitedTest, lateMark, type Measured, type Patience, type Question, type Tried } from "./questions.ts";
import type { Suite, Test } from "./vitestShim.ts";

const shimUrl = new URL("./vitestShim.ts", import.meta.url).href;
registerHooks({ resolve: (specifier, context, next) => (specifier === "vitest" ? { url: shimUrl, shortCircuit: true } : next(specifier, context)) });
const shim = (await import(shimUrl)) as typeof import("./vitestShim.ts");

interface Namespace {
	activeMutant?: string;
	currentTestId?: string;
	hitCount?: number;
	hitLimit?: number;
	mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}
const namespace: Namespace = {};
Reflect.set(globalThis, "__stryker__", namespace);

/** How many times as often as in the run without a mutant its place may be passed before it counts as a loop. */
const hitFactor = 100;

const [folder, ...files] = process.argv.slice(2);
process.chdir(folder as string);
for (const file of files) {
	shim.beginFile(file);
	await import(pathToFileURL(join(folder as string, file)).href);
}
// A mutant may leave a promise behind that nobody awaits; its verdict is the tests'.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
process.on("message", (question: Question) => void answer(question));
process.send?.({ ready: shim.tests.length });

async function answer(question: Question): Promise<void> {
	process.send?.(question.ask === "measure" ? await measure() : await tryMutant(question));
}

async function measure(): Promise<Measured> {
	const measured = [];
	for (const [suite, tests] of bySuite(shim.tests)) {
		const suiteId = `suite ${suite.name}`;
		const failure = await inTest(suiteId, () => runAll(chainOf(suite).flatMap(({ before }) => before)));
		for (const test of tests) {
			const began = performance.now();
			const own = failure ?? (await inTest(test.id, () => runTest(test)));
			measured.push({ id: test.id, ms: performance.now() - began, failure: own, hits: { ...hitsOf(suiteId), ...hitsOf(test.id) } });
		}
		await inTest(suiteId, () => runAll(chainOf(suite).flatMap(({ after }) => after)));
	}
	return { tests: measured, atLoad: Object.keys(namespace.mutantCoverage?.static ?? {}) };
}

function hitsOf(id: string): Record<string, number> {
	return namespace.mutantCoverage?.perTest[id] ?? {};
}

async function inTest(id: string, work: () => Promise<void>): Promise<string | undefined> {
	namespace.currentTestId = id;
	try {
		await work();
		return undefined;
	} catch (error) {
		return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	}
}

async function tryMutant({ mutant, tests, hits }: Extract<Question, { ask: "try" }>): Promise<Tried> {
	const byId = new Map(shim.tests.map((test) => [test.id, test]));
	const limits = new Map(tests.map(({ id, limitMs }: LimitedTest) => [id, limitMs]));
	const selected = tests.flatMap(({ id }) => byId.get(id) ?? []);
	namespace.activeMutant = mutant;
	namespace.hitCount = 0;
	namespace.hitLimit = hits * hitFactor + 1_000;
	try {
		for (const [suite, members] of bySuite(selected)) {
			const killedBy = await runSuite(suite, members, limits);
			if (killedBy !== undefined) return { killedBy };
		}
		return { killedBy: undefined };
	} finally {
		namespace.activeMutant = "";
	}
}

/** What sets tests up and clears up after them is not measured: a network of nodes takes its time. */
const hooksMs = 120_000;

async function runSuite(suite: Suite, tests: readonly Test[], limits: ReadonlyMap<string, number>): Promise<string | undefined> {
	const hooks = (works: (suite: Suite) => readonly Work[]) => limitedTo(hooksMs, () => runAll(chainOf(suite).flatMap(works)));
	if ((await hooks(({ before }) => before)) !== undefined) return `before ${suite.name}`;
	try {
		for (const test of tests) {
			const failure = await limitedTo(limits.get(test.id) as number, () => runTest(test));
			if (failure !== undefined) return failure === lateMark ? lateMark : test.id;
		}
		return undefined;
	} finally {
		await hooks(({ after }) => after);
	}
}

function limitedTo(limitMs: number, work: () => Promise<void>): Promise<string | undefined> {
	process.send?.({ patienceMs: limitMs + 10_000 } satisfies Patience);
	return within(limitMs, () => inTest("", work));
}

/** A test that waits for what never comes is a killed mutant too. */
async function within(limitMs: number, work: () => Promise<string | undefined>): Promise<string | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<string>((resolve) => {
		timer = setTimeout(() => resolve(lateMark), limitMs);
	});
	try {
		return await Promise.race([work(), late]);
	} finally {
		clearTimeout(timer);
	}
}

async function runTest({ suite, work }: Test): Promise<void> {
	const chain = chainOf(suite);
	try {
		await runAll(chain.flatMap(({ beforeEach }) => beforeEach));
		await work();
	} finally {
		await runAll(shim.takeFinishing().reverse());
		await runAll(chain.flatMap(({ afterEach }) => afterEach));
	}
}

type Work = Suite["before"][number];

async function runAll(works: readonly Work[]): Promise<void> {
	for (const work of works) await (work as () => unknown)();
}

/** Outermost first. */
function chainOf(suite: Suite): Suite[] {
	return suite.parent === undefined ? [suite] : [...chainOf(suite.parent), suite];
}

function bySuite(tests: readonly Test[]): Map<Suite, Test[]> {
	const suites = new Map<Suite, Test[]>();
	for (const test of tests) suites.set(test.suite, [...(suites.get(test.suite) ?? []), test]);
	return suites;
}
