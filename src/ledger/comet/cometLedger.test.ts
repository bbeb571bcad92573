import { describe, expect, it, onTestFinished, vi } from "vitest";
import { temporaryPath } from "../testing/openToySealer.ts";
import { definition, readToyMember, startMs, stoppedClock, toyKey } from "../testing/toyLedger.ts";
import { openCometLedger } from "./cometLedger.ts";

describe("how stale a member knows its state to be", () => {
	it("[CB44] by its clock or by how long ago it wrote the newest block, whichever is more: a clock that is set back makes nothing fresh", async () => {
		const clock = stoppedClock();
		const ledger = await openCometLedger({
			...{ ...definition, path: temporaryPath(), replicaKey: toyKey("replica"), readMember: readToyMember, now: clock.now },
			...{ socketPath: temporaryPath("app.sock"), rpcUrl: "http://127.0.0.1:9" },
		});
		onTestFinished(() => ledger.close());
		expect(ledger.stalenessMs(clock.now())).toBeLessThan(10_000);
		clock.at = startMs + 50_000;
		expect(ledger.stalenessMs(clock.now())).toBe(50_000);
		clock.at = startMs - 50_000;
		expect(ledger.stalenessMs(clock.now())).toBe(50_000);
		const passed = performance.now() + 40_000;
		const uptime = vi.spyOn(performance, "now").mockReturnValue(passed);
		onTestFinished(() => uptime.mockRestore());
		clock.at = startMs;
		expect(ledger.stalenessMs(clock.now())).toBeGreaterThanOrEqual(40_000);
	});
});
