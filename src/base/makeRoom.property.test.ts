import fc from "fast-check";
import { expect, it } from "vitest";
import { makeRoom } from "./makeRoom.ts";

it("keeps the newest entries, never more than the bound and at least fifteen sixteenths of it once it was reached", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 600 }), (max, keys) => {
			const kept = new Map<number, number>();
			const order: number[] = [];
			let wasFull = false;
			for (const [at, key] of keys.entries()) {
				if (!kept.has(key)) {
					makeRoom(kept, max);
					order.push(key);
				}
				kept.set(key, at);
				wasFull ||= kept.size === max;
				expect(kept.size).toBeLessThanOrEqual(max);
				if (wasFull) expect(kept.size).toBeGreaterThanOrEqual(max - (max >> 4));
				expect([...kept.keys()]).toEqual(order.slice(-kept.size));
			}
		}),
	);
});

it("leaves what is below its bound alone, and brings what is above it back below", () => {
	const names = new Set(["a", "b", "c", "d"]);
	makeRoom(names, 5);
	expect([...names]).toEqual(["a", "b", "c", "d"]);
	makeRoom(names, 2);
	expect([...names]).toEqual(["d"]);
});
