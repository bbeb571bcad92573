import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "#base";
import { createEnvelope } from "../envelope.ts";
import type { Transaction, TransactionResult } from "../ledger.ts";
import { fsckLedger } from "../sealer/fsckLedger.ts";
import { cometProgram, putNow, TestNetwork, until } from "../testing/cometNetwork.ts";
import { batchOf } from "../testing/cometToys.ts";
import { codesOf } from "../testing/toyLedger.ts";
import { startComet } from "./cometProcess.ts";
import { CometRpc } from "./cometRpc.ts";

/** Real processes, killed: minutes of them. `ACESO_SLOW=1`, where CometBFT is installed. */
const isLeftOut = process.env.ACESO_SLOW !== "1" || cometProgram === undefined;
/** CometBFT has so many such points in one block, and some more. */
const failPoints = 12;
const child = fileURLToPath(new URL("../testing/cometChild.ts", import.meta.url));

/** All members have the same log and state, and each file is sound. */
async function expectEqual(network: TestNetwork): Promise<void> {
	const newest = Math.max(...network.members.map(({ ledger }) => ledger!.consensus()!.changedAt));
	await network.reach(newest);
	expect(new Set(network.members.map(({ ledger }) => ledger!.appHash())).size).toBe(1);
	for (const { ledger, options } of network.members) {
		await ledger!.flush();
		const { findings } = fsckLedger({ ...network.definition, path: options.path, sealerKey: options.replicaKey.publicKey });
		expect(findings).toEqual([]);
	}
}

/** Submits until it is decided, as a node does that was told to try again. */
async function submitUntilDecided(network: TestNetwork, index: number, key: string, value: number): Promise<string> {
	return decide(network, index, putNow(key, value));
}

async function decide(network: TestNetwork, index: number, transaction: Transaction): Promise<string> {
	for (let tries = 0; tries < 20; tries++) {
		try {
			return codesOf(await network.submit(index, transaction))[0]!;
		} catch (error) {
			if ((error as { code?: string }).code !== "LEDGER_CONSENSUS_SILENT") throw error;
			await new Promise((resolve) => setTimeout(resolve, 1_000));
		}
	}
	throw new Error("expected a decision after 20 tries");
}

