import type { Digest, JsonValue } from "#base";
import type { ContractName } from "#contracts";
import type { StateChange } from "../state.ts";
import { deepFreeze } from "../transaction.ts";
import type { AppliedBlock, BlockUndo, StateBatch } from "./stateFile.ts";

/** A key's canonical text, parsed when somebody first asks for its value; both undefined where the key was deleted. */
export class StateRow implements StateChange {
	readonly contract: ContractName;
	readonly key: string;
	readonly text: string | undefined;
	#value: JsonValue | undefined;

	constructor({ contract, key, text }: StateChange) {
		[this.contract, this.key, this.text] = [contract, key, text];
	}

	/** Frozen. */
	get value(): JsonValue | undefined {
		if (this.#value === undefined && this.text !== undefined) this.#value = deepFreeze(JSON.parse(this.text) as JsonValue);
		return this.#value;
	}
}

/** What some blocks in a row changed and is not in the state file yet: the newest value of each thing, and what each block replaced. */
export class StateGeneration {
	readonly pages = new Map<string, Uint8Array | undefined>();
	readonly rows = new Map<string, StateRow>();
	readonly transactions = new Map<Digest, number>();
	readonly undo: BlockUndo[] = [];
	#applied: AppliedBlock | undefined;

	get isEmpty(): boolean {
		return this.#applied === undefined;
	}

	/** Values changed and ids taken: what memory and flushing cost goes with it. */
	get size(): number {
		return this.rows.size + this.transactions.size;
	}

	end(applied: AppliedBlock): void {
		this.#applied = applied;
	}

	/** Takes in the blocks that follow. */
	merge(later: StateGeneration): void {
		for (const [prefix, page] of later.pages) this.pages.set(prefix, page);
		for (const [name, row] of later.rows) this.rows.set(name, row);
		for (const [id, position] of later.transactions) this.transactions.set(id, position);
		for (const block of later.undo) this.undo.push(block);
		this.#applied = later.#applied;
	}

	/** @throws RangeError when it holds no block. */
	toBatch(): StateBatch {
		if (this.#applied === undefined) throw new RangeError("expected a generation with a block");
		return { ...this.#applied, values: this.rows.values(), pages: this.pages, transactions: this.transactions, undo: this.undo };
	}
}
