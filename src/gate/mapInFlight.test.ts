import { describe, expect, it } from "vitest";
import { mapInFlight } from "./mapInFlight.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("[GA58] patients of one question side by side", () => {
	it.each([1, 3, 50])("are never more than the limit, %i, and answer in their own order", async (limit) => {
		let [inFlight, most] = [0, 0];
		const results = await mapInFlight(
			Array.from({ length: 20 }, (_, i) => i),
			limit,
			async (i) => {
				most = Math.max(most, ++inFlight);
				for (let turns = (i * 7) % 5; turns >= 0; turns--) await turn();
				inFlight--;
				return i * 2;
			},
		);
		expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i * 2));
		expect(most).toBe(Math.min(limit, 20));
	});

	it("begin no more after one failed, and have ended when the failure is told", async () => {
		let [begun, ended] = [0, 0];
		const failing = mapInFlight([...Array(20).keys()], 4, async (i) => {
			begun++;
			await turn();
			if (i !== 2) await turn();
			ended++;
			if (i === 2) throw new Error("overtaken by an erasure");
		});
		await expect(failing).rejects.toThrow("overtaken by an erasure");
		expect([begun, ended]).toEqual([begun, begun]);
		expect(begun).toBeLessThan(10);
	});
});
