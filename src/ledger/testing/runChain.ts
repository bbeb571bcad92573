import { canonicalText, type Digest, encodeHex, encodeUtf8, type JsonValue } from "#base";
import { type ContractName, genesisState, rules } from "#contracts";
import { leafHash, MemoryPages, MerkleTree, SparseTree } from "#log";
import { encodeBlockLeaf } from "../blockLeaf.ts";
import { type BlockParameters, buildBlock, type Outcome } from "../buildBlock.ts";
import { LedgerError } from "../errors.ts";
import { genesisChanges, genesisLeaf } from "../genesis.ts";
import { replayLedger } from "../replayLedger.ts";
import { rulesAt } from "../rulesAt.ts";
import { type StateChange, StateOverlay } from "../state.ts";
import { toSparseChange } from "../stateTree.ts";
import { parseTransaction, type ReadTransaction, verifyTransactionSignature } from "../transaction.ts";
import type { GeneratedChain } from "./generateChain.ts";

/** What the rules made of a chain. Two runs of one chain agree in every field, or somebody's ledger has split. */
export interface ChainRun {
	/** One per submitted transaction, in order: `contract.action` where accepted, the code where refused. */
	readonly said: readonly string[];
	/** State root after each block that accepted something. */
	readonly stateRoots: readonly Digest[];
	readonly logRoot: string;
	/** Of the replay of the leaves, `code leafIndex`. */
	readonly findings: readonly string[];
	/** State root that the replay came to. */
	readonly replayedRoot: Digest;
}

export interface RunOptions {
	/** How a submitted text becomes a transaction; by default its bytes are parsed. */
	readonly read?: (text: string) => ReadTransaction;
	/** Cuts a block's candidates into pieces that run one after another at the same height and time. */
	readonly cut?: <T>(candidates: readonly T[]) => readonly (readonly T[])[];
	/** Whether the leaves are replayed as well. */
	readonly replay?: boolean;
}

/** Runs a chain as a sealer does, without a file; then, unless told otherwise, replays its leaves as everybody else does. */
export function runChain(
	chain: GeneratedChain,
	options: RunOptions = {},
): ChainRun & { readonly state: ReadonlyMap<string, string>; readonly leaves: readonly Uint8Array[] } {
	const run = new Run(chain, options);
	for (const block of chain.blocks) run.seal(block);
	return run.result();
}

class Run {
	readonly #chain: GeneratedChain;
	readonly #options: RunOptions;
	readonly #state = new Map<string, string>();
	readonly #reader = {
		get: (contract: ContractName, key: string): JsonValue | undefined => {
			const text = this.#state.get(`${contract} ${key}`);
			return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
		},
	};
	readonly #tree = new SparseTree(new MemoryPages());
	readonly #ids = new Set<Digest>();
	readonly #leaves: Uint8Array[] = [];
	readonly #said: string[] = [];
	readonly #stateRoots: Digest[] = [];
	#height = 0;

	constructor(chain: GeneratedChain, options: RunOptions) {
		[this.#chain, this.#options] = [chain, options];
		this.#apply(genesisChanges(chain.genesis, genesisState));
		this.#leaves.push(encodeBlockLeaf(genesisLeaf(chain.genesis, this.#root())));
	}

	seal({ time, submitted }: GeneratedChain["blocks"][number]): void {
		const read = submitted.map((text) => attempt(() => this.#readSigned(text)));
		const candidates = read.filter((each) => typeof each !== "string");
		const height = this.#height + 1;
		const { genesis } = this.#chain;
		const block = { chain: genesis.chain, height, time };
		const outcomes = this.#build({ rules: rulesAt({ rules, genesis }, this.#reader, height), state: this.#reader, block, candidates });
		const left = outcomes.values();
		for (const each of read) this.#said.push(typeof each === "string" ? each : say(left.next().value as Outcome));
		const accepted = outcomes.filter((outcome) => outcome.accepted);
		if (accepted.length === 0) return;
		this.#height = height;
		for (const { read: transaction } of accepted) {
			this.#ids.add(transaction.id);
			this.#leaves.push(transaction.bytes);
		}
		this.#stateRoots.push(this.#root());
		const rulesVersion = genesis.rulesVersion;
		this.#leaves.push(encodeBlockLeaf({ height, time, transactions: accepted.length, stateRoot: this.#root(), rulesVersion }));
	}

	result(): ReturnType<typeof runChain> {
		const log = new MerkleTree();
		for (const bytes of this.#leaves) log.appendHash(leafHash(bytes));
		const fields = { said: this.#said, stateRoots: this.#stateRoots, logRoot: encodeHex(log.root()), state: this.#state, leaves: this.#leaves };
		if (this.#options.replay === false) return { ...fields, findings: [], replayedRoot: this.#root() };
		const steps = replayLedger(this.#leaves, { genesis: this.#chain.genesis, rules, genesisState });
		for (;;) {
			const { done, value } = steps.next();
			if (!done) continue;
			return { ...fields, findings: value.findings.map(({ code, leafIndex }) => `${code} ${leafIndex}`), replayedRoot: value.stateRoot };
		}
	}

	#readSigned(text: string): ReadTransaction {
		const read = (this.#options.read ?? readText)(text);
		verifyTransactionSignature(read);
		return read;
	}

	/** The pieces of a block see each other's writes; the state below them changes when the block ends. */
	#build(parameters: Omit<BlockParameters, "isKnown">): Outcome[] {
		const written = new StateOverlay(this.#reader);
		const inBlock = new Set<Digest>();
		const isKnown = (id: Digest) => this.#ids.has(id) || inBlock.has(id);
		const pieces = this.#options.cut?.(parameters.candidates) ?? [parameters.candidates];
		const outcomes = pieces.flatMap((candidates) => {
			const built = buildBlock({ ...parameters, candidates, state: written, isKnown });
			for (const { id } of built.accepted) inBlock.add(id);
			for (const change of built.changes) write(written, change);
			return built.outcomes;
		});
		this.#apply(written.changes());
		return outcomes;
	}

	#apply(changes: readonly StateChange[]): void {
		this.#tree.update(changes.map(toSparseChange));
		for (const { contract, key, text } of changes) {
			if (text === undefined) this.#state.delete(`${contract} ${key}`);
			else this.#state.set(`${contract} ${key}`, text);
		}
	}

	#root(): Digest {
		return encodeHex(this.#tree.root) as Digest;
	}
}

export function readText(text: string): ReadTransaction {
	return parseTransaction(encodeUtf8(text));
}

function attempt(read: () => ReadTransaction): ReadTransaction | string {
	try {
		return read();
	} catch (error) {
		if (error instanceof LedgerError) return error.code;
		throw error;
	}
}

function say(outcome: Outcome): string {
	const { contract, action } = outcome.read.transaction;
	return outcome.accepted ? `${contract}.${action}` : outcome.code;
}

function write(overlay: StateOverlay, { contract, key, text }: StateChange): void {
	if (text === undefined) overlay.delete(contract, key);
	else overlay.put(contract, key, JSON.parse(text) as JsonValue);
}

/** A run as one line, for comparison between processes. */
export function formatRun(seed: number, { said, stateRoots, logRoot, findings, replayedRoot }: ChainRun): string {
	return canonicalText({ seed, said: said.join(" "), stateRoots: stateRoots.join(" "), logRoot, findings: findings.join(" "), replayedRoot });
}
