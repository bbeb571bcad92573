import { encodeBase64 } from "#base";
import { LedgerError } from "../errors.ts";
import type { LightBlock } from "../light/comet/lightBlock.ts";
import { lightBlockFromRpc } from "../light/comet/rpc.ts";
import type { CometProgress } from "./stallWatch.ts";

/** What CometBFT tells of itself. */
export interface CometStatus {
	readonly height: number;
	/** Of the newest header, UTC ms. */
	readonly timeMs: number;
	/** It is still behind the others. */
	readonly catchingUp: boolean;
	readonly version: string;
}

/** CometBFT's answer to a transaction that it was handed. */
export interface Broadcast {
	/** 0: it is in this node's mempool. */
	readonly code: number;
	readonly log: string;
}

const timeoutMs = 5_000;

/** CometBFT's RPC, as far as a node needs it. */
export class CometRpc {
	readonly #url: string;
	#id = 0;

	/** @param url - Such as `http://127.0.0.1:26657`. */
	constructor(url: string) {
		this.#url = url;
	}

	/**
	 * Hands a transaction over, and waits for what `CheckTx` says of it.
	 *
	 * @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT` when CometBFT does not answer, `LEDGER_BUSY` when its mempool is full.
	 */
	async broadcast(tx: Uint8Array): Promise<Broadcast> {
		const answer = await this.#call("broadcast_tx_sync", { tx: encodeBase64(tx) });
		if ("error" in answer) {
			// The same bytes are on their way already: handed over twice they are one.
			if (answer.error.includes("already exists in cache")) return { code: 0, log: "" };
			if (answer.error.includes("mempool is full")) throw new LedgerError("LEDGER_BUSY", "expected fewer waiting transactions; try again");
			throw silent();
		}
		const { code, log } = answer.result as { code: number; log: string };
		return { code, log };
	}

	/** @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`. */
	async status(): Promise<CometStatus> {
		const { sync_info: sync, node_info: node } = (await this.#ask("status", {})) as {
			sync_info: { latest_block_height: string; latest_block_time: string; catching_up: boolean };
			node_info: { version: string };
		};
		return {
			height: Number(sync.latest_block_height),
			timeMs: Date.parse(sync.latest_block_time),
			catchingUp: sync.catching_up,
			version: node.version,
		};
	}

	/**
	 * Header, commit and validators of a height. Well formed; verified by nobody yet.
	 *
	 * @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`, also while that height is not decided; `LEDGER_HEADER_INVALID`.
	 */
	async lightBlock(height: number): Promise<LightBlock> {
		const at = { height: String(height) };
		const commit = await this.#ask("commit", at);
		// The membership contract allows no more validators than a page holds.
		return lightBlockFromRpc(commit, await this.#ask("validators", { ...at, page: "1", per_page: "100" }));
	}

	/** Height and hash of a decided header, for who trusts this member: what a newcomer's `--trust` names. @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`. */
	async header(height: number): Promise<{ readonly height: number; readonly headerHash: string }> {
		const { signed_header: signed } = (await this.#ask("commit", { height: String(height) })) as {
			signed_header: { commit: { block_id: { hash: string } } };
		};
		return { height, headerHash: signed.commit.block_id.hash };
	}

	/** The first height whose header it has: later than the chain's where it began from a snapshot. @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`. */
	async firstHeight(): Promise<number> {
		const { sync_info: sync } = (await this.#ask("status", {})) as { sync_info: { earliest_block_height: string } };
		return Number(sync.earliest_block_height);
	}

	/** How far it is, and how far its peers say they are. @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`. */
	async progress(): Promise<CometProgress> {
		const { height, catchingUp } = await this.status();
		const { peers } = (await this.#ask("dump_consensus_state", {})) as { peers: { peer_state: { round_state: { height: string } } }[] };
		return { height, catchingUp, peerHeights: peers.map(({ peer_state: state }) => Number(state.round_state.height)) };
	}

	/** How many peers it is connected with. @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`. */
	async peers(): Promise<number> {
		return Number(((await this.#ask("net_info", {})) as { n_peers: string }).n_peers);
	}

	async #ask(method: string, params: object): Promise<unknown> {
		const answer = await this.#call(method, params);
		if ("error" in answer) throw silent();
		return answer.result;
	}

	async #call(method: string, params: object): Promise<{ readonly result: unknown } | { readonly error: string }> {
		try {
			const response = await fetch(this.#url, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
				signal: AbortSignal.timeout(timeoutMs),
			});
			const { result, error } = (await response.json()) as { result?: unknown; error?: { message?: unknown; data?: unknown } };
			return error === undefined ? { result } : { error: `${error.message} ${error.data}` };
		} catch (cause) {
			throw silent(cause);
		}
	}
}

function silent(cause?: unknown): LedgerError {
	return new LedgerError("LEDGER_CONSENSUS_SILENT", "expected an answer of CometBFT on this machine, found none; see that it runs", {}, cause);
}
