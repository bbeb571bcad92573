import { binOf, levelStarts, positionLimit, windowShift } from "./bins.ts";
import { blockOf, type TabixChunk, type TabixIndex, type TabixReference, type VirtualOffset } from "./tabixIndex.ts";

export interface IndexedLine {
	readonly name: string;
	/** Zero-based, half-open; what lies beyond 2^29 is cut off. */
	readonly begin: number;
	readonly end: number;
	/** The line's own bytes. */
	readonly from: VirtualOffset;
	readonly to: VirtualOffset;
}

interface GrowingChunk {
	begin: VirtualOffset;
	end: VirtualOffset;
}

/** Bins whose records lie this close together in the file, in compressed bytes, are put into the next larger one. */
const closeBytes = 65_536;
const binsOfLevel = (level: number) => ({ first: levelStarts[level] as number, beyond: level === 0 ? 37_449 : (levelStarts[level - 1] as number) });

/** Puts together the index of lines that come in order of chromosome and position; the caller has seen to that. */
export class TabixBuilder {
	readonly #done: TabixReference[] = [];
	#current: ReferenceBuilder | undefined;
	#windows = 0;

	/** Entries of all linear indexes so far: what a hostile file could make grow without many lines. */
	get windows(): number {
		return this.#windows + (this.#current?.windows ?? 0);
	}

	add(line: IndexedLine): void {
		if (this.#current?.name !== line.name) this.#close();
		this.#current ??= new ReferenceBuilder(line.name);
		this.#current.add(line);
	}

	finish(): TabixIndex {
		this.#close();
		return { references: this.#done };
	}

	#close(): void {
		if (this.#current !== undefined) this.#done.push(this.#current.finish());
		this.#windows += this.#current?.windows ?? 0;
		this.#current = undefined;
	}
}

/** One chromosome's part. Source: SAM specification §5.1.3 and §5.3; which bins are put together as in htslib's `compress_binning`. */
class ReferenceBuilder {
	readonly name: string;
	readonly #bins = new Map<number, GrowingChunk[]>();
	readonly #linear: (VirtualOffset | undefined)[] = [];
	#bin = -1;
	#run: GrowingChunk = { begin: 0, end: 0 };
	#begin: VirtualOffset | undefined;
	#end: VirtualOffset = 0;
	#records = 0;
	/** All windows from the current record's on to this one have their entry. */
	#filledTo = -1;

	constructor(name: string) {
		this.name = name;
	}

	get windows(): number {
		return this.#linear.length;
	}

	add({ begin, end, from, to }: IndexedLine): void {
		const first = Math.min(Math.max(begin, 0), positionLimit - 1);
		const beyond = Math.min(Math.max(end, first + 1), positionLimit);
		const bin = binOf(first, beyond);
		if (bin !== this.#bin) {
			this.#closeRun();
			[this.#bin, this.#run] = [bin, { begin: from, end: to }];
		}
		this.#run.end = to;
		const last = (beyond - 1) >> windowShift;
		// The record that reached furthest began no later than this one, so that nothing is missing up to there.
		for (let window = Math.max(first >> windowShift, this.#filledTo + 1); window <= last; window++) this.#linear[window] = from;
		this.#filledTo = Math.max(this.#filledTo, last);
		this.#begin ??= from;
		this.#end = to;
		this.#records++;
	}

	finish(): TabixReference {
		this.#closeRun();
		this.#joinSmallBins();
		const bins = new Map([...this.#bins].map(([bin, chunks]) => [bin, joinChunks(chunks)]));
		let before = 0;
		const linear = Array.from(this.#linear, (offset) => {
			before = offset ?? before;
			return before;
		});
		return { name: this.name, bins, linear, total: { begin: this.#begin ?? 0, end: this.#end, records: this.#records } };
	}

	#closeRun(): void {
		if (this.#bin === -1) return;
		const chunks = this.#chunksOf(this.#bin);
		const last = chunks.at(-1);
		// Joined at once, or lines of two bins in turn would each leave a chunk.
		if (last !== undefined && blockOf(last.end) >= blockOf(this.#run.begin)) last.end = this.#run.end;
		else chunks.push(this.#run);
	}

	#chunksOf(bin: number): GrowingChunk[] {
		const chunks = this.#bins.get(bin) ?? [];
		this.#bins.set(bin, chunks);
		return chunks;
	}

	#joinSmallBins(): void {
		for (let level = 0; level < levelStarts.length; level++) {
			const { first, beyond } = binsOfLevel(level);
			for (const [bin, chunks] of [...this.#bins]) {
				if (bin < first || bin >= beyond) continue;
				const sorted = chunks.toSorted((a, b) => a.begin - b.begin);
				if (blockOf((sorted.at(-1) as TabixChunk).end) - blockOf((sorted[0] as TabixChunk).begin) >= closeBytes) continue;
				this.#bins.delete(bin);
				this.#chunksOf((bin - 1) >> 3).push(...chunks);
			}
		}
	}
}

/** In ascending order; those that share a block are one. */
export function joinChunks(chunks: readonly TabixChunk[]): readonly TabixChunk[] {
	const joined: GrowingChunk[] = [];
	for (const { begin, end } of chunks.toSorted((a, b) => a.begin - b.begin)) {
		const last = joined.at(-1);
		if (last !== undefined && blockOf(last.end) >= blockOf(begin)) last.end = Math.max(last.end, end);
		else joined.push({ begin, end });
	}
	return joined;
}
