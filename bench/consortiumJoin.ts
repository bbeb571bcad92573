import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "#base";
import { readMember } from "#contracts";
import {
	adoptLedger,
	appHash,
	type CometHome,
	type CometLedger,
	type CometProcess,
	createEnvelope,
	findComet,
	fsckLedger,
	type LedgerDefinition,
	openCometLedger,
	openSealer,
	startComet,
	writeCometHome,
} from "#ledger";
import { type BenchRow, benchRow } from "./benchRow.ts";
import { chain, consortiumDefinition, freePorts, keyOf, memberId, patientsOf, seedOf, sizeOf } from "./consortium/benchNetwork.ts";
import { signGrant } from "./ledger/benchLedger.ts";

const events = Number(process.env.ACESO_BENCH_EVENTS ?? 100_000);
const perEnvelope = 250;
/** Two that agree, from whose RPC the newcomer's light client reads, and the newcomer. */
const [first, second, newcomer] = [0, 1, 2];
const giveUpMs = 60_000;

interface Node {
	readonly ledger: CometLedger;
	readonly comet: CometProcess;
}

/**
 * Seconds from the start of a fresh node (its application and its CometBFT) to serving a ledger of 100,000 consents that was sealed by one party before and moved
 * to a consortium: header found by the light client, snapshot fetched and held against it, caught up. Baseline: copying the ledger's two files on the same disk.
 * Sealing the 100,000 and the members' start and snapshot are not timed. CometBFT looks for snapshots for five seconds at least.
 */
