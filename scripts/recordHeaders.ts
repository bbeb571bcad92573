/**
 * Records `vectors/headers.json` anew from a running network: four validators and a fifth that joins, CometBFT's own key-value application, all on this
 * machine's loopback. `node scripts/with-node24.mjs scripts/recordHeaders.ts` with `cometbft` on the PATH, in `ACESO_COMETBFT` or in Go's folder. Keys,
 * times and hashes are other ones each time; what happens is the same: a validator joins, one is absent for a while, one votes late and so for nothing,
 * powers change until the first validators are a minority.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lightBlockFromRpc } from "#ledger";

const nodes = 5;
const [peerPort, rpcPort] = [36_156, 36_157];
const hostOf = (node: number) => `127.0.0.${11 + node}`;
/** The last one cannot wait: what comes a millisecond late it votes against. */
const hasty = 4;

type Json = { readonly [name: string]: unknown };

function findCometBft(): string {
	const found = [process.env.ACESO_COMETBFT, join(homedir(), "go/bin/cometbft")].find((path) => path !== undefined && existsSync(path));
	return found ?? "cometbft";
}

const binary = findCometBft();
const folder = mkdtempSync(join(tmpdir(), "aceso-headers-"));
const home = (node: number) => join(folder, `node${node}`);
const running = new Map<number, ChildProcess>();

function prepare(): void {
	execFileSync(binary, ["testnet", "--v", "4", "--n", "1", "--o", folder, "--starting-ip-address", hostOf(0), "--p2p-port", String(peerPort)]);
	for (let node = 0; node < nodes; node++) {
		const file = join(home(node), "config/config.toml");
		const timeouts = node === hasty ? { propose: "1ms", prevote: "1ms" } : { propose: "400ms", prevote: "150ms" };
		let text = readFileSync(file, "utf8");
		for (const [name, value] of Object.entries({ ...timeouts, precommit: "150ms", commit: "150ms" })) {
			text = text.replace(new RegExp(`^timeout_${name} = .*$`, "m"), `timeout_${name} = "${value}"`);
		}
		writeFileSync(file, text.replace(/^laddr = "tcp:\/\/0\.0\.0\.0.*$/m, `laddr = "tcp://${hostOf(node)}:${peerPort}"`));
		editGenesis(join(home(node), "config/genesis.json"));
	}
}

/** Powers of which no two are alike, so that none can be taken for another. */
function editGenesis(file: string): void {
	const genesis = JSON.parse(readFileSync(file, "utf8")) as { chain_id: string; validators: { power: string }[] };
	genesis.chain_id = "recorded-1";
	for (const [at, validator] of genesis.validators.entries()) validator.power = String(10 + at);
	writeFileSync(file, JSON.stringify(genesis));
}

function start(node: number): void {
	const words = ["start", "--home", home(node), "--proxy_app", "kvstore", "--rpc.laddr", `tcp://${hostOf(node)}:${rpcPort}`];
	running.set(node, spawn(binary, words, { stdio: "ignore" }));
}

async function stop(node: number): Promise<void> {
	const child = running.get(node);
	running.delete(node);
	if (child === undefined || child.exitCode !== null) return;
	const ended = new Promise((resolve) => child.once("exit", resolve));
	child.kill("SIGKILL");
	await ended;
}

async function ask(path: string, node = 1): Promise<Json> {
	const answer = (await (await fetch(`http://${hostOf(node)}:${rpcPort}/${path}`)).json()) as { result?: Json; error?: unknown };
	if (answer.result === undefined) throw new Error(`expected an answer to ${path}, found ${JSON.stringify(answer.error)}`);
	return answer.result;
}

async function height(): Promise<number> {
	const status = (await ask("status")) as { sync_info: { latest_block_height: string } };
	return Number(status.sync_info.latest_block_height);
}

async function untilHeight(wanted: number): Promise<void> {
	for (let tries = 0; tries < 600; tries++) {
		if ((await height().catch(() => 0)) >= wanted) return;
		await pause(50);
	}
	throw new Error(`expected height ${wanted} within half a minute`);
}

async function grow(blocks: number): Promise<void> {
	await untilHeight((await height()) + blocks);
}

async function submit(text: string): Promise<void> {
	await ask(`broadcast_tx_commit?tx=${encodeURIComponent(JSON.stringify(text))}`);
}

function keyOf(node: number): string {
	const file = JSON.parse(readFileSync(join(home(node), "config/priv_validator_key.json"), "utf8")) as { pub_key: { value: string } };
	return file.pub_key.value;
}

const setPower = (node: number, power: number) => submit(`val=ed25519!${keyOf(node)}!${power}`);

/** What happens on the network, in the order of the file. */
async function play(): Promise<number> {
	for (let node = 0; node < nodes; node++) start(node);
	await untilHeight(3);
	await submit("a=1");
	await setPower(hasty, 7);
	await grow(8);
	await stop(3);
	await grow(3);
	start(3);
	await grow(3);
	await setPower(hasty, 31);
	await setPower(0, 0);
	await grow(3);
	await setPower(2, 0);
	await setPower(3, 0);
	await grow(4);
	return (await height()) - 1;
}

async function record(to: number): Promise<Json> {
	const sets: string[] = [];
	const blocks: Json[] = [];
	for (let at = 1; at <= to; at++) {
		const { validators, ...block } = lightBlockFromRpc(await ask(`commit?height=${at}`), await ask(`validators?height=${at}&per_page=100`));
		const text = JSON.stringify(validators);
		if (!sets.includes(text)) sets.push(text);
		blocks.push({ ...block, validators: sets.indexOf(text) });
	}
	const version = execFileSync(binary, ["version"], { encoding: "utf8" }).trim();
	return {
		about: "Headers, commits and validator sets of a running network, by docs/spec/12-headers.md. `validators` of a block is a place in `sets`.",
		cometbft: version,
		sets: sets.map((text) => JSON.parse(text) as unknown),
		blocks,
	};
}

/** Lists and objects of the second level on a line each: small, and a difference can be read. */
function spell({ sets, blocks, ...head }: Json): string {
	const lines = (list: unknown) => `[\n${(list as readonly unknown[]).map((one) => `\t\t${JSON.stringify(one)}`).join(",\n")}\n\t]`;
	const first = Object.entries(head).map(([name, value]) => `\t${JSON.stringify(name)}: ${JSON.stringify(value)}`);
	return `{\n${[...first, `\t"sets": ${lines(sets)}`, `\t"blocks": ${lines(blocks)}`].join(",\n")}\n}\n`;
}

try {
	prepare();
	const to = await play();
	writeFileSync(join(import.meta.dirname, "..", "vectors", "headers.json"), spell(await record(to)));
	console.log(`recorded ${to} blocks`);
} finally {
	for (const node of [...running.keys()]) await stop(node);
	rmSync(folder, { recursive: true, force: true });
}
