import type { KnownTest } from "./mutantRunner.ts";

/** Which tests have noticed mutants so far: of which sources, one for each mutant. */
export type KillCounts = Map<string, readonly string[]>;

/**
 * Tests in the order in which a mutant is likeliest to be noticed soon: by what they cost, less for those that have noticed mutants before, above all
 * of the same source. A suite that has to be set up is one piece, so that this happens once.
 */
export function inOrderOfUse(tests: readonly KnownTest[], path: string, kills: KillCounts): readonly KnownTest[] {
	const pieces = new Map<string, KnownTest[]>();
	for (const test of tests) {
		// Hooks below a millisecond are none.
		const piece = test.hooksMs < 1 ? test.id : test.suite;
		pieces.set(piece, [...(pieces.get(piece) ?? []), test]);
	}
	const price = (piece: readonly KnownTest[]) => costMs(piece) / (1 + weight(piece, path, kills));
	return [...pieces.values()].toSorted((a, b) => price(a) - price(b)).flatMap((piece) => piece.toSorted((a, b) => a.ms - b.ms));
}

function costMs(piece: readonly KnownTest[]): number {
	return (piece[0]?.hooksMs ?? 0) + piece.reduce((sum, { ms }) => sum + ms, 1);
}

const ofSameSource = 5;

function weight(piece: readonly KnownTest[], path: string, kills: KillCounts): number {
	const noticed = piece.flatMap(({ id }) => kills.get(id) ?? []);
	return noticed.length + (ofSameSource - 1) * noticed.filter((source) => source === path).length;
}
