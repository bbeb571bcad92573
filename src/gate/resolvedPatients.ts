import { makeRoom } from "#base";
import type { PatientReference } from "./gate.ts";
import type { GateParts } from "./parts.ts";
import { type ResolvedPatient, resolvePatient } from "./patients.ts";

/** References kept; beyond it the first is looked up anew. */
const keptMax = 16_384;

/**
 * Whom local ids meant lately, until anything is written to the store or changes in the keyring ([GA222]). Who is not here and who was erased is
 * kept like anybody, so that a second look takes the same steps for all of them (invariant 8).
 */
export class ResolvedPatients {
	readonly #parts: GateParts;
	readonly #kept = new Map<string, ResolvedPatient>();
	/** What store and keyring said of themselves when everything kept was looked up. */
	#writes = -1;
	#changes: number | undefined;

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	/** As {@link resolvePatient}; at once where it is known. */
	resolve(reference: PatientReference): ResolvedPatient | Promise<ResolvedPatient> {
		if (reference.by !== "local") return resolvePatient(this.#parts, reference);
		if (!this.#isCurrent()) this.#begin();
		return this.#kept.get(reference.localId) ?? this.#lookUp(reference);
	}

	forget(): void {
		this.#kept.clear();
	}

	async #lookUp(reference: PatientReference & { readonly by: "local" }): Promise<ResolvedPatient> {
		const [writes, changes] = [this.#writes, this.#changes];
		const patient = await resolvePatient(this.#parts, reference);
		// What changed meanwhile may have changed before it was looked at, or after.
		if (writes !== this.#writes || changes !== this.#changes || !this.#isCurrent()) return patient;
		makeRoom(this.#kept, keptMax);
		this.#kept.set(reference.localId, patient);
		return patient;
	}

	#isCurrent(): boolean {
		const { store, keyring } = this.#parts;
		return this.#changes !== undefined && this.#writes === store.writes() && this.#changes === keyring.changes();
	}

	#begin(): void {
		this.#kept.clear();
		this.#writes = this.#parts.store.writes();
		this.#changes = this.#parts.keyring.changes();
	}
}
