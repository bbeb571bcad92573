import { type Digest, encodeHex, equalBytes, type JsonValue, makeRoom, sha256Utf8 } from "#base";
import type { ContractName, StateReader } from "#contracts";
import { type PageStore, PageUndo, type SparseTree, sparsePath, undoPage } from "#log";
import { LedgerError } from "../errors.ts";
import { assertKept } from "../height.ts";
import { mapKey, type StateChange } from "../state.ts";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import type { AppliedBlock, BlockUndo, StateFile } from "./stateFile.ts";
import { StateGeneration, StateRow } from "./stateGeneration.ts";

/** Pages of the state tree held in memory, about 2 kB each with a million keys: what changes again soon is not read again. */
const heldPagesMax = 64_000;

/** Rows kept parsed in memory. */
const cachedRowsMax = 50_000;

/** Ids remembered as new: more than may wait for a block at a time. */
const newIdsMax = 100_000;

/** State as of one height: its values, and its tree for proofs. */
export interface StateVersion extends StateReader {
	readonly tree: SparseTree;
}

/**
 * State after the block sealed last: the state file, and over it in memory what the file does not hold yet. What blocks change gathers in one
 * generation while the one before it is written to the file; a look goes through both before it goes to the file.
 *
 * A block is laid over it in two steps, so that a block whose leaves do not become durable leaves no trace: {@link LedgerState.draft}, then
 * {@link LedgerState.accept} or {@link LedgerState.discard}.
 *
 * The upper pages of the tree, which nearly every block changes, are written over where they lie, also where a generation holds them: that is then the page
 * as it is now, whichever generation it is found in. A draft that anything but `accept` comes after is lifted off them first.
 */
export class LedgerState implements StateVersion {
	/** With a drafted block in it while there is one. */
	readonly #tree: SparseTree;
	/** The tree before the drafted block, for who reads while it is on its way to disk. */
	#treeBefore: SparseTree | undefined;
	readonly #file: StateFile;
	readonly #rows = new Map<string, StateRow>();
	/** Ids looked up in the file in vain, and not accepted since: a transaction is asked for when it comes and when it is run. */
	readonly #newIds = new Set<Digest>();
	/** Newest first. */
	#generations: readonly [StateGeneration, ...StateGeneration[]] = [new StateGeneration()];
	#draft: StateGeneration | undefined;
	/** What the draft replaced in pages, while it is written over some that the generations hold too. */
	#writtenOver: PageUndo | undefined;
	#applied: AppliedBlock;

	constructor(file: StateFile, applied: AppliedBlock) {
		this.#file = file;
		this.#applied = applied;
		this.#tree = createStateTree(this.#pages, { heldPagesMax, rewritesPages: true });
	}

