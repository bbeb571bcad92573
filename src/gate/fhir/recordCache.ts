import type { SubjectId } from "#base";
import type { DataClass } from "#contracts";
import type { OpenedRow } from "../openRows.ts";
import type { GateParts } from "../parts.ts";
import { FoundRows } from "./foundRows.ts";

/** Opened text kept in all, in UTF-16 units. */
const keptMax = 64 * 1024 * 1024;

interface Kept {
	readonly mark: string;
	/** How many writes the store had seen when the mark was read last. */
	writes: number;
	readonly byClasses: Map<string, FoundRows>;
	characters: number;
}

/**
 * Opened records of patients who are asked about again and again. A record that is kept open is used only with a receipt of its own for each
 * request (PROTOCOL §7), and never past a change of the patient's rows: what changed gives another mark, and all is read anew.
 */
export class RecordCache {
	/** In the order of last use. */
	readonly #bySubject = new Map<SubjectId, Kept>();
	#characters = 0;

	/** Finds the latest rows of the classes, from memory where nothing has changed since. */
	async find(parts: GateParts, subject: SubjectId, classes: readonly DataClass[]): Promise<FoundRows> {
		const kept = await this.#current(parts, subject);
		const key = [...classes].sort().join("+");
		const known = kept.byClasses.get(key);
		if (known !== undefined) return known;
		const rows = await parts.store.listRecords(subject, classes);
		const found = new FoundRows(parts, rows, (opened) => this.#account(kept, opened));
		kept.byClasses.set(key, found);
		return found;
	}

	/** Whatever is being opened now is not kept either: it goes into what nobody finds any more. */
	forget(subject: SubjectId): void {
		const kept = this.#bySubject.get(subject);
		if (kept === undefined) return;
		this.#bySubject.delete(subject);
		this.#characters -= kept.characters;
		kept.byClasses.clear();
	}

	/** Counting a patient's rows costs as much as there are; while nobody wrote anything, the mark is the one that was read. */
	async #current({ store }: GateParts, subject: SubjectId): Promise<Kept> {
		const writes = store.writes();
		const known = this.#bySubject.get(subject);
		const mark = known?.writes === writes ? known.mark : await store.changeMark(subject);
		return this.#touch(subject, mark, writes);
	}

	#touch(subject: SubjectId, mark: string, writes: number): Kept {
		const known = this.#bySubject.get(subject);
		if (known?.mark === mark) {
			known.writes = writes;
			this.#bySubject.delete(subject);
			this.#bySubject.set(subject, known);
			return known;
		}
		this.forget(subject);
		const fresh: Kept = { mark, writes, byClasses: new Map(), characters: 0 };
		this.#bySubject.set(subject, fresh);
		return fresh;
	}

	#account(kept: Kept, opened: readonly OpenedRow[]): void {
		if (![...this.#bySubject.values()].includes(kept)) return;
		const characters = opened.reduce((sum, { body }) => sum + body.resourceText.length, 0);
		kept.characters += characters;
		this.#characters += characters;
		for (const oldest of this.#bySubject.keys()) {
			if (this.#characters <= keptMax) return;
			this.forget(oldest);
		}
	}
}
