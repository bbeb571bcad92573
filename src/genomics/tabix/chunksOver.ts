import { binsOver, positionLimit, windowShift } from "./bins.ts";
import { joinChunks } from "./tabixBuilder.ts";
import type { TabixChunk, TabixReference } from "./tabixIndex.ts";

/**
 * The stretches of text that hold every record that overlaps the zero-based half-open region, and others beside them; in file order.
 *
 * Source: SAM specification §5.1.3: the bins over the region, without what the linear index shows to end before it.
 */
export function chunksOver({ bins, linear }: TabixReference, begin: number, end: number): readonly TabixChunk[] {
	const first = Math.max(begin, 0);
	const beyond = Math.min(end, positionLimit);
	if (beyond <= first || linear.length === 0) return [];
	const least = linear[Math.min(first >> windowShift, linear.length - 1)] as number;
	const found: TabixChunk[] = [];
	for (const bin of binsOver(first, beyond))
		for (const chunk of bins.get(bin) ?? []) if (chunk.end > least) found.push({ begin: Math.max(chunk.begin, least), end: chunk.end });
	return joinChunks(found);
}
