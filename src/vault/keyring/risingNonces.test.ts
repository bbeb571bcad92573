import { expect, it } from "vitest";
import { encodeHex } from "#base";
import { RisingNonces } from "./risingNonces.ts";

it("[VA130] a counted nonce is taken once, and none that came before it", () => {
	const nonces = new RisingNonces();
	const made = Array.from({ length: 70_000 }, () => encodeHex(nonces.next()));
	expect(new Set(made).size).toBe(made.length);
	expect(made.every((nonce) => nonces.burn(nonce))).toBe(true);
	expect(made.some((nonce) => nonces.burn(nonce))).toBe(false);
});

it("[VA130] one that is skipped is never taken afterwards", () => {
	const nonces = new RisingNonces();
	const [first, second, third] = Array.from({ length: 3 }, () => encodeHex(nonces.next())) as [string, string, string];
	expect([nonces.burn(second), nonces.burn(first), nonces.burn(third)]).toEqual([true, false, true]);
});
