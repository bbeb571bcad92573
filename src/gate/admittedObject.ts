import type { ClassVerdict, DataClass, Decision, Level } from "#contracts";
import { type AttachedObject, findAttachedObject } from "./attachment.ts";
import { mayObjectLeave } from "./objectLevels.ts";
import type { OpenedRow } from "./openRows.ts";
import { admittedLevel, leavesAlone } from "./release.ts";

export interface AdmittedObject extends AttachedObject {
	readonly level: Level;
}

/**
 * The object of a record, if record and object may both leave at the level asked for. A record that the consents admit at another level goes by
 * another name there.
 */
export function admittedObject(row: OpenedRow, decision: Decision, asked: Level): AdmittedObject | undefined {
	const verdicts = new Map<DataClass, ClassVerdict>(decision.classes.map((verdict) => [verdict.class, verdict]));
	const level = admittedLevel(row, verdicts);
	if (level !== asked || !leavesAlone(level, "read")) return undefined;
	const object = findAttachedObject(row.body.resource);
	if (object === undefined || !mayObjectLeave(row.row.compartments.split("+") as DataClass[], level, object.namesNobody)) return undefined;
	return { ...object, level };
}
