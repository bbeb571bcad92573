import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkBytes, segmentAt } from "./blobFormat.ts";
import { ScatteredReader } from "./scatteredReader.ts";
import { openBytes, patternBytes, sealBytes } from "./testing/blobFixtures.ts";

const plaintext = patternBytes(5 * chunkBytes + 321);

describe("reading an object here and there", () => {
	it("[BL32] gives the bytes of each place, and counts the chunks that they lie in", async () => {
		const sealed = await sealBytes(plaintext);
		const place = fc.tuple(fc.nat(plaintext.length), fc.nat(plaintext.length)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
		await fc.assert(
			fc.asyncProperty(fc.array(place, { maxLength: 6 }), async (places) => {
				const reader = new ScatteredReader(await openBytes(sealed));
				const touched = new Set([5]);
				for (const [start, end] of places) {
					expect(Buffer.compare(await reader.read(start, end), plaintext.subarray(start, end))).toBe(0);
					if (start < end) for (let index = segmentAt(start); index <= segmentAt(end - 1); index++) touched.add(index);
				}
				expect([reader.openedChunks, reader.chunks]).toEqual([touched.size, 6]);
				expect(reader.openedBytes).toBeLessThanOrEqual(plaintext.length);
				if (touched.size === 6) expect(reader.openedBytes).toBe(plaintext.length);
			}),
			{ numRuns: 50 },
		);
	});

	it("[BL32] reads no chunk at rest that it was not asked for, and refuses one that is not genuine or not there", async () => {
		const sealed = await sealBytes(plaintext);
		const damaged = sealed.slice();
		damaged[3 * chunkBytes] = (damaged[3 * chunkBytes] as number) ^ 1;
		const reader = new ScatteredReader(await openBytes(damaged));
		expect(await reader.read(10, 20)).toEqual(plaintext.slice(10, 20));
		await expect(reader.read(3 * chunkBytes - 500, 3 * chunkBytes)).rejects.toMatchObject({ code: "VAULT_INTEGRITY" });
		await expect(reader.read(0, plaintext.length + 1)).rejects.toMatchObject({ code: "VAULT_RANGE_INVALID" });
	});
});
