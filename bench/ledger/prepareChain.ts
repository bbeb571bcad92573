import { Worker } from "node:worker_threads";
import { type Digest, encodeHex, sha256Utf8 } from "#base";
import {
	type BlockContext,
	encodeBlockLeaf,
	executeTransaction,
	type LedgerDefinition,
	LedgerReplay,
	parseTransaction,
	type StateChange,
	StateOverlay,
} from "#ledger";
import { MemorySparseTree, sparsePath } from "#log";
import { threads } from "./benchLedger.ts";
import type { SignJob } from "./signWorker.ts";

export interface PrepareChainParameters {
	readonly definition: LedgerDefinition;
	readonly patients: number;
	readonly blocks: number;
	readonly blockTransactions: number;
	/** After this no further block is made: a busy machine gets a shorter chain. */
	readonly budgetMs: number;
}

/** Blocks asked of a signing thread ahead of the one that is run. */
const blocksAhead = 3;

/**
 * The leaves of a ledger's log as its sealer would have written them: grants by the patients in turn, a block leaf after each block. Signed in
 * worker threads, run here once for the state roots. Handed out as a file would, each a part of a larger read.
 */
export async function prepareChain({
	definition,
	patients,
	blocks,
	blockTransactions,
	budgetMs,
}: PrepareChainParameters): Promise<Iterable<Uint8Array>> {
	const end = performance.now() + budgetMs;
	const workers = Array.from({ length: threads }, () => new Worker(new URL("./signWorker.ts", import.meta.url)));
	try {
		const chain = new ChainBuilder(definition);
		const signed: Promise<Uint8Array>[] = [];
		const ask = (block: number) => {
			if (block >= blocks) return;
			signed.push(
				signOn(workers[block % threads] as Worker, { block, from: block * blockTransactions, to: (block + 1) * blockTransactions, patients }),
			);
		};
		for (let block = 0; block < threads * blocksAhead; block++) ask(block);
		for (let block = 0; block < blocks && performance.now() < end; block++) {
			chain.addBlock((await signed.shift()) as Uint8Array);
			ask(block + threads * blocksAhead);
		}
		return chain;
	} finally {
		await Promise.all(workers.map((worker) => worker.terminate()));
	}
}

function signOn(worker: Worker, job: SignJob): Promise<Uint8Array> {
	return new Promise((resolve) => {
		const listen = ({ block, lines }: { readonly block: number; readonly lines: Uint8Array }) => {
			if (block !== job.block) return;
			worker.off("message", listen);
			resolve(lines);
		};
		worker.on("message", listen);
		worker.postMessage(job);
	});
}

const lineFeed = 10;

/** Canonical JSON has no line feed of its own. */
function* splitLines(lines: Uint8Array): Generator<Uint8Array> {
	for (let from = 0; from < lines.length; ) {
		const to = lines.indexOf(lineFeed, from);
		yield lines.subarray(from, to);
		from = to + 1;
	}
}

class ChainBuilder implements Iterable<Uint8Array> {
	readonly #definition: LedgerDefinition;
	/** Lines of transactions and block leaves in turn. */
	readonly #parts: Uint8Array[] = [];
	readonly #state: StateOverlay;
	readonly #tree = new MemorySparseTree();
	#height = 0;

	constructor(definition: LedgerDefinition) {
		this.#definition = definition;
		const begun = new LedgerReplay(definition);
		this.#state = new StateOverlay({ get: (contract, key) => begun.get(contract, key) });
		this.#endBlock(0, [...begun.state.values()]);
	}

	*[Symbol.iterator](): Generator<Uint8Array> {
		for (const part of this.#parts) yield* splitLines(part);
	}

	addBlock(lines: Uint8Array): void {
		const { genesis, rules } = this.#definition;
		const bundle = rules.at(genesis.rulesVersion);
		if (bundle === undefined) throw new RangeError("expected the rules of the genesis");
		const block: BlockContext = { chain: genesis.chain, height: ++this.#height, time: genesis.time };
		const written = new StateOverlay(this.#state);
		let count = 0;
		for (const bytes of splitLines(lines)) {
			const execution = executeTransaction(bundle, written, parseTransaction(bytes), block);
			if (!execution.accepted) throw new RangeError("expected every transaction to be accepted");
			execution.writes.mergeInto(written);
			count++;
		}
		written.mergeInto(this.#state);
		this.#parts.push(lines);
		this.#endBlock(count, written.changes());
	}

	#endBlock(transactions: number, changes: readonly StateChange[]): void {
		const { time, rulesVersion } = this.#definition.genesis;
		this.#tree.update(changes.map(({ contract, key, text }) => ({ path: sparsePath(contract, key), valueHash: sha256Utf8(text as string) })));
		const leaf = encodeBlockLeaf({ height: this.#height, time, transactions, stateRoot: encodeHex(this.#tree.root) as Digest, rulesVersion });
		this.#parts.push(Buffer.concat([leaf, Uint8Array.of(lineFeed)]));
	}
}
