import { equalBytes, isHex, type Pseudonym, type SubjectId } from "#base";
import { joinCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import { refusal } from "../receipt.ts";
import type { WrappedDataKey } from "../vault.ts";
import type { JudgedEntry } from "./judgedEntry.ts";
import { dataKeysMax, KeyCache, type SubjectKeys, type UnwrappedDataKey } from "./keyCache.ts";
import { type KeyTables, type SubjectRow, wholeSubject } from "./keyTables.ts";
import type { RootKey } from "./rootKey.ts";
import { compartmentSetKey, type Wrapper } from "./wrapping.ts";

/** A wrapped data key as a caller handed it in, checked for form. */
export interface DataKeyPlace {
	readonly subject: SubjectId;
	/** Names of its compartments, joined; "" for a key under the audit key. */
	readonly joined: string;
	readonly id: string;
	readonly wrapped: Uint8Array;
}

export interface OpenedKeysParameters {
	readonly tables: KeyTables;
	readonly root: RootKey;
	readonly wrapper: Wrapper;
	/** Subjects whose unwrapped keys are kept at once. */
	readonly maxSubjects: number;
}

/** The way down from the root to a data key, with what was opened on it lately. Who may go it is decided before. */
export class OpenedKeys {
	readonly #parameters: OpenedKeysParameters;
	readonly #cache: KeyCache;

	constructor(parameters: OpenedKeysParameters) {
		this.#parameters = parameters;
		this.#cache = new KeyCache(parameters.maxSubjects);
	}

	/** @throws {@link VaultError} `VAULT_RECEIPT_REFUSED`, `subject-differs`: the entry is of another patient's pseudonym. */
	assertBound(subject: SubjectId, entry: JudgedEntry): void {
		const bound = this.boundOf(subject);
		if (bound === undefined || bound !== entry.pseudonym) throw refusal("subject-differs");
	}

	/** The pseudonym that a subject is bound to. */
	boundOf(subject: SubjectId): Pseudonym | undefined {
		return this.#cache.get(subject)?.pseudonym ?? this.#parameters.tables.getSubject(subject)?.pseudonym;
	}

	/** The data key itself, a copy for the caller. @throws {@link VaultError} `VAULT_ERASED`, `VAULT_SUBJECT_UNKNOWN`, `VAULT_INTEGRITY`. */
	unwrapDataKey(place: DataKeyPlace): Uint8Array {
		const { subject, joined, id, wrapped } = place;
		const known = this.#cache.get(subject)?.dataKeys.get(id);
		if (known !== undefined && known.joined === joined && equalBytes(known.wrapped, wrapped)) return known.key.slice();
		const key = this.#parameters.wrapper.unwrap(this.keyOfSet(subject, joined), wrapped, { kind: "data", subject, name: joined, id });
		this.#remember(place, key);
		return key;
	}

	/** Keeps a copy of a data key of records, for the next receipt that opens it. Histories name theirs once each, so those are not kept. */
	#remember({ subject, joined, id, wrapped }: DataKeyPlace, key: Uint8Array): void {
		const dataKeys = this.#cache.get(subject)?.dataKeys;
		if (dataKeys === undefined || joined === "") return;
		if (dataKeys.size >= dataKeysMax) {
			const [oldest, dropped] = dataKeys.entries().next().value as [string, UnwrappedDataKey];
			dropped.key.fill(0);
			dataKeys.delete(oldest);
		}
		dataKeys.set(id, { joined, wrapped: Uint8Array.from(wrapped), key: Uint8Array.from(key) });
	}

	/** The key under which a set of compartments seals its data keys; the audit key for "". It stays the cache's: not to be changed. */
	keyOfSet(subject: SubjectId, joined: string): Uint8Array {
		return joined === "" ? this.#auditKey(subject) : this.setKey(subject, joined, joined.split("+"));
	}

	/** {@link keyOfSet} of keys by name. */
	setKey(subject: SubjectId, joined: string, names: readonly string[]): Uint8Array {
		const known = this.#cache.get(subject)?.sets.get(joined);
		if (known !== undefined) return known;
		const row = this.liveSubject(subject);
		const patientKey = this.#parameters.root.unwrap(row.patient as Uint8Array, { kind: "patient", subject });
		const keys = names.map((name) => this.#unwrapCompartment(subject, name, patientKey));
		const setKey = compartmentSetKey(joined, keys);
		for (const key of [patientKey, ...keys]) key.fill(0);
		this.#cached(row).sets.set(joined, setKey);
		return setKey;
	}

	#auditKey(subject: SubjectId): Uint8Array {
		const known = this.#cache.get(subject)?.sets.get("");
		if (known !== undefined) return known;
		const row = this.#parameters.tables.getSubject(subject);
		if (row === undefined || row.audit === null) throw this.isDestroyed(subject) ? erased() : unknownSubject();
		const key = this.#parameters.root.unwrap(row.audit, { kind: "audit", subject });
		this.#cached(row).sets.set("", key);
		return key;
	}

	#unwrapCompartment(subject: SubjectId, name: string, patientKey: Uint8Array): Uint8Array {
		const wrapped = this.#parameters.tables.getCompartmentKey(subject, name);
		if (wrapped === undefined) throw erased();
		return this.#parameters.wrapper.unwrap(patientKey, wrapped, { kind: "compartment", subject, name });
	}

	#cached(row: SubjectRow): SubjectKeys {
		const known = this.#cache.get(row.subject);
		if (known !== undefined) return known;
		const keys: SubjectKeys = { pseudonym: row.pseudonym, sets: new Map(), dataKeys: new Map() };
		this.#cache.add(row.subject, keys);
		return keys;
	}

	/** @throws {@link VaultError} `VAULT_ERASED`, `VAULT_SUBJECT_UNKNOWN`. */
	liveSubject(subject: SubjectId): SubjectRow {
		if (this.isDestroyed(subject)) throw erased();
		const row = this.#parameters.tables.getSubject(subject);
		if (row === undefined) throw unknownSubject();
		return row;
	}

	isDestroyed(subject: SubjectId): boolean {
		return this.#parameters.tables.getTombstone(subject, wholeSubject) !== undefined;
	}

	/** Nothing of the subject is answered from memory any more. */
	drop(subject: SubjectId): void {
		this.#cache.drop(subject);
	}

	clear(): void {
		this.#cache.clear();
	}
}

/** Copies what a caller handed in, checked for form. */
export function placeOf(key: WrappedDataKey): DataKeyPlace {
	const { subject, id, wrapped } = key;
	const compartments = [...key.compartments];
	if (!isHex(subject, 16) || !isHex(id, 16) || !(wrapped instanceof Uint8Array)) {
		throw new VaultError("VAULT_ROW_INVALID", "expected a wrapped data key");
	}
	return { subject, joined: compartments.length === 0 ? "" : joinCompartments(compartments), id, wrapped };
}

export function erased(): VaultError {
	return new VaultError("VAULT_ERASED", "the keys were destroyed on request");
}

function unknownSubject(): VaultError {
	return new VaultError("VAULT_SUBJECT_UNKNOWN", "expected a subject that has keys here");
}
