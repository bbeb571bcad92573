import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const repository = join(import.meta.dirname, "..");
const main = join(repository, "src/cli/main.ts");
const firstStarts = 2;
const laterStarts = 5;
const storedPatients = 1_000;
const giveUpMs = 20_000;
const member = "harbor";

/** The least that could be called a start: a bare HTTP server of this Node that answers one request. */
const bareServer = `require("node:http").createServer((_, answer) => answer.end("ok")).listen(0, "127.0.0.1", function () { console.log("http://127.0.0.1:" + this.address().port) })`;

/**
 * From the start of the process to the first answer that says ready, with 1,000 patients stored beside the demonstration's. Beside it: the first start,
 * in an empty data folder (keys, ledger and demo people are made). Memory is what the operating system counts as resident, once ready and
 * after the first bundle has been validated and stored.
 */
export async function start(): Promise<BenchRow> {
	const [baseline, first, later]: [number[], number[], number[]] = [[], [], []];
	const [residentMiB, afterWriteMiB]: [number[], number[]] = [[], []];
	const folder = await mkdtemp(join(tmpdir(), "aceso-bench-start-"));
	try {
		for (let round = 0; round < firstStarts; round++) {
			baseline.push((await startOnce(["-e", bareServer], "/")).readyMs);
			first.push((await startOnce(nodeArguments(join(folder, `data-${round}`)), "/ready")).readyMs);
		}
		const data = join(folder, "data-0");
		await importPeople(data, join(folder, "people.json"), storedPatients);
		for (let round = 0; round < laterStarts; round++) {
			baseline.push((await startOnce(["-e", bareServer], "/")).readyMs);
			const { readyMs, residentBytes } = await startOnce(nodeArguments(data), "/ready", async (child) => {
				// The command goes to the running node through its socket.
				await importPeople(data, join(folder, `one-${round}.json`), 1);
				afterWriteMiB.push((await residentBytesOf(child)) / 2 ** 20);
			});
			later.push(readyMs);
			residentMiB.push(residentBytes / 2 ** 20);
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
	return benchRow({
		name: "start",
		value: median(later),
		unit: "ms",
		baseline: median(baseline),
		baselineIs: "a bare node:http server",
		storedPatients,
		firstMs: Math.round(median(first)),
		residentMiB: Math.round(median(residentMiB)),
		residentAfterWriteMiB: Math.round(median(afterWriteMiB)),
		firstStarts: first.length,
		laterStarts: later.length,
	});
}

/** Imports as many people, with a condition and a laboratory value each, in one bundle. */
async function importPeople(data: string, path: string, count: number): Promise<void> {
	const people = Array.from({ length: count }, () => personEntries(randomUUID()));
	await writeFile(path, JSON.stringify({ resourceType: "Bundle", type: "transaction", entry: people.flat() }));
	const child = spawn(process.execPath, [main, "import", path, "--member", member, "--data", data], { cwd: repository, stdio: "ignore" });
	const [code] = (await once(child, "exit")) as [number | null];
	if (code !== 0) throw new Error(`expected the import to succeed, found exit code ${code}`);
}

function personEntries(localId: string): readonly object[] {
	const subject = { reference: `urn:uuid:${localId}` };
	const code = (system: string, value: string) => ({ coding: [{ system, code: value }] });
	const condition = { resourceType: "Condition", code: code("http://snomed.info/sct", "44054006"), subject };
	const value = { value: 6.8, unit: "%", system: "http://unitsofmeasure.org", code: "%" };
	const test = { status: "final", code: code("http://loinc.org", "4548-4"), effectiveDateTime: "2025-03-04", valueQuantity: value };
	const resources = [
		{ id: localId, resourceType: "Patient", name: [{ family: "Bench", given: [localId.slice(0, 8)] }], birthDate: "1970-01-01" },
		{ id: randomUUID(), ...condition },
		{ id: randomUUID(), resourceType: "Observation", subject, ...test },
	];
	return resources.map((resource) => ({
		fullUrl: `urn:uuid:${resource.id}`,
		resource,
		request: { method: "POST", url: resource.resourceType },
	}));
}

function nodeArguments(folder: string): string[] {
	return [main, "node", "--data", folder, "--port", "0"];
}

/** Starts, waits until `path` answers 200, measures, lets `whenReady` work with it, stops gracefully. */
async function startOnce(programArguments: readonly string[], path: string, whenReady?: (child: ChildProcess) => Promise<void>) {
	const startedMs = performance.now();
	const child = spawn(process.execPath, programArguments, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
	try {
		const origin = await firstOrigin(child);
		while ((await statusOf(new URL(path, origin))) !== 200) {
			if (performance.now() - startedMs > giveUpMs) throw new Error(`not ready after ${giveUpMs} ms`);
			await new Promise((resolve) => setTimeout(resolve, 2));
		}
		const measured = { readyMs: performance.now() - startedMs, residentBytes: await residentBytesOf(child) };
		await whenReady?.(child);
		return measured;
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
