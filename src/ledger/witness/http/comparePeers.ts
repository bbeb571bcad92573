import { decodeUtf8 } from "#base";
import type { CheckpointComparison, Witness } from "../witness.ts";
import { createHttpTileSource } from "./httpTileSource.ts";
import { witnessPrefix } from "./httpWitnessLink.ts";

export interface ComparePeersParameters {
	readonly witness: Witness;
	/** Origin of the log. */
	readonly chain: string;
	/** Prefixes of the other witnesses. */
	readonly peers: readonly string[];
	readonly timeoutMs?: number;
}

export interface PeerComparison {
	readonly peer: string;
	/** `silent`: it could not be reached, holds nothing yet, or shows what the sealer did not sign. */
	readonly outcome: CheckpointComparison | "silent";
}

/** Holds what each other witness shows of the log against this one's own copy, one after another. Never throws for what a peer does. */
export async function comparePeers({ witness, chain, peers, timeoutMs }: ComparePeersParameters): Promise<readonly PeerComparison[]> {
	const compared: PeerComparison[] = [];
	for (const peer of peers) {
		const tiles = createHttpTileSource({ url: witnessPrefix(peer, chain), ...(timeoutMs === undefined ? {} : { timeoutMs }) });
		compared.push({ peer, outcome: await compareWith(witness, tiles) });
	}
	return compared;
}

async function compareWith(witness: Witness, tiles: ReturnType<typeof createHttpTileSource>): Promise<PeerComparison["outcome"]> {
	try {
		const shown = await tiles("checkpoint");
		return shown === undefined ? "silent" : await witness.compare(decodeUtf8(shown), tiles);
	} catch {
		return "silent";
	}
}
