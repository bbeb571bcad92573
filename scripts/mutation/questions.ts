/** What the process that steers and the one that runs the tests say to each other. */
export type Question =
	| { readonly ask: "measure" }
	| { readonly ask: "try"; readonly mutant: string; readonly tests: readonly LimitedTest[]; readonly hits: number };

/** A test, and how long it may take with a mutant. */
export interface LimitedTest {
	readonly id: string;
	readonly limitMs: number;
}
/** Said before each test and hook: the process is lost when nothing more comes within this. */
export interface Patience {
	readonly patienceMs: number;
}
/** Times and coverage of every test, without a mutant. `atLoad`: mutants passed while the modules loaded. */
export interface Measured {
	readonly tests: readonly {
		readonly id: string;
		readonly ms: number;
		readonly failure: string | undefined;
		readonly hits: Readonly<Record<string, number>>;
	}[];
	readonly atLoad: readonly string[];
}
export interface Tried {
	readonly killedBy: string | undefined;
}

/** Stands for a test when none ended in time. */
export const lateMark = "no end within the time";
