import { describe, expect, it } from "vitest";
import { type CometProgress, StallWatch } from "./stallWatch.ts";

const stallMs = 60_000;
const well: CometProgress = { height: 100, catchingUp: false, peerHeights: [101, 101, 101] };
const left: CometProgress = { height: 100, catchingUp: false, peerHeights: [140, 140, 101] };

/** What is said of the same answer, every five seconds. */
function said(watch: StallWatch, of: (second: number) => CometProgress, seconds: number): (string | undefined)[] {
	return Array.from({ length: seconds / 5 + 1 }, (_, i) => watch.look(of(5 * i), 5_000 * i)?.code).filter((code) => code !== undefined);
}

describe("a CometBFT that has stopped deciding", () => {
	it("[CB65] stays at its height for the whole time while most of its peers are ahead", () => {
		expect(said(new StallWatch(stallMs), () => left, 60)).toEqual([]);
		expect(said(new StallWatch(stallMs), () => left, 65)).toEqual(["LEDGER_COMETBFT_STALLED"]);
		expect(said(new StallWatch(stallMs), () => left, 600)).toHaveLength(8);
	});

	it("[CB65] is not one whose members do not agree, that catches up, moves however slowly, or has no peers", () => {
		const slow = (second: number) => ({ ...left, height: 100 + Math.floor(second / 55), peerHeights: [140, 140, 140] });
		const others: ((second: number) => CometProgress)[] = [
			() => well,
			() => ({ ...well, peerHeights: [102, 102, 102] }),
			() => ({ ...left, catchingUp: true }),
			() => ({ ...left, peerHeights: [] }),
			slow,
		];
		for (const other of others) expect(said(new StallWatch(stallMs), other, 900)).toEqual([]);
	});

	it("[CB65] is not said to be one by half of its peers or fewer, whatever heights they tell", () => {
		for (const peerHeights of [
			[9_999, 101],
			[Number.MAX_SAFE_INTEGER, 101, 101],
			[9_999, 9_999, 101, 101],
		]) {
			expect(said(new StallWatch(stallMs), () => ({ ...left, peerHeights }), 900)).toEqual([]);
		}
	});

	it("[CB65] one that was cut off for long has the whole time to catch up when its peers are back", () => {
		const back = (second: number) => (second < 3_600 ? { ...left, peerHeights: [] } : left);
		expect(said(new StallWatch(stallMs), back, 3_655)).toEqual([]);
		expect(said(new StallWatch(stallMs), back, 3_660)).toEqual(["LEDGER_COMETBFT_STALLED"]);
	});
});
