import { concatBytes, decodeHex, encodeHex, sha256 } from "#base";
import { MerkleTree } from "#log";
import { LedgerError } from "../../errors.ts";
import { totalPowerMax, type Validator } from "./lightBlock.ts";
import { bytesField, messageField, varintField } from "./protobuf.ts";

/**
 * What a header names its validators by: the RFC 6962 root over key and power of each, in the order of the set.
 *
 * Source: CometBFT v0.38 and v0.39, `ValidatorSet.Hash` over `SimpleValidator`.
 */
export function validatorsHash(validators: readonly Validator[]): string {
	const tree = new MerkleTree();
	for (const { key, power } of validators)
		tree.append(concatBytes(messageField(1, bytesField(1, decodeHex(key, 32))), varintField(2, BigInt(power))));
	return encodeHex(tree.root());
}

/** The address by which CometBFT names a validator: the first 20 bytes of H(key), in lower-case hex. */
export function validatorAddress({ key }: Validator): string {
	return encodeHex(sha256(decodeHex(key, 32)).subarray(0, 20));
}

/**
 * The power of a whole set. A set is not empty, names nobody twice, each has power, and all together no more than 2^60 − 1.
 *
 * @throws {@link LedgerError} `LEDGER_VALIDATORS_INVALID`.
 */
export function totalPower(validators: readonly Validator[]): bigint {
	const keys = new Set<string>();
	let total = 0n;
	for (const [at, { key, power }] of validators.entries()) {
		if (keys.has(key)) throw invalid("expected each validator once, found one twice", at);
		if (BigInt(power) === 0n) throw invalid("expected validators with power, found one without", at);
		keys.add(key);
		total += BigInt(power);
	}
	if (total === 0n) throw invalid("expected validators, found none");
	if (total > totalPowerMax) throw invalid("expected a total power of at most 2^60 − 1, found more");
	return total;
}

function invalid(message: string, at?: number): LedgerError {
	return new LedgerError("LEDGER_VALIDATORS_INVALID", message, at === undefined ? {} : { at });
}
