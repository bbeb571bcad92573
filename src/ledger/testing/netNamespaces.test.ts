import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "./cometNetwork.ts";
import { NetNamespaces } from "./netNamespaces.ts";

const allowed = await NetNamespaces.open(1);
allowed?.close();
const child = fileURLToPath(new URL("./namespacesChild.ts", import.meta.url));

async function open(count: number): Promise<NetNamespaces> {
	const namespaces = (await NetNamespaces.open(count))!;
	onTestFinished(() => namespaces.close());
	return namespaces;
}

/** Listens on a machine, for who connects and says nothing. */
async function listen(namespaces: NetNamespaces, index: number): Promise<void> {
	const source = "require('node:net').createServer((s) => s.on('error', () => 0)).listen(4000, () => process.stdout.write('listens'))";
	const [program, ...words] = [...namespaces.enter(index), process.execPath, "-e", source];
	const server = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
	onTestFinished(() => void server.kill("SIGKILL"));
	await new Promise((resolve) => server.stdout.once("data", resolve));
}

function reaches(namespaces: NetNamespaces, from: number, to: number): boolean {
	const source = `const s = require('node:net').connect(4000, '${namespaces.addressOf(to)}');
		s.on('connect', () => process.exit(0)).on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 700)`;
	const [program, ...words] = [...namespaces.enter(from), process.execPath, "-e", source];
	return spawnSync(program, words).status === 0;
}

/** Names of the links that this process itself sees. */
function linksHere(): readonly string[] {
	return [...readFileSync("/proc/net/dev", "utf8").matchAll(/^\s*(\S+):/gm)].map(([, name]) => name!);
}

const isGone = (pid: number) => !existsSync(`/proc/${pid}/ns/net`);

describe.skipIf(allowed === undefined)("machines of a test (needs network namespaces: `unshare`, `nsenter`, `ip`)", () => {
	it("[CB60] reach each other until they are cut off, cannot be reached from outside, and leave nothing", { timeout: 60_000 }, async () => {
		const before = linksHere();
		const namespaces = await open(3);
		await listen(namespaces, 0);
		// After a cut a neighbour is looked for once a second.
		const reached = (from: number) => until(() => reaches(namespaces, from, 0), 10_000, `${from} to reach the first`);
		await reached(1);
		await reached(2);
		namespaces.split([0, 1]);
		await reached(1);
		expect(reaches(namespaces, 2, 0)).toBe(false);
		namespaces.split([1], [0, 2]);
		await reached(2);
		expect(reaches(namespaces, 1, 0)).toBe(false);
		namespaces.split();
		await reached(1);
		namespaces.blackhole(1, 0);
		await reached(2);
		expect(reaches(namespaces, 1, 0)).toBe(false);
		namespaces.mend(1, 0);
		await reached(1);
		expect(linksHere()).toEqual(before);
		const pids = namespaces.pids();
		namespaces.close();
		await until(() => pids.every(isGone), 10_000, "the namespaces to be gone");
	});

	it("[CB60] lose what they are told to lose, and nothing when that is over", { timeout: 60_000 }, async (context) => {
		const namespaces = await open(2);
		await listen(namespaces, 0);
		if (!namespaces.impair(1, { lossPercent: 100 })) return context.skip("needs a kernel with BPF in its queues");
		expect(reaches(namespaces, 1, 0)).toBe(false);
		expect(namespaces.dropped(1)).toBeGreaterThan(0);
		namespaces.clear(1);
		await until(() => reaches(namespaces, 1, 0), 10_000, "the line to carry again");
		namespaces.impair(1, { lossPercent: 0 });
		expect([reaches(namespaces, 1, 0), namespaces.dropped(1)]).toEqual([true, 0]);
	});

	it("[CB60] leave nothing when the process of the test is killed", { timeout: 60_000 }, async () => {
		const process_ = spawn(process.execPath, [child], { stdio: ["ignore", "pipe", "inherit"] });
		onTestFinished(() => void process_.kill("SIGKILL"));
		const line = await new Promise<string>((resolve) => process_.stdout.once("data", (chunk) => resolve(String(chunk))));
		const pids = JSON.parse(line) as number[];
		expect(pids.map(isGone)).toEqual([false, false, false]);
		process_.kill("SIGKILL");
		await until(() => pids.every(isGone), 10_000, "the namespaces to be gone");
	});
});
