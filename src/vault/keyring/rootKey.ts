import type { MemberId } from "#base";
import type { RandomBytes } from "../aead.ts";
import { VaultError } from "../errors.ts";
import { inTransaction } from "../exclusiveDatabase.ts";
import type { KeyTables } from "./keyTables.ts";
import type { PassphraseKey } from "./passphraseKey.ts";
import { settleRootFile, writeNextRoot } from "./rootFile.ts";
import { type KeyPlace, keyBytes, type Wrapper } from "./wrapping.ts";

export interface RootKeyParts {
	readonly custodian: MemberId;
	/** Path of the root file. */
	readonly path: string;
	readonly tables: KeyTables;
	readonly wrapper: Wrapper;
	readonly passphraseKey: PassphraseKey;
	readonly randomBytes: RandomBytes;
}

/** The root in memory, and its rotation. */
export class RootKey {
	readonly #parts: RootKeyParts;
	#bytes: Uint8Array;

	constructor(parts: RootKeyParts, bytes: Uint8Array) {
		this.#parts = parts;
		this.#bytes = bytes;
	}

	wrap(key: Uint8Array, place: KeyPlace): Uint8Array {
		return this.#parts.wrapper.wrap(this.#bytes, key, place);
	}

	unwrap(wrapped: Uint8Array, place: KeyPlace): Uint8Array {
		return this.#parts.wrapper.unwrap(this.#bytes, wrapped, place);
	}

	unwrapNodeKey(name: string): Uint8Array {
		const wrapped = this.#parts.tables.getNodeKey(name);
		if (wrapped === undefined) throw new VaultError("VAULT_INTEGRITY", "expected the keyring's own keys");
		return this.unwrap(wrapped, { kind: "node", name });
	}

	/**
	 * Re-wraps every key under a new root and destroys the old one. Order, for a crash at any point: the new root is on disk beside the old
	 * one; one transaction re-wraps all and names the new generation; the old root's bytes are overwritten. Before the transaction the
	 * old root is valid and recovery removes the new file, after it the new one is and recovery removes the old. Cost: O(subjects).
	 */
	rotate(): void {
		const { tables, path, custodian, passphraseKey, randomBytes } = this.#parts;
		const current = tables.getMeta("generation") as number;
		// An attempt that failed half-way may have left the valid root in the next file alone: settled before that file is written again.
		settleRootFile(path, current, randomBytes);
		const generation = current + 1;
		const next = randomBytes(keyBytes);
		writeNextRoot(path, { custodian, generation, bytes: next }, passphraseKey, randomBytes);
		inTransaction(tables.database, () => {
			this.#rewrapAll(next);
			tables.setMeta("generation", generation);
		});
		this.#bytes.fill(0);
		this.#bytes = next;
		settleRootFile(path, generation, randomBytes);
	}

	forget(): void {
		this.#bytes.fill(0);
		this.#parts.passphraseKey.bytes.fill(0);
	}

	#rewrapAll(next: Uint8Array): void {
		const { tables } = this.#parts;
		for (const { subject, patient, audit } of tables.listSubjects()) {
			tables.setKeys(subject, this.#rewrap(next, patient, { kind: "patient", subject }), this.#rewrap(next, audit, { kind: "audit", subject }));
		}
		for (const name of tables.listNodeKeys()) {
			tables.setNodeKey(name, this.#parts.wrapper.wrap(next, this.unwrapNodeKey(name), { kind: "node", name }));
		}
	}

	#rewrap(next: Uint8Array, wrapped: Uint8Array | null, place: KeyPlace): Uint8Array | null {
		if (wrapped === null) return null;
		const key = this.unwrap(wrapped, place);
		const rewrapped = this.#parts.wrapper.wrap(next, key, place);
		key.fill(0);
		return rewrapped;
	}
}
