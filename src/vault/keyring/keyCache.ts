import type { Pseudonym, SubjectId } from "#base";

/** Unwrapped keys of one subject. They never leave the keyring. */
export interface SubjectKeys {
	readonly pseudonym: Pseudonym;
	/** Keys of compartment sets by their joined names; `""` is the audit key. */
	readonly sets: Map<string, Uint8Array>;
	/** Data keys by id, with the wrapped bytes they came from. */
	readonly dataKeys: Map<string, UnwrappedDataKey>;
}

export interface UnwrappedDataKey {
	/** Compartment set under whose key it was wrapped. */
	readonly joined: string;
	readonly wrapped: Uint8Array;
	readonly key: Uint8Array;
}

/** Data keys kept for each subject. */
export const dataKeysMax = 64;

/** Keeps the keys of the subjects used last; what falls out or is dropped is overwritten. */
export class KeyCache {
	readonly #maxSubjects: number;
	readonly #bySubject = new Map<SubjectId, SubjectKeys>();

	constructor(maxSubjects: number) {
		this.#maxSubjects = maxSubjects;
	}

	get(subject: SubjectId): SubjectKeys | undefined {
		const keys = this.#bySubject.get(subject);
		if (keys === undefined) return undefined;
		// A Map keeps insertion order: moving to the end makes the first the least recently used. While nothing is about to fall out, the order is idle.
		if (this.#bySubject.size * 2 > this.#maxSubjects) {
			this.#bySubject.delete(subject);
			this.#bySubject.set(subject, keys);
		}
		return keys;
	}

	add(subject: SubjectId, keys: SubjectKeys): void {
		this.#bySubject.set(subject, keys);
		if (this.#bySubject.size > this.#maxSubjects) this.drop(this.#bySubject.keys().next().value as SubjectId);
	}

	drop(subject: SubjectId): void {
		const keys = this.#bySubject.get(subject);
		for (const key of keys?.sets.values() ?? []) key.fill(0);
		for (const { key } of keys?.dataKeys.values() ?? []) key.fill(0);
		this.#bySubject.delete(subject);
	}

	clear(): void {
		for (const subject of [...this.#bySubject.keys()]) this.drop(subject);
	}
}