describe.skipIf(isLeftOut)("four members under faults (needs ACESO_SLOW=1 and CometBFT: it takes minutes)", () => {
	it("[CB21] one of four is killed and comes back: the others go on, and it catches up to the same roots", { timeout: 180_000 }, async () => {
		const network = await TestNetwork.create(4);
		await network.start();
		await network.reach(1);
		for (let i = 0; i < 4; i++) expect(await submitUntilDecided(network, i, `first-${i}`, i)).toBe("");
		const away = network.members[3]!;
		await away.comet!.kill();
		await away.ledger!.close();
		for (let i = 0; i < 30; i++) expect(await submitUntilDecided(network, i % 3, `while-${i}`, i)).toBe("");
		await network.startMember(away);
		await expectEqual(network);
		expect(away.ledger!.get("consent", "while-29")).toMatchObject({ value: 29 });
	});

	it("[CB22] two of four are killed: nothing is decided, new consents are refused and what was decided is read; then it goes on", {
		timeout: 240_000,
	}, async () => {
		const network = await TestNetwork.create(4, { silentAfterMs: 12_000, giveUpMs: 6_000 });
		await network.start();
		await network.reach(1);
		expect(await submitUntilDecided(network, 0, "before", 1)).toBe("");
		await network.reach(network.ledgerOf(0).consensus()!.height);
		for (const { comet } of network.members.slice(2)) await comet!.kill();
		const [ledger, pending] = [network.ledgerOf(0), putNow("pending", 2)];
		const head = ledger.head();
		await expect(network.submit(0, pending)).rejects.toMatchObject({ code: "LEDGER_CONSENSUS_SILENT", kind: "again" });
		await until(() => ledger.stalenessMs(systemClock()) > 12_000, 30_000, "the replica to be stale");
		const asked = performance.now();
		await expect(network.submit(0, putNow("refused", 3))).rejects.toMatchObject({ code: "LEDGER_CONSENSUS_SILENT" });
		expect(performance.now() - asked).toBeLessThan(3_000);
		expect([ledger.get("consent", "before"), ledger.head()]).toEqual([expect.objectContaining({ value: 1 }), head]);
		expect(ledger.proveState("consent", "pending").value).toBeUndefined();
		for (const member of network.members.slice(2)) network.startComet(member);
		await until(() => ledger.stalenessMs(systemClock()) < 12_000, 60_000, "members to agree again");
		// What was given back may have entered since: submitted again under the same id it is in the log once.
		expect(["", "LEDGER_REPLAYED"]).toContain(await decide(network, 0, pending));
		expect(await decide(network, 0, pending)).toBe("LEDGER_REPLAYED");
		await expectEqual(network);
	});

	it.each(["finalised", "committed"] as const)(
		"[CB3] the application is killed when a block is %s and CometBFT does not know: the block is handed over again, and counts once",
		{ timeout: 180_000 },
		async (point) => {
			const network = await TestNetwork.create(1);
			await network.start();
			await network.reach(1);
			const member = network.members[0]!;
			expect(await submitUntilDecided(network, 0, "before", 1)).toBe("");
			const { height } = network.ledgerOf(0).head();
			await member.comet!.stop();
			await member.ledger!.close();
			const { path, socketPath, rpcUrl } = member.options;
			const spawned = spawn(process.execPath, [child, JSON.stringify({ path, socketPath, rpcUrl, genesis: network.definition.genesis, point })], {
				stdio: ["ignore", "pipe", "inherit"],
			});
			onTestFinished(() => {
				spawned.kill("SIGKILL");
			});
			await new Promise((resolve) => spawned.stdout.once("data", resolve));
			const ended = new Promise<NodeJS.Signals | null>((resolve) => spawned.once("exit", (_, signal) => resolve(signal)));
			const comet = startComet({ program: cometProgram!, home: member.home.folder, logFile: `${member.folder}/comet.log` });
			const { id, key } = member;
			const transaction = putNow("decided", 5);
			const batch = batchOf(createEnvelope([transaction], { chain: network.definition.genesis.chain, member: id, key }));
			const rpc = new CometRpc(rpcUrl);
			await until(() => spawned.signalCode !== null || void rpc.broadcast(batch).catch(() => undefined), 30_000, "a block to kill the application");
			expect(await ended).toBe("SIGKILL");
			await comet.stop();
			await network.startMember(member);
			expect(await submitUntilDecided(network, 0, "after", 2)).toBe("");
			const ledger = network.ledgerOf(0);
			expect(["before", "decided", "after"].map((name) => ledger.get("consent", name))).toMatchObject([{ value: 1 }, { value: 5 }, { value: 2 }]);
			expect(ledger.head().height).toBe(height + 2);
			expect(codesOf(await network.submit(0, transaction))).toEqual(["LEDGER_REPLAYED"]);
			await expectEqual(network);
		},
	);

	it("[CB3] CometBFT ends at each of its own points between deciding on a block and having written it: every transaction counts once", {
		timeout: 300_000,
	}, async () => {
		const network = await TestNetwork.create(1, { giveUpMs: 240_000 });
		await network.start();
		await network.reach(1);
		expect(await submitUntilDecided(network, 0, "before", 1)).toBe("");
		const member = network.members[0]!;
		const { height } = network.ledgerOf(0).head();
		await member.comet!.stop();
		// CometBFT's own switch for such tests: it ends at the point with this number since its start. A block has nine or more of them.
		let ended = 0;
		const answers: Promise<readonly TransactionResult[]>[] = [];
		onTestFinished(() => {
			delete process.env.FAIL_TEST_INDEX;
		});
		for (let point = 0; point < failPoints; point++) {
			process.env.FAIL_TEST_INDEX = String(point);
			network.startComet(member);
			delete process.env.FAIL_TEST_INDEX;
			answers.push(network.submit(0, putNow(`at-${point}`, point)));
			await until(() => !member.comet!.isRunning, 30_000, `CometBFT to end at point ${point}`);
			ended++;
		}
		network.startComet(member);
		expect((await Promise.all(answers)).map(codesOf)).toEqual(Array.from({ length: failPoints }, () => [""]));
		const ledger = network.ledgerOf(0);
		expect(Array.from({ length: failPoints }, (_, i) => ledger.get("consent", `at-${i}`))).toMatchObject(
			Array.from({ length: failPoints }, (_, value) => ({ value })),
		);
		expect([ended, ledger.head().height > height]).toEqual([failPoints, true]);
		await expectEqual(network);
	});

	it("[CB7] a proposer whose blocks the others refuse is passed over, and nothing of what it proposed stands", { timeout: 180_000 }, async () => {
		const network = await TestNetwork.create(4);
		let proposed = 0;
		const liar = network.members[0]!;
		// Its own application proposes what nobody signed, and takes it.
		const between: NonNullable<typeof liar.options.between> = (application) => ({
			handle(request) {
				if (request.prepareProposal) {
					proposed++;
					return { prepareProposal: { txs: [Uint8Array.of(1, 0, 1, 0, 0)] } };
				}
				return request.processProposal ? { processProposal: { status: 1 } } : application.handle(request);
			},
		});
		Object.assign(liar.options, { between });
		await network.start();
		await network.reach(1);
		for (let i = 0; i < 12; i++) expect(await submitUntilDecided(network, 1 + (i % 3), `k${i}`, i)).toBe("");
		expect(proposed).toBeGreaterThan(0);
		expect(network.ledgerOf(1).head().height).toBeLessThanOrEqual(12);
		await expectEqual(network);
	});
});
