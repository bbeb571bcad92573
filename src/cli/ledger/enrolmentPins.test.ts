import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { MemberId, PublicKey } from "#base";
import type { LightBlock } from "#ledger";
import { type HistoryTrust, verifyHistory } from "#wallet";
import { enrolmentPins } from "./enrolmentPins.ts";

const read = (name: string) => readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), "utf8");
const { now, pins, evidence } = JSON.parse(read("header-evidence")) as {
	readonly now: HistoryTrust["now"];
	readonly pins: { readonly pseudonym: string; readonly member: MemberId; readonly chain: string };
	readonly evidence: string;
};
const block = (JSON.parse(evidence) as { readonly path: readonly LightBlock[] }).path.at(-1)!;
const validators = block.validators.map(({ key, power }) => ({ key: key as PublicKey, power: Number(power) })).toReversed();

describe("what a patient is given at enrolment", () => {
	it("[CB59] leads to a verified history, whatever order the replica names its validators in", () => {
		const history = JSON.parse(read("history")) as { count: { checkpoint: string }; logs: { record: { checkpoint: string } }[] };
		history.count.checkpoint = evidence;
		for (const { record } of history.logs) record.checkpoint = evidence;
		expect(verifyHistory(history, { ...enrolmentPins(block, { ...pins, validators }), now }).verdict).toBe("verified");
	});

	it("[CB59] is not made from what CometBFT says alone: other validators, another power, another chain, a commit that is none", () => {
		const make =
			(changed: object, from = block) =>
			() =>
				enrolmentPins(from, { ...pins, validators, ...changed });
		const heavier = validators.map(({ key, power }) => ({ key, power: power + 1 }));
		for (const others of [[], validators.slice(1), heavier])
			expect(make({ validators: others })).toThrow(expect.objectContaining({ code: "CLI_NOT_VERIFIED" }));
		expect(make({ chain: "another-1" })).toThrow(expect.objectContaining({ code: "LEDGER_HEADER_INVALID" }));
		const undecided = { ...block, commit: { ...block.commit, votes: block.commit.votes.map(() => null) } };
		expect(make({}, undecided)).toThrow(expect.objectContaining({ code: "LEDGER_COMMIT_POWER_SHORT" }));
	});
});
