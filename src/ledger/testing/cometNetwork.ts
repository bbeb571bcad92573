import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import type { NetNamespaces, Partitions } from "./netNamespaces.ts";
import { PeerLinks, relayToPath } from "./peerLinks.ts";
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
	/** What starts its CometBFT. */
	readonly program: string;
	ledger: CometLedger | undefined;
	comet: CometProcess | undefined;
}

/** What a network of a test is besides its members: the toy rules, where it does not say others. */
export interface NetworkShape {
	readonly definition?: (genesis: Genesis) => LedgerDefinition;
	readonly readMember?: CometLedgerOptions["readMember"];
	/** So that members can be cut off from each other: a machine of its own for each one's CometBFT, or `"proxy"`, which stands between them. */
	readonly links?: NetNamespaces | "proxy";
	/** Another program than CometBFT's own, with what its environment says besides. */
	readonly comet?: (index: number) => { readonly program: string; readonly environment: Readonly<Record<string, string>> };
	/** Where a member keeps its files, instead of in the network's folder. */
	readonly folderOf?: (index: number) => string | undefined;
}

/** Some members over the toy rules or others, each with CometBFT as a process of its own and the application in this one. */
export class TestNetwork {
	readonly members: readonly TestMember[];
	readonly definition: LedgerDefinition;
	readonly folder: string;
	readonly links: Partitions | undefined;
	readonly #relays: readonly { close(): void }[];

	private constructor(
		folder: string,
		members: readonly TestMember[],
		toy: LedgerDefinition,
		links: Partitions | undefined,
		relays: readonly { close(): void }[],
	) {
		[this.folder, this.members, this.definition, this.links, this.#relays] = [folder, members, toy, links, relays];
	}

	/** Everything that was started ends, and the folder goes, when the test ends. */
	static async create(count: number, options: Partial<CometLedgerOptions> = {}, shape: NetworkShape = {}): Promise<TestNetwork> {
		const folder = mkdtempSync(join(tmpdir(), "aceso-comet-"));
		const names = Array.from({ length: count }, (_, i) => `member-${i}`);
		const { definition: definitionOf = consortiumOf, readMember = readToyMember, folderOf } = shape;
		const toy = definitionOf(consortium(names));
		const ports = await freePorts(2 * count);
		const peerPorts = names.map((_, i) => ports[2 * i]!);
		const proxy = shape.links === "proxy" ? await PeerLinks.open(peerPorts) : undefined;
		const machines = shape.links === "proxy" ? undefined : shape.links;
		const begun = startOf(toy, join(folder, "beginning.db"), readMember);
		const members = names.map((name, i): TestMember => {
			const home = folderOf?.(i) ?? join(folder, name);
			const peers = names.map((peer, to) => ({
				key: createSigningKey(nodeSeed(peer)).publicKey,
				address: proxy?.addressOf(i, to) ?? `${machines?.addressOf(to) ?? "127.0.0.1"}:${peerPorts[to]}`,
			}));
			mkdirSync(home, { recursive: true });
			const listen = machines?.addressOf(i) ?? "127.0.0.1";
			const [socketPath, rpcListen] = [join(home, "app.sock"), `127.0.0.1:${ports[2 * i + 1]}`];
			return {
				...{ id: parseMemberId(name), key: toyKey(name), validatorSeed: validatorSeed(name), nodeSeed: nodeSeed(name), folder: home },
				home: {
					...{ folder: join(home, "comet"), genesis: begun, moniker: name, rpcListen, applicationAddress: `unix://${socketPath}` },
					...{ validatorSeed: validatorSeed(name), nodeSeed: nodeSeed(name), peerListen: `${listen}:${ports[2 * i]}` },
					peers: peers.filter((_, other) => other !== i),
				},
				options: {
					...{ ...toy, path: join(home, "ledger.db"), replicaKey: toyKey(`replica of ${name}`), readMember, now: systemClock },
					...{ socketPath, rpcUrl: `http://${rpcListen}`, resendMs: 1_000, ...options },
				},
				program: writeLauncher(home, { ...(shape.comet?.(i) ?? { program: cometProgram!, environment: {} }), enter: machines?.enter(i) ?? [] }),
				ledger: undefined,
				comet: undefined,
			};
		});
		// A machine's RPC is reached by a path, which namespaces have in common.
		const relays =
			machines === undefined ? [] : await Promise.all(members.map((_, i) => relayToPath(ports[2 * i + 1]!, rpcPath(members[i]!.folder))));
		const network = new TestNetwork(folder, members, toy, proxy ?? machines, relays);
		onTestFinished(() => network.close());
		return network;
	}

	async start(): Promise<void> {
		for (const member of this.members) {
			this.writeHome(member);
			await this.startMember(member);
		}
	}

	writeHome({ home, folder }: TestMember): void {
		writeCometHome(home);
		if (this.#relays.length > 0) editConfig(home.folder, `laddr = "tcp://${home.rpcListen}"`, `laddr = "unix://${rpcPath(folder)}"`);
	}

	async startMember(member: TestMember): Promise<void> {
		member.ledger = await openCometLedger(member.options);
		this.startComet(member);
	}

	startComet(member: TestMember): void {
		member.comet = startComet({ program: member.program, home: member.home.folder, logFile: join(member.folder, "comet.log") });
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
		for (const relay of this.#relays) relay.close();
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

/** Changes what a member's CometBFT is told, before it starts. */
export function editConfig(cometHome: string, from: string, to: string): void {
	const path = join(cometHome, "config", "config.toml");
	const text = readFileSync(path, "utf8");
	if (!text.includes(from)) throw new Error(`expected ${from} in config.toml`);
	writeFileSync(path, text.replace(from, to));
}

function rpcPath(memberFolder: string): string {
	return join(memberFolder, "rpc.sock");
}

interface Launch {
	readonly program: string;
	readonly environment: Readonly<Record<string, string>>;
	/** Before the program: where it runs. */
	readonly enter: readonly string[];
}

/** A program that becomes another one, with the same process id. */
function writeLauncher(folder: string, { program, environment, enter }: Launch): string {
	const path = join(folder, "comet.sh");
	const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}\n`);
	const script = `#!/bin/sh\nrm -f ${quote(rpcPath(folder))}\n${variables.join("")}exec ${[...enter, program].map(quote).join(" ")} "$@"\n`;
	writeFileSync(path, script, { mode: 0o700 });
	return path;
}

function quote(word: string): string {
	return `'${word.replaceAll("'", "'\\''")}'`;
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
