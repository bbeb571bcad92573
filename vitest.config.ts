import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/suite/longestFirst.ts";

export default defineConfig({
	test: {
		include: ["src/**/*.test.ts", "portal/**/*.test.ts", "bench/**/*.test.ts", "scripts/**/*.test.ts"],
		exclude: ["**/node_modules/**", "scripts/arrows/planted/**"],
		// A process for each file: SQLite handles, kills and module state of one never reach another.
		pool: "forks",
		maxWorkers: 2,
		sequence: { sequencer: LongestFirst },
		// Generous, since the machines that run this are shared; nothing measures time in a test.
		testTimeout: 60_000,
		hookTimeout: 60_000,
	},
});
