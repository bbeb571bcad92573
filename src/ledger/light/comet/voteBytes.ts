import { concatBytes, decodeHex } from "#base";
import { encodeParts, encodeTime } from "./headerHash.ts";
import { bytesField, fixed64Field, lengthPrefixed, messageField, textField, varintField } from "./protobuf.ts";

const precommit = 2;

export interface PrecommitParameters {
	readonly chainId: string;
	readonly height: number;
	readonly round: number;
	/** Null is a vote for no block. */
	readonly block: { readonly hash: string; readonly parts: { readonly total: number; readonly hash: string } } | null;
	readonly timeNs: string;
}

/**
 * The bytes that a validator signs with a precommit: the `CanonicalVote` with its length in front. Neither who votes nor at which place is in
 * them.
 *
 * Source: CometBFT v0.38 and v0.39, `VoteSignBytes`.
 */
export function precommitBytes({ chainId, height, round, block, timeNs }: PrecommitParameters): Uint8Array {
	return lengthPrefixed(
		concatBytes(
			varintField(1, precommit),
			fixed64Field(2, height),
			fixed64Field(3, round),
			block === null
				? new Uint8Array(0)
				: messageField(4, concatBytes(bytesField(1, decodeHex(block.hash)), messageField(2, encodeParts(block.parts)))),
			messageField(5, encodeTime(timeNs)),
			textField(6, chainId),
		),
	);
}
