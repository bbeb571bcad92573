/** A tabix index reaches positions below 2^29. */
export const positionLimit = 2 ** 29;
/** Smallest stretch of the binning scheme, and of the linear index: 16,384 bases. */
export const windowShift = 14;
/** First bin of each level, smallest stretches first: 16 kb, 128 kb, 1 Mb, 8 Mb, 64 Mb. What fits in none is in bin 0. */
export const levelStarts = [4681, 585, 73, 9, 1] as const;

/**
 * The smallest bin that holds the zero-based half-open stretch whole.
 *
 * Source: SAM specification §5.3, `reg2bin`.
 */
export function binOf(begin: number, end: number): number {
	const last = end - 1;
	for (const [level, start] of levelStarts.entries()) {
		const shift = windowShift + 3 * level;
		if (begin >> shift === last >> shift) return start + (begin >> shift);
	}
	return 0;
}

/** Every bin that may hold a record that overlaps the stretch. Source: SAM specification §5.3, `reg2bins`. */
export function binsOver(begin: number, end: number): readonly number[] {
	const bins = [0];
	for (const [level, start] of levelStarts.entries()) {
		const shift = windowShift + 3 * level;
		for (let bin = start + (begin >> shift); bin <= start + ((end - 1) >> shift); bin++) bins.push(bin);
	}
	return bins;
}
