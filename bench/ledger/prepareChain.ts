import { Worker } from "node:worker_threads";
import { type Digest, encodeHex, encodeUtf8, type JsonValue, sha256Utf8 } from "#base";
import type { ContractName } from "#contracts";
import { encodeBlockLeaf, executeTransaction, type LedgerDefinition, LedgerReplay, parseTransaction, type StateChange, StateOverlay } from "#ledger";
import { MemoryPages, SparseTree, sparsePath } from "#log";
import { threads } from "./benchLedger.ts";

export interface PrepareChainParameters {
	readonly definition: LedgerDefinition;
	readonly patients: number;
	readonly blocks: number;
	readonly blockTransactions: number;
	/** After this no further block is made: a busy machine gets a shorter chain. */
	readonly budgetMs: number;
}

/**
 * The leaves of a ledger's log as its sealer would have written them: grants by the patients in turn, a block leaf after each block. Signed in
 * worker threads, run here once for the state roots.
 */
export async function prepareChain({ definition, patients, blocks, blockTransactions, budgetMs }: PrepareChainParameters): Promise<Uint8Array[]> {
	const end = performance.now() + budgetMs;
	const workers = Array.from({ length: threads }, () => new Worker(new URL("./signWorker.ts", import.meta.url)));
	try {
		const chain = new ChainBuilder(definition);
		const ask = (block: number) =>
			block < blocks
				? signOn(workers[block % threads] as Worker, { from: block * blockTransactions, to: (block + 1) * blockTransactions, patients })
				: undefined;
		const signed = Array.from({ length: threads }, (_, block) => ask(block));
		for (let block = 0; block < blocks && performance.now() < end; block++) {
			const leaves = await signed.shift();
			signed.push(ask(block + threads));
			chain.addBlock((leaves as string).split("\n").map(encodeUtf8));
		}
		return chain.leaves;
	} finally {
		await Promise.all(workers.map((worker) => worker.terminate()));
	}
}

function signOn(worker: Worker, job: { readonly from: number; readonly to: number; readonly patients: number }): Promise<string> {
	return new Promise((resolve) => {
		worker.once("message", resolve);
		worker.postMessage(job);
	});
}

class ChainBuilder {
	readonly leaves: Uint8Array[] = [];
	readonly #definition: LedgerDefinition;
	readonly #state: Map<string, JsonValue>;
	readonly #tree = new SparseTree(new MemoryPages());
	#height = 0;

	constructor(definition: LedgerDefinition) {
		this.#definition = definition;
		const begun = new LedgerReplay(definition);
		this.#state = new Map([...begun.state].map(([name, { value }]) => [name, value]));
		this.#update([...begun.state.values()].map(({ change }) => change));
		this.#endBlock(0);
	}

	addBlock(transactions: readonly Uint8Array[]): void {
		const { genesis, rules } = this.#definition;
		const bundle = rules.at(genesis.rulesVersion);
		if (bundle === undefined) throw new RangeError("expected the rules of the genesis");
		const written = new StateOverlay({ get: (contract: ContractName, key: string) => this.#state.get(`${contract}\0${key}`) });
		this.#height++;
		for (const bytes of transactions) {
			const execution = executeTransaction(bundle, written, parseTransaction(bytes), {
				chain: genesis.chain,
				height: this.#height,
				time: genesis.time,
			});
			if (!execution.accepted) throw new RangeError("expected every transaction to be accepted");
			execution.writes.mergeInto(written);
			this.leaves.push(bytes);
		}
		this.#update(written.changes());
		this.#endBlock(transactions.length);
	}

	#update(changes: readonly StateChange[]): void {
		for (const { contract, key, text } of changes) this.#state.set(`${contract}\0${key}`, JSON.parse(text as string) as JsonValue);
		this.#tree.update(changes.map(({ contract, key, text }) => ({ path: sparsePath(contract, key), valueHash: sha256Utf8(text as string) })));
	}

	#endBlock(transactions: number): void {
		const { time, rulesVersion } = this.#definition.genesis;
		const stateRoot = encodeHex(this.#tree.root) as Digest;
		this.leaves.push(encodeBlockLeaf({ height: this.#height, time, transactions, stateRoot, rulesVersion }));
	}
}
