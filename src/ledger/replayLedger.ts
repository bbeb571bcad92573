import { type Digest, encodeHex, type JsonValue } from "#base";
import type { ContractName, Rules, StateReader } from "#contracts";
import { MemorySparseTree } from "#log";
import { parseBlockLeaf } from "./blockLeaf.ts";
import { buildBlock, type Outcome } from "./buildBlock.ts";
import { LedgerError } from "./errors.ts";
import { genesisChanges } from "./genesis.ts";
import type { BlockLeaf } from "./ledger.ts";
import { rulesAt } from "./rulesAt.ts";
import type { LedgerDefinition } from "./sealer/options.ts";
import { mapKey, readStateText, type StateChange } from "./state.ts";
import { toSparseChange } from "./stateTree.ts";
import { parseTransaction, type ReadTransaction, verifyTransactionSignature } from "./transaction.ts";

/** Why a log is not what the rules make of it. */
export type ReplayFindingCode =
	/** A leaf is neither a transaction nor a block leaf. */
	| "REPLAY_LEAF_UNREADABLE"
	/** Made for another chain, or not signed by its signer. */
	| "REPLAY_SIGNATURE_INVALID"
	/** The rules refuse what the log says was accepted. */
	| "REPLAY_REFUSED"
	/** Height, time, number of transactions or rules version of a block leaf do not follow. */
	| "REPLAY_BLOCK_DIFFERS"
	/** The state that the rules compute has another root than the block leaf says. */
	| "REPLAY_STATE_ROOT_DIFFERS"
	/** The members voted for rules that this program does not hold; from there on nothing was run. */
	| "REPLAY_RULES_UNKNOWN"
	/** A contract broke. */
	| "REPLAY_CONTRACT_BROKE"
	/** Transactions stand after the last block leaf. */
	| "REPLAY_LOG_UNFINISHED";

export interface ReplayFinding {
	readonly code: ReplayFindingCode;
	readonly leafIndex: number;
}

export interface ReplayedBlock {
	readonly leaf: BlockLeaf;
	/** Position of the block leaf. */
	readonly leafIndex: number;
	readonly outcomes: readonly Outcome[];
}

/**
 * Runs a log again from genesis, leaf by leaf, in memory: the same signatures, the same rules, the same block times. What it computes is
 * what anybody computes who has the leaves; no stored state is believed.
 */
export class LedgerReplay implements StateReader {
	readonly findings: ReplayFinding[] = [];
	/** What every key holds now, by {@link mapKey}. */
	readonly state = new Map<string, StateChange & { readonly text: string }>();
	readonly #definition: LedgerDefinition;
	readonly #tree = new MemorySparseTree();
	readonly #ids = new Map<Digest, number>();
	readonly #pending: ReadTransaction[] = [];
	#last: BlockLeaf | undefined;
	#leafIndex = 0;
	#lost = false;

	constructor(definition: LedgerDefinition) {
		this.#definition = definition;
		this.#apply(genesisChanges(definition.genesis, definition.genesisState));
	}

	/** Position by id of every transaction so far. */
	get transactions(): ReadonlyMap<Digest, number> {
		return this.#ids;
	}

