import { relative } from "node:path";
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

interface Tally {
	passed: number;
	failed: number;
	skipped: number;
}

/** Counts what ran, remembers why the rest did not, and words the last line of the run. */
export class TallyReporter implements Reporter {
	readonly tally: Tally = { passed: 0, failed: 0, skipped: 0 };
	readonly #skips = new Map<string, string[]>();

	onTestCaseResult(test: TestCase): void {
		const result = test.result();
		if (result.state === "passed") this.tally.passed++;
		else if (result.state === "failed") this.tally.failed++;
		else if (result.state === "skipped") this.#noteSkip(test, result.note);
	}

	/** A file that cannot be loaded, a failing hook or an error outside of every test has no test case to its name and is a failure all the same. */
	onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
		for (const module of modules) {
			this.tally.failed += module.errors().length;
			for (const suite of module.children.allSuites()) this.tally.failed += suite.errors().length;
		}
		this.tally.failed += unhandledErrors.length;
	}

	/** The reasons of skipped tests, a line each with its tests below. */
	skipReasons(): string {
		const lines = [...this.#skips].flatMap(([reason, tests]) => [`Skipped (${tests.length}): ${reason}`, ...tests.map((test) => `  - ${test}`)]);
		return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
	}

	/** `N passed, N failed`, followed by `, N skipped` if any were. */
	closingLine(): string {
		const { passed, failed, skipped } = this.tally;
		return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
	}

	#noteSkip(test: TestCase, note: string | undefined): void {
		this.tally.skipped++;
		const reason = note ?? reasonInTitle(test.fullName) ?? "no reason given";
		const tests = this.#skips.get(reason) ?? [];
		tests.push(`${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`);
		this.#skips.set(reason, tests);
	}
}

/** `describe.skipIf` takes no reason, so a title may end in one: `… (needs ../shared)`, `… (skipped where …)`. */
function reasonInTitle(fullName: string): string | undefined {
	return /\(((?:needs|skipped where) [^()]+)\)/.exec(fullName)?.[1];
}
