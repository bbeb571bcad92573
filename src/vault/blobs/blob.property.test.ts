import fc from "fast-check";
import { expect, it } from "vitest";
import { chunkBytes, headerBytes, layoutOf, layoutOfSealed, segmentBytes, segmentSpan, streamHeaderBytes } from "./blobFormat.ts";
import { openBlob } from "./openBlob.ts";
import { identityOf, sealBlob } from "./sealBlob.ts";
import { collect, dataKey, openBytes, patternBytes, type ReadSpan, readerOf, sealBytes, sealingParameters } from "./testing/blobFixtures.ts";

/** Sizes where a chunk begins or ends, and a byte to either side. */
const border = fc
	.record({ chunks: fc.integer({ min: 0, max: 20 }), off: fc.integer({ min: -2, max: 2 }) })
	.map(({ chunks, off }) => Math.max(0, chunks * chunkBytes - streamHeaderBytes + off));
const size = fc.oneof(border, fc.nat({ max: 300_000 }));

it("[BL1] what was sealed in any pieces comes back, and the sealed bytes do not depend on the pieces", async () => {
	await fc.assert(
		fc.asyncProperty(size, fc.infiniteStream(fc.integer({ min: 0, max: 150_000 })), async (sizeBytes, lengths) => {
			const plaintext = patternBytes(sizeBytes);
			const parameters = sealingParameters({ randomBytes: (count) => new Uint8Array(count).fill(4) });
			const pieces: Uint8Array[] = [];
			for (let at = 0; at < sizeBytes; ) {
				const length = lengths.next().value;
				pieces.push(plaintext.subarray(at, at + length));
				at += length;
			}
			const sealed = await collect(sealBlob(parameters, pieces));
			expect(Buffer.compare(sealed, await sealBytes(plaintext, parameters))).toBe(0);
			const opened = await openBytes(sealed);
			expect(opened.sizeBytes).toBe(sizeBytes);
			expect(Buffer.compare(await collect(opened.stream()), plaintext)).toBe(0);
		}),
		{ numRuns: 40 },
	);
});

it("[BL9] any range equals the slice, and only the chunks it touches are read", async () => {
	await fc.assert(
		fc.asyncProperty(size, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), async (sizeBytes, a, b) => {
			const [start, end] = [a, b].map((share) => Math.round(share * sizeBytes)).sort((x, y) => x - y) as [number, number];
			const plaintext = patternBytes(sizeBytes);
			const reads: ReadSpan[] = [];
			const reader = readerOf(await sealBytes(plaintext), reads);
			const blob = await openBlob({ identity: identityOf(sealingParameters()), dataKey, reader });
			reads.length = 0;
			expect(Buffer.compare(await blob.range(start, end), plaintext.subarray(start, end))).toBe(0);
			const read = reads.reduce((sum, { length }) => sum + length, 0);
			expect(read).toBeLessThanOrEqual(end - start + 2 * segmentBytes + (Math.ceil((end - start) / chunkBytes) + 1) * 16);
			if (start === end) expect(read).toBe(0);
		}),
		{ numRuns: 60 },
	);
});

it("[BL4] a size at rest tells the plaintext's size, and a size that no object has is refused", () => {
	fc.assert(
		fc.property(
			fc.oneof(
				size,
				fc.maxSafeNat().map((n) => n % 2 ** 47),
			),
			(sizeBytes) => {
				const layout = layoutOf(sizeBytes);
				expect(layoutOfSealed(layout.sealedBytes)).toEqual(layout);
				const last = segmentSpan(layout, layout.segments - 1);
				expect(last.end).toBe(layout.sealedBytes);
				expect(last.end - last.start).toBeGreaterThanOrEqual(layout.segments === 1 ? 16 : 17);
			},
		),
	);
	// From one border to beyond the next: exactly one size at rest for each size, in order.
	const sizes = new Set(Array.from({ length: 70_000 }, (_, n) => layoutOf(n).sealedBytes));
	expect(sizes.size).toBe(70_000);
	for (let sealedBytes = 0; sealedBytes < headerBytes + 66_000; sealedBytes++) {
		if (sizes.has(sealedBytes)) continue;
		expect(() => layoutOfSealed(sealedBytes)).toThrow(expect.objectContaining({ code: "VAULT_INTEGRITY" }));
	}
	for (const nonsense of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY]) {
		expect(() => layoutOfSealed(nonsense)).toThrow(expect.objectContaining({ code: "VAULT_INTEGRITY" }));
	}
});
