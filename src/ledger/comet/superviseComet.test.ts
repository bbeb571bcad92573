import { writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { LedgerError } from "../errors.ts";
import { until } from "../testing/cometNetwork.ts";
import { temporaryPath } from "../testing/openToySealer.ts";
import type { CometProgress } from "./stallWatch.ts";
import { type SupervisedComet, type SupervisorParameters, superviseComet } from "./superviseComet.ts";

const well: CometProgress = { height: 100, catchingUp: false, peerHeights: [101, 101, 101] };
const left: CometProgress = { height: 100, catchingUp: false, peerHeights: [140, 140, 101] };

interface Watched {
	readonly comet: SupervisedComet;
	readonly faults: readonly string[];
	progress: CometProgress;
	halted: LedgerError | undefined;
}

/** A program in CometBFT's place, and what is told of it. */
function supervise(script: string): Watched {
	const program = temporaryPath("comet.sh");
	writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
	const faults: string[] = [];
	const watched = { faults, progress: well, halted: undefined as LedgerError | undefined };
	const ledger: SupervisorParameters["ledger"] = { rpc: { progress: async () => watched.progress }, ended: () => watched.halted };
	const onFault = ({ code }: LedgerError) => void faults.push(code);
	const comet = superviseComet({ program, home: "/nowhere", logFile: temporaryPath("comet.log"), ledger, onFault, stallMs: 240 });
	onTestFinished(() => comet.stop());
	return Object.assign(watched, { comet });
}

describe("who runs CometBFT", () => {
	it("[CB34] starts it again when it ends", async () => {
		const { comet, faults } = supervise("exit 3");
		await until(() => comet.starts >= 2, 20_000, "a second start");
		expect(faults).toEqual([]);
	});

	it("[CB65] ends one that has stopped deciding, says so, and starts it again", { timeout: 30_000 }, async () => {
		const watched = supervise("exec sleep 60");
		watched.progress = left;
		await until(() => watched.faults.length > 0, 10_000, "it to be told");
		watched.progress = well;
		await until(() => watched.comet.starts === 2, 20_000, "a second start");
		expect(watched.faults).toEqual(["LEDGER_COMETBFT_STALLED"]);
		expect(watched.comet.isRunning).toBe(true);
	});

	it("[CB66] leaves it ended when the replica has halted, and says why", async () => {
		const watched = supervise("exec sleep 0.3");
		watched.halted = new LedgerError("LEDGER_HALTED", "expected a disk with room");
		await until(() => watched.faults.length > 0, 10_000, "it to be told");
		// Longer than the first rest.
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		expect([watched.faults, watched.comet.starts, watched.comet.isRunning]).toEqual([["LEDGER_HALTED"], 1, false]);
	});
});
