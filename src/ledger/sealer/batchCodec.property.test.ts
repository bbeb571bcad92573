import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBatch, encodeBatch } from "./batchCodec.ts";
import type { StateBatch } from "./stateFile.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const none = fc.constant(undefined);
const change = fc.record({ contract: fc.constantFrom("consent", "access"), key: fc.string(), text: fc.oneof(none, fc.string({ unit: "grapheme" })) });
const batch = fc.record({
	height: fc.maxSafeNat(),
	stateRoot: fc.string(),
	values: fc.array(change),
	pages: fc.array(fc.tuple(fc.string(), fc.oneof(none, bytes))),
	transactions: fc.array(fc.tuple(fc.string(), fc.maxSafeNat())),
	undo: fc.array(fc.record({ height: fc.maxSafeNat(), pages: fc.array(fc.tuple(fc.string(), bytes)), values: fc.array(change) })),
});

/** Views and arrays look alike. */
function plain(value: unknown): string {
	return JSON.stringify(value, (_, each) => {
		if (each instanceof Uint8Array || (each as { type?: string } | null)?.type === "Buffer") return Buffer.from(each as Uint8Array).toString("hex");
		return each === undefined ? "none" : (each as unknown);
	});
}

describe("batchCodec", () => {
	it("[LG32] a batch crosses to the flushing thread as it was, none and empty told apart", () => {
		fc.assert(
			fc.property(batch, (value) => {
				expect(plain(decodeBatch(encodeBatch(value as unknown as StateBatch)))).toBe(plain(value));
			}),
			{ numRuns: 300 },
		);
	});

	it("[LG32] a batch in memory that held another before crosses as it was too", () => {
		let room: SharedArrayBuffer | undefined;
		fc.assert(
			fc.property(batch, (value) => {
				const bytes = encodeBatch(value as unknown as StateBatch, room);
				expect(plain(decodeBatch(bytes))).toBe(plain(value));
				room = bytes.buffer;
			}),
			{ numRuns: 100 },
		);
		// Too small for what comes: grown.
		const pages = [["a", new Uint8Array(5_000).fill(7)] as const];
		const value = { height: 1, stateRoot: "r", values: [], pages, transactions: [], undo: [] } as unknown as StateBatch;
		expect(plain(decodeBatch(encodeBatch(value, new SharedArrayBuffer(16))))).toBe(plain(value));
	});

	it("[LG32] a batch larger than the first buffer, too", () => {
		const pages = Array.from({ length: 10_000 }, (_, i) => [String(i), new Uint8Array(1_000).fill(i)] as const);
		const value = { height: 1, stateRoot: "", values: [], pages, transactions: [], undo: [] } as unknown as StateBatch;
		expect(plain(decodeBatch(encodeBatch(value)))).toBe(plain(value));
	});
});
