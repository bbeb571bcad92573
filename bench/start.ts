import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const repository = join(import.meta.dirname, "..");
const firstStarts = 3;
const laterStarts = 5;
const giveUpMs = 20_000;

/** The least that could be called a start: a bare HTTP server of this Node that answers one request. */
const bareServer = `require("node:http").createServer((_, answer) => answer.end("ok")).listen(0, "127.0.0.1", function () { console.log("http://127.0.0.1:" + this.address().port) })`;

/**
 * From the start of the process to the first answer that says ready: with an empty data folder (keys, ledger and demo people are made) and
 * with the folder that this left behind. Memory is what the operating system counts as resident once ready.
 */
export async function start(): Promise<BenchRow> {
	const baseline: number[] = [];
	const first: number[] = [];
	const later: number[] = [];
	const residentMiB: number[] = [];
	for (let round = 0; round < firstStarts; round++) {
		const folder = await mkdtemp(join(tmpdir(), "aceso-bench-start-"));
		try {
			baseline.push((await startOnce(["-e", bareServer], "/")).readyMs);
			first.push((await startOnce(nodeArguments(folder), "/ready")).readyMs);
			for (let again = 0; again < laterStarts; again++) {
				const { readyMs, residentBytes } = await startOnce(nodeArguments(folder), "/ready");
				later.push(readyMs);
				residentMiB.push(residentBytes / 2 ** 20);
			}
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	}
	return benchRow({
		name: "start",
		value: median(first),
		unit: "ms",
		baseline: median(baseline),
		baselineIs: "a bare node:http server",
		againMs: Math.round(median(later)),
		residentMiB: Math.round(median(residentMiB)),
		firstStarts: first.length,
		laterStarts: later.length,
	});
}

function nodeArguments(folder: string): string[] {
	return [join(repository, "src/cli/main.ts"), "node", "--data", folder, "--port", "0"];
}

/** Starts, waits until `path` answers 200, measures, stops gracefully. */
async function startOnce(programArguments: readonly string[], path: string): Promise<{ readyMs: number; residentBytes: number }> {
	const startedMs = performance.now();
	const child = spawn(process.execPath, programArguments, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
	try {
		const origin = await firstOrigin(child);
		while ((await statusOf(new URL(path, origin))) !== 200) {
			if (performance.now() - startedMs > giveUpMs) throw new Error(`not ready after ${giveUpMs} ms`);
			await new Promise((resolve) => setTimeout(resolve, 2));
		}
		return { readyMs: performance.now() - startedMs, residentBytes: await residentBytesOf(child) };
	} finally {
		await stop(child);
	}
}

async function firstOrigin(child: ChildProcess): Promise<string> {
	for await (const line of createInterface({ input: child.stdout! })) {
		const origin = /http:\/\/[\w.[\]:-]+:\d+/.exec(line)?.[0];
		if (origin !== undefined) return origin;
	}
	throw new Error("the program ended without printing an address");
}

async function statusOf(url: URL): Promise<number | undefined> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(giveUpMs) });
		await response.arrayBuffer();
		return response.status;
	} catch {
		return undefined;
	}
}

/** Resident set size from /proc; 0 where there is none. */
async function residentBytesOf(child: ChildProcess): Promise<number> {
	const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, "exit");
	child.kill("SIGTERM");
	await ended;
}
