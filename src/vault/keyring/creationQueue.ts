import type { Pseudonym, SubjectId } from "#base";
import { inTransaction } from "../exclusiveDatabase.ts";
import type { CompartmentRow, KeyTables, SubjectRow } from "./keyTables.ts";

interface Creation {
	readonly row: SubjectRow;
	readonly compartments: readonly CompartmentRow[];
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

/** Subjects created in the same turn of the event loop share one durable commit: an import creates thousands. */
export class CreationQueue {
	readonly #tables: KeyTables;
	#waiting = new Map<SubjectId, Creation>();
	#pseudonyms = new Set<Pseudonym>();

	constructor(tables: KeyTables) {
		this.#tables = tables;
	}

	hasSubject(subject: SubjectId): boolean {
		return this.#waiting.has(subject);
	}

	hasPseudonym(pseudonym: Pseudonym): boolean {
		return this.#pseudonyms.has(pseudonym);
	}

	/** Resolves when the subject's keys are on disk. */
	add(row: SubjectRow, compartments: readonly CompartmentRow[]): Promise<void> {
		if (this.#waiting.size === 0) setImmediate(() => this.flush());
		return new Promise((resolve, reject) => {
			this.#waiting.set(row.subject, { row, compartments, resolve, reject });
			this.#pseudonyms.add(row.pseudonym);
		});
	}

	flush(): void {
		const batch = [...this.#waiting.values()];
		if (batch.length === 0) return;
		this.#waiting = new Map();
		this.#pseudonyms = new Set();
		try {
			inTransaction(this.#tables.database, () => {
				for (const { row, compartments } of batch) this.#tables.addSubject(row, compartments);
			});
			for (const creation of batch) creation.resolve();
		} catch (error) {
			for (const creation of batch) creation.reject(error);
		}
	}
}
