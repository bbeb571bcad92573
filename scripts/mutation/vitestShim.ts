/**
 * As much of vitest's interface as the tests of a mutation run use, over vitest's own `expect`: tests are collected once and can be run again and
 * again in one process. No snapshots, no mocks of modules, no concurrency.
 */
import {
	ASYMMETRIC_MATCHERS_OBJECT,
	chai,
	customMatchers,
	GLOBAL_EXPECT,
	getState,
	JestAsymmetricMatchers,
	JestChaiExpect,
	JestExtend,
	setState,
} from "@vitest/expect";

type Work = (...values: never[]) => unknown;

export interface Suite {
	readonly name: string;
	readonly parent: Suite | undefined;
	readonly skipped: boolean;
	readonly before: Work[];
	readonly after: Work[];
	readonly beforeEach: Work[];
	readonly afterEach: Work[];
}
export interface Test {
	readonly id: string;
	readonly suite: Suite;
	readonly work: () => unknown;
}

export const tests: Test[] = [];
let current: Suite = createSuite("", undefined, false);
let firstOfFile = 0;
let finishing: Work[] = [];

function createSuite(name: string, parent: Suite | undefined, skipped: boolean): Suite {
	return { name, parent, skipped, before: [], after: [], beforeEach: [], afterEach: [] };
}

/** Begins the tests of another file. */
export function beginFile(path: string): void {
	current = createSuite(path, undefined, false);
	firstOfFile = tests.length;
}

/** What `onTestFinished` was given since the last call. */
export function takeFinishing(): Work[] {
	const taken = finishing;
	finishing = [];
	return taken;
}

function format(name: string, values: readonly unknown[], index: number): string {
	return `${name} #${index} ${values.map(String).join(" ").slice(0, 60)}`;
}

function rowsOf(cases: readonly unknown[]): unknown[][] {
	return cases.map((row) => (Array.isArray(row) ? row : [row]));
}

function addSuite(name: string, work: Work, skipped: boolean): void {
	const parent = current;
	current = createSuite(`${parent.name} > ${name}`, parent, skipped || parent.skipped);
	work();
	current = parent;
}

function addTest(name: string, work: Work | undefined, skipped: boolean): void {
	if (skipped || current.skipped || work === undefined) return;
	tests.push({ id: `${current.name} > ${name} [${tests.length - firstOfFile}]`, suite: current, work: work as () => unknown });
}

/** The work is the last argument or stands before a number of ms; options of a test stand between it and the name. */
type Adder = (name: string, ...rest: readonly unknown[]) => void;
type Definer = Adder & {
	skip: Adder;
	each: (cases: readonly unknown[]) => Adder;
	skipIf: (condition: unknown) => Definer;
	runIf: (condition: unknown) => Definer;
};

function workOf(rest: readonly unknown[]): Work {
	const work = rest.find((argument) => typeof argument === "function");
	if (work === undefined) throw new TypeError("expected a test with its work");
	return work as Work;
}

function createDefiner(add: (name: string, work: Work, skipped: boolean) => void, skipped = false): Definer {
	const plain: Adder = (name, ...rest) => add(name, workOf(rest), skipped);
	return Object.assign(plain, {
		skip: (name: string, ...rest: readonly unknown[]) => add(name, workOf(rest), true),
		each:
			(cases: readonly unknown[]): Adder =>
			(name, ...rest) => {
				const work = workOf(rest);
				for (const [i, values] of rowsOf(cases).entries()) add(format(name, values, i), (() => work(...(values as never[]))) as Work, skipped);
			},
		skipIf: (condition: unknown) => createDefiner(add, skipped || Boolean(condition)),
		runIf: (condition: unknown) => createDefiner(add, skipped || !condition),
	});
}

export const describe = createDefiner(addSuite);
export const it = createDefiner(addTest);
export const test = it;
export const beforeAll = (work: Work): void => void current.before.push(work);
export const afterAll = (work: Work): void => void current.after.push(work);
export const beforeEach = (work: Work): void => void current.beforeEach.push(work);
export const afterEach = (work: Work): void => void current.afterEach.push(work);
export const onTestFinished = (work: Work): void => void finishing.push(work);

/** Takes back what was replaced and not yet restored. */
const replaced = new Set<() => void>();

/** A method watched, and perhaps replaced, until the end of the test. */
export const vi = {
	spyOn<Key extends string>(object: Record<Key, unknown>, name: Key) {
		const original = object[name] as Work;
		const calls: unknown[][] = [];
		let own = original;
		object[name] = function (this: unknown, ...values: never[]) {
			calls.push(values);
			return own.apply(this, values);
		};
		const restore = () => {
			object[name] = original;
			replaced.delete(restore);
		};
		const spy = {
			mock: { calls },
			mockImplementation(replacement: Work) {
				own = replacement;
				return spy;
			},
			mockReturnValue: (value: unknown) => spy.mockImplementation(() => value),
			mockRestore: restore,
		};
		replaced.add(restore);
		onTestFinished(restore);
		return spy;
	},
	restoreAllMocks() {
		for (const restore of [...replaced]) restore();
	},
	/** Asks again and again until nothing is thrown, for a second by default. */
	async waitFor(ask: () => unknown, { timeout = 1_000, interval = 50 } = {}): Promise<unknown> {
		for (const end = Date.now() + timeout; ; ) {
			try {
				return await ask();
			} catch (error) {
				if (Date.now() >= end) throw error;
				await new Promise((resolve) => setTimeout(resolve, interval));
			}
		}
	},
};

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const assert = ((value: unknown, message?: string) => chai.expect(value, message)) as unknown as Record<string, unknown> &
	((value: unknown) => unknown);
Object.assign(assert, chai.expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT));
const api = Object.assign(assert, {
	getState: () => getState(assert as never),
	setState: (state: object) => setState(state as never, assert as never),
	assertions() {},
	hasAssertions() {},
	unreachable: (message?: string) => chai.assert.fail(message ?? "expected not to be reached"),
	extend: (matchers: object) => (chai.expect as unknown as { extend: (a: unknown, b: object) => void }).extend(assert, matchers),
	poll,
});
setState(
	{
		assertionCalls: 0,
		isExpectingAssertions: false,
		isExpectingAssertionsError: null,
		expectedAssertionsNumber: null,
		expectedAssertionsNumberErrorGen: null,
	} as never,
	assert as never,
);
Reflect.set(globalThis, GLOBAL_EXPECT, api);
api.extend(customMatchers);
export const expect = api;

/** Tries an assertion on a value that is read again and again, for a second by default. */
function poll(read: () => unknown, { timeout = 1_000, interval = 50 } = {}): unknown {
	return new Proxy({} as Record<string, unknown>, {
		get:
			(_, matcher: string) =>
			async (...values: unknown[]) => {
				for (const end = Date.now() + timeout; ; ) {
					try {
						return (assert(await read()) as Record<string, (...values: unknown[]) => unknown>)[matcher]?.(...values);
					} catch (error) {
						if (Date.now() >= end) throw error;
						await new Promise((resolve) => setTimeout(resolve, interval));
					}
				}
			},
	});
}
