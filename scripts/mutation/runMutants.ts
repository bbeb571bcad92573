/**
 * The process that runs tests with one mutant switched on after the other. It answers its parent a line of JSON for each message. What a mutant
 * breaks for good (a loop, a dead process) is the parent's to notice.
 */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { switchPrograms, takeProgramHits } from "./programSwitch.ts";
import { type LimitedTest, lateMark, type Measured, type MeasuredTest, type Patience, type Question, type Tried } from "./questions.ts";
import { switchThreads, takeThreadHits } from "./threadSwitch.ts";
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
/** What sets tests up and clears up after them: a network of nodes takes its time. */
const hooksMs = 120_000;
/** Without a mutant nothing is known of a test's time yet. */
const measuredTestMs = 300_000;

const [folder] = process.argv.slice(2);
process.chdir(folder as string);
// A mutant may leave a promise behind that nobody awaits; its verdict is the tests'.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
process.on("message", (question: Question) => void answer(question).then((message) => process.send?.(message)));
process.send?.({ ready: true });

async function answer(question: Question): Promise<Measured | Tried> {
	if (question.ask === "measure") return measure(question.file);
	if (question.ask === "control") return control(question.test);
	return tryMutant(question);
}

const loaded = new Map<string, readonly Test[]>();

/** Files are loaded when the first of their tests is wanted, always without a mutant save the one that the process was started with. */
async function load(file: string): Promise<readonly Test[]> {
	const known = loaded.get(file);
	if (known !== undefined) return known;
	process.send?.({ patienceMs: hooksMs } satisfies Patience);
	namespace.currentTestId = "";
	const first = shim.tests.length;
	shim.beginFile(file);
	await import(pathToFileURL(join(folder as string, file)).href);
	const tests = shim.tests.slice(first);
	loaded.set(file, tests);
	return tests;
}

async function measure(file: string): Promise<Measured> {
	switchPrograms(undefined);
	try {
		const measured: MeasuredTest[] = [];
		for (const [suite, tests] of bySuite(await load(file))) measured.push(...(await measureSuite(suite, tests)));
		return { failure: undefined, tests: measured, atLoad: Object.keys(namespace.mutantCoverage?.static ?? {}) };
	} catch (error) {
		return { failure: textOf(error), tests: [], atLoad: [] };
	} finally {
		switchPrograms("");
	}
}

async function measureSuite(suite: Suite, tests: readonly Test[]): Promise<readonly MeasuredTest[]> {
	const suiteId = `suite ${suite.name}`;
	const began = performance.now();
	takeThreadHits();
	takeProgramHits();
	const failure = await limitedTo(measuredTestMs, () => runAll(chainOf(suite).flatMap(({ before }) => before)), suiteId);
	const beforeMs = performance.now() - began;
	const ofSuite = takeThreadHits();
	const programsOfSuite = takeProgramHits();
	const own = [];
	for (const test of tests) {
		const from = performance.now();
		const failed = failure ?? (await limitedTo(measuredTestMs, () => runTest(test), test.id));
		const ms = performance.now() - from;
		const inPrograms = [...programsOfSuite, ...takeProgramHits()];
		own.push({ id: test.id, ms, failure: failed, hits: { ...hitsOf(test.id), ...takeThreadHits() }, inPrograms });
	}
	const ended = performance.now();
	await limitedTo(measuredTestMs, () => runAll(chainOf(suite).flatMap(({ after }) => after)), suiteId);
	const hooksTookMs = beforeMs + performance.now() - ended;
	const around = { ...hitsOf(suiteId), ...ofSuite };
	return own.map((test) => ({ ...test, suite: suite.name, hooksMs: hooksTookMs, hits: { ...around, ...test.hits } }));
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
		return textOf(error);
	}
}

function textOf(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** A failure counts when the same test passes in the same process once the mutant is switched off. */
async function tryMutant({ mutant, tests, hits, budgetMs = 60_000 }: Extract<Question, { ask: "try" }>): Promise<Tried> {
	namespace.hitCount = 0;
	namespace.hitLimit = hits * hitFactor + 1_000;
	const endsAt = performance.now() + budgetMs;
	for (const ofFile of inFiles(tests)) {
		if (performance.now() > endsAt) return { killedBy: undefined, isSpoilt: false, isCutShort: true };
		const { file } = ofFile[0] as LimitedTest;
		// A process that was started with a mutant may not get so far.
		const failure = await load(file).then(() => undefined, textOf);
		if (failure !== undefined) return { killedBy: `load of ${file}: ${failure}`, isSpoilt: false, isCutShort: false };
		const tried = await tryRuns(mutant, inRuns(ofFile));
		if (tried !== undefined) return tried;
	}
	return { killedBy: undefined, isSpoilt: false, isCutShort: false };
}

async function tryRuns(mutant: string, runs: ReturnType<typeof inRuns>): Promise<Tried | undefined> {
	for (const [suite, members] of runs) {
		turn(mutant);
		const failed = await runSuite(suite, members).finally(() => turn(""));
		if (failed === undefined) continue;
		const isSpoilt = failed.by !== lateMark && (await runSuite(suite, [failed.test])) !== undefined;
		return { killedBy: failed.by, isSpoilt, isCutShort: false };
	}
	return undefined;
}

/** Tests in their order, those of a file that stand side by side together. */
function inFiles(tests: readonly LimitedTest[]): LimitedTest[][] {
	const parts: LimitedTest[][] = [];
	for (const test of tests) {
		const last = parts.at(-1);
		if (last?.[0]?.file === test.file) last.push(test);
		else parts.push([test]);
	}
	return parts;
}

async function control(test: LimitedTest): Promise<Tried> {
	await load(test.file);
	const [run] = inRuns([test]);
	const failed = run === undefined ? undefined : await runSuite(...run);
	return { killedBy: failed?.by, isSpoilt: failed !== undefined, isCutShort: false };
}

function turn(mutant: string): void {
	namespace.activeMutant = mutant;
	switchThreads(mutant);
	switchPrograms(mutant);
}

interface LimitedRun extends Test {
	readonly limitMs: number;
}

/** Tests in their order; those that stand side by side and share a suite are run within one setting up of it. */
function inRuns(tests: readonly LimitedTest[]): [Suite, LimitedRun[]][] {
	const runs: [Suite, LimitedRun[]][] = [];
	for (const { id, file, limitMs } of tests) {
		const test = loaded.get(file)?.find((candidate) => candidate.id === id);
		if (test === undefined) continue;
		const last = runs.at(-1);
		if (last?.[0] === test.suite) last[1].push({ ...test, limitMs });
		else runs.push([test.suite, [{ ...test, limitMs }]]);
	}
	return runs;
}

async function runSuite(suite: Suite, tests: readonly LimitedRun[]): Promise<{ readonly by: string; readonly test: LimitedRun } | undefined> {
	const hooks = (works: (suite: Suite) => readonly Work[]) => limitedTo(hooksMs, () => runAll(chainOf(suite).flatMap(works)));
	if ((await hooks(({ before }) => before)) !== undefined) return { by: `before ${suite.name}`, test: tests[0] as LimitedRun };
	try {
		for (const test of tests) {
			const failure = await limitedTo(test.limitMs, () => runTest(test));
			if (failure !== undefined) return { by: failure === lateMark ? lateMark : test.id, test };
		}
		return undefined;
	} finally {
		await hooks(({ after }) => after);
	}
}

function limitedTo(limitMs: number, work: () => Promise<void>, id = ""): Promise<string | undefined> {
	process.send?.({ patienceMs: limitMs + 10_000 } satisfies Patience);
	return within(limitMs, () => inTest(id, work));
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
