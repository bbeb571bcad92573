import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeHex, type SubjectId } from "#base";
import { decodeBatch, encodeBatch } from "./groupFrame.ts";
import type { StagedBatch } from "./logRows.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hex = (length: number) => bytes(length).map(encodeHex);
const subject = hex(16) as fc.Arbitrary<SubjectId>;
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER - 1_000 });

/** Rows with their place in a log of `base` leaves. */
function placed<Rest extends object>(base: number, rest: { readonly [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> }) {
	const row = fc.record({
		...{ leafIndex: fc.nat({ max: 500 }).map((i) => base + i), place: fc.option(fc.nat({ max: 65_535 })) },
		...{ chain: bytes(32), seq: count, entryHash: bytes(32), dataKey: hex(16) },
	});
	return fc.array(fc.tuple(row, fc.record(rest)).map(([common, own]) => ({ ...common, ...(own as Rest) })));
}

const order = fc.record({
	box: fc.uint8Array({ maxLength: 400 }),
	row: fc.record({
		...{ subject, token: hex(32), version: count, compartments: fc.constantFrom("laboratory", "genomics+laboratory"), dataKey: hex(16) },
		// What fsck alone looks at stays behind.
		...{ storedAtMs: count, deleted: fc.boolean(), ciphertext: fc.uint8Array({ maxLength: 900 }), rowHash: fc.constant(new Uint8Array()) },
	}),
});

const batches: fc.Arbitrary<StagedBatch> = count.chain((base) =>
	fc.record({
		base: fc.constant(base),
		leaves: fc.nat({ max: 512 }),
		nodes: fc.uint8Array({ maxLength: 512 }),
		keys: fc.array(fc.record({ id: hex(16), subject, compartments: fc.constant([]), wrapped: bytes(60) })),
		entries: placed(base, {
			key: bytes(32),
			nonce: bytes(12),
			plaintext: fc.uint8Array({ minLength: 32, maxLength: 700 }),
			order: fc.option(order, { nil: undefined }),
		}),
		cohorts: fc.array(
			fc.record({ leafIndex: fc.nat({ max: 500 }).map((i) => base + i), leafHash: bytes(32), hashes: fc.uint8Array({ maxLength: 512 }) }),
		),
	}),
);

it("[AL5] a group arrives on the other thread as it was staged", () => {
	fc.assert(
		fc.property(batches, (batch) => {
			expect(plain(decodeBatch(encodeBatch(batch)))).toEqual(plain(batch));
		}),
	);
});

/** Views of a frame are Buffers; as bytes they are the same. */
function plain(batch: StagedBatch): unknown {
	return JSON.parse(JSON.stringify(batch, (_, value: unknown) => (isBytes(value) ? `bytes ${encodeHex(toBytes(value))}` : value)));
}

function isBytes(value: unknown): value is Uint8Array | { readonly type: "Buffer"; readonly data: readonly number[] } {
	return value instanceof Uint8Array || (typeof value === "object" && value !== null && (value as { type?: unknown }).type === "Buffer");
}

function toBytes(value: Uint8Array | { readonly data: readonly number[] }): Uint8Array {
	return value instanceof Uint8Array ? value : Uint8Array.from(value.data);
}
