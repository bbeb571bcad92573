import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("./testing/fuzzTransactions.ts", import.meta.url));
const slow = process.env.ACESO_SLOW === "1";
const count = slow ? 1_000_000 : 20_000;
/** Another each day, so that runs add up; `ACESO_SEED` repeats one. */
const seed = Number(process.env.ACESO_SEED ?? Math.floor(Date.now() / 86_400_000));

function run(stackKib: number): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [`--stack-size=${stackKib}`, program, String(seed), String(count)], { stdio: ["ignore", "pipe", "pipe"] });
		let [out, problems] = ["", ""];
		child.stdout.on("data", (text) => {
			out += text;
		});
		child.stderr.on("data", (text) => {
			problems += text;
		});
		child.on("close", (status) =>
			status === 0 ? resolve(out) : reject(new Error(`a fuzzing process ended with ${status}: ${problems.slice(-2_000)}`)),
		);
	});
}

describe("the transaction parser", () => {
	it(`[LG31] says the same of ${count} mutants under two sizes of stack (seed ${seed})`, { timeout: 1_200_000 }, async () => {
		console.info(`transaction fuzzer: seed ${seed}; ACESO_SEED=${seed} repeats it`);
		const [small, large] = await Promise.all([run(200), run(3_000)]);
		const lines = small.trimEnd().split("\n");
		expect(lines).toHaveLength(count / 1_000);
		expect(small).toBe(large);
		const accepted = lines.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
		expect(accepted).toBeGreaterThan(count / 100);
		expect(accepted).toBeLessThan(count / 2);
	});
});
