import { decodeBase64, encodeHex } from "#base";
import { LedgerError } from "../../errors.ts";
import { type LightBlock, parseLightBlock } from "./lightBlock.ts";

type Json = { readonly [name: string]: unknown };

const flags = { absent: 1, block: 2, nil: 3 } as const;

/**
 * Puts together what CometBFT's RPC answers to `/commit` and `/validators` (all pages' `validators` in one list). What comes out is well formed, and
 * nothing of it is verified.
 *
 * @throws {@link LedgerError} `LEDGER_HEADER_INVALID` when the answers are not of that form.
 */
export function lightBlockFromRpc(commitAnswer: unknown, validatorsAnswer: unknown): LightBlock {
	try {
		const { header, commit } = (commitAnswer as { signed_header: { header: Json; commit: Json } }).signed_header;
		const { validators } = validatorsAnswer as { validators: readonly Json[] };
		return parseLightBlock({ header: readHeader(header), commit: readCommit(commit), validators: validators.map(readValidator) });
	} catch (cause) {
		if (cause instanceof LedgerError) throw cause;
		throw new LedgerError("LEDGER_HEADER_INVALID", "expected the answers of CometBFT's /commit and /validators", {}, cause);
	}
}

function readHeader(header: Json): object {
	const version = header.version as Json;
	const last = header.last_block_id as Json;
	const lower = (name: string) => String(header[name]).toLowerCase();
	return {
		version: { block: Number(version.block), app: Number(version.app ?? 0) },
		chainId: header.chain_id,
		height: Number(header.height),
		timeNs: readTime(header.time),
		lastBlock: last.hash === "" ? null : { hash: String(last.hash).toLowerCase(), parts: readParts(last.parts) },
		lastCommitHash: lower("last_commit_hash"),
		dataHash: lower("data_hash"),
		validatorsHash: lower("validators_hash"),
		nextValidatorsHash: lower("next_validators_hash"),
		consensusHash: lower("consensus_hash"),
		appHash: lower("app_hash"),
		lastResultsHash: lower("last_results_hash"),
		evidenceHash: lower("evidence_hash"),
		proposer: lower("proposer_address"),
	};
}

function readCommit(commit: Json): object {
	const votes = (commit.signatures as readonly Json[]).map((vote) => {
		if (vote.block_id_flag === flags.absent) return null;
		const signature = encodeHex(decodeBase64(String(vote.signature)));
		return {
			for: vote.block_id_flag === flags.block ? "block" : vote.block_id_flag === flags.nil ? "nil" : "",
			timeNs: readTime(vote.timestamp),
			signature,
		};
	});
	return { round: Number(commit.round), parts: readParts((commit.block_id as Json).parts), votes };
}

function readParts(parts: unknown): object {
	const { total, hash } = parts as Json;
	return { total: Number(total), hash: String(hash).toLowerCase() };
}

function readValidator({ pub_key, voting_power }: Json): object {
	const { type, value } = pub_key as Json;
	if (type !== "tendermint/PubKeyEd25519")
		throw new LedgerError("LEDGER_HEADER_INVALID", "expected validators with Ed25519 keys, found another kind");
	return { key: encodeHex(decodeBase64(String(value))), power: String(voting_power) };
}

const instant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/** RFC 3339 in UTC with up to nine digits of a second, as nanoseconds since 1970. */
function readTime(text: unknown): string {
	const [, seconds, fraction = ""] = instant.exec(String(text)) ?? [];
	if (seconds === undefined) throw new LedgerError("LEDGER_HEADER_INVALID", "expected a time in UTC");
	return String(BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0")));
}
