import { equalBytes, type SubjectId } from "#base";
import type { DataClass } from "#contracts";
import type { StoredRecord } from "#vault";
import type { OpenedRow } from "../openRows.ts";
import type { GateParts } from "../parts.ts";
import { FoundRows } from "./foundRows.ts";

/** Opened text kept in all, in UTF-16 units. */
const keptMax = 16 * 1024 * 1024;
/** What is kept beside a record's text, in the same measure. */
const overhead = 1_000;

interface KeptVersions {
	readonly found: FoundRows;
	/** How many writes the store had seen when the rows were last read. */
	writes: number;
	readonly characters: number;
}

interface KeptOfSubject {
	readonly byName: Map<string, KeptVersions>;
	characters: number;
}

/** The newest versions of a record; `known` where they were open before, and nothing has changed since. */
export interface FoundVersions {
	readonly known: boolean;
	readonly found: FoundRows;
}

/**
 * Records that are read one by one again and again, kept open. As in the cache of whole patients, one is used with a receipt of its own for
 * each request and never past a change of its rows. It is found by who was granted the same classes alone, all that it needs among them: for
 * anybody else it is looked for in the store like a record that is not there.
 */
export class VersionCache {
	/** In the order of last use. */
	readonly #bySubject = new Map<SubjectId, KeptOfSubject>();
	#characters = 0;
	/** How often somebody was forgotten. */
	#forgotten = 0;

	/** @param read - Reads the rows that the granted classes cover. */
	async find(
		parts: GateParts,
		place: { readonly subject: SubjectId; readonly granted: readonly DataClass[]; readonly record: string },
		read: () => Promise<readonly StoredRecord[]>,
	): Promise<FoundVersions> {
		const { subject, granted, record } = place;
		const name = `${record} ${granted.join("+")}`;
		const known = this.#bySubject.get(subject)?.byName.get(name);
		// Before the rows: what is written meanwhile has them read again.
		const writes = parts.store.writes();
		const forgotten = this.#forgotten;
		if (known?.writes === writes) return this.#use(subject, known);
		const rows = await read();
		if (known !== undefined && isSame(known.found.rows, rows)) {
			known.writes = writes;
			return this.#use(subject, known);
		}
		const found: FoundRows = new FoundRows(parts, rows, (opened) => {
			// What was being opened while somebody was forgotten is not kept.
			if (forgotten === this.#forgotten) this.#keep(subject, name, { found, writes, characters: sizeOf(opened) });
		});
		return { known: false, found };
	}

	forget(subject: SubjectId): void {
		this.#forgotten++;
		this.#drop(subject);
	}

	#use(subject: SubjectId, { found }: KeptVersions): FoundVersions {
		const kept = this.#bySubject.get(subject);
		if (kept !== undefined) {
			this.#bySubject.delete(subject);
			this.#bySubject.set(subject, kept);
		}
		return { known: true, found };
	}

	#keep(subject: SubjectId, name: string, versions: KeptVersions): void {
		if (versions.found.rows.length === 0) return;
		const kept = this.#bySubject.get(subject) ?? { byName: new Map<string, KeptVersions>(), characters: 0 };
		this.#bySubject.set(subject, kept);
		const more = versions.characters - (kept.byName.get(name)?.characters ?? 0);
		kept.byName.set(name, versions);
		kept.characters += more;
		this.#characters += more;
		for (const oldest of this.#bySubject.keys()) {
			if (this.#characters <= keptMax) return;
			this.#drop(oldest);
		}
	}

	#drop(subject: SubjectId): void {
		this.#characters -= this.#bySubject.get(subject)?.characters ?? 0;
		this.#bySubject.delete(subject);
	}
}

function sizeOf(opened: readonly OpenedRow[]): number {
	return opened.reduce((sum, { body }) => sum + body.resourceText.length, overhead);
}

/** A row's hash is of its ciphertext, made anew with every version and label. */
function isSame(before: readonly StoredRecord[], after: readonly StoredRecord[]): boolean {
	return before.length === after.length && before.every((row, at) => equalBytes(row.rowHash, (after[at] as StoredRecord).rowHash));
}
