import type { SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { type RecordBody, type SealingHandle, type StoredRecord, sealRecord } from "#vault";
import type { GateParts } from "./parts.ts";

/**
 * Seals resources of one subject. Handles (a fresh data key each) are kept for the life of the sealer, so that a bundle takes one per
 * compartment set; the sealer can write and can read nothing that was there before.
 */
export class ResourceSealer {
	readonly #parts: GateParts;
	readonly #subject: SubjectId;
	readonly #handles = new Map<string, SealingHandle>();
	#fresh: SealingHandle["wrapped"][] = [];

	constructor(parts: GateParts, subject: SubjectId) {
		this.#parts = parts;
		this.#subject = subject;
	}

	/** @param reference - `Type/id`, turned into the row's keyed token. */
	async seal(reference: string, compartments: readonly Compartment[], body: RecordBody, version = 1): Promise<StoredRecord> {
		const { keyring, member, now, randomBytes } = this.#parts;
		const token = await keyring.lookupToken("record", this.#subject, reference);
		const handle = await this.#handleFor(compartments);
		return sealRecord({ custodian: member, handle, token, version, storedAtMs: now(), deleted: false, body, randomBytes });
	}

	/** A version that says the record is no more, in the compartments it lay in. */
	async sealTombstone(reference: string, compartments: readonly Compartment[], version: number): Promise<StoredRecord> {
		const { keyring, member, now, randomBytes } = this.#parts;
		const token = await keyring.lookupToken("record", this.#subject, reference);
		const handle = await this.#handleFor(compartments);
		const body = { labels: [], conditions: [], dataTimeMs: null, authors: [], encounter: null, tableVersion: "", resourceText: "" };
		return sealRecord({ custodian: member, handle, token, version, storedAtMs: now(), deleted: true, body, randomBytes });
	}

	/** Wrapped data keys made since the last call: they are stored with the rows they seal. */
	takeKeys(): readonly SealingHandle["wrapped"][] {
		const keys = this.#fresh;
		this.#fresh = [];
		return keys;
	}

	async #handleFor(compartments: readonly Compartment[]): Promise<SealingHandle> {
		const id = compartments.join("+");
		const known = this.#handles.get(id);
		if (known !== undefined) return known;
		const handle = await this.#parts.keyring.sealFor(this.#subject, compartments);
		this.#handles.set(id, handle);
		this.#fresh.push(handle.wrapped);
		return handle;
	}
}
