import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fsckLedger } from "../sealer/fsckLedger.ts";
import { cometProgram, consortiumOf, editConfig, putNow, TestNetwork, until } from "../testing/cometNetwork.ts";
import { mountSmallDisk } from "../testing/smallDisk.ts";
import { codesOf } from "../testing/toyLedger.ts";
import { writeCometHome } from "./cometHome.ts";

/** One validator decides ten thousand blocks, as fast as it can: minutes. `ACESO_SLOW=1`, where CometBFT is installed. */
const isLeftOut = process.env.ACESO_SLOW !== "1" || cometProgram === undefined;
/** `ACESO_BLOCKS` says another number: on a machine that is busy with other things ten thousand take long. */
const blocksBehind = Number(process.env.ACESO_BLOCKS ?? 10_000);

/** The first member alone validates; the others follow. */
function alone(genesis: Parameters<typeof consortiumOf>[0]): ReturnType<typeof consortiumOf> {
	const { genesisState, ...rest } = consortiumOf(genesis);
	return {
		...rest,
		genesisState: (from) =>
			genesisState(from).map((entry) =>
				entry.key === "validators" && Array.isArray(entry.value) ? { ...entry, value: entry.value.slice(0, 1) } : entry,
			),
	};
}

/** Blocks one after the other, empty or not: while the interval is not zero CometBFT waits for transactions, whatever the switch says. */
function hurry(home: string): void {
	editConfig(home, 'timeout_commit = "150ms"', 'timeout_commit = "0s"');
	editConfig(home, "create_empty_blocks = false", "create_empty_blocks = true");
	editConfig(home, 'create_empty_blocks_interval = "5s"', 'create_empty_blocks_interval = "0s"');
}

describe.skipIf(isLeftOut)("a member that is far behind (needs ACESO_SLOW=1 and CometBFT: it takes minutes)", () => {
	it("[CB55] who is ten thousand blocks behind comes to the same roots, by the blocks and by a snapshot", { timeout: 1_800_000 }, async (context) => {
		// In memory, so that it is the blocks that take time and not the disk.
		const disk = mountSmallDisk(2 * 1_024 * 1_024);
		if (disk === undefined) return context.skip("needs to mount a file system in memory: root on Linux");
		onTestFinished(() => disk.remove());
		const network = await TestNetwork.create(
			3,
			{ snapshotEvery: Math.ceil(blocksBehind / 5) },
			{ definition: alone, folderOf: (i) => join(disk.folder, String(i)) },
		);
		const [origin, byBlocks, bySnapshot] = [network.members[0]!, network.members[1]!, network.members[2]!];
		writeCometHome(origin.home);
		hurry(origin.home.folder);
		await network.startMember(origin);
		await network.reach(1, [0]);
		for (let height = 0, i = 0; height < blocksBehind; i++) {
			expect(codesOf(await network.submit(0, putNow(`k${i % 50}`, i)))).toEqual([""]);
			await new Promise((resolve) => setTimeout(resolve, 250));
			height = network.ledgerOf(0).consensus()!.height;
		}
		// From now on at the usual pace, or those behind would follow who runs away with the processor.
		await origin.comet!.stop();
		writeCometHome(origin.home);
		network.startComet(origin);
		const isLevel = (index: number) => {
			const [own, others] = [network.ledgerOf(index).consensus(), network.ledgerOf(0).consensus()!];
			return own !== undefined && own.height >= others.height - 5 && network.ledgerOf(index).head().height === network.ledgerOf(0).head().height;
		};
		writeCometHome(byBlocks.home);
		await network.startMember(byBlocks);
		await until(() => isLevel(1), 600_000, "the one that is handed every block");
		const rpc = network.ledgerOf(0).rpc;
		const { height, headerHash } = await rpc.header(network.ledgerOf(0).snapshotHeights()[0]! - 10);
		const rpcUrls = [origin, byBlocks].map(({ options }) => options.rpcUrl);
		writeCometHome({ ...bySnapshot.home, trustedStart: { rpcUrls, height, headerHash } });
		await network.startMember(bySnapshot);
		await until(() => isLevel(2), 300_000, "the one that is handed a snapshot");
		expect(await network.ledgerOf(2).rpc.firstHeight()).toBeGreaterThan(blocksBehind / 2);
		expect(codesOf(await network.submit(2, putNow("last", 1)))).toEqual([""]);
		await network.reach(network.ledgerOf(2).consensus()!.height);
		expect(new Set(network.members.map(({ ledger }) => ledger!.appHash())).size).toBe(1);
		for (const { ledger, options } of network.members) {
			await ledger!.flush();
			expect(fsckLedger({ ...network.definition, path: options.path, sealerKey: options.replicaKey.publicKey }).findings).toEqual([]);
		}
	});
});
