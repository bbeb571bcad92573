import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const environment = { ...process.env, NO_COLOR: "1" };
const run = (...patterns: string[]) => {
	const program = [join(import.meta.dirname, "test.ts"), "--root", join(import.meta.dirname, "plantedTests"), ...patterns];
	const { status, stdout } = spawnSync(process.execPath, program, { encoding: "utf8", env: environment });
	return { status, lines: stdout.trimEnd().split("\n") };
};

describe("npm test", () => {
	it("counts a file that cannot be loaded as a failure, tells why tests were skipped, and ends with the tally", () => {
		const { status, lines } = run();
		expect(status).toBe(1);
		expect(lines.at(-1)).toBe("1 passed, 2 failed, 2 skipped");
		expect(lines.slice(-5, -1)).toEqual([
			"Skipped (1): the reference data are absent",
			"  - scripts/plantedTests/outcomes.planted.ts > skips itself with a sentence",
			"Skipped (1): needs ../shared",
			"  - scripts/plantedTests/outcomes.planted.ts > a suite (needs ../shared) > never runs",
		]);
	});

	it("fails when a pattern matches nothing", () => {
		const { status, lines } = run("no-such-file");
		expect({ status, last: lines.at(-1) }).toEqual({ status: 1, last: "0 passed, 0 failed" });
	});
});
