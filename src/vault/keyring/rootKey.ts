import { setImmediate } from "node:timers/promises";
import { equalBytes, type MemberId, type SubjectId } from "#base";
import type { RandomBytes } from "../aead.ts";
import { VaultError } from "../errors.ts";
import { inTransaction } from "../exclusiveDatabase.ts";
import type { KeyTables, SubjectRow } from "./keyTables.ts";
import { settleRootFile, writeNextRoot } from "./rootFile.ts";
import type { SealingKey } from "./sealingKey.ts";
import { type KeyPlace, keyBytes, type Wrapper } from "./wrapping.ts";

export interface RootKeyParts {
	readonly custodian: MemberId;
	/** Path of the root file. */
	readonly path: string;
	readonly tables: KeyTables;
	readonly wrapper: Wrapper;
	readonly sealingKey: SealingKey;
	readonly randomBytes: RandomBytes;
}

/** Subjects re-wrapped before other work gets a turn: about a millisecond and a half. */
const subjectsPerTurn = 128;

interface RewrappedRow {
	readonly patient: Uint8Array | null;
	readonly audit: Uint8Array | null;
}

interface AheadRow {
	readonly from: SubjectRow;
	readonly to: RewrappedRow;
}

/** Wrapped keys have a random nonce: equal bytes mean that nothing was written in between. */
function isSameRow(a: SubjectRow, b: SubjectRow): boolean {
	const same = (x: Uint8Array | null, y: Uint8Array | null): boolean => (x === null || y === null ? x === y : equalBytes(x, y));
	return same(a.patient, b.patient) && same(a.audit, b.audit);
}

/** The root in memory, and its rotation. */
export class RootKey {
	readonly #parts: RootKeyParts;
	#bytes: Uint8Array;
	#sealingKey: SealingKey;
	#forgotten = false;
	/** One rotation in turns at a time. */
	#turns: Promise<unknown> = Promise.resolve();

	constructor(parts: RootKeyParts, bytes: Uint8Array) {
		this.#parts = parts;
		this.#bytes = bytes;
		this.#sealingKey = parts.sealingKey;
	}

	get sealingKey(): SealingKey {
		return this.#sealingKey;
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
		this.#rotateTo(this.#parts.randomBytes(keyBytes), this.#sealingKey, new Map());
	}

	/**
	 * {@link rotate} that lets other work in between: keys are re-wrapped ahead in turns, and what has changed since (all of them, if a destruction
	 * rotated meanwhile) is re-wrapped in the last turn, which writes. Returns the new generation.
	 *
	 * @param beforeLast - Runs at the start of the last turn; after it no row may be written under the old root.
	 */
	rotateInTurns(beforeLast: () => void, sealingKey?: SealingKey): Promise<number> {
		const turn = this.#turns.then(() => this.#rotateAhead(beforeLast, sealingKey));
		this.#turns = turn.catch(() => {});
		return turn;
	}

	async #rotateAhead(beforeLast: () => void, sealingKey: SealingKey | undefined): Promise<number> {
		this.#assertKept();
		const next = this.#parts.randomBytes(keyBytes);
		const ahead = new Map<SubjectId, AheadRow>();
		for (const [index, row] of this.#parts.tables.listSubjects().entries()) {
			if (index % subjectsPerTurn === subjectsPerTurn - 1) await setImmediate();
			this.#assertKept();
			const current = this.#parts.tables.getSubject(row.subject);
			if (current !== undefined) ahead.set(row.subject, { from: current, to: this.#rewrapRow(next, current) });
		}
		await setImmediate();
		this.#assertKept();
		beforeLast();
		// Read now and not before: another turn may have moved the root to another sealing key.
		return this.#rotateTo(next, sealingKey ?? this.#sealingKey, ahead);
	}

	#rotateTo(next: Uint8Array, sealingKey: SealingKey, ahead: ReadonlyMap<SubjectId, AheadRow>): number {
		const { tables, path, custodian, randomBytes } = this.#parts;
		const current = tables.getMeta("generation") as number;
		// An attempt that failed half-way may have left the valid root in the next file alone: settled before that file is written again.
		settleRootFile(path, current, randomBytes);
		const generation = current + 1;
		writeNextRoot(path, { custodian, generation, bytes: next }, sealingKey, randomBytes);
		inTransaction(tables.database, () => {
			this.#rewrapAll(next, ahead);
			tables.setMeta("generation", generation);
		});
		this.#bytes.fill(0);
		this.#bytes = next;
		this.#sealingKey = sealingKey;
		settleRootFile(path, generation, randomBytes);
		return generation;
	}

	forget(): void {
		this.#forgotten = true;
		this.#bytes.fill(0);
		this.#sealingKey.bytes.fill(0);
	}

	#rewrapAll(next: Uint8Array, ahead: ReadonlyMap<SubjectId, AheadRow>): void {
		const { tables } = this.#parts;
		for (const row of tables.listSubjects()) {
			const ready = ahead.get(row.subject);
			const { patient, audit } = ready !== undefined && isSameRow(ready.from, row) ? ready.to : this.#rewrapRow(next, row);
			tables.setKeys(row.subject, patient, audit);
		}
		for (const name of tables.listNodeKeys()) {
			tables.setNodeKey(name, this.#parts.wrapper.wrap(next, this.unwrapNodeKey(name), { kind: "node", name }));
		}
	}

	#rewrapRow(next: Uint8Array, { subject, patient, audit }: SubjectRow): RewrappedRow {
		return {
			patient: this.#rewrap(next, patient, { kind: "patient", subject }),
			audit: this.#rewrap(next, audit, { kind: "audit", subject }),
		};
	}

	#assertKept(): void {
		if (this.#forgotten) throw new VaultError("VAULT_CLOSED", "expected an open keyring, found one that was closed");
	}

	#rewrap(next: Uint8Array, wrapped: Uint8Array | null, place: KeyPlace): Uint8Array | null {
		if (wrapped === null) return null;
		const key = this.unwrap(wrapped, place);
		const rewrapped = this.#parts.wrapper.wrap(next, key, place);
		key.fill(0);
		return rewrapped;
	}
}