	/** A drafted block is not in it. */
	get tree(): SparseTree {
		if (this.#draft === undefined) return this.#tree;
		this.#lift();
		this.#treeBefore ??= createStateTree({ read: (prefix) => this.#acceptedPage(prefix), write: refuseWrite, delete: refuseWrite });
		return this.#treeBefore;
	}

	get applied(): AppliedBlock {
		return this.#applied;
	}

	/** Values and ids that the file does not hold yet and that nobody writes to it at this moment. */
	get unflushed(): number {
		return this.#generations[0].size;
	}

	/** Everything is in the file. */
	get isFlushed(): boolean {
		return !this.isFlushing && this.#generations[0].isEmpty;
	}

	get isFlushing(): boolean {
		return this.#generations.length > 1;
	}

	/** Runs many looks faster than one by one. */
	atOnce<T>(work: () => T): T {
		return this.#file.atOnce(work);
	}

	/**
	 * The tree vouches for what is there and for what is not.
	 *
	 * @throws {@link LedgerError} `LEDGER_CORRUPT` when the row is not the one that was written.
	 */
	get(contract: ContractName, key: string): JsonValue | undefined {
		return this.#row(contract, key).value;
	}

	getTransaction(id: Digest): number | undefined {
		for (const { transactions } of this.#generations) {
			const position = transactions.get(id);
			if (position !== undefined) return position;
		}
		if (this.#newIds.has(id)) return undefined;
		const position = this.#file.getTransaction(id);
		if (position === undefined) this.#rememberNew(id);
		return position;
	}

	#rememberNew(id: Digest): void {
		if (this.#newIds.size >= newIdsMax) this.#newIds.clear();
		this.#newIds.add(id);
	}

	/**
	 * Lays a block's changes over the state, for {@link accept} or {@link discard} to decide; until then everybody reads the state before it.
	 *
	 * @param firstLeaf - Position of the first of its transactions.
	 * @returns Root of the state after it.
	 */
	draft(height: number, changes: readonly StateChange[], ids: readonly Digest[], firstLeaf: number): Digest {
		const values = changes.map(({ contract, key }) => this.#row(contract, key));
		const draft = new StateGeneration();
		this.#draft = draft;
		const undo = new PageUndo();
		this.#writtenOver = undo;
		const stateRoot = encodeHex(this.#tree.update(changes.map(toSparseChange), undo)) as Digest;
		for (const change of changes) draft.rows.set(mapKey(change.contract, change.key), new StateRow(change));
		ids.forEach((id, i) => {
			draft.transactions.set(id, firstLeaf + i);
		});
		draft.undo.push({ height, pages: [...undo.pages()], values });
		draft.end({ height, stateRoot });
		return stateRoot;
	}

	/**
	 * Takes the drafted block out again, for {@link resume} before it is accepted: who finalises a block in one call and commits it in a later one may
	 * draft another between the two.
	 */
	suspend(): StateGeneration {
		const draft = this.#draft;
		if (draft === undefined) throw new RangeError("expected a drafted block");
		this.discard();
		return draft;
	}

	/** Lays a suspended block over the state again. No other block may have been accepted since. */
	resume(draft: StateGeneration): void {
		this.discard();
		this.#draft = draft;
	}

	accept(): void {
		const draft = this.#draft;
		if (draft === undefined) throw new RangeError("expected a drafted block");
		this.#draft = undefined;
		this.#writtenOver = undefined;
		this.#treeBefore = undefined;
		const [newest, ...before] = this.#generations;
		if (newest.isEmpty) this.#generations = [draft, ...before];
		else newest.merge(draft);
		// The generation has them now; most are not asked for again before the file has them too.
		for (const name of draft.rows.keys()) this.#rows.delete(name);
		for (const id of draft.transactions.keys()) this.#newIds.delete(id);
		const { height, stateRoot } = draft.toBatch();
		this.#applied = { height, stateRoot };
	}

	discard(): void {
		this.#lift();
		this.#draft = undefined;
		this.#treeBefore = undefined;
		this.#tree.forget();
	}

	/** Puts pages as they were before the draft in the place of those that it was written over, which are the draft's alone from then on. */
	#lift(): void {
		for (const [prefix, undo] of this.#writtenOver?.pages() ?? []) {
			const page = this.#draft?.pages.get(prefix);
			for (const { pages } of this.#generations) {
				if (page !== undefined && pages.get(prefix) === page) pages.set(prefix, undoPage(prefix, page, [undo]));
			}
		}
		this.#writtenOver = undefined;
	}

	/** Hands out what is to be written to the file next, and is to be read before the next block, undefined when nothing is; {@link flushed} says that it was. */
	startFlush(): StateGeneration | undefined {
		this.#lift();
		const [newest] = this.#generations;
		if (this.isFlushing || newest.isEmpty) return undefined;
		this.#generations = [new StateGeneration(), newest];
		return newest;
	}

	flushed(): void {
		this.#generations = [this.#generations[0]];
	}

	/**
	 * State as it was after an earlier block.
	 *
	 * @throws {@link LedgerError} `LEDGER_HEIGHT_…` unless the height is one of the last {@link assertKept}.
	 */
	at(height: number): StateVersion {
		const newest = this.#applied.height;
		assertKept(height, newest);
		if (height === newest) return this;
		const tree = createStateTree({ read: (prefix) => this.#pageAt(prefix, height), write: refuseWrite, delete: refuseWrite });
		return { tree, get: (contract, key) => this.#valueAt(contract, key, height, tree) };
	}

	close(): void {
		this.#file.close();
	}

	#row(contract: ContractName, key: string): StateRow {
		const name = mapKey(contract, key);
		const known = this.#rows.get(name) ?? this.#generations.find(({ rows }) => rows.has(name))?.rows.get(name);
		if (known !== undefined) return known;
		const row = this.#load(contract, key);
		this.#remember(name, row);
		return row;
	}

	#load(contract: ContractName, key: string): StateRow {
		const valueHash = this.tree.get(sparsePath(contract, key));
		if (valueHash === undefined) return new StateRow({ contract, key, text: undefined });
		const text = this.#file.getValue(contract, key);
		assertHash(valueHash, text);
		return new StateRow({ contract, key, text });
	}

	/** First known goes first. */
	#remember(name: string, row: StateRow): void {
		makeRoom(this.#rows, cachedRowsMax);
		this.#rows.set(name, row);
	}

	readonly #pages: PageStore = {
		read: (prefix) => this.#readPage(prefix),
		write: (prefix, page) => {
			this.#draft!.pages.set(prefix, page);
		},
		delete: (prefix) => {
			this.#draft!.pages.set(prefix, undefined);
		},
	};

	#readPage(prefix: string): Uint8Array | undefined {
		const drafted = this.#draft?.pages.get(prefix);
		if (drafted !== undefined) return drafted.slice();
		if (this.#draft?.pages.has(prefix) === true) return undefined;
		return this.#acceptedPage(prefix);
	}

	/** A copy of what memory holds: whoever asked may hold it for longer than the page stays as it is, or write over it. */
	#acceptedPage(prefix: string): Uint8Array | undefined {
		for (const { pages } of this.#generations) {
			const page = pages.get(prefix);
			if (page !== undefined) return page.slice();
			if (pages.has(prefix)) return undefined;
		}
		return this.#file.readPage(prefix);
	}

	/** What is in the file already while it counts as being written is undone twice, to the same effect: the oldest has the last word. */
	#pageAt(prefix: string, height: number): Uint8Array | undefined {
		this.#lift();
		const inMemory = this.#undosAfter(height).flatMap(({ pages }) => pages.filter(([name]) => name === prefix).map(([, slots]) => slots));
		return undoPage(prefix, this.#acceptedPage(prefix), [...inMemory.reverse(), ...this.#file.pageUndos(prefix, height)]);
	}

	#valueAt(contract: ContractName, key: string, height: number, tree: SparseTree): JsonValue | undefined {
		const isAsked = (change: StateChange) => change.key === key && change.contract === contract;
		const undone = this.#file.valueUndo(contract, key, height) ?? this.#undosAfter(height).flatMap(({ values }) => values.filter(isAsked))[0];
		const { text, value } = undone === undefined ? this.#row(contract, key) : new StateRow(undone);
		assertHash(tree.get(sparsePath(contract, key)), text);
		return value;
	}

	/** Oldest first. */
	#undosAfter(height: number): BlockUndo[] {
		return [...this.#generations].reverse().flatMap(({ undo }) => undo.filter((block) => block.height > height));
	}
}

function refuseWrite(): never {
	throw new RangeError("expected nothing to be written to an older state");
}

/** @throws {@link LedgerError} `LEDGER_CORRUPT` unless a value is the one that the tree holds. */
function assertHash(valueHash: Uint8Array | undefined, text: string | undefined): void {
	const agrees = valueHash === undefined || text === undefined ? valueHash === text : equalBytes(sha256Utf8(text), valueHash);
	if (agrees) return;
	throw new LedgerError("LEDGER_CORRUPT", "expected the value that the state tree holds, found another or none; run the auditor", {
		where: "state",
	});
}
