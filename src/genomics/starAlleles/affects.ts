import type { NormalAllele } from "../vcf/normalise.ts";

/**
 * A stretch of the genome in half steps: base p is 2p, the joint between p and p + 1 is 2p + 1. An insertion touches a joint and no base, a
 * deletion bases and no joint before them, so that a neighbour is never taken for a change of the site.
 */
export interface Stretch {
	readonly from: number;
	readonly to: number;
}

/** What an allele in normal form changes. */
export function stretchOf({ position, ref, alt }: NormalAllele): Stretch {
	const last = position + ref.length - 1;
	if (ref[0] !== alt[0]) return { from: 2 * position, to: 2 * last };
	return { from: alt.length > 1 ? 2 * position + 1 : 2 * position + 2, to: Math.max(2 * last, 2 * position + 1) };
}

export function meet(a: Stretch, b: Stretch): boolean {
	return a.from <= b.to && b.from <= a.to;
}

/** The stretch from the first to the last change of several alleles. */
export function spanOf(stretches: readonly Stretch[]): Stretch {
	return { from: Math.min(...stretches.map(({ from }) => from)), to: Math.max(...stretches.map(({ to }) => to)) };
}
