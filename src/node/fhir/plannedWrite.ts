import type { PatientReference, RecordWrite } from "#gate";

/** A write that is judged and not done yet: in a transaction all are planned before any reference is rewritten. */
export interface PlannedWrite {
	readonly kind: "write";
	/** `Type/id`, of a new record too. */
	readonly record: string;
	readonly patient: PatientReference;
	/** Of the answer when it is done. */
	readonly status: 200 | 201 | 204;
	/** @param rewrite - What a reference to an entry of the same bundle became. */
	finish(rewrite: (reference: string) => string | undefined): RecordWrite;
}
