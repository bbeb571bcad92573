import { type BaseError, canonicalText, type JsonValue } from "#base";
import type { ContractName, StateReader } from "#contracts";
import { LedgerError } from "./errors.ts";
import { deepFreeze } from "./transaction.ts";

/** One entry of state, as genesis and contracts write it. */
export interface StateEntry {
	readonly contract: ContractName;
	readonly key: string;
	readonly value: JsonValue;
}

/** A key's new value in canonical text, or undefined when it was deleted. */
export interface StateChange {
	readonly contract: ContractName;
	readonly key: string;
	readonly text: string | undefined;
}

/** Printable ASCII, so that a path has one spelling and a key can be shown. */
const stateKey = /^[\x21-\x7e]{1,200}$/;

/** A write; its value is read from the canonical text when somebody asks, since most of what is written is not read again soon. */
interface Written extends StateChange {
	value: JsonValue | undefined;
}

/**
 * Writes kept apart from what they are laid over, until they are merged down or thrown away. Values are canonical and frozen: what a
 * contract reads, it cannot change by hand.
 */
export class StateOverlay implements StateReader {
	readonly #below: StateReader;
	readonly #written = new Map<string, Written>();

	constructor(below: StateReader) {
		this.#below = below;
	}

	get(contract: ContractName, key: string): JsonValue | undefined {
		return this.#get(mapKey(contract, key), contract, key);
	}

	#get(name: string, contract: ContractName, key: string): JsonValue | undefined {
		const written = this.#written.get(name);
		if (written === undefined) return this.#below instanceof StateOverlay ? this.#below.#get(name, contract, key) : this.#below.get(contract, key);
		if (written.text !== undefined) written.value ??= readStateText(written.text);
		return written.value;
	}

	/** @throws {@link LedgerError} `LEDGER_STATE_NOT_PERMITTED` for a key or value that state may not hold. */
	put(contract: ContractName, key: string, value: JsonValue): void {
		const { text } = toStateChange({ contract, key, value });
		this.#written.set(mapKey(contract, key), { contract, key, text, value: undefined });
	}

	delete(contract: ContractName, key: string): void {
		assertKey(key);
		this.#written.set(mapKey(contract, key), { contract, key, text: undefined, value: undefined });
	}

	/** Merges into another overlay, later writes over earlier ones. */
	mergeInto(below: StateOverlay): void {
		for (const [key, change] of this.#written) below.#written.set(key, change);
	}

	changes(): StateChange[] {
		return Array.from(this.#written.values(), ({ contract, key, text }) => ({ contract, key, text }));
	}
}

/** A value of state from its canonical text, frozen: whoever reads it shares it with others. */
export function readStateText(text: string): JsonValue {
	return deepFreeze(JSON.parse(text) as JsonValue);
}

/** @throws {@link LedgerError} `LEDGER_STATE_NOT_PERMITTED` for a key or value that state may not hold. */
export function toStateChange({ contract, key, value }: StateEntry): StateChange & { readonly text: string } {
	assertKey(key);
	try {
		return { contract, key, text: canonicalText(value) };
	} catch (cause) {
		throw new LedgerError("LEDGER_STATE_NOT_PERMITTED", "expected a value in restricted JSON", {}, cause as BaseError);
	}
}

/** One name for a key of a contract: the zero byte is in neither. */
export function mapKey(contract: ContractName, key: string): string {
	return `${contract}\0${key}`;
}

function assertKey(key: string): void {
	if (!stateKey.test(key)) throw new LedgerError("LEDGER_STATE_NOT_PERMITTED", "expected a key of 1 to 200 printable ASCII characters");
}
