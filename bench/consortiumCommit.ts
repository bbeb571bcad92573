import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findComet } from "#ledger";
import { type BenchRow, benchRow, median } from "./benchRow.ts";
import { BenchNetwork, patientsOf } from "./consortium/benchNetwork.ts";
import { signGrant } from "./ledger/benchLedger.ts";
import { measureVerification } from "./ledger/measureVerification.ts";

const members = 4;
const seconds = 30;
const perEnvelope = 64;
const inFlight = 5;

/**
 * Consents granted a second, each signed by its patient's key and decided by four validators with four applications, all on this machine, for 30 s; each member
 * has 5 envelopes of 64 under way. Baseline: what the machine's cores could do if they did nothing but verify each patient's signature once a member.
 */
export async function consortiumCommit(): Promise<BenchRow> {
	return withNetwork(async (network) => {
		await network.load({ perEnvelope, perSecond: 0, inFlight, seconds: 3 });
		const before = network.bytes();
		const reports = await network.load({ perEnvelope, perSecond: 0, inFlight, seconds });
		const accepted = reports.reduce((sum, report) => sum + report.accepted, 0);
		const after = network.bytes();
		const latencies = reports.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
		const perMillion = (bytes: number) => Number((((bytes / accepted) * 1_000_000) / 2 ** 30).toFixed(2));
		const perEvent = (ms: readonly number[]) => Math.round((ms.reduce((sum, each) => sum + each, 0) * 1_000) / accepted);
		const baseline = (await measureVerification(patientsOf(0).map((patient) => signGrant(patient)))) / members;
		return benchRow({
			...{ name: "consortium.commit", value: accepted / seconds, unit: "transactions/s", baseline },
			...{
				members,
				seconds,
				perEnvelope,
				p50Ms: Math.round(median(latencies)),
				p95Ms: Math.round(latencies[Math.floor(latencies.length * 0.95)] ?? 0),
			},
			...{ cpuUs: perEvent(reports.map(({ cpuMs }) => cpuMs)), cometCpuUs: perEvent(reports.map(({ cometCpuMs }) => cometCpuMs)) },
			...{ ledgerGiBPerMillion: perMillion(after.ledger - before.ledger), cometGiBPerMillion: perMillion(after.comet - before.comet) },
		});
	});
}

const ratePerMember = 125;
const rateSeconds = 20;

/**
 * From submission to the members' decision, p95 in ms, when consents come at 500 a second in envelopes of five, over four validators with four applications on
 * this machine. Baseline: the same of single submissions to an idle network, p50.
 */
export async function consortiumFinality(): Promise<BenchRow> {
	return withNetwork(async (network) => {
		const idle = await network.load({ perEnvelope: 1, perSecond: 1, inFlight: 1, seconds: 5 });
		const baseline = median(idle.flatMap(({ latenciesMs }) => latenciesMs));
		await network.load({ perEnvelope: 5, perSecond: ratePerMember, inFlight: 0, seconds: 3 });
		const reports = await network.load({ perEnvelope: 5, perSecond: ratePerMember, inFlight: 0, seconds: rateSeconds });
		const latencies = reports.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
		const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
		const accepted = reports.reduce((sum, report) => sum + report.accepted, 0);
		return benchRow({
			...{ name: "consortium.finality", value: percentile(0.95), unit: "ms", baseline },
			...{ members, perSecond: ratePerMember * members, accepted, p50Ms: Math.round(median(latencies)), p99Ms: Math.round(percentile(0.99)) },
		});
	});
}

async function withNetwork(work: (network: BenchNetwork) => Promise<BenchRow>): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const network = new BenchNetwork(folder);
	try {
		await network.start(members, findComet());
		return await work(network);
	} finally {
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}
