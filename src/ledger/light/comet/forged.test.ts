import { describe, expect, it } from "vitest";
import { dayMs, type Instant, minuteMs, secondMs } from "#base";
import type { LedgerErrorCode } from "../../errors.ts";
import {
	type Ballot,
	decide,
	headerChainName,
	headerNow,
	headerTimeNs,
	listValidators,
	type ToyValidator,
	toyValidators,
	turnBit,
	vote,
} from "../../testing/headerChain.ts";
import { toyKey } from "../../testing/toyLedger.ts";
import { headerHash } from "./headerHash.ts";
import type { LightBlock } from "./lightBlock.ts";
import { validatorsHash } from "./validatorSet.ts";
import { type DecidedBlock, verifyCommit } from "./verifyCommit.ts";
import { type ConsortiumTrust, clockDriftMs, headerTimeMs, verifyNext, verifyPath } from "./verifyPath.ts";

const code = (expected: LedgerErrorCode) => expect.objectContaining({ code: expected });
const four = toyValidators(10, 10, 10, 10);
const strangers: readonly ToyValidator[] = [0, 1, 2, 3].map((at) => ({ key: toyKey(`stranger ${at}`), power: 10 }));
const first = decide({ height: 1, validators: four });
const trust: ConsortiumTrust = { origin: headerChainName, pins: [{ height: 1, hash: headerHash(first.header) }], now: headerNow };
const leadTo = (blocks: readonly LightBlock[], reader: ConsortiumTrust) => verifyPath(blocks, reader).at(-1) as DecidedBlock;
const commitOf = (block: LightBlock) => verifyCommit(block, headerChainName);
const ballots = (...list: readonly Ballot[]) => ({ ballots: list });
const withVotes = (block: LightBlock, change: (votes: LightBlock["commit"]["votes"][number][]) => void): LightBlock => {
	const votes = [...block.commit.votes];
	change(votes);
	return { ...block, commit: { ...block.commit, votes } };
};

