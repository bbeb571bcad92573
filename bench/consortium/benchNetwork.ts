import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSigningKey, encodeUtf8, type MemberId, type SigningKey, sha256, systemClock } from "#base";
import { genesisState, readMember, readValidators, rules } from "#contracts";
import { appHash, type CometHome, type Genesis, type LedgerDefinition, openReplica, writeCometHome } from "#ledger";
import { createPatients, enrolmentOf } from "../ledger/benchLedger.ts";

export const chain = "bench";
/** Each member's own, by number. */
export const patientsPerMember = 2_000;

export function keyOf(what: string, member: number): SigningKey {
	return createSigningKey(seedOf(what, member));
}

export function seedOf(what: string, member: number): Uint8Array {
	return sha256(encodeUtf8(`bench ${what} ${member}`));
}

export function memberId(member: number): MemberId {
	return `member-${member}` as MemberId;
}

export function patientsOf(member: number): SigningKey[] {
	return createPatients(patientsPerMember, `${member} `);
}

/** A ledger whose members validate, and that begins with each member's patients enrolled. */
export function consortiumDefinition(members: number, time: number): LedgerDefinition {
	const listed = Array.from({ length: members }, (_, i) => ({
		...{ id: memberId(i), name: `Member ${i}`, key: keyOf("member", i).publicKey, roles: ["hospital"], implicitPolicy: "deny" },
		validator: keyOf("validator", i).publicKey,
	}));
	const genesis: Genesis = { format: "aceso/genesis/1", chain, time, sealer: keyOf("validator", 0).publicKey, members: listed, rulesVersion: 1 };
	const enrolled = () => listed.flatMap(({ id }, i) => patientsOf(i).map(({ publicKey }) => enrolmentOf(publicKey, id)));
	return { genesis, rules, genesisState: (of) => [...genesisState(of), ...enrolled()] };
}

/** What a member's process is told, as JSON. */
export interface MemberWords {
	readonly member: number;
	readonly members: number;
	readonly time: number;
	readonly path: string;
	readonly socketPath: string;
	readonly rpcUrl: string;
	readonly home: string;
	readonly program: string;
	readonly logFile: string;
}

/** Load that a member's process is asked for, and what came of it. */
export interface LoadOrder {
	/** Transactions in an envelope. */
	readonly perEnvelope: number;
	/** Transactions a second through this member; 0 keeps `inFlight` envelopes under way instead. */
	readonly perSecond: number;
	readonly inFlight: number;
	readonly seconds: number;
}
export interface LoadReport {
	readonly accepted: number;
	/** Processor time of the application and its node's side, and of CometBFT, ms; the latter 0 where the system does not tell. */
	readonly cpuMs: number;
	readonly cometCpuMs: number;
	/** From when each was due to the members' decision, ms, one an envelope. */
	readonly latenciesMs: readonly number[];
}

const program = fileURLToPath(new URL("./memberProcess.ts", import.meta.url));

/** Members as processes of their own, each with its CometBFT. */
export class BenchNetwork {
	readonly folder: string;
	readonly #children: ChildProcess[] = [];
	readonly #words: MemberWords[] = [];

	constructor(folder: string) {
		this.folder = folder;
	}

	async start(members: number, cometProgram: string): Promise<void> {
		const time = Math.floor(systemClock() / 1_000) * 1_000 - 1_000;
		const definition = consortiumDefinition(members, time);
		const begun = startOf(definition, join(this.folder, "beginning.db"));
		const ports = await freePorts(2 * members);
		const peers = Array.from({ length: members }, (_, i) => ({ key: keyOf("node", i).publicKey, address: `127.0.0.1:${ports[2 * i]}` }));
		for (let i = 0; i < members; i++) {
			const folder = join(this.folder, String(i));
			mkdirSync(folder, { recursive: true });
			const [home, socketPath, rpcListen] = [join(folder, "comet"), join(folder, "app.sock"), `127.0.0.1:${ports[2 * i + 1]}`];
			writeCometHome({
				...{ folder: home, genesis: begun, validatorSeed: seedOf("validator", i), nodeSeed: seedOf("node", i), moniker: memberId(i), rpcListen },
				...{ applicationAddress: `unix://${socketPath}`, peerListen: `127.0.0.1:${ports[2 * i]}`, peers: peers.filter((_, other) => other !== i) },
			});
			const [path, rpcUrl, logFile] = [join(folder, "ledger.db"), `http://${rpcListen}`, join(folder, "comet.log")];
			this.#words.push({ member: i, members, time, path, socketPath, rpcUrl, home, program: cometProgram, logFile });
		}
		for (const words of this.#words)
			this.#children.push(spawn(process.execPath, [program, JSON.stringify(words)], { stdio: ["ignore", "inherit", "inherit", "ipc"] }));
		await Promise.all(this.#children.map((child) => nextMessage(child)));
	}

	/** Every member at once. */
	async load(order: LoadOrder): Promise<LoadReport[]> {
		return Promise.all(
			this.#children.map((child) => {
				const report = nextMessage(child);
				child.send(order);
				return report as Promise<LoadReport>;
			}),
		);
	}

	/** On one member's disk: log, state, and what CometBFT keeps. */
	bytes(): { readonly ledger: number; readonly comet: number } {
		const folder = join(this.folder, "0");
		const ledger = sizeOf(join(folder, "ledger.db")) + sizeOf(join(folder, "ledger.db.state"));
		return { ledger, comet: sizeOf(join(folder, "comet", "data")) };
	}

	async close(): Promise<void> {
		await Promise.all(
			this.#children.map(async (child) => {
				const ended = new Promise((resolve) => child.once("exit", resolve));
				child.kill("SIGTERM");
				await ended;
			}),
		);
	}
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const onMessage = (message: unknown) => {
			child.off("exit", onExit);
			resolve(message);
		};
		const onExit = () => {
			child.off("message", onMessage);
			reject(new Error("a member's process ended"));
		};
		child.once("message", onMessage);
		child.once("exit", onExit);
	});
}

/** What CometBFT's genesis says of a ledger at its beginning. */
function startOf(definition: LedgerDefinition, path: string): CometHome["genesis"] {
	const replica = openReplica({ ...definition, path, readMember, replicaKey: keyOf("beginning", 0) });
	const { chain: name, time } = definition.genesis;
	const begun = { chain: name, timeMs: time, initialHeight: 1, appHash: appHash(replica.head()), validators: readValidators(replica) };
	void replica.close();
	return begun;
}

export function sizeOf(path: string): number {
	const found = statSync(path, { throwIfNoEntry: false });
	if (found === undefined) return 0;
	return found.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : found.size;
}

export async function freePorts(count: number): Promise<number[]> {
	const servers = await Promise.all(
		Array.from({ length: count }, async () => {
			const server = createServer();
			await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
			return server;
		}),
	);
	const ports = servers.map((server) => (server.address() as { port: number }).port);
	await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	return ports;
}
