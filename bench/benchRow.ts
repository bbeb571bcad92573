/** One measurement, printed as a line of the table or as one JSON object. */
export interface BenchRow {
	/** `room.what`, the name it is called by. */
	readonly name: string;
	/** Median, in `unit`. */
	readonly value: number;
	/** Such as `transactions/s`, `ms`, `MiB/s`; says by its name whether more is better. */
	readonly unit: string;
	/** The same work done the plainest way in the same run, in `unit`: what the machine can do without us. */
	readonly baseline: number;
	/** `value / baseline`. */
	readonly ratio: number;
	/** More figures: what was run, how often, the spread. */
	readonly [more: string]: string | number | boolean;
}

/** Runs in under 50 s, cleans up after itself, prints nothing. */
export type Bench = () => Promise<BenchRow>;

/** `ratio` from value and baseline, all three rounded to what a measurement carries. */
export function benchRow(row: Omit<BenchRow, "ratio">): BenchRow {
	const { name, value, unit, baseline, ...more } = row as Omit<BenchRow, "ratio"> & { name: string; value: number; unit: string; baseline: number };
	return { name, value: toFourDigits(value), unit, baseline: toFourDigits(baseline), ratio: toFourDigits(value / baseline), ...more };
}

/** Middle of the samples; of an even number the mean of the middle two. */
export function median(samples: readonly number[]): number {
	const sorted = samples.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	const upper = sorted[middle];
	if (upper === undefined) throw new RangeError("a median needs at least one sample");
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

function toFourDigits(value: number): number {
	return Number(value.toPrecision(4));
}
