import { decodeHex, encodeHex, encodeUtf8, type Instant, minuteMs, type SigningKey, sha256 } from "#base";
import { headerHash } from "../light/comet/headerHash.ts";
import type { CommitVote, Header, LightBlock, Validator } from "../light/comet/lightBlock.ts";
import { validatorAddress, validatorsHash } from "../light/comet/validatorSet.ts";
import { precommitBytes } from "../light/comet/voteBytes.ts";
import { toyKey } from "./toyLedger.ts";

/** A validator whose key a test holds. */
export interface ToyValidator {
	readonly key: SigningKey;
	readonly power: number | bigint;
}

export type Ballot = "block" | "nil" | "absent";

export interface DecideParameters {
	readonly height: number;
	readonly validators: readonly ToyValidator[];
	/** The same validators when absent. */
	readonly next?: readonly ToyValidator[];
	readonly ballots?: readonly Ballot[];
	readonly round?: number;
	/** Of the header, beside what follows from the rest. */
	readonly header?: Partial<Header>;
}

export const headerChainName = "consortium-1";
/** 2026-03-02T08:00:00Z. */
const startMs = 1_772_438_400_000;

/** A minute after another, from the height. */
export function headerTimeNs(height: number): string {
	return `${startMs + height * minuteMs}000000`;
}

/** An hour after the thousandth block's minute. */
export const headerNow = (startMs + 1_060 * minuteMs) as Instant;

export function toyValidators(...powers: readonly number[]): readonly ToyValidator[] {
	return powers.map((power, at) => ({ key: toyKey(`validator ${at}`), power }));
}

export function listValidators(validators: readonly ToyValidator[]): readonly Validator[] {
	return validators.map(({ key, power }) => ({ key: key.publicKey, power: String(power) }));
}

const hashOf = (text: string) => encodeHex(sha256(encodeUtf8(text)));

/** A block that its validators decided on as their ballots say: everything in it is true, unless the header is told otherwise. */
export function decide({ height, validators, next = validators, ballots = [], round = 0, header: changed = {} }: DecideParameters): LightBlock {
	const list = listValidators(validators);
	const parts = { total: 1, hash: hashOf(`parts ${height}`) };
	const header: Header = {
		version: { block: 11, app: 1 },
		chainId: headerChainName,
		height,
		timeNs: headerTimeNs(height),
		lastBlock: height === 1 ? null : { hash: hashOf(`block ${height - 1}`), parts: { total: 1, hash: hashOf(`parts ${height - 1}`) } },
		lastCommitHash: hashOf(`commit ${height - 1}`),
		dataHash: hashOf(`data ${height}`),
		validatorsHash: validatorsHash(list),
		nextValidatorsHash: validatorsHash(listValidators(next)),
		consensusHash: hashOf("consensus"),
		appHash: hashOf(`app ${height}`),
		lastResultsHash: hashOf(`results ${height}`),
		evidenceHash: hashOf(""),
		proposer: list[0] === undefined ? "00".repeat(20) : validatorAddress(list[0]),
		...changed,
	};
	const votes = validators.map(({ key }, at) => vote(header, { round, parts, ballot: ballots[at] ?? "block", key }));
	return { header, commit: { round, parts, votes }, validators: list };
}

interface VoteParameters {
	readonly round: number;
	readonly parts: LightBlock["commit"]["parts"];
	readonly ballot: Ballot;
	readonly key: SigningKey;
}

/** One validator's precommit for a header. */
export function vote(header: Header, { round, parts, ballot, key }: VoteParameters): CommitVote | null {
	if (ballot === "absent") return null;
	const timeNs = String(BigInt(header.timeNs) + 5n);
	const block = ballot === "block" ? { hash: headerHash(header), parts } : null;
	const message = precommitBytes({ chainId: header.chainId, height: header.height, round, block, timeNs });
	return { for: ballot, timeNs, signature: key.sign(message) };
}

/** A copy with one byte of a hash or signature turned. */
export function turnBit<Hex extends string>(hex: Hex, bit = 0): Hex {
	const bytes = decodeHex(hex);
	bytes[bit >> 3]! ^= 1 << (bit & 7);
	return encodeHex(bytes) as Hex;
}
