import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/suite/longestFirst.ts";

const exclude = ["**/node_modules/**", "scripts/arrows/planted/**"];
/** Rooms of functions alone: nothing is opened, killed, mocked or put into the environment, so their files share a process and what it has imported. */
const functions = ["src/{contracts,fhir,genomics,insight,log,wallet}/**/*.test.ts"];

export default defineConfig({
	test: {
		// A process for each file: SQLite handles, kills and module state of one never reach another.
		pool: "forks",
		maxWorkers: 2,
		sequence: { sequencer: LongestFirst },
		// Only what hangs shall be ended: the machines that run this are shared, and nothing measures time in a test.
		testTimeout: 180_000,
		hookTimeout: 180_000,
		// One second by itself.
		expect: { poll: { timeout: 90_000 } },
		projects: [
			{
				extends: true,
				test: {
					name: "files",
					include: ["src/**/*.test.ts", "portal/**/*.test.ts", "bench/**/*.test.ts", "scripts/**/*.test.ts"],
					exclude: [...exclude, ...functions],
				},
			},
			{ extends: true, test: { name: "functions", include: functions, exclude, isolate: false } },
		],
	},
});
