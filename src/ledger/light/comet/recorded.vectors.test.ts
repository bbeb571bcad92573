import { describe, expect, it } from "vitest";
import type { Instant } from "#base";
import { readRecordedHeaders } from "../../testing/recordedHeaders.ts";
import { findPath } from "./findPath.ts";
import { headerHash } from "./headerHash.ts";
import type { LightBlock } from "./lightBlock.ts";
import { lightBlockFromRpc } from "./rpc.ts";
import { validatorAddress, validatorsHash } from "./validatorSet.ts";
import { type DecidedBlock, verifyCommit } from "./verifyCommit.ts";
import { type ConsortiumTrust, headerTimeMs, verifyNext, verifyPath } from "./verifyPath.ts";

const { cometbft, blocks } = readRecordedHeaders();
const [first, last] = [blocks[0] as LightBlock, blocks.at(-1) as LightBlock];
const chainId = first.header.chainId;
const trust: ConsortiumTrust = {
	origin: chainId,
	pins: [{ height: 1, hash: headerHash(first.header) }],
	now: (headerTimeMs(last) + 1_000) as Instant,
};
const untrusted = expect.objectContaining({ code: "LEDGER_HEADER_UNTRUSTED" });

describe(`headers recorded from CometBFT ${cometbft}`, () => {
	it("hold what the rules have to cope with: absent and nil votes, later rounds, validators that come, change and go", () => {
		const votes = blocks.flatMap(({ commit }) => commit.votes.map((vote) => vote?.for ?? "absent"));
		expect(new Set(votes)).toEqual(new Set(["block", "nil", "absent"]));
		expect(Math.max(...blocks.map(({ commit }) => commit.round))).toBeGreaterThan(0);
		expect(new Set(blocks.map(({ header }) => header.validatorsHash)).size).toBeGreaterThanOrEqual(5);
		expect(blocks.map(({ header }) => header.height)).toEqual(blocks.map((_, at) => at + 1));
		expect(blocks.length).toBeGreaterThan(24);
	});

	it("[LC1] the hash of a header is the one that the next header names", () => {
		for (const [at, { header }] of blocks.entries()) {
			if (at > 0) expect(header.lastBlock?.hash, `height ${header.height}`).toBe(headerHash(blocks[at - 1]!.header));
		}
	});

	it("[LC1] the hash of the validators is the one in the header, and the proposer's address is of one of them", () => {
		for (const { header, validators } of blocks) {
			expect(validatorsHash(validators)).toBe(header.validatorsHash);
			expect(validators.map(validatorAddress)).toContain(header.proposer);
		}
	});

	it("[LC2] every commit verifies, and counts for the block exactly the power that voted for it", () => {
		for (const block of blocks) {
			const decided = verifyCommit(block, chainId);
			const power = block.validators.reduce((sum, { power }, at) => sum + (block.commit.votes[at]?.for === "block" ? Number(power) : 0), 0);
			expect(decided.signedPower).toBe(BigInt(power));
			expect(decided.signers).toHaveLength(block.commit.votes.filter((vote) => vote?.for === "block").length);
		}
	});

	it("[LC6] each leads to the next", () => {
		expect(verifyPath(blocks, trust).at(-1)?.hash).toBe(headerHash(last.header));
	});

	it("[LC7] the first validators vouch for as long as more than a third of their power signs, and not for the last header", () => {
		const trusted = verifyCommit(first, chainId);
		const reach = blocks.slice(2).map((block) => {
			try {
				verifyNext(trusted, block, trust);
				return true;
			} catch (error) {
				expect(error).toEqual(untrusted);
				return false;
			}
		});
		expect(reach[0]).toBe(true);
		expect(reach.at(-1)).toBe(false);
	});

	it("[LC12] bisection finds a short path between them, which is verified offline", async () => {
		const asked: number[] = [];
		const source = {
			lightBlock(height: number) {
				asked.push(height);
				return Promise.resolve(blocks[height - 1] as LightBlock);
			},
		};
		const path = await findPath({ source, trust, from: 1, to: blocks.length });
		expect(path.length).toBeGreaterThan(2);
		expect(path.length).toBeLessThan(blocks.length / 2);
		expect(asked.length).toBeLessThan(blocks.length);
		expect(verifyPath(path, trust).at(-1)?.hash).toBe((path.at(-1) as DecidedBlock).hash);
	});
});

describe("answers of CometBFT's RPC", () => {
	const answers = () => ({
		commit: {
			signed_header: {
				header: {
					version: { block: "11", app: "1" },
					chain_id: "x",
					height: "2",
					time: "2026-03-02T08:00:00.5Z",
					last_block_id: { hash: "AA".repeat(32), parts: { total: 1, hash: "BB".repeat(32) } },
					last_commit_hash: "CC".repeat(32),
					data_hash: "",
					validators_hash: "DD".repeat(32),
					next_validators_hash: "DD".repeat(32),
					consensus_hash: "EE".repeat(32),
					app_hash: "",
					last_results_hash: "",
					evidence_hash: "",
					proposer_address: "FF".repeat(20),
				},
				commit: {
					height: "2",
					round: 0,
					block_id: { hash: "00".repeat(32), parts: { total: 1, hash: "BB".repeat(32) } },
					signatures: [
						{ block_id_flag: 2, validator_address: "FF".repeat(20), timestamp: "2026-03-02T08:00:01Z", signature: `${"AA".repeat(42)}AA==` },
						{ block_id_flag: 1, validator_address: "", timestamp: "0001-01-01T00:00:00Z", signature: null },
					],
				},
			},
		},
		validators: { validators: [{ pub_key: { type: "tendermint/PubKeyEd25519", value: `${"A".repeat(43)}=` }, voting_power: "5" }] },
	});

	it("[LC16] are read without loss of a nanosecond, absent votes as none", () => {
		const { commit, validators } = answers();
		const block = lightBlockFromRpc(commit, validators);
		expect(block.header).toMatchObject({ timeNs: "1772438400500000000", height: 2, appHash: "", lastBlock: { hash: "aa".repeat(32) } });
		expect(block.commit.votes).toMatchObject([{ for: "block", timeNs: "1772438401000000000" }, null]);
		expect(block.validators).toEqual([{ key: "00".repeat(32), power: "5" }]);
	});

	it("[LC16] of another form are refused: another kind of key, an unknown flag, a time elsewhere than in UTC, nothing at all", () => {
		const changes: readonly ((given: ReturnType<typeof answers>) => void)[] = [
			({ validators }) => {
				validators.validators[0]!.pub_key.type = "tendermint/PubKeySecp256k1";
			},
			({ commit }) => {
				commit.signed_header.commit.signatures[0]!.block_id_flag = 4;
			},
			({ commit }) => {
				commit.signed_header.header.time = "2026-03-02T08:00:00+01:00";
			},
			({ commit }) => {
				commit.signed_header.header.height = "0";
			},
			({ commit }) => {
				(commit as { signed_header: unknown }).signed_header = null;
			},
			({ validators }) => {
				(validators as { validators: unknown }).validators = undefined;
			},
		];
		for (const change of changes) {
			const given = answers();
			change(given);
			expect(() => lightBlockFromRpc(given.commit, given.validators)).toThrow(expect.objectContaining({ code: "LEDGER_HEADER_INVALID" }));
		}
	});
});
