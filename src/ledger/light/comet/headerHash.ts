import { concatBytes, decodeHex, encodeHex } from "#base";
import { MerkleTree } from "#log";
import type { Header } from "./lightBlock.ts";
import { bytesField, messageField, textField, varintField } from "./protobuf.ts";

const nanosPerSecond = 1_000_000_000n;

/** The body of a `google.protobuf.Timestamp`. */
export function encodeTime(timeNs: string): Uint8Array {
	const nanos = BigInt(timeNs);
	return concatBytes(varintField(1, nanos / nanosPerSecond), varintField(2, nanos % nanosPerSecond));
}

/** The body of a `PartSetHeader`. */
export function encodeParts({ total, hash }: { readonly total: number; readonly hash: string }): Uint8Array {
	return concatBytes(varintField(1, total), bytesField(2, decodeHex(hash)));
}

/** The body of a `BlockID`; that of no block has an empty part set all the same. */
function encodeLastBlock(last: Header["lastBlock"]): Uint8Array {
	if (last === null) return messageField(2, new Uint8Array(0));
	return concatBytes(bytesField(1, decodeHex(last.hash)), messageField(2, encodeParts(last.parts)));
}

/**
 * A header's hash, which its commit signs: the RFC 6962 root over its fourteen fields, each as a message of its own, hashes and texts as the
 * wrapper messages of Protocol Buffers.
 *
 * Source: CometBFT v0.38 and v0.39, `Header.Hash`; the fields are the same in both.
 */
export function headerHash(header: Header): string {
	const tree = new MerkleTree();
	for (const field of encodeFields(header)) tree.append(field);
	return encodeHex(tree.root());
}

function encodeFields(header: Header): readonly Uint8Array[] {
	const hashes = [
		header.lastCommitHash,
		header.dataHash,
		header.validatorsHash,
		header.nextValidatorsHash,
		header.consensusHash,
		header.appHash,
		header.lastResultsHash,
		header.evidenceHash,
		header.proposer,
	];
	return [
		concatBytes(varintField(1, header.version.block), varintField(2, header.version.app)),
		textField(1, header.chainId),
		varintField(1, header.height),
		encodeTime(header.timeNs),
		encodeLastBlock(header.lastBlock),
		...hashes.map((hash) => bytesField(1, decodeHex(hash))),
	];
}
