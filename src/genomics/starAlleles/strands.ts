import type { GeneSample } from "./geneSample.ts";

/** One chromosome copy: by index of the position, what it carries. */
export type Strand = ReadonlyMap<number, string | null>;

/** Blocks that are turned against one another at most: 2^13 pairs. */
export const maxTurnedBlocks = 14;

/** All ways in which the copies of a sample may be put together; one, where the phase is known. A single copy stands alone. */
export function* strandPairs({ sites, blocks, copies }: GeneSample): Generator<readonly Strand[]> {
	if (copies === 1) {
		yield [new Map(sites.map(({ index, alleles }) => [index, alleles[0] as string | null]))];
		return;
	}
	// The first block stays: turning all of them gives the same pair.
	for (let turns = 0; turns < 2 ** Math.max(0, blocks - 1); turns++) {
		const [one, other] = [new Map<number, string | null>(), new Map<number, string | null>()];
		for (const { index, alleles, block } of sites) {
			const turned = block > 0 && ((turns >> (block - 1)) & 1) === 1;
			one.set(index, alleles[turned ? 1 : 0] as string | null);
			other.set(index, alleles[turned ? 0 : 1] as string | null);
		}
		yield [one, other];
	}
}
