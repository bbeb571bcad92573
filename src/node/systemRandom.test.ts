import { expect, it } from "vitest";
import { systemRandom } from "./systemRandom.ts";

it("hands out each byte drawn ahead once: no eight bytes come twice among 160,000 draws of every short size", () => {
	const seen = new Set<string>();
	let windows = 0;
	for (let draw = 0; draw < 160_000; draw++) {
		const bytes = systemRandom(8 + (draw % 57));
		for (let at = 0; at + 8 <= bytes.length; at += 8) {
			seen.add(Buffer.from(bytes.subarray(at, at + 8)).toString("latin1"));
			windows++;
		}
	}
	expect(seen.size).toBe(windows);
});

it("makes bytes that later draws do not change, of any size", () => {
	const kept = systemRandom(64);
	const copy = Uint8Array.from(kept);
	for (let draw = 0; draw < 200; draw++) systemRandom(64).fill(7);
	expect(kept).toEqual(copy);
	expect([0, 1, 64, 65, 100_000].map((size) => systemRandom(size).length)).toEqual([0, 1, 64, 65, 100_000]);
});
