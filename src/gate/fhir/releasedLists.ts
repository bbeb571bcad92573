import type { ClassVerdict, DataClass } from "#contracts";
import type { LoggedAccess } from "#vault";
import type { OpenedRow } from "../openRows.ts";
import type { RecordVersion } from "./releaseRecords.ts";

/** Ways of seeing one patient's rows of which each keeps its list; one more drops them all. */
const viewsMax = 4;

/** All that decides which of a patient's opened rows may be seen, and how; no moment is part of it. */
interface View {
	readonly verdicts: ReadonlyMap<DataClass, ClassVerdict>;
	readonly action: LoggedAccess["entry"]["action"];
}

/** Held weakly by the opened rows, so that a list goes when they go: at a change of the patient's rows, at an erasure, when others push them out. */
const lists = new WeakMap<readonly OpenedRow[], Map<string, readonly RecordVersion[]>>();

/**
 * What verdicts let through of rows that are kept open. Each request is decided and logged anew and its receipt spent before it looks here; the
 * same verdicts over the same rows let the same records through, whoever asks, and other verdicts find nothing.
 */
export const releasedLists = {
	find(opened: readonly OpenedRow[], view: View): readonly RecordVersion[] | undefined {
		return lists.get(opened)?.get(nameOf(view));
	},
	keep(opened: readonly OpenedRow[], view: View, records: readonly RecordVersion[]): void {
		const kept = lists.get(opened) ?? new Map<string, readonly RecordVersion[]>();
		if (kept.size >= viewsMax) kept.clear();
		kept.set(nameOf(view), records);
		lists.set(opened, kept);
	},
};

/** The verdicts in full: two that differ in anything have two names. */
function nameOf({ verdicts, action }: View): string {
	return JSON.stringify([action, ...verdicts.values()]);
}
