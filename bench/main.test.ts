import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { benchRow, median } from "./benchRow.ts";

const bench = (...benchArguments: string[]) =>
	spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...benchArguments], { encoding: "utf8" });

describe("npm run bench", () => {
	it("lists its benchmarks, and nothing else on standard output", () => {
		const { status, stdout } = bench("--list");
		expect(status).toBe(0);
		expect(stdout.split("\n")).toContain("start");
	});

	it("refuses an unknown name or option with exit code 64, and names those there are on standard error", () => {
		for (const wrong of ["no.such.bench", "--no-such-option"]) {
			const { status, stdout, stderr } = bench("--json", wrong);
			expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
			expect(stderr).toContain("start");
		}
	});
});

describe("benchRow", () => {
	it("computes the ratio and keeps what else was measured", () => {
		expect(benchRow({ name: "a.b", value: 20, unit: "ms", baseline: 8, runs: 3 })).toEqual({
			name: "a.b",
			value: 20,
			unit: "ms",
			baseline: 8,
			ratio: 2.5,
			runs: 3,
		});
	});
});

describe("median", () => {
	it("is the middle, or the mean of the middle two, and refuses nothing at all", () => {
		expect(median([9, 1, 5])).toBe(5);
		expect(median([4, 1, 3, 100])).toBe(3.5);
		expect(() => median([])).toThrow(RangeError);
	});
});
