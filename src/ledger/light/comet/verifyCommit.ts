import { decodeHex } from "#base";
import { LedgerError } from "../../errors.ts";
import { headerHash } from "./headerHash.ts";
import type { LightBlock } from "./lightBlock.ts";
import { totalPower, validatorsHash } from "./validatorSet.ts";
import { precommitBytes } from "./voteBytes.ts";
import { isValidByZip215 } from "./zip215.ts";

/** A header that more than two thirds of the power of the validators it names decided on. Says nothing of whether those validators are trusted. */
export interface DecidedBlock extends LightBlock {
	/** The header's hash, 32 bytes in hex. */
	readonly hash: string;
	/** Keys of the validators that signed for this block, in the order of the set. */
	readonly signers: readonly string[];
	readonly signedPower: bigint;
	readonly totalPower: bigint;
}

/**
 * Verifies a commit by itself: the validators are those that the header names, every signature in it is its validator's, and those for the block
 * carry more than two thirds of the power. All signatures are judged, those for no block too, so that a commit says of nobody what they did not say.
 *
 * @throws {@link LedgerError} `LEDGER_HEADER_INVALID` for another chain, `LEDGER_VALIDATORS_INVALID`, `LEDGER_COMMIT_INVALID`, `LEDGER_COMMIT_POWER_SHORT`.
 */
export function verifyCommit(block: LightBlock, chainId: string): DecidedBlock {
	const { header, commit, validators } = block;
	if (header.chainId !== chainId) throw new LedgerError("LEDGER_HEADER_INVALID", "expected a header of this chain, found one of another");
	const total = totalPower(validators);
	if (validatorsHash(validators) !== header.validatorsHash) {
		throw new LedgerError("LEDGER_VALIDATORS_INVALID", "expected the validators that the header names, found others");
	}
	if (commit.votes.length !== validators.length) {
		throw new LedgerError("LEDGER_COMMIT_INVALID", `expected a place for each of ${validators.length} validators, found ${commit.votes.length}`);
	}
	const hash = headerHash(header);
	const signers: string[] = [];
	let signed = 0n;
	for (const [at, vote] of commit.votes.entries()) {
		if (vote === null) continue;
		const { key, power } = validators[at] as LightBlock["validators"][number];
		const message = precommitBytes({
			chainId,
			height: header.height,
			round: commit.round,
			block: vote.for === "block" ? { hash, parts: commit.parts } : null,
			timeNs: vote.timeNs,
		});
		if (!isValidByZip215(decodeHex(key), message, decodeHex(vote.signature))) {
			throw new LedgerError("LEDGER_COMMIT_INVALID", "expected the validator's signature for this vote, found another", { at });
		}
		if (vote.for === "nil") continue;
		signers.push(key);
		signed += BigInt(power);
	}
	if (signed * 3n <= total * 2n)
		throw new LedgerError("LEDGER_COMMIT_POWER_SHORT", "expected more than two thirds of the power for the block, found less");
	return { ...block, hash, signers, signedPower: signed, totalPower: total };
}

/**
 * Whether more than a third of the power of a set that is trusted signed for a block, wherever in that block's own set they stand. With at most a third
 * dishonest, one of them then was honest.
 */
export function isSignedByThird(trusted: DecidedBlock, { signers }: DecidedBlock): boolean {
	const signed = new Set(signers);
	const power = trusted.validators.reduce((sum, validator) => (signed.has(validator.key) ? sum + BigInt(validator.power) : sum), 0n);
	return power * 3n > trusted.totalPower;
}
