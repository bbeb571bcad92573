import { rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cometProgram, putNow, TestNetwork, until } from "../testing/cometNetwork.ts";
import { mountSmallDisk } from "../testing/smallDisk.ts";
import { codesOf } from "../testing/toyLedger.ts";
import { openCometLedger } from "./cometLedger.ts";
import { superviseComet } from "./superviseComet.ts";

/** Real processes, one of them out of disk. `ACESO_SLOW=1`, where CometBFT is installed. */
const isLeftOut = process.env.ACESO_SLOW !== "1" || cometProgram === undefined;

describe.skipIf(isLeftOut)("CometBFT whose own disk is full (needs ACESO_SLOW=1 and CometBFT: it takes minutes)", () => {
	it("[CB65] stops deciding and stays up; its supervisor says so and starts it again until there is room, and it comes to the same roots", {
		timeout: 300_000,
	}, async (context) => {
		const disk = mountSmallDisk(64 * 1_024);
		if (disk === undefined) return context.skip("needs to mount a small file system: root on Linux");
		onTestFinished(() => disk.remove());
		const network = await TestNetwork.create(4);
		const member = network.members[3]!;
		symlinkSync(disk.folder, member.home.folder);
		for (const each of network.members) network.writeHome(each);
		for (const each of network.members.slice(0, 3)) await network.startMember(each);
		const ledger = await openCometLedger(member.options);
		member.ledger = ledger;
		const faults: string[] = [];
		const comet = superviseComet({
			...{ program: member.program, home: member.home.folder, logFile: join(member.folder, "comet.log"), ledger, stallMs: 10_000 },
			onFault: ({ code }) => faults.push(code),
		});
		onTestFinished(() => comet.stop());
		await network.reach(1);
		let written = 0;
		const write = async () => expect(codesOf(await network.submit(written % 3, putNow(`k${written++}`, 1)))).toEqual([""]);
		for (let i = 0; i < 6; i++) await write();
		const filler = join(disk.folder, "filler");
		const { bavail, bsize } = statfsSync(disk.folder);
		writeFileSync(filler, Buffer.alloc(Number(bavail) * Number(bsize)));
		while (faults.length === 0 && written < 300) await write();
		expect([faults, ledger.ended(), ledger.consensus()!.height < network.ledgerOf(0).consensus()!.height]).toEqual([
			["LEDGER_COMETBFT_STALLED"],
			undefined,
			true,
		]);
		await until(() => comet.starts > 1, 30_000, "a second start");
		rmSync(filler);
		await network.reach(network.ledgerOf(0).consensus()!.changedAt);
		await write();
		await network.reach(network.ledgerOf(0).consensus()!.changedAt);
		expect(new Set(network.members.map((each) => each.ledger!.appHash())).size).toBe(1);
	});
});
