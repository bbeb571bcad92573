/** What the process that steers and the one that runs the tests say to each other. */
export type Question =
	| { readonly ask: "measure" }
	| { readonly ask: "try"; readonly mutant: string; readonly tests: readonly string[]; readonly hits: number; readonly limitMs: number };
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
