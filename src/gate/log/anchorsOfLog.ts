import { type AnchorLeaf, anchorLeafHash } from "#contracts";
import { MerkleTree, type NodeReader } from "#log";
import { AccessLogError } from "./errors.ts";
import type { AnchorRow, LogStore } from "./logStore.ts";

/** Every anchor that the ledger has recorded of a log, and the tree over them. */
export interface AnchorsOfLog {
	/** @throws {@link AccessLogError} `ACCESS_LOG_INTEGRITY` when there is none. */
	at(index: number): AnchorRow;
	/** The first anchor that covers a leaf. */
	covering(leafIndex: number): AnchorRow | undefined;
	readonly readNode: NodeReader;
}

/** As the log's writer remembers them. */
export function anchorsOfStore(store: LogStore): AnchorsOfLog {
	return {
		at: (index) => store.getAnchor(index) ?? missing(index),
		covering: (leafIndex) => store.getAnchorCovering(leafIndex),
		readNode: (level, index) => store.getAnchorNode(level, index) ?? missing(index),
	};
}

/** As the ledger's own log has them: for a copy that lacks the newest. */
export function anchorsOfLedger(leaves: readonly AnchorLeaf[]): AnchorsOfLog {
	const rows = leaves.map((leaf, index): AnchorRow => ({ index, ...leaf }));
	const tree = new MerkleTree();
	for (const leaf of leaves) tree.appendHash(anchorLeafHash(leaf));
	return {
		at: (index) => rows[index] ?? missing(index),
		covering: (leafIndex) => rows.find(({ size }) => size > leafIndex),
		readNode: (level, index) => tree.read(level, index),
	};
}

function missing(at: number): never {
	throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the anchors that the ledger has recorded, found fewer", { at });
}