describe("[LC2] forged commits", () => {
	const block = decide({ height: 5, validators: four });

	it("[LC2] of the right validators for the right header verify", () => {
		expect(commitOf(block)).toMatchObject({ signedPower: 40n, totalPower: 40n });
		expect(commitOf(decide({ height: 5, validators: four, ...ballots("block", "block", "block", "absent") })).signedPower).toBe(30n);
	});

	it("[LC2] one signature short: exactly two thirds of the power are not enough, one unit more is", () => {
		const three = toyValidators(10, 10, 10);
		const short = ballots("block", "block", "absent");
		expect(() => commitOf(decide({ height: 5, validators: three, ...short }))).toThrow(code("LEDGER_COMMIT_POWER_SHORT"));
		expect(commitOf(decide({ height: 5, validators: toyValidators(10, 11, 10), ...short })).signedPower).toBe(21n);
		expect(() => commitOf(decide({ height: 5, validators: four, ...ballots("block", "block", "absent", "absent") }))).toThrow(
			code("LEDGER_COMMIT_POWER_SHORT"),
		);
	});

	it("[LC2] absent and nil votes counted as power: nil votes of all are a commit to nothing", () => {
		for (const spoilt of [ballots("block", "block", "nil", "nil"), ballots("block", "block", "absent", "nil"), ballots("nil", "nil", "nil", "nil")]) {
			expect(() => commitOf(decide({ height: 5, validators: four, ...spoilt }))).toThrow(code("LEDGER_COMMIT_POWER_SHORT"));
		}
	});

	it("[LC2] a nil vote relabelled as one for the block, and the other way round, is nobody's signature", () => {
		const mixed = decide({ height: 5, validators: four, ...ballots("block", "block", "block", "nil") });
		for (const [at, ballot] of [
			[3, "block"],
			[0, "nil"],
		] as const) {
			const forged = withVotes(mixed, (votes) => {
				votes[at] = { ...votes[at]!, for: ballot };
			});
			expect(() => commitOf(forged)).toThrow(code("LEDGER_COMMIT_INVALID"));
		}
	});

	it("[LC2] the wrong validator signed: a stranger in a validator's place, or two validators exchanged", () => {
		const { header, commit } = block;
		const stranger = vote(header, { ...commit, ballot: "block", key: strangers[0]!.key });
		expect(() =>
			commitOf(
				withVotes(block, (votes) => {
					votes[2] = stranger;
				}),
			),
		).toThrow(code("LEDGER_COMMIT_INVALID"));
		expect(() => commitOf(withVotes(block, (votes) => void votes.reverse()))).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC2] one validator's vote twice does not count for another who was absent", () => {
		const two = decide({ height: 5, validators: four, ...ballots("block", "block", "absent", "absent") });
		expect(() =>
			commitOf(
				withVotes(two, (votes) => {
					votes[2] = votes[1]!;
				}),
			),
		).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC4] a commit has one place for each validator: none more, none fewer", () => {
		expect(() => commitOf(withVotes(block, (votes) => void votes.push(votes[0]!)))).toThrow(code("LEDGER_COMMIT_INVALID"));
		expect(() => commitOf(withVotes(block, (votes) => void votes.pop()))).toThrow(code("LEDGER_COMMIT_INVALID"));
		expect(() => commitOf(withVotes(block, (votes) => void votes.push(null)))).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC2] signatures moved to another height or round, or beside another time, are nobody's", () => {
		const other = decide({ height: 6, validators: four });
		const moved: readonly LightBlock[] = [
			{ ...other, commit: block.commit },
			{ ...block, commit: { ...block.commit, round: 1 } },
			{ ...block, header: { ...block.header, height: 6 } },
			withVotes(block, (votes) => {
				votes[0] = { ...votes[0]!, timeNs: String(BigInt(votes[0]!.timeNs) + 1n) };
			}),
			{ ...block, commit: { ...block.commit, parts: { ...block.commit.parts, total: 2 } } },
			{ ...block, commit: { ...block.commit, parts: { total: 1, hash: turnBit(block.commit.parts.hash) } } },
		];
		for (const forged of moved) expect(() => commitOf(forged)).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC2] one signature altered spoils a commit that would have power enough without it", () => {
		for (const bit of [0, 255, 256, 511]) {
			const forged = withVotes(block, (votes) => {
				votes[3] = { ...votes[3]!, signature: turnBit(votes[3]!.signature, bit) };
			});
			expect(() => commitOf(forged)).toThrow(code("LEDGER_COMMIT_INVALID"));
		}
	});

	it("[LC14] of another chain, in the header or in the signatures alone", () => {
		const other = decide({ height: 5, validators: four, header: { chainId: "another-1" } });
		expect(() => commitOf(other)).toThrow(code("LEDGER_HEADER_INVALID"));
		expect(() => commitOf({ ...other, header: block.header })).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC1] a header with a swapped app hash, or any other field changed, is not the one signed", () => {
		const changes = [
			{ appHash: turnBit(block.header.appHash) },
			{ appHash: "" },
			{ nextValidatorsHash: turnBit(block.header.nextValidatorsHash) },
			{ timeNs: headerTimeNs(6) },
			{ proposer: turnBit(block.header.proposer) },
			{ lastBlock: null },
			{ version: { block: 11, app: 2 } },
			{ dataHash: "" },
		];
		for (const change of changes) expect(() => commitOf({ ...block, header: { ...block.header, ...change } })).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC3] validators other than those the header names: swapped hash, changed power, one left out, another order", () => {
		const changed = [
			{ ...block, header: { ...block.header, validatorsHash: turnBit(block.header.validatorsHash) } },
			{ ...block, validators: block.validators.map((one, at) => (at === 0 ? { ...one, power: "1000" } : one)) },
			{ ...block, validators: block.validators.slice(1) },
			{ ...block, validators: block.validators.toReversed() },
			{ ...block, validators: listValidators(strangers) },
		];
		for (const forged of changed) expect(() => commitOf(forged)).toThrow(code("LEDGER_VALIDATORS_INVALID"));
	});

	it("[LC3] no set: empty, a validator twice, one without power, more power than 64-bit arithmetic bears", () => {
		const bad: readonly (readonly ToyValidator[])[] = [
			[],
			[four[0]!, four[1]!, four[0]!],
			[four[0]!, { ...four[1]!, power: 0 }],
			[
				{ ...four[0]!, power: 2 ** 59 },
				{ ...four[1]!, power: 2 ** 59 },
			],
		];
		for (const validators of bad) expect(() => commitOf(decide({ height: 5, validators }))).toThrow(code("LEDGER_VALIDATORS_INVALID"));
		const most = decide({ height: 5, validators: [{ ...four[0]!, power: 2n ** 60n - 1n }] });
		expect(commitOf(most).totalPower).toBe(2n ** 60n - 1n);
	});
});

