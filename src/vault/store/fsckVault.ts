import { CodedError, encodeHex, equalBytes } from "#base";
import { splitCompartments } from "../compartments.ts";
import { hashRow } from "../record.ts";
import type { StoredRecord, VaultLeaf, VaultStore, WrappedDataKey } from "../vault.ts";
import { purgeLeaf, RowLog, rowLeaf } from "./rowLog.ts";

/** What can be wrong with a leaf, found without any key. */
export type VaultFault =
	/** The leaf is not there: its row was deleted, not purged. */
	| "leaf-missing"
	/** H(ciphertext ‖ AAD) differs from the stored hash: ciphertext, place, version or time was altered or swapped. */
	| "row-hash"
	| "compartments"
	| "data-key-missing"
	/** The data key is of another subject or other compartments. */
	| "data-key-differs"
	/** The leaf is marked as purged by a purge that is not there. */
	| "purge-missing"
	/** The recomputed root differs from the store's. */
	| "root"
	/** The file cannot be read from here on. */
	| "unreadable";

export interface FsckReport {
	readonly rows: number;
	readonly purged: number;
	readonly root: string;
	/** `at` is the leaf's index, or the number of leaves for the root. Empty when the store is sound. */
	readonly faults: readonly { readonly at: number; readonly fault: VaultFault }[];
}

/** Faults reported at most; a store with more is beyond listing. */
const maxFaults = 1_000;

/** Leaves between two words on progress. */
const leavesPerProgress = 2_048;

/**
 * Reads every row of a store that nobody is writing to and checks all that can be checked without a patient's key. Nothing of it is judged at a start:
 * each row proves itself when its key opens it, and whether rows are missing only the whole log tells.
 *
 * @param onProgress - Told now and then how many leaves have been read, of those there are.
 */
export async function fsckVault(store: VaultStore, onProgress?: (done: number, total: number) => void): Promise<FsckReport> {
	const check = new Check(store);
	const total = await store.countLeaves();
	try {
		for await (const leaf of store.leaves()) {
			await check.leaf(leaf);
			if (check.leaves % leavesPerProgress === 0 || check.leaves === total) onProgress?.(check.leaves, total);
		}
	} catch (error) {
		if (!isDamage(error)) throw error;
		return check.endUnreadable();
	}
	return check.end();
}

/** What SQLite says of a damaged page, and what a row makes of the rooms below that is none. */
function isDamage(error: unknown): boolean {
	return error instanceof CodedError || (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

class Check {
	readonly #store: VaultStore;
	readonly #log = RowLog.load(0, new Uint8Array(0));
	readonly #faults: { at: number; fault: VaultFault }[] = [];
	/** Leaves that say they were purged, by the purge they name. */
	readonly #purges = new Map<number, number[]>();
	#rows = 0;
	#purged = 0;

	constructor(store: VaultStore) {
		this.#store = store;
	}

	get leaves(): number {
		return this.#log.size;
	}

	async leaf(leaf: VaultLeaf): Promise<void> {
		// A missing leaf also spoils the root; the first places are named so that somebody can look there.
		while (this.#log.size < leaf.index && this.#faults.length < maxFaults) this.#append("leaf-missing", new Uint8Array(0));
		if (leaf.kind === "row") {
			this.#rows++;
			const fault = await this.#checkRow(leaf.row);
			this.#append(fault, rowLeaf(leaf.row.rowHash));
		} else if (leaf.kind === "purged") {
			this.#purged++;
			const siblings = this.#purges.get(leaf.purge);
			if (siblings === undefined) this.#purges.set(leaf.purge, [leaf.index]);
			else siblings.push(leaf.index);
			this.#append(undefined, rowLeaf(leaf.rowHash));
		} else {
			this.#append(undefined, purgeLeaf(this.#purges.get(leaf.index) ?? []));
			this.#purges.delete(leaf.index);
		}
	}

	async end(): Promise<FsckReport> {
		for (const indexes of this.#purges.values()) for (const at of indexes) this.#report(at, "purge-missing");
		const root = encodeHex(this.#log.root());
		if (root !== (await this.#store.root())) this.#report(this.#log.size, "root");
		return { rows: this.#rows, purged: this.#purged, root, faults: this.#faults };
	}

	endUnreadable(): FsckReport {
		this.#report(this.#log.size, "unreadable");
		return { rows: this.#rows, purged: this.#purged, root: encodeHex(this.#log.root()), faults: this.#faults };
	}

	async #checkRow(row: StoredRecord): Promise<VaultFault | undefined> {
		if (!equalBytes(hashRow(this.#store.custodian, row), row.rowHash)) return "row-hash";
		if (!isCompartmentSet(row.compartments)) return "compartments";
		const key = await this.#findKey(row.dataKey);
		if (key === undefined) return "data-key-missing";
		return key.subject === row.subject && key.compartments.join("+") === row.compartments ? undefined : "data-key-differs";
	}

	async #findKey(id: string): Promise<WrappedDataKey | undefined> {
		try {
			return (await this.#store.getDataKeys([id]))[0];
		} catch {
			return undefined;
		}
	}

	#append(fault: VaultFault | undefined, leafData: Uint8Array): void {
		if (fault !== undefined) this.#report(this.#log.size, fault);
		this.#log.append(leafData);
	}

	#report(at: number, fault: VaultFault): void {
		if (this.#faults.length < maxFaults) this.#faults.push({ at, fault });
	}
}

function isCompartmentSet(joined: string): boolean {
	try {
		return splitCompartments(joined).length > 0;
	} catch {
		return false;
	}
}
