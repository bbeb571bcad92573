import { describe, expect, it } from "vitest";
import { openToySealer } from "../testing/openToySealer.ts";
import { put, submit, wrap } from "../testing/toyLedger.ts";
import { ReadingTurns } from "./readingTurns.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe("turns of reading", () => {
	it("[LG58] lets a few be read in a turn of the event loop, all in the order in which they came", async () => {
		const turns = new ReadingTurns();
		const read: number[] = [];
		for (let i = 0; i < 6; i++) void turns.take(128).then(() => read.push(i));
		expect(turns.backlog).toBe(4 * 128);
		const seen: number[] = [];
		for (let turn = 0; turn < 6; turn++) {
			await nextTurn();
			seen.push(read.length);
		}
		expect(read).toEqual([0, 1, 2, 3, 4, 5]);
		expect(seen.at(-1)).toBe(6);
		for (let turn = 1; turn < seen.length; turn++) expect(seen[turn]! - seen[turn - 1]!).toBeLessThanOrEqual(2);
		expect(turns.backlog).toBe(0);
	});

	it("[LG58] one that is larger than a turn holds up the next, and not for ever", async () => {
		const turns = new ReadingTurns();
		await turns.take(10_000);
		let isRead = false;
		const next = turns.take(1).then(() => {
			isRead = true;
		});
		await Promise.resolve();
		expect(isRead).toBe(false);
		await next;
	});

	it("[LG58] who sends more than may wait is told to come again, and what is malformed waits its turn like the rest", async () => {
		const sealer = await openToySealer();
		const large = { ...wrap(put("a", 1)), transactions: new Array(30_000).fill(null) } as unknown as ReturnType<typeof wrap>;
		const asked = [large, large, large].map((envelope) => sealer.submit(envelope));
		const codes = await Promise.all(
			asked.map((answer) =>
				answer.then(
					() => "",
					({ code }: { code: string }) => code,
				),
			),
		);
		expect(codes).toEqual(["LEDGER_ENVELOPE_COUNT_INVALID", "LEDGER_ENVELOPE_COUNT_INVALID", "LEDGER_BUSY"]);
		expect((await submit(sealer, put("b", 1)))[0]?.accepted).toBe(true);
	});
});
