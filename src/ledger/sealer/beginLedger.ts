import { type Digest, encodeHex, type Instant, type SigningKey } from "#base";
import { Frontier, leafHash, tileNodeReader } from "#log";
import { encodeBlockLeaf } from "../blockLeaf.ts";
import { genesisDigest, genesisLeaf } from "../genesis.ts";
import type { BlockStore, StoredHead } from "./blockStore.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { refuseFirst } from "./findings.ts";
import { headDiffers, rolledBack } from "./judgeLog.ts";
import { beginState, type OpenStateParameters } from "./openState.ts";
import type { SeenCheckpoint } from "./options.ts";

export interface BeginParameters extends OpenStateParameters {
	/** Signs the file's checkpoints. */
	readonly sealerKey: SigningKey;
}

/** Writes height 0: the genesis state, then its block leaf with the first checkpoint, all or nothing. */
export function beginLedger(store: BlockStore, parameters: BeginParameters, seen: readonly SeenCheckpoint[]): StoredHead {
	const { genesis, sealerKey } = parameters;
	// Whoever saw the first leaf alone is held against it once it is made again.
	refuseFirst(seen.filter(({ size }) => size > 1).map(rolledBack));
	if (store.lastBlock() !== undefined || store.lastLeafPosition() >= 0) refuseFirst([headDiffers]);
	const { stateRoot } = beginState(parameters);
	return store.transact(() => {
		const leaf = genesisLeaf(genesis, stateRoot);
		const bytes = encodeBlockLeaf(leaf);
		const log = Frontier.load(0, tileNodeReader(store.readTile));
		store.insertLeaf(0, bytes);
		store.appendNodes(log.append(leafHash(bytes)));
		const logRoot = encodeHex(log.root()) as Digest;
		store.putMeta("genesis", genesisDigest(genesis));
		store.insertBlock({ ...leaf, time: leaf.time as Instant, logSize: 1, logRoot });
		const head = { height: 0, logSize: 1, logRoot, checkpoint: signCheckpoint(genesis.chain, { logSize: 1, logRoot }, sealerKey) };
		store.swapHead(undefined, head);
		return head;
	});
}
