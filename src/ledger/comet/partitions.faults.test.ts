import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Instant, systemClock } from "#base";
import { cometProgram, until } from "../testing/cometNetwork.ts";
import { beginFaultRun, freshnessMs, isFresh, pass } from "../testing/faultRun.ts";
import { NetNamespaces } from "../testing/netNamespaces.ts";
import { mountSmallDisk } from "../testing/smallDisk.ts";

/** Real processes, cut off from each other: minutes of them. `ACESO_SLOW=1`, where CometBFT is installed. */
const isLeftOut = process.env.ACESO_SLOW !== "1" || cometProgram === undefined;
const leftOutFor = "needs ACESO_SLOW=1 and CometBFT: it takes minutes";

const allowed = isLeftOut ? undefined : await NetNamespaces.open(1);
allowed?.close();
const apart =
	allowed === undefined ? " by a proxy between them, since this machine allows no network namespaces" : ", each with a network of its own";
const where = isLeftOut ? "" : apart;

describe.skipIf(isLeftOut)(`members that are cut off${where}, out of time or out of disk (${leftOutFor})`, () => {
	it("[CB52] one of four is cut off: it refuses when its state is stale, the others go on, nothing acknowledged is lost", {
		timeout: 300_000,
	}, async () => {
		const { network, workload, judge } = await beginFaultRun();
		network.links!.split([0, 1, 2], [3]);
		const { height } = network.ledgerOf(3).head();
		const { writes } = workload.counts();
		await until(() => network.ledgerOf(3).stalenessMs(systemClock()) > freshnessMs, 60_000, "the one to be stale");
		await until(() => workload.counts().refusedAsStale > 0, 5_000, "it to refuse");
		await until(() => workload.counts().writes > writes + 8, 60_000, "the three to go on");
		// A block that was under way when the network was cut may still have been its own.
		expect(network.ledgerOf(3).head().height).toBeLessThanOrEqual(height + 1);
		await judge();
	});

	it("[CB52] two halves decide nothing, both refuse when stale, and go on as one", { timeout: 300_000 }, async () => {
		const { network, workload, judge } = await beginFaultRun();
		network.links!.split([0, 1], [2, 3]);
		await pass(2_000);
		const heights = () => network.members.map(({ ledger }) => ledger!.consensus()!.height);
		const before = heights();
		await until(() => network.members.every(({ ledger }) => ledger!.stalenessMs(systemClock()) > freshnessMs), 60_000, "all to be stale");
		expect(Math.max(...heights()) - Math.max(...before)).toBeLessThanOrEqual(1);
		await until(() => workload.counts().refusedAsStale > 0, 5_000, "them to refuse");
		await judge();
	});

	it.skipIf(allowed === undefined)(
		"[CB61] two who hear all others, but not each other, agree with them all the same",
		{ timeout: 300_000 },
		async () => {
			const { network, workload, machines, judge } = await beginFaultRun();
			machines!.blackhole(0, 3);
			machines!.blackhole(3, 0);
			const heights = () => network.members.map(({ ledger }) => ledger!.head().height);
			const [before, { writes }] = [heights(), workload.counts()];
			// Longer than a state may be old: what they know then they have by the others.
			await pass(1.5 * freshnessMs);
			await until(() => heights().every((height, i) => height > before[i]! + 10), 60_000, "all four to go on");
			await until(() => workload.counts().writes > writes + 20, 60_000, "writes");
			expect(network.members.every((_, node) => isFresh(network, node))).toBe(true);
			machines!.mend(0, 3);
			machines!.mend(3, 0);
			await judge();
		},
	);

	it.skipIf(allowed === undefined)(
		"[CB62] a member behind a slow line, which drops what it cannot hold, hinders nobody, and loses nothing",
		{
			timeout: 300_000,
		},
		async (context) => {
			const { workload, machines, judge } = await beginFaultRun();
			if (!machines!.impair(3, { slow: { kbitPerSecond: 384, latencyMs: 150 } })) return context.skip("needs a kernel with tbf");
			const { writes } = workload.counts();
			await until(() => machines!.dropped(3) > 20, 120_000, "packets that are dropped");
			await until(() => workload.counts().writes > writes + 20, 60_000, "writes");
			machines!.clear(3);
			await judge();
		},
	);

	it.skipIf(allowed === undefined)(
		"[CB62] lines that lose a packet in twenty, by chance, hold nobody up for good",
		{ timeout: 300_000 },
		async (context) => {
			const { network, workload, machines, judge } = await beginFaultRun();
			const canLose = network.members.every((_, i) => machines!.impair(i, { lossPercent: 5 }));
			if (!canLose) return context.skip("needs a kernel with BPF in its queues");
			const { writes } = workload.counts();
			await until(() => workload.counts().writes > writes + 40, 120_000, "writes");
			for (const i of network.members.keys()) {
				expect(machines!.dropped(i)).toBeGreaterThan(20);
				machines!.clear(i);
			}
			await judge();
		},
	);

	it("[CB53] a member whose clock is an hour ahead or behind refuses to decide, and the members agree all the same", {
		timeout: 300_000,
	}, async () => {
		const offsets = [0, 0, 3_600_000, -3_600_000];
		const { workload, judge } = await beginFaultRun(({ members }) => {
			for (const [i, { options }] of members.entries()) Object.assign(options, { now: () => (systemClock() + offsets[i]!) as Instant });
		});
		await until(() => workload.counts().refusedAsStale > 10, 30_000, "those two to refuse");
		expect(workload.operations.some(({ kind, node, outcome }) => kind === "decide" && node >= 2 && outcome === "ok")).toBe(false);
		offsets.fill(0);
		await judge();
	});

	it("[CB53] a member that is cut off, and whose clock is set back so that its state looks new, stops deciding as soon as any other", {
		timeout: 300_000,
	}, async () => {
		let offsetMs = 0;
		const { network, workload, judge } = await beginFaultRun(({ members }) => {
			Object.assign(members[3]!.options, { now: () => (systemClock() + offsetMs) as Instant });
		});
		network.links!.split([0, 1, 2], [3]);
		await pass(5_000);
		offsetMs = -2 * freshnessMs;
		const cutAt = performance.now();
		await pass(1.5 * freshnessMs);
		const late = workload.operations.filter(
			({ kind, node, outcome, invokedAtMs }) => kind === "decide" && node === 3 && outcome === "ok" && invokedAtMs > cutAt + freshnessMs,
		);
		expect(late).toEqual([]);
		offsetMs = 0;
		await judge();
	});

	it("[CB54] a member whose disk is full stops, the others go on; with room again it comes back to the same state", {
		timeout: 300_000,
	}, async (context) => {
		const disk = mountSmallDisk(96 * 1_024);
		if (disk === undefined) return context.skip("needs to mount a small file system: root on Linux");
		onTestFinished(() => disk.remove());
		const { network, workload, judge } = await beginFaultRun(undefined, { folderOf: (i) => (i === 3 ? join(disk.folder, "member") : undefined) });
		const member = network.members[3]!;
		const filler = join(disk.folder, "filler");
		const { bavail, bsize } = statfsSync(disk.folder);
		writeFileSync(filler, Buffer.alloc(Number(bavail) * Number(bsize)));
		const { writes } = workload.counts();
		// CometBFT's process may stay up when its consensus has ended: then its blocks no longer come.
		const behind = () => network.ledgerOf(0).consensus()!.height - member.ledger!.consensus()!.height;
		const hasStopped = () => !member.comet!.isRunning || member.ledger!.ended() !== undefined || behind() > 10;
		await until(hasStopped, 60_000, "the member to stop");
		await until(() => workload.counts().writes > writes + 8, 60_000, "the three to go on");
		await member.comet!.kill();
		await member.ledger!.close();
		rmSync(filler);
		await network.startMember(member);
		await judge();
	});
});
