/**
 * log: verifiable structures, pure: the RFC 6962 tree with its proofs, C2SP tiles, signed notes, checkpoints and cosignatures, and the
 * compact sparse Merkle tree of PROTOCOL §3.
 *
 * It does not store anything, does not tell the time, and does not know what a leaf means. A verified proof says only what the signer
 * of its checkpoint committed to.
 */
export { type AddCheckpointRequest, encodeAddCheckpoint, parseAddCheckpoint } from "./addCheckpoint.ts";
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from "./checkpoint.ts";
export { type CohortPlace, cohortLeafHash, cohortLeafOf, cohortPlacesMax, isCohortPlace } from "./cohortLeaf.ts";
export { decodeEntryBundle, encodeEntryBundle } from "./entryBundle.ts";
export { LogError, type LogErrorCode } from "./errors.ts";
export { Frontier } from "./frontier.ts";
export { emptyRoot, hashedLeafHash, leafHash, nodeHash } from "./hashes.ts";
export { MerkleTree } from "./merkleTree.ts";
export { type LogNode, type NodeReader, newNodes } from "./nodes.ts";
export { consistencyProof, inclusionProof, treeRoot } from "./proofs.ts";
export { serveTile, type TiledStore } from "./serveTile.ts";
export {
	cosignNote,
	type NoteSignatureType,
	type NoteVerifier,
	noteKeyId,
	type OpenedNote,
	openNote,
	signNote,
	type VerifiedSignature,
	verifiedLines,
} from "./signedNote.ts";
export { emptyPlace, sparseLeafHash, sparseNodeHash, sparsePath } from "./sparse/hashes.ts";
export { MemoryPages } from "./sparse/memoryPages.ts";
export { MemorySparseTree } from "./sparse/memorySparseTree.ts";
export { type PageContent, PageUndo, readPage, undoPage } from "./sparse/pageUndo.ts";
export { type SparseProofJson, type VerifySparseParameters, verifySparse } from "./sparse/sparseProof.ts";
export { type PageStore, type SparseChange, SparseTree, type SparseTreeOptions } from "./sparse/sparseTree.ts";
export { fetchConsistencyProof, fetchEntries, fetchEntry, fetchRootWithin, type TileSource } from "./tiledLog.ts";
export { formatTilePath, parseTilePath, type TilePath } from "./tilePath.ts";
export { type TileReader, tileHeight, tileNodeReader, tileWidth } from "./tiles.ts";
export { type ConsistencyParameters, verifyConsistency } from "./verifyConsistency.ts";
export { type InclusionParameters, verifyInclusion } from "./verifyInclusion.ts";
