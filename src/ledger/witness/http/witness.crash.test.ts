import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { verifyCheckpoint } from "../../light/verifyCheckpoint.ts";
import type { Sealer } from "../../sealer/sealer.ts";
import { linkOver, serveToyLog } from "../../testing/httpToys.ts";
import { openToySealer, temporaryPath } from "../../testing/openToySealer.ts";
import { chain, definition, put, sealerKey, submit } from "../../testing/toyLedger.ts";
import { toyWitness } from "../../testing/toyWitness.ts";
import { fsckWitness } from "../fsckWitness.ts";

const child = fileURLToPath(new URL("../../testing/witnessChild.ts", import.meta.url));
const trust = { origin: chain, sealerKey: sealerKey.publicKey, witnesses: [toyWitness("laboratory")] };
const kills = process.env.ACESO_SLOW === "1" ? 40 : 4;

/** Starts the witness's process and tells where it is reached. */
async function start(
	path: string,
	log: string,
	mode: "serve" | "die",
): Promise<{ readonly url: string; readonly process: ChildProcess; readonly ended: Promise<unknown> }> {
	const started = spawn(process.execPath, [child, path, log, mode], { stdio: ["ignore", "pipe", "inherit"] });
	onTestFinished(() => void started.kill("SIGKILL"));
	const [line] = (await once(started.stdout, "data")) as [Buffer];
	return { url: line.toString().trim(), process: started, ended: once(started, "close") };
}

describe("a witness in a process of its own, under SIGKILL", () => {
	it("[LW37] killed between the durable tip and the answer: it never cosigns another history, and the sealer takes it up where it stands", {
		timeout: 60_000,
	}, async () => {
		let sealer: Sealer | undefined;
		const log = await serveToyLog(() => sealer);
		const path = temporaryPath("laboratory.witness");
		const dying = await start(path, log.url, "die");
		const ledger = temporaryPath();
		sealer = await openToySealer(ledger, { witnesses: [linkOver("laboratory", dying.url)], witnessIntervalMs: 1 });
		await submit(sealer, put("a", 1));
		await dying.ended;
		expect(await sealer.cosigned(100)).toBe(false);
		const size = sealer.head().logSize;
		expect(fsckWitness({ ...definition, path, witnesses: [toyWitness("laboratory")] })).toMatchObject({ findings: [], size });
		await sealer.close();
		const living = await start(path, log.url, "serve");
		const link = linkOver("laboratory", living.url);
		// What nobody was told of is held all the same: a sealer without it is refused.
		await expect(openToySealer(temporaryPath(), { witnesses: [link] })).rejects.toEqual(expect.objectContaining({ code: "LEDGER_ROLLED_BACK" }));
		sealer = await openToySealer(ledger, { witnesses: [link], witnessIntervalMs: 1 });
		expect(await sealer.cosigned(10_000)).toBe(true);
		expect(verifyCheckpoint(sealer.checkpoint(), trust)).toMatchObject({ size, standing: "witnessed" });
		await submit(sealer, put("b", 1));
		expect(await sealer.cosigned(10_000)).toBe(true);
	});

	it(`[LW37] killed ${kills} times while it follows a sealer, its file is sound each time, never ahead of the log, and it goes on`, {
		timeout: 600_000,
	}, async () => {
		let sealer: Sealer | undefined;
		const log = await serveToyLog(() => sealer);
		const path = temporaryPath("laboratory.witness");
		const ledger = temporaryPath();
		let known = 0;
		for (let run = 0; run < kills; run++) {
			const { url, process: witness, ended } = await start(path, log.url, "serve");
			sealer = await openToySealer(ledger, { witnesses: [linkOver("laboratory", url)], witnessIntervalMs: 1, heartbeatMs: 20 });
			for (let i = 0; i < 5 + run * 3; i++) await submit(sealer, ...Array.from({ length: 40 }, (_, j) => put(`k${j}`, i)));
			if (run % 2 === 0) await sealer.cosigned(5_000);
			witness.kill("SIGKILL");
			await ended;
			const report = fsckWitness({ ...definition, path, witnesses: [toyWitness("laboratory")] });
			expect(report.findings).toEqual([]);
			expect(report.size).toBeGreaterThanOrEqual(known);
			expect(report.size).toBeLessThanOrEqual(sealer.head().logSize);
			known = report.size;
			await sealer.close();
		}
		expect(known).toBeGreaterThan(0);
	});
});
