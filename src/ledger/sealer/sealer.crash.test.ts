import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Digest } from "#base";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { definition, put, sealerKey, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";

const child = fileURLToPath(new URL("../testing/crashChild.ts", import.meta.url));
const kills = process.env.ACESO_SLOW === "1" ? 120 : 6;

/** Runs the submitting process until it has acknowledged `afterIds`, kills it with SIGKILL, and returns all it acknowledged. */
function runAndKill(path: string, run: number, afterIds: number): Promise<Digest[]> {
	return new Promise((resolve, reject) => {
		const process_ = spawn(process.execPath, [child, path, String(run)], { stdio: ["ignore", "pipe", "pipe"] });
		let [output, problems] = ["", ""];
		process_.stderr.on("data", (text) => {
			problems += text;
		});
		process_.stdout.on("data", (text) => {
			output += text;
			// Some milliseconds later, other ones each time: between writes, inside one, inside the sync.
			if (output.split("\n").length > afterIds + 1) setTimeout(() => process_.kill("SIGKILL"), (run * 7) % 23);
		});
		process_.on("close", (_, signal) => {
			if (signal !== "SIGKILL") reject(new Error(`expected the process to run until it was killed: ${problems}`));
			// The last line may be cut by the kill; a whole id has 64 digits.
			resolve(output.split("\n").filter((line) => line.length === 64) as Digest[]);
		});
	});
}

describe("Sealer under SIGKILL", () => {
	it(`[LG26] loses nothing acknowledged over ${kills} kills, and every reopened file is sound`, { timeout: 3_600_000 }, async () => {
		const path = temporaryPath();
		const acknowledged: Digest[] = [];
		for (let run = 0; run < kills; run++) {
			// Different moments: soon after the start, inside steady sealing, and across many blocks.
			const newly = await runAndKill(path, run, 1 + (run % 6) ** 2 * 17);
			acknowledged.push(...newly);
			expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
			const sealer = await openToySealer(path);
			// Of what earlier kills left, some in turn: all of it each time would cost the square.
			const looked = acknowledged.filter((_, i) => i >= acknowledged.length - newly.length || i % kills === run);
			for (const id of run === kills - 1 ? acknowledged : looked) expect(sealer.proveTransaction(id).leafIndex).toBeGreaterThan(0);
			await submit(sealer, put(`after ${run}`.replace(" ", "-"), run));
			await sealer.close();
		}
		expect(new Set(acknowledged).size).toBe(acknowledged.length);
		expect(acknowledged.length).toBeGreaterThan(kills);
		const report = fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey });
		expect(report.findings).toEqual([]);
		expect(report.leaves).toBeGreaterThan(acknowledged.length);
	});

	it("[LG20] refuses the file while another process has it, and takes it once that process is killed", { timeout: 60_000 }, async () => {
		const path = temporaryPath();
		const other = spawn(process.execPath, [child, path, "0"], { stdio: ["ignore", "pipe", "inherit"] });
		const ended = new Promise((resolve) => other.on("close", resolve));
		await new Promise((resolve) => other.stdout.once("data", resolve));
		await expect(openToySealer(path)).rejects.toEqual(expect.objectContaining({ code: "LEDGER_LOCKED", kind: "again" }));
		other.kill("SIGKILL");
		await ended;
		expect((await openToySealer(path)).head().height).toBeGreaterThanOrEqual(0);
	});
});
