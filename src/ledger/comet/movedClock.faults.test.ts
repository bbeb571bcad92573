import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { systemClock } from "#base";
import { cometProgram, type TestNetwork, until } from "../testing/cometNetwork.ts";
import { beginFaultRun, type FaultRun, freshnessMs, judgeRun, pass } from "../testing/faultRun.ts";
import { buildMovedComet, type MovedComet, moveClock, type NoMovedComet } from "../testing/movedClock.ts";
import { superviseComet } from "./superviseComet.ts";

/** Real processes, and a CometBFT built for it: minutes. `ACESO_SLOW=1`, where CometBFT is installed. */
const isLeftOut = process.env.ACESO_SLOW !== "1" || cometProgram === undefined;
const hourMs = 3_600_000;
/** Between what a vote's clock says and the block that it is in, on a machine that is busy. */
const slackMs = 15_000;

let built: MovedComet | NoMovedComet = { missing: "" };

interface MovedRun extends FaultRun {
	/** Of a member's CometBFT, from the next tenth of a second on. */
	readonly move: (index: number, aheadMs: number) => void;
}

/** The real CometBFT for members whose clocks nobody moves. */
async function begin(context: TestContext, moved: readonly number[]): Promise<MovedRun> {
	if ("missing" in built) return context.skip(built.missing);
	const { program, clockFileName } = built;
	const folder = mkdtempSync(join(tmpdir(), "aceso-clocks-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const fileOf = (index: number) => join(folder, `clock-${index}`);
	for (const index of moved) moveClock(fileOf(index), 0);
	const environmentOf = (index: number): Readonly<Record<string, string>> => (moved.includes(index) ? { [clockFileName]: fileOf(index) } : {});
	const comet = (index: number) => ({ program: moved.includes(index) ? program : cometProgram!, environment: environmentOf(index) });
	const run = await beginFaultRun(undefined, { comet });
	return { ...run, move: (index, aheadMs) => moveClock(fileOf(index), aheadMs) };
}

/** How far the clock of a member's vote is ahead of the time of the block it is for, as the next proposer gathered them. */
async function voteAheadMs(network: TestNetwork, voter: number): Promise<number | undefined> {
	const { rpc } = network.ledgerOf(0);
	const { validators, commit, header } = await rpc.lightBlock(network.ledgerOf(0).consensus()!.height - 1);
	const place = validators.findIndex(({ key }) => key === keyOf(network, voter));
	const vote = commit.votes[place];
	return vote?.for === "block" ? Number((BigInt(vote.timeNs) - BigInt(header.timeNs)) / 1_000_000n) : undefined;
}

function keyOf(network: TestNetwork, index: number): string {
	const { id } = network.members[index]!;
	return network.definition.genesis.members.find((member) => member.id === id)!.validator!;
}

async function untilVotesAhead(network: TestNetwork, voter: number, aheadMs: number): Promise<void> {
	for (let tries = 0; tries < 400; tries++) {
		const ahead = await voteAheadMs(network, voter).catch(() => undefined);
		if (ahead !== undefined && ahead > aheadMs) return;
		await pass(100);
	}
	throw new Error(`expected a vote of ${voter} by the clock that was moved`);
}

/** By the newest block that a member has. */
const blockAheadMs = (network: TestNetwork, index: number) => network.ledgerOf(index).consensus()!.time - systemClock();

describe.skipIf(isLeftOut)("CometBFT's own clock, moved (needs ACESO_SLOW=1, CometBFT and Go: it takes minutes)", () => {
	beforeAll(async () => {
		if (!isLeftOut) built = await buildMovedComet();
	}, 1_800_000);
	afterAll(() => {
		if ("remove" in built) built.remove();
	});

	it("[CB63] one member's clock goes an hour ahead: blocks keep the others' time, and nobody waits for it", { timeout: 300_000 }, async (context) => {
		const { network, workload, judge, move } = await begin(context, [3]);
		const farthest = { ms: 0 };
		const watch = setInterval(() => {
			for (const i of network.members.keys()) farthest.ms = Math.max(farthest.ms, blockAheadMs(network, i));
		}, 100);
		onTestFinished(() => clearInterval(watch));
		move(3, hourMs);
		await untilVotesAhead(network, 3, hourMs - slackMs);
		const { writes } = workload.counts();
		await until(() => workload.counts().writes > writes + 24, 120_000, "writes");
		expect(farthest.ms).toBeLessThan(slackMs);
		move(3, 0);
		await judge();
	});

	it("[CB63] one member's clock goes an hour behind: it takes all blocks for ones of the future and stops deciding, which is seen; then it comes back", {
		timeout: 300_000,
	}, async (context) => {
		const { network, workload, judge, move } = await begin(context, [3]);
		const member = network.members[3]!;
		await member.comet!.kill();
		const faults: string[] = [];
		const comet = superviseComet({
			...{ program: member.program, home: member.home.folder, logFile: join(member.folder, "comet.log"), ledger: member.ledger!, stallMs: 10_000 },
			onFault({ code }) {
				faults.push(code);
				// Before it is started again, which with a clock before the genesis it would not be.
				move(3, 0);
			},
		});
		onTestFinished(() => comet.stop());
		await network.reach(network.ledgerOf(0).consensus()!.height + 1);
		move(3, -hourMs);
		await until(() => faults.length > 0, 120_000, "it to be seen");
		expect(faults).toEqual(["LEDGER_COMETBFT_STALLED"]);
		const { writes } = workload.counts();
		await until(() => workload.counts().writes > writes + 8, 60_000, "the others to go on");
		await judge();
		expect(comet.starts).toBeGreaterThan(1);
	});

	it("[CB64] two clocks of four an hour ahead, and a third member away: no block is decided by that time, and nobody decides on what is stale", {
		timeout: 300_000,
	}, async (context) => {
		const { network, workload, move } = await begin(context, [2, 3]);
		for (const i of [2, 3]) move(i, hourMs);
		await untilVotesAhead(network, 2, hourMs - slackMs);
		await network.members[1]!.comet!.kill();
		await until(() => network.members.every(({ ledger }) => ledger!.stalenessMs(systemClock()) > freshnessMs), 90_000, "all to be stale");
		const from = performance.now();
		await pass(3_000);
		const late = workload.operations.filter(({ kind, outcome, invokedAtMs }) => kind === "decide" && outcome === "ok" && invokedAtMs > from);
		expect(late).toEqual([]);
		for (const i of network.members.keys()) expect(blockAheadMs(network, i)).toBeLessThan(slackMs);
		await workload.stop();
		network.startComet(network.members[1]!);
		await network.reach(Math.max(...network.members.map(({ ledger }) => ledger!.consensus()!.changedAt)));
		await judgeRun(network, workload);
	});
});
