import { expect, onTestFinished } from "vitest";
import { systemClock } from "#base";
import { fsckLedger } from "../sealer/fsckLedger.ts";
import { type NetworkShape, TestNetwork, until } from "./cometNetwork.ts";
import { judgeHistory } from "./consentHistory.ts";
import { ConsentWorkload, consentRules } from "./consentWorkload.ts";
import { NetNamespaces } from "./netNamespaces.ts";

/** As the gate's 30 s, shorter, so that a test is over sooner; above the heartbeat of 5 s. */
export const freshnessMs = 12_000;

/** Four members over the rules in force, with people who grant, revoke and decide all the while. */
export interface FaultRun {
	readonly network: TestNetwork;
	readonly workload: ConsentWorkload;
	/** Undefined where a proxy stands between the members. */
	readonly machines: NetNamespaces | undefined;
	/** Lets the faults of the network pass, waits until all members have all of it, and judges what was seen. */
	readonly judge: () => Promise<void>;
}

export async function beginFaultRun(prepare: (network: TestNetwork) => void = () => undefined, shape: NetworkShape = {}): Promise<FaultRun> {
	const options = { silentAfterMs: freshnessMs, giveUpMs: 8_000 };
	const machines = await NetNamespaces.open(4);
	onTestFinished(() => machines?.close());
	const network = await TestNetwork.create(4, options, { ...consentRules, links: machines ?? "proxy", ...shape });
	prepare(network);
	await network.start();
	await network.reach(1);
	const workload = new ConsentWorkload(network, freshnessMs);
	workload.start();
	await until(() => workload.counts().writes >= 12, 60_000, "twelve acknowledged writes");
	return { network, workload, machines, judge: () => judge(network, workload) };
}

export function isFresh(network: TestNetwork, node: number): boolean {
	return network.ledgerOf(node).stalenessMs(systemClock()) < freshnessMs / 2;
}

async function judge(network: TestNetwork, workload: ConsentWorkload): Promise<void> {
	network.links!.split();
	await until(() => network.members.every((_, node) => isFresh(network, node)), 120_000, "all members to agree again");
	const before = workload.counts().writes;
	await until(() => workload.counts().writes >= before + 8, 60_000, "writes after the faults");
	await workload.stop();
	await network.reach(Math.max(...network.members.map(({ ledger }) => ledger!.consensus()!.changedAt)));
	await judgeRun(network, workload);
}

/** What everybody holds, and what people saw. */
export async function judgeRun(network: TestNetwork, workload: ConsentWorkload): Promise<void> {
	for (const { ledger, options } of network.members) {
		await ledger!.flush();
		const { findings } = fsckLedger({ ...network.definition, path: options.path, sealerKey: options.replicaKey.publicKey });
		expect(findings).toEqual([]);
	}
	expect(judgeHistory(workload.history())).toEqual([]);
	expect(workload.counts().released).toBeGreaterThan(0);
}

export function pass(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
