/**
 * How well a single threshold tells two samples apart: the area under the ROC curve by ranks (Mann–Whitney U ∕ nm, ties counted half),
 * turned so that 0.5 means not at all and 1 completely, whichever sample is the larger.
 *
 * Source: Hanley & McNeil, Radiology 143 (1982) 29–36. Cost: O(n log n).
 */
export function separation(one: readonly number[], other: readonly number[]): number {
	const all = [...one.map((value) => ({ value, mine: true })), ...other.map((value) => ({ value, mine: false }))].sort((a, b) => a.value - b.value);
	let ranks = 0;
	for (let start = 0; start < all.length; ) {
		let end = start;
		while (end < all.length && all[end]?.value === all[start]?.value) end++;
		const shared = (start + 1 + end) / 2;
		for (let i = start; i < end; i++) if (all[i]?.mine) ranks += shared;
		start = end;
	}
	const area = (ranks - (one.length * (one.length + 1)) / 2) / (one.length * other.length);
	return Math.max(area, 1 - area);
}