export async function consortiumJoin(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const nodes: Node[] = [];
	try {
		const definition = { ...consortiumDefinition(2, systemClock() - 60_000), readMember };
		const path = join(folder, "sealed.db");
		const start = await seal(definition, path);
		const ports = await freePorts(6);
		for (const member of [first, second]) nodes.push(await open({ folder, definition, start, ports, member, path }));
		const [origin] = nodes as [Node];
		await until(() => nodes.every(({ ledger }) => ledger.consensus() !== undefined && ledger.stalenessMs(systemClock()) < 15_000));
		// CometBFT's light client reads the two headers after a snapshot's.
		await until(() => origin.ledger.consensus()!.height >= (origin.ledger.snapshotHeights().at(-1) ?? Number.POSITIVE_INFINITY) + 2);
		const trusted = await origin.ledger.rpc.header(origin.ledger.consensus()!.height);
		const baseline = timeCopy(path, join(folder, "copy.db"));
		const begun = performance.now();
		const rpcUrls = [first, second].map((member) => `http://127.0.0.1:${ports[2 * member + 1]}`);
		const joined = await open({ folder, definition, start, ports, member: newcomer, trustedStart: { rpcUrls, ...trusted } });
		nodes.push(joined);
		const { height } = origin.ledger.head();
		await until(() => joined.ledger.head().height === height && joined.ledger.stalenessMs(systemClock()) < 15_000);
		const seconds = (performance.now() - begun) / 1_000;
		const isSame = joined.ledger.appHash() === origin.ledger.appHash();
		await joined.ledger.flush();
		const sealerKey = keyOf("replica", newcomer).publicKey;
		const { findings } = fsckLedger({ ...definition, path: pathOf(folder, newcomer), sealerKey });
		if (!isSame || findings.length > 0) throw new Error("expected the newcomer to have the members' ledger, and a sound file");
		const bytes = sizeOf(path) + sizeOf(`${path}.state`);
		return benchRow({
			...{ name: "consortium.join", value: seconds, unit: "s", baseline: baseline / 1_000 },
			...{ events, MiB: Math.round(bytes / 2 ** 20), GiBPerMillion: Number((((bytes / events) * 1_000_000) / 2 ** 30).toFixed(2)) },
		});
	} finally {
		for (const { comet, ledger } of nodes) {
			await comet.kill();
			await ledger.close();
		}
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A ledger as one party sealed it, and what a consortium goes on from. */
async function seal(definition: LedgerDefinition, path: string): Promise<CometHome["genesis"]> {
	const sealer = await openSealer({
		...definition,
		path,
		readMember,
		sealerKey: keyOf("validator", 0),
		now: systemClock,
		verifyThreads: 1,
		transactionsPerMinute: 1e9,
	});
	const patients = patientsOf(0);
	const waiting = new Set<Promise<unknown>>();
	for (let serial = 0; serial < events; ) {
		const grants = Array.from({ length: Math.min(perEnvelope, events - serial) }, () =>
			signGrant(patients[serial % patients.length]!, Math.floor(serial++ / patients.length)),
		);
		const submitted: Promise<unknown> = sealer
			.submit(createEnvelope(grants, { chain, member: memberId(0), key: keyOf("member", 0) }))
			.then(() => waiting.delete(submitted));
		waiting.add(submitted);
		if (waiting.size > 8) await Promise.race(waiting);
	}
	await Promise.all(waiting);
	const head = sealer.head();
	await sealer.close();
	const validators = [0, 1].map((member) => ({ id: memberId(member), key: keyOf("validator", member).publicKey, power: 10 }));
	return { chain, timeMs: Math.max(head.time, systemClock()), initialHeight: head.height + 1, appHash: appHash(head), validators };
}

interface OpenParameters {
	readonly folder: string;
	readonly definition: LedgerDefinition;
	readonly start: CometHome["genesis"];
	/** Peers' and RPC's, by member. */
	readonly ports: readonly number[];
	readonly member: number;
	/** The sealed ledger, for who has it already. */
	readonly path?: string;
	readonly trustedStart?: NonNullable<CometHome["trustedStart"]>;
}

function pathOf(folder: string, member: number): string {
	return join(folder, String(member), "ledger.db");
}

async function open({ folder, definition, start, ports, member, path, trustedStart }: OpenParameters): Promise<Node> {
	const own = join(folder, String(member));
	mkdirSync(own);
	const [home, socketPath, rpcListen, replicaKey] = [
		join(own, "comet"),
		join(own, "app.sock"),
		`127.0.0.1:${ports[2 * member + 1]}`,
		keyOf("replica", member),
	];
	const seeds = { validatorSeed: seedOf("validator", member), nodeSeed: seedOf("node", member) };
	writeCometHome({
		...{ folder: home, genesis: start, ...seeds, moniker: memberId(member), applicationAddress: `unix://${socketPath}`, rpcListen },
		...{ peerListen: `127.0.0.1:${ports[2 * member]}`, ...(trustedStart === undefined ? {} : { trustedStart }) },
		peers: [first, second]
			.filter((other) => other !== member)
			.map((other) => ({ key: keyOf("node", other).publicKey, address: `127.0.0.1:${ports[2 * other]}` })),
	});
	if (path !== undefined) {
		for (const suffix of ["", ".state"]) copyFileSync(path + suffix, pathOf(folder, member) + suffix);
		adoptLedger({ path: pathOf(folder, member), genesis: definition.genesis, signedBy: keyOf("validator", 0).publicKey, replicaKey });
	}
	const places = { path: pathOf(folder, member), socketPath, rpcUrl: `http://${rpcListen}` };
	const ledger = await openCometLedger({ ...definition, ...places, readMember, replicaKey, now: systemClock });
	return { ledger, comet: startComet({ program: findComet(), home, logFile: join(own, "comet.log") }) };
}

/** ms. */
function timeCopy(from: string, to: string): number {
	const start = performance.now();
	for (const suffix of ["", ".state"]) copyFileSync(from + suffix, to + suffix);
	return performance.now() - start;
}

async function until(holds: () => boolean): Promise<void> {
	const endsAt = performance.now() + giveUpMs;
	while (!holds()) {
		if (performance.now() > endsAt) throw new Error(`expected it within ${giveUpMs} ms`);
		await delay(20);
	}
}
