import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createSigningKey, type MemberId, parseMemberId, type SigningKey, sha256, sha256Utf8, systemClock } from "#base";
import { readValidators } from "#contracts";
import { appHash } from "../appHash.ts";
import { type CometHome, writeCometHome } from "../comet/cometHome.ts";
import { type CometLedger, type CometLedgerOptions, openCometLedger } from "../comet/cometLedger.ts";
import { type CometProcess, startComet } from "../comet/cometProcess.ts";
import { findComet } from "../comet/findComet.ts";
import { openReplica } from "../comet/openReplica.ts";
import { createEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import type { Genesis, Transaction, TransactionResult } from "../ledger.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
import type { StateEntry } from "../state.ts";
import { freePorts } from "./freePorts.ts";
import { PeerLinks } from "./peerLinks.ts";
import { definition, put, readToyMember, toyGenesisState, toyKey } from "./toyLedger.ts";

/** CometBFT's program, or undefined where this machine has none: such tests are skipped, and the reporter lists why. */
export const cometProgram = ((): string | undefined => {
	try {
		return findComet();
	} catch (error) {
		if (error instanceof LedgerError && error.code === "LEDGER_COMETBFT_MISSING") return undefined;
		throw error;
	}
})();

export interface TestMember {
	readonly id: MemberId;
	readonly key: SigningKey;
	readonly validatorSeed: Uint8Array;
	readonly nodeSeed: Uint8Array;
	readonly folder: string;
	readonly home: CometHome;
	readonly options: CometLedgerOptions;
	ledger: CometLedger | undefined;
	comet: CometProcess | undefined;
}

/** What a network of a test is besides its members: the toy rules, where it does not say others. */
export interface NetworkShape {
	readonly definition?: (genesis: Genesis) => LedgerDefinition;
	readonly readMember?: CometLedgerOptions["readMember"];
	/** Something stands between the members, so that they can be cut off from each other. */
	readonly links?: boolean;
	/** Where a member keeps its files, instead of in the network's folder. */
	readonly folderOf?: (index: number) => string | undefined;
}

/** Some members over the toy rules or others, each with CometBFT as a process of its own and the application in this one. */
export class TestNetwork {
	readonly members: readonly TestMember[];
	readonly definition: LedgerDefinition;
	readonly folder: string;
	readonly links: PeerLinks | undefined;

	private constructor(folder: string, members: readonly TestMember[], toy: LedgerDefinition, links: PeerLinks | undefined) {
		[this.folder, this.members, this.definition, this.links] = [folder, members, toy, links];
	}

	/** Everything that was started ends, and the folder goes, when the test ends. */
	static async create(count: number, options: Partial<CometLedgerOptions> = {}, shape: NetworkShape = {}): Promise<TestNetwork> {
		const folder = mkdtempSync(join(tmpdir(), "aceso-comet-"));
		const names = Array.from({ length: count }, (_, i) => `member-${i}`);
		const { definition: definitionOf = consortiumOf, readMember = readToyMember, folderOf } = shape;
		const toy = definitionOf(consortium(names));
		const ports = await freePorts(2 * count);
		const peerPorts = names.map((_, i) => ports[2 * i]!);
		const links = shape.links === true ? await PeerLinks.open(peerPorts) : undefined;
		const begun = startOf(toy, join(folder, "beginning.db"), readMember);
		const members = names.map((name, i): TestMember => {
			const home = folderOf?.(i) ?? join(folder, name);
			const peers = names.map((peer, to) => ({
				key: createSigningKey(nodeSeed(peer)).publicKey,
				address: links?.addressOf(i, to) ?? `127.0.0.1:${peerPorts[to]}`,
			}));
			mkdirSync(home, { recursive: true });
			const [socketPath, rpcListen] = [join(home, "app.sock"), `127.0.0.1:${ports[2 * i + 1]}`];
			return {
				...{ id: parseMemberId(name), key: toyKey(name), validatorSeed: validatorSeed(name), nodeSeed: nodeSeed(name), folder: home },
				home: {
					...{ folder: join(home, "comet"), genesis: begun, moniker: name, rpcListen, applicationAddress: `unix://${socketPath}` },
					...{ validatorSeed: validatorSeed(name), nodeSeed: nodeSeed(name), peerListen: `127.0.0.1:${ports[2 * i]}` },
					peers: peers.filter((_, other) => other !== i),
				},
				options: {
					...{ ...toy, path: join(home, "ledger.db"), replicaKey: toyKey(`replica of ${name}`), readMember, now: systemClock },
					...{ socketPath, rpcUrl: `http://${rpcListen}`, resendMs: 1_000, ...options },
				},
				ledger: undefined,
				comet: undefined,
			};
		});
		const network = new TestNetwork(folder, members, toy, links);
		onTestFinished(() => network.close());
		return network;
	}

	async start(): Promise<void> {
		for (const member of this.members) {
			writeCometHome(member.home);
			await this.startMember(member);
		}
	}

	async startMember(member: TestMember): Promise<void> {
		member.ledger = await openCometLedger(member.options);
		this.startComet(member);
	}

	startComet(member: TestMember): void {
		member.comet = startComet({ program: cometProgram!, home: member.home.folder, logFile: join(member.folder, "comet.log") });
	}

	ledgerOf(index: number): CometLedger {
		return this.members[index]!.ledger!;
	}

	/** Submits as a member, and waits for the members' decision. */
	async submit(index: number, ...transactions: Transaction[]): Promise<readonly TransactionResult[]> {
		const { id, key } = this.members[index]!;
		const ledger = this.ledgerOf(index);
		return ledger.submit(createEnvelope(transactions, { chain: ledger.chain, member: id, key }));
	}

	/** Waits until every given member has committed a block at or beyond a height. */
	async reach(height: number, indexes: readonly number[] = this.members.map((_, i) => i), timeoutMs = 60_000): Promise<void> {
		await until(() => indexes.every((i) => (this.members[i]!.ledger?.consensus()?.height ?? 0) >= height), timeoutMs, `height ${height}`);
	}

	async close(): Promise<void> {
		await Promise.all(this.members.map(({ comet }) => comet?.kill()));
		await Promise.all(this.members.map(({ ledger }) => ledger?.close()));
		this.links?.close();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** A transaction of now. */
export function putNow(key: string, value: number): Transaction {
	return put(key, value, { until: Math.floor(systemClock() / 60_000) * 60_000 + 5 * 60_000 });
}

/** Polls, since what is waited for happens in other processes. */
export async function until(holds: () => unknown, timeoutMs: number, what: string): Promise<void> {
	const endsAt = performance.now() + timeoutMs;
	while (!holds()) {
		if (performance.now() > endsAt) throw new Error(`expected ${what} within ${timeoutMs} ms`);
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}

function validatorSeed(name: string): Uint8Array {
	return sha256(sha256Utf8(`validator of ${name}`));
}

function nodeSeed(name: string): Uint8Array {
	return sha256(sha256Utf8(`node of ${name}`));
}

function consortium(names: readonly string[]): Genesis {
	return {
		...definition.genesis,
		time: Math.floor(Date.now() / 1_000) * 1_000 - 1_000,
		members: names.map((name) => ({
			...{ id: parseMemberId(name), name, key: toyKey(name).publicKey, roles: ["hospital"], implicitPolicy: "deny" },
			validator: createSigningKey(validatorSeed(name)).publicKey,
		})),
	};
}

/** The toy rules over a genesis whose members validate. */
export function consortiumOf(genesis: Genesis): LedgerDefinition {
	const genesisState = (from: Genesis): StateEntry[] => [
		...toyGenesisState(from),
		{ contract: "membership", key: "validators", value: from.members.map(({ id, validator = "" }) => ({ id, key: validator, power: 10 })) },
	];
	return { ...definition, genesis, genesisState };
}

/** What CometBFT's genesis says of a ledger at its beginning. */
function startOf(toy: LedgerDefinition, path: string, readMember: CometLedgerOptions["readMember"]): CometHome["genesis"] {
	const replica = openReplica({ ...toy, path, replicaKey: toyKey("beginning"), readMember });
	const { chain, time } = toy.genesis;
	const begun = { chain, timeMs: time, initialHeight: 1, appHash: appHash(replica.head()), validators: readValidators(replica) };
	void replica.close();
	return begun;
}
