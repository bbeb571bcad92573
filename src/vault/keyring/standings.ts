import { makeRoom, type Pseudonym, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import type { SubjectStatus } from "../vault.ts";
import { type KeyTables, wholeSubject } from "./keyTables.ts";

/** Subjects whose standing is kept at hand. */
const standingsMax = 16_384;

export interface Standing {
	readonly status: SubjectStatus;
	readonly pseudonym: Pseudonym | undefined;
	/** Compartments destroyed alone. */
	readonly destroyed: readonly Compartment[];
}

/** How subjects asked for lately stand; dropped in the same step in which that changes. */
export class Standings {
	readonly #tables: KeyTables;
	readonly #known = new Map<SubjectId, Standing>();

	constructor(tables: KeyTables) {
		this.#tables = tables;
	}

	/** Live and destroyed alike are kept: who asks for either waits for the same steps. */
	get(subject: SubjectId): Standing {
		const known = this.#known.get(subject);
		if (known !== undefined) return known;
		const isDestroyed = this.#tables.getTombstone(subject, wholeSubject) !== undefined;
		const pseudonym = this.#tables.getSubject(subject)?.pseudonym;
		const status = isDestroyed ? "destroyed" : pseudonym === undefined ? "unknown" : "live";
		const gone = this.#tables.listDestroyed(subject) as Compartment[];
		const standing: Standing = { status, pseudonym, destroyed: status === "live" ? gone : [] };
		// Somebody unknown may be made at any moment.
		if (standing.status !== "unknown") this.#keep(subject, standing);
		return standing;
	}

	drop(subject: SubjectId): void {
		this.#known.delete(subject);
	}

	clear(): void {
		this.#known.clear();
	}

	#keep(subject: SubjectId, standing: Standing): void {
		makeRoom(this.#known, standingsMax);
		this.#known.set(subject, standing);
	}
}
