import { expect, it } from "vitest";
import type { PublicKey } from "#base";
import { Watches } from "./watches.ts";

const [anna, bela] = ["a".repeat(64), "b".repeat(64)] as [PublicKey, PublicKey];
const quarterMs = 900_000;

function createWatches(): Watches {
	let begun = 0;
	return new Watches((length) => {
		const bytes = new Uint8Array(length);
		new DataView(bytes.buffer).setUint32(0, ++begun);
		return bytes;
	});
}

it("[GA165] a watch runs fifteen minutes for its officer alone, and another's beside it ends neither", () => {
	const watches = createWatches();
	const own = watches.begin(anna, 1_000);
	expect(own.untilMs).toBe(1_000 + quarterMs);
	const other = watches.begin(bela, 2_000);
	for (const at of [2_000, 1_000 + quarterMs - 1]) {
		expect(watches.find(own.id, anna, at)).toEqual(own);
		expect(watches.find(other.id, bela, at)).toEqual(other);
	}
	expect(watches.find(own.id, bela, 2_000)).toBeUndefined();
	expect(watches.find(own.id, anna, 1_000 + quarterMs)).toBeUndefined();
	expect(watches.find(other.id, bela, 1_000 + quarterMs)).toEqual(other);
	expect(watches.find(undefined, anna, 2_000)).toBeUndefined();
});

it("[GA165] of 257 watches at once the oldest is over, and no other", () => {
	const watches = createWatches();
	const begun = Array.from({ length: 257 }, (_, i) => watches.begin(anna, i));
	const over = begun.filter(({ id }) => watches.find(id, anna, 300) === undefined);
	expect(over).toEqual([begun[0]]);
});
