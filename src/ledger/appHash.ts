import { concatBytes, type Digest, decodeHex, sha256Hex } from "#base";

/**
 * What the members agree on with a block: H(0x02 ‖ logRoot ‖ stateRoot) (PROTOCOL §3). Of the log's size it says nothing, and need not: a leaf is the last
 * one exactly if every sibling on its way to the root stands left.
 */
export function appHash({ logRoot, stateRoot }: { readonly logRoot: Digest; readonly stateRoot: Digest }): Digest {
	return sha256Hex(concatBytes(Uint8Array.of(2), decodeHex(logRoot, 32), decodeHex(stateRoot, 32))) as Digest;
}
