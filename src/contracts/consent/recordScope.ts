import type { RecordException, RecordFilter } from "./terms.ts";

/** To which records a rule and those above it restrict what is released. */
export type RecordScope = Pick<RecordFilter, "anyLabel" | "conditions" | "records" | "authors" | "encounters" | "dataFromMs" | "dataToMs">;

/** Of a rule that stands by itself and names no records. */
export const unrestricted: RecordScope = {};

/** Both restrictions at once; undefined when nothing can satisfy both. Where lists meet, only what both name is left. */
export function narrow(above: RecordScope, records: RecordException | undefined, permit: boolean): RecordScope | undefined {
	if (records === undefined) return above;
	const anyLabel = permit ? above.anyLabel : common(above.anyLabel, records.labels);
	const conditions = common(above.conditions, records.conditions);
	const refs = common(above.records, records.records);
	const authors = common(above.authors, records.authors);
	const encounters = common(above.encounters, records.encounters);
	if ([anyLabel, conditions, refs, authors, encounters].some((list) => list?.length === 0)) return undefined;
	const dataFromMs = later(above.dataFromMs, records.dataFromMs);
	const dataToMs = earlier(above.dataToMs, records.dataToMs);
	return {
		...(anyLabel && { anyLabel }),
		...(conditions && { conditions }),
		...(refs && { records: refs }),
		...(authors && { authors }),
		...(encounters && { encounters }),
		...(dataFromMs !== undefined && { dataFromMs }),
		...(dataToMs !== undefined && { dataToMs }),
	};
}

function common<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
	return a === undefined ? b : b === undefined ? a : a.filter((item) => b.includes(item));
}

function later(a: number | undefined, b: number | undefined): number | undefined {
	return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
	return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
