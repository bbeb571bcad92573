import type { Level, SensitivityLabel } from "../vocabulary.ts";
import { levelRank } from "./compileTerms.ts";
import type { RecordException, RecordFilter } from "./terms.ts";

/** What a filter asks of a record: all of it derived by the custodian's tables, none of it said by the requester. */
export interface RecordFacts {
	readonly labels: readonly SensitivityLabel[];
	/** Condition value sets the record is relevant to. */
	readonly conditions: readonly string[];
	/** `ResourceType/id`. */
	readonly ref: string;
	readonly authors: readonly string[];
	readonly encounter: string | null;
	/** Null where the record says no time. */
	readonly dataTimeMs: number | null;
}

export interface Admission {
	readonly level: Level;
	readonly basis: string;
}

/**
 * The highest level at which any of a class's filters releases the record, or undefined. Filters unite: each decides alone.
 *
 * What a record does not say (author, encounter, time) never fits a grant and always fits a refusal.
 */
export function admits(filters: readonly RecordFilter[], record: RecordFacts): Admission | undefined {
	let best: RecordFilter | undefined;
	for (const filter of filters) {
		if ((best === undefined || levelRank(filter.level) > levelRank(best.level)) && isAdmitted(filter, record)) best = filter;
	}
	return best === undefined ? undefined : { level: best.level, basis: best.basis };
}

function isAdmitted(filter: RecordFilter, record: RecordFacts): boolean {
	if (!record.labels.every((label) => filter.labels.includes(label))) return false;
	if (filter.anyLabel !== undefined && !overlaps(filter.anyLabel, record.labels)) return false;
	if (filter.conditions !== undefined && !overlaps(filter.conditions, record.conditions)) return false;
	if (filter.records !== undefined && !filter.records.includes(record.ref)) return false;
	if (filter.authors !== undefined && !overlaps(filter.authors, record.authors)) return false;
	if (filter.encounters !== undefined && (record.encounter === null || !filter.encounters.includes(record.encounter))) return false;
	if ((filter.dataFromMs !== undefined || filter.dataToMs !== undefined) && !isWithin(filter, record.dataTimeMs, false)) return false;
	return !filter.except.some((exception) => isExcepted(exception, record));
}

/** Every field given must match; a fact the record does not state counts as matching. */
export function isExcepted(exception: RecordException, record: RecordFacts): boolean {
	if (exception.labels !== undefined && !overlaps(exception.labels, record.labels)) return false;
	if (exception.conditions !== undefined && !overlaps(exception.conditions, record.conditions)) return false;
	if (exception.records !== undefined && !exception.records.includes(record.ref)) return false;
	if (exception.authors !== undefined && record.authors.length > 0 && !overlaps(exception.authors, record.authors)) return false;
	if (exception.encounters !== undefined && record.encounter !== null && !exception.encounters.includes(record.encounter)) return false;
	if (exception.dataFromMs === undefined && exception.dataToMs === undefined) return true;
	return isWithin(exception, record.dataTimeMs, true);
}

interface TimeFrame {
	readonly dataFromMs?: number;
	readonly dataToMs?: number;
}

/** Start included, end excluded. */
function isWithin({ dataFromMs, dataToMs }: TimeFrame, timeMs: number | null, ifUnknown: boolean): boolean {
	if (timeMs === null) return ifUnknown;
	return (dataFromMs === undefined || timeMs >= dataFromMs) && (dataToMs === undefined || timeMs < dataToMs);
}

function overlaps<T>(a: readonly T[], b: readonly T[]): boolean {
	return a.some((item) => b.includes(item));
}
