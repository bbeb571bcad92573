/** What the process that steers and the one that runs the tests say to each other. */
export type Question =
	| { readonly ask: "measure"; readonly file: string }
	| { readonly ask: "control"; readonly test: LimitedTest }
	| { readonly ask: "try"; readonly mutant: string; readonly tests: readonly LimitedTest[]; readonly hits: number; readonly budgetMs: number };

/** A test of a file, and how long it may take with a mutant. */
export interface LimitedTest {
	readonly id: string;
	readonly file: string;
	readonly limitMs: number;
}
/** Said before each test and hook: the process is lost when nothing more comes within this. */
export interface Patience {
	readonly patienceMs: number;
}
/** A test without a mutant: its own time, what the hooks around its suite take, and how often it passes which mutant's place. */
export interface MeasuredTest {
	readonly id: string;
	readonly suite: string;
	readonly ms: number;
	readonly hooksMs: number;
	readonly failure: string | undefined;
	readonly hits: Readonly<Record<string, number>>;
	/** Mutants whose places are passed by programs that the test starts. */
	readonly inPrograms: readonly string[];
}
/** Times and coverage of a file's tests, without a mutant. `atLoad`: mutants passed while its modules loaded. `failure`: it could not be loaded. */
export interface Measured {
	readonly failure: string | undefined;
	readonly tests: readonly MeasuredTest[];
	readonly atLoad: readonly string[];
}
/** `isSpoilt`: what failed with the mutant fails in this process without it too, so that the failure proves nothing yet. */
export interface Tried {
	readonly killedBy: string | undefined;
	readonly isSpoilt: boolean;
	/** That the time for one mutant was over before all its tests had run. */
	readonly isCutShort: boolean;
}

/** Stands for a test when none ended in time. */
export const lateMark = "no end within the time";