describe("[LC6] forged rows of headers", () => {
	const second = decide({ height: 2, validators: four });
	const pathOf = (...blocks: readonly LightBlock[]) => leadTo(blocks, trust);

	it("[LC11] starts at the header that was pinned, by height and hash, or at the pinned validators", () => {
		expect(pathOf(first).header.height).toBe(1);
		const bySet = { ...trust, pins: [{ validatorsHash: validatorsHash(listValidators(four)), pinnedAtMs: headerTimeMs(first) }] };
		expect(leadTo([decide({ height: 900, validators: four })], bySet).header.height).toBe(900);
		const others = decide({ height: 900, validators: strangers });
		const twin = decide({ height: 1, validators: four, header: { appHash: "00" } });
		expect(() => leadTo([others], bySet)).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		expect(() => pathOf(second)).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		expect(() => pathOf(twin)).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		expect(() => leadTo([first], { ...trust, pins: [{ height: 2, hash: headerHash(first.header) }] })).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		expect(() => pathOf()).toThrow(code("LEDGER_HEADER_INVALID"));
	});

	it("[LC11] any of several pins will do, the newest of those that fit counts, and none at all believes nobody", () => {
		const set = (pinnedAtMs: number) => ({ validatorsHash: validatorsHash(listValidators(four)), pinnedAtMs });
		const hash = { height: 1, hash: headerHash(first.header) };
		expect(leadTo([first], { ...trust, pins: [{ height: 7, hash: "00".repeat(32) }, hash] }).header.height).toBe(1);
		const late = { ...trust, trustingPeriodMs: 30 * dayMs, now: (headerTimeMs(first) + 40 * dayMs) as Instant };
		expect(leadTo([first], { ...late, pins: [hash, set(late.now - 1)] }).header.height).toBe(1);
		expect(() => leadTo([first], { ...late, pins: [hash, set(headerTimeMs(first))] })).toThrow(code("LEDGER_HEADER_EXPIRED"));
		expect(() => leadTo([first], { ...trust, pins: [] })).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
	});

	it("[LC11] trust starts at the last header that is pinned: what stands before it is for others, and need not hold", () => {
		const handing = decide({ height: 2, validators: four, next: strangers });
		const path = [first, handing, decide({ height: 3, validators: strangers }), decide({ height: 9, validators: strangers })];
		const since = { validatorsHash: validatorsHash(listValidators(strangers)), pinnedAtMs: headerTimeMs(first) };
		expect(pathOf(...path).header.height).toBe(9);
		const later = { ...trust, pins: [since] };
		expect(verifyPath(path, later)).toHaveLength(1);
		expect(leadTo([{ ...first, commit: second.commit }, ...path.slice(1)], later).header.height).toBe(9);
		expect(() => pathOf(first, { ...handing, commit: second.commit }, ...path.slice(2))).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC11] the pinned validators' hash under a header of strangers is no pin", () => {
		const bySet = { ...trust, pins: [{ validatorsHash: validatorsHash(listValidators(four)), pinnedAtMs: headerTimeMs(first) }] };
		const forged = decide({ height: 9, validators: strangers, header: { validatorsHash: validatorsHash(listValidators(four)) } });
		expect(() => leadTo([forged], bySet)).toThrow(code("LEDGER_VALIDATORS_INVALID"));
		expect(() => leadTo([{ ...forged, validators: listValidators(four) }], bySet)).toThrow(code("LEDGER_COMMIT_INVALID"));
	});

	it("[LC6] the next header's validators are those that the one before named, however many old ones signed", () => {
		expect(pathOf(first, second).header.height).toBe(2);
		const joined = [...four, strangers[0]!];
		expect(() => pathOf(first, decide({ height: 2, validators: joined }))).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		const announced = decide({ height: 2, validators: four, next: joined });
		expect(pathOf(first, announced, decide({ height: 3, validators: joined })).header.height).toBe(3);
		expect(() => pathOf(first, announced, decide({ height: 3, validators: four }))).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
	});

	it("[LC6] a set that was handed over in full is followed, one that was not is never", () => {
		const handing = decide({ height: 2, validators: four, next: strangers });
		expect(pathOf(first, handing, decide({ height: 3, validators: strangers })).header.height).toBe(3);
		expect(() => pathOf(first, second, decide({ height: 3, validators: strangers }))).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
	});

	it("[LC7] skipping asks for more than a third of the trusted power: exactly a third is too little", () => {
		const three = toyValidators(10, 10, 10);
		const root = decide({ height: 1, validators: three });
		const pinned = { ...trust, pins: [{ height: 1, hash: headerHash(root.header) }] };
		const mixed = [three[0]!, ...strangers];
		const skip = (validators: readonly ToyValidator[], list: readonly Ballot[] = []) =>
			leadTo([root, decide({ height: 9, validators, ballots: list })], pinned);
		expect(() => skip(mixed)).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		expect(skip([three[0]!, three[1]!, ...strangers]).header.height).toBe(9);
		expect(() => skip([three[0]!, three[1]!, ...strangers], ["block", "nil"])).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
		expect(() => skip([three[0]!, three[1]!, ...strangers], ["block", "absent"])).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
	});

	it("[LC7] trusted power is what they had when they were trusted, not what the new header gives them", () => {
		const few = toyValidators(10, 10, 10, 10);
		const grown = [{ ...few[0]!, power: 1_000 }, ...strangers];
		const root = decide({ height: 1, validators: few });
		const pinned = { ...trust, pins: [{ height: 1, hash: headerHash(root.header) }] };
		expect(() => leadTo([root, decide({ height: 9, validators: grown })], pinned)).toThrow(code("LEDGER_HEADER_UNTRUSTED"));
	});

	it("[LC7] a third of the trusted power does not stand for two thirds of the new one", () => {
		const three = toyValidators(10, 10, 10);
		const root = decide({ height: 1, validators: three });
		const pinned = { ...trust, pins: [{ height: 1, hash: headerHash(root.header) }] };
		const short = decide({
			height: 9,
			validators: [...three, ...strangers],
			ballots: ["block", "block", "block", "block", "absent", "absent", "absent"],
		});
		expect(() => leadTo([root, short], pinned)).toThrow(code("LEDGER_COMMIT_POWER_SHORT"));
	});

	it("[LC8] heights and times rise: a header again, an older one, one that goes back in time", () => {
		const third = decide({ height: 3, validators: four });
		expect(() => pathOf(first, second, second)).toThrow(code("LEDGER_HEADER_INVALID"));
		expect(() => pathOf(first, third, second)).toThrow(code("LEDGER_HEADER_INVALID"));
		for (const timeNs of [first.header.timeNs, String(BigInt(first.header.timeNs) - 1n)]) {
			expect(() => pathOf(first, decide({ height: 2, validators: four, header: { timeNs } }))).toThrow(code("LEDGER_HEADER_INVALID"));
		}
		const nanosecond = String(BigInt(first.header.timeNs) + 1n);
		expect(pathOf(first, decide({ height: 2, validators: four, header: { timeNs: nanosecond } })).header.timeNs).toBe(nanosecond);
	});

	it("[LC9] what is trusted expires at the millisecond: a pinned header, pinned validators, and any header between", () => {
		const period = 30 * dayMs;
		const at = (now: number) => ({ ...trust, trustingPeriodMs: period, now: now as Instant });
		const until = headerTimeMs(first) + period;
		expect(leadTo([first, second], at(until - 1)).header.height).toBe(2);
		expect(() => leadTo([first, second], at(until))).toThrow(code("LEDGER_HEADER_EXPIRED"));
		expect(() => leadTo([first], at(until))).toThrow(code("LEDGER_HEADER_EXPIRED"));
		const pinnedAtMs = headerTimeMs(first);
		const bySet = { ...at(until), pins: [{ validatorsHash: validatorsHash(listValidators(four)), pinnedAtMs }] };
		expect(() => leadTo([decide({ height: 900, validators: four })], bySet)).toThrow(code("LEDGER_HEADER_EXPIRED"));
		expect(leadTo([decide({ height: 900, validators: four })], { ...bySet, now: (until - 1) as Instant }).header.height).toBe(900);
		expect(() => verifyNext(commitOf(first), second, at(until))).toThrow(code("LEDGER_HEADER_EXPIRED"));
	});

	it("[LC10] a header from the future waits until clocks could have got there", () => {
		const ahead = (ms: number) => decide({ height: 2, validators: four, header: { timeNs: `${headerNow + ms}000000` } });
		expect(pathOf(first, ahead(clockDriftMs - 1)).header.height).toBe(2);
		expect(() => pathOf(first, ahead(clockDriftMs))).toThrow(code("LEDGER_HEADER_FROM_FUTURE"));
		expect(() => leadTo([first, ahead(5 * secondMs)], { ...trust, clockDriftMs: 5 * secondMs })).toThrow(code("LEDGER_HEADER_FROM_FUTURE"));
		const early = { ...trust, now: (headerTimeMs(first) - 2 * minuteMs) as Instant };
		expect(() => leadTo([first], early)).toThrow(code("LEDGER_HEADER_FROM_FUTURE"));
	});
});
