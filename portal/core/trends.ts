import type { RecordItem, ValuePart } from "./deskTypes.ts";

export interface TrendPoint {
	/** Of the resource. */
	readonly id: string;
	readonly date: string;
	readonly number: number;
	readonly values: readonly ValuePart[];
}

/** One measured thing over time. */
export interface Trend {
	readonly key: string;
	readonly title: string;
	readonly unit: string;
	/** Oldest first. */
	readonly points: readonly TrendPoint[];
	/** Of the newest value that names one. */
	readonly low?: number;
	readonly high?: number;
}

/**
 * Values of the same code and the same unit, oldest first; a unit is never converted here. Those with a usual range come first, then those measured most often.
 *
 * @param items - Newest first.
 */
export function toTrends(items: readonly RecordItem[]): readonly Trend[] {
	const measured = items.filter(({ number, date, code }) => number !== undefined && date !== "" && code !== undefined);
	const groups = Map.groupBy(measured, ({ code, unit }) => `${code}|${unit ?? ""}`);
	const trends = [...groups].map(([key, group]): Trend => {
		const newest = group[0] as RecordItem;
		const ranged = group.find(({ low, high }) => low !== undefined || high !== undefined);
		return {
			key,
			title: newest.title,
			unit: newest.unit ?? "",
			points: group.map(({ id, date, number, values }) => ({ id, date, number: number as number, values })).reverse(),
			...(ranged?.low === undefined ? {} : { low: ranged.low }),
			...(ranged?.high === undefined ? {} : { high: ranged.high }),
		};
	});
	return trends.sort((a, b) => rankOf(b) - rankOf(a) || b.points.length - a.points.length || (a.title < b.title ? -1 : 1));
}

/** What has a line and a range to hold it against comes first, a single value last. */
function rankOf({ points, low, high }: Trend): number {
	if (points.length < 2) return 0;
	return low === undefined && high === undefined ? 1 : 2;
}

/** Bounds of a chart: everything that is drawn, and some room. */
export function boundsOf({ points, low, high }: Trend): { readonly min: number; readonly max: number } {
	const numbers = [...points.map(({ number }) => number), ...(low === undefined ? [] : [low]), ...(high === undefined ? [] : [high])];
	const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
	const room = max === min ? Math.abs(max) * 0.1 || 1 : (max - min) * 0.15;
	return { min: min - room, max: max + room };
}

/** Three or so round numbers inside the bounds. */
export function ticksOf({ min, max }: { readonly min: number; readonly max: number }): readonly number[] {
	const rough = (max - min) / 3;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
	const ticks: number[] = [];
	for (let tick = Math.ceil(min / step) * step; tick <= max; tick += step) ticks.push(Number(tick.toPrecision(10)));
	return ticks;
}