	get stateRoot(): Digest {
		return encodeHex(this.#tree.root) as Digest;
	}

	get(contract: ContractName, key: string): JsonValue | undefined {
		const found = this.state.get(mapKey(contract, key));
		return found === undefined ? undefined : readStateText(found.text);
	}

	/** Takes the next leaf; tells of a block when the leaf ends one. */
	append(bytes: Uint8Array): ReplayedBlock | undefined {
		const leaf = readLeaf(bytes);
		return this.appendRead(leaf, leaf !== undefined && !("height" in leaf) && isSigned(leaf));
	}

	/** {@link append} for who has read the leaf and judged its signature already, by the same rule. */
	appendRead(leaf: ReadLeaf, signed: boolean): ReplayedBlock | undefined {
		const leafIndex = this.#leafIndex++;
		if (this.#lost) return undefined;
		if (leaf === undefined) this.#find("REPLAY_LEAF_UNREADABLE", leafIndex);
		else if ("height" in leaf) return this.#endBlock(leaf, leafIndex);
		else {
			if (!signed) this.#find("REPLAY_SIGNATURE_INVALID", leafIndex);
			this.#pending.push(leaf);
		}
		return undefined;
	}

	/** Says that there are no more leaves. */
	end(): void {
		if (!this.#lost && (this.#pending.length > 0 || this.#last === undefined)) this.#find("REPLAY_LOG_UNFINISHED", this.#leafIndex);
	}

	#endBlock(leaf: BlockLeaf, leafIndex: number): ReplayedBlock {
		const candidates = this.#pending.splice(0);
		const rules = this.#rulesAt(leaf.height, leafIndex);
		if (rules === undefined) return { leaf, leafIndex, outcomes: [] };
		if (!this.#follows(leaf, candidates.length, rules)) this.#find("REPLAY_BLOCK_DIFFERS", leafIndex);
		const outcomes = this.#run(candidates, leaf, leafIndex, rules);
		this.findings.push(...judgeStateRoot(this.stateRoot, leaf.stateRoot, leafIndex));
		this.#last = leaf;
		return { leaf, leafIndex, outcomes };
	}

	/** Undefined from the first block on whose rules are not here: it and all after it stay unjudged, since guessing would accuse an honest sealer. */
	#rulesAt(height: number, leafIndex: number): Rules | undefined {
		try {
			return rulesAt(this.#definition, this, height);
		} catch (error) {
			if (!(error instanceof LedgerError && error.code === "LEDGER_RULES_UNKNOWN")) throw error;
			this.#find("REPLAY_RULES_UNKNOWN", leafIndex);
			this.#lost = true;
			return undefined;
		}
	}

	#follows(leaf: BlockLeaf, transactions: number, rules: Rules): boolean {
		const { genesis } = this.#definition;
		if (leaf.transactions !== transactions || leaf.rulesVersion !== rules.version) return false;
		if (this.#last === undefined) return leaf.height === 0 && leaf.time === genesis.time && transactions === 0;
		return leaf.height === this.#last.height + 1 && leaf.time >= this.#last.time && transactions > 0;
	}

	#run(candidates: readonly ReadTransaction[], { height, time }: BlockLeaf, leafIndex: number, rules: Rules): readonly Outcome[] {
		const first = leafIndex - candidates.length;
		const { genesis } = this.#definition;
		try {
			const built = buildBlock({
				rules,
				state: this,
				block: { chain: genesis.chain, height, time },
				candidates,
				isKnown: (id) => this.#ids.has(id),
			});
			this.findings.push(...judgeOutcomes(built.outcomes, first));
			for (const [i, { read }] of built.outcomes.entries()) if (!this.#ids.has(read.id)) this.#ids.set(read.id, first + i);
			this.#apply(built.changes);
			return built.outcomes;
		} catch (error) {
			if (!(error instanceof LedgerError)) throw error;
			this.#find("REPLAY_CONTRACT_BROKE", leafIndex);
			return [];
		}
	}

	#apply(changes: readonly StateChange[]): void {
		this.#tree.update(changes.map(toSparseChange));
		for (const { contract, key, text } of changes) {
			if (text === undefined) this.state.delete(mapKey(contract, key));
			else this.state.set(mapKey(contract, key), { contract, key, text });
		}
	}

	#find(code: ReplayFindingCode, leafIndex: number): void {
		this.findings.push({ code, leafIndex });
	}
}

/** Every transaction of a sealed block must be one that the rules accept. */
export function* judgeOutcomes(outcomes: readonly Outcome[], firstLeaf: number): Generator<ReplayFinding> {
	for (const [i, { accepted }] of outcomes.entries()) if (!accepted) yield { code: "REPLAY_REFUSED", leafIndex: firstLeaf + i };
}

/** The rules must lead to the state that was sealed. */
export function* judgeStateRoot(computed: Digest, sealed: Digest, leafIndex: number): Generator<ReplayFinding> {
	if (computed !== sealed) yield { code: "REPLAY_STATE_ROOT_DIFFERS", leafIndex };
}

/** Runs a whole log; the generator yields each block as it ends. Findings are complete when it is exhausted. */
export function* replayLedger(leaves: Iterable<Uint8Array>, definition: LedgerDefinition): Generator<ReplayedBlock, LedgerReplay> {
	const replay = new LedgerReplay(definition);
	for (const bytes of leaves) {
		const block = replay.append(bytes);
		if (block !== undefined) yield block;
	}
	replay.end();
	return replay;
}

/** Undefined for what is neither. */
export type ReadLeaf = BlockLeaf | ReadTransaction | undefined;

/** Reads a leaf of the log as what it is. */
export function readLeaf(bytes: Uint8Array): ReadLeaf {
	for (const read of [parseTransaction, parseBlockLeaf]) {
		try {
			return read(bytes);
		} catch (error) {
			if (!(error instanceof LedgerError)) throw error;
		}
	}
	return undefined;
}

function isSigned(read: ReadTransaction): boolean {
	try {
		verifyTransactionSignature(read);
		return true;
	} catch {
		return false;
	}
}
