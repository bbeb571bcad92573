import type { Header } from "./lightBlock.ts";
import type { DecidedBlock } from "./verifyCommit.ts";

/**
 * Two blocks that were decided on at one height of one chain: more than a third of the power broke the protocol.
 *
 * - `equivocation`: both in one round.
 * - `lunatic`: the two do not even agree on what the blocks before had led to, which no honest validator signs twice.
 * - `amnesia`: in different rounds. Who forgot an earlier vote cannot be told from the commits alone.
 */
export interface Fork {
	readonly kind: "equivocation" | "lunatic" | "amnesia";
	readonly height: number;
	/** Keys of those that signed for both. */
	readonly signedBoth: readonly string[];
	/** Whether each of them is convicted by the two commits alone. */
	readonly isProof: boolean;
}

/** What the blocks before a header determine. */
const determined = [
	"validatorsHash",
	"nextValidatorsHash",
	"consensusHash",
	"appHash",
	"lastResultsHash",
] as const satisfies readonly (keyof Header)[];

/**
 * The fork that two verified blocks of one chain are, or undefined when they can both be true.
 *
 * Source: CometBFT's specification of attacks on light clients (isolating attackers).
 */
export function findFork(one: DecidedBlock, other: DecidedBlock): Fork | undefined {
	const isSamePlace = one.header.chainId === other.header.chainId && one.header.height === other.header.height;
	if (!isSamePlace || one.hash === other.hash) return undefined;
	const inOther = new Set(other.signers);
	const isLunatic = determined.some((field) => one.header[field] !== other.header[field]);
	const kind = isLunatic ? "lunatic" : one.commit.round === other.commit.round ? "equivocation" : "amnesia";
	return { kind, height: one.header.height, signedBoth: one.signers.filter((key) => inOther.has(key)), isProof: kind !== "amnesia" };
}
