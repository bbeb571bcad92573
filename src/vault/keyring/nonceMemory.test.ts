import { expect, it } from "vitest";
import { NonceMemory } from "./nonceMemory.ts";

it("[VA12] a nonce is remembered for a receipt's life at least, and for twice that at most", () => {
	const memory = new NonceMemory(5_000);
	const began = 1_000_000;
	const at = (ms: number, nonce: string) => memory.burn(nonce, began + ms);
	expect([at(0, "a"), at(0, "a")]).toEqual([true, false]);
	expect([at(4_999, "a"), at(4_999, "b"), at(4_999, "b")]).toEqual([false, true, false]);
	// The generations turn: what was young is old, and remembered.
	expect([at(5_000, "a"), at(5_000, "b"), at(5_000, "c")]).toEqual([false, false, true]);
	expect([at(9_999, "a"), at(9_999, "b"), at(9_999, "c")]).toEqual([false, false, false]);
	// They turn again: of the first nothing is kept, or memory would grow for ever.
	expect([at(10_000, "c"), at(10_000, "a"), at(10_000, "b"), at(10_000, "b")]).toEqual([false, true, true, false]);
	expect([at(14_999, "c"), at(14_999, "a")]).toEqual([false, false]);
	expect([at(15_000, "c"), at(15_000, "a")]).toEqual([true, false]);
});

it("[VA12] after a long silence one turn forgets no more than a turn does", () => {
	const memory = new NonceMemory(5_000);
	expect([memory.burn("a", 1_000_000), memory.burn("a", 9_000_000), memory.burn("a", 9_005_000)]).toEqual([true, false, true]);
});
