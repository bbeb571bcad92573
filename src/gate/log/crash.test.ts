import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodeHex } from "#base";
import { openAccessLog } from "./accessLog.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, patientOf } from "./testing.ts";

const kills = 6;

/** Runs the writer, kills it with SIGKILL after about so many acknowledgements, and returns what it acknowledged. */
function appendUntilKilled(folder: string, killAfter: number): Promise<readonly string[]> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [join(import.meta.dirname, "crashAppend.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] });
		let output = "";
		child.stdout.on("data", (chunk: Buffer) => {
			output += chunk.toString();
			if (output.split("\n").length > killAfter) child.kill("SIGKILL");
		});
		child.on("error", reject);
		child.on("close", (_code, signal) => {
			if (signal !== "SIGKILL") reject(new Error(`expected the writer to run until it was killed, found ${signal}`));
			// A line without its newline was cut off while it was written.
			else resolve(output.split("\n").slice(0, -1));
		});
	});
}

it(`[AL7] kill -9 in the middle of appends, ${kills} times: every acknowledged entry is there, every cohort whole, and the audit finds nothing`, {
	timeout: 120_000,
}, async () => {
	const { folder, path, keyring } = await createTestBench();
	await Promise.all(["anna", "bela"].map((name) => keyring.createSubject(patientOf(name).subject, patientOf(name).pseudonym)));
	await keyring.close();
	const acknowledged = new Map<number, string>();
	for (let kill = 0; kill < kills; kill++) {
		const lines = await appendUntilKilled(folder, 1 + Math.floor(Math.random() * 400));
		for (const line of lines) {
			const [leafIndex, hash] = line.split(" ") as [string, string];
			expect(acknowledged.has(Number(leafIndex)), "a place was given twice").toBe(false);
			acknowledged.set(Number(leafIndex), hash);
		}
		const audit = fsckAccessLog(path);
		expect(audit.findings).toEqual([]);
		expect(audit.entries).toBeGreaterThanOrEqual(Math.max(...acknowledged.keys()) + 1);
	}
	expect(acknowledged.size).toBeGreaterThan(kills);
	const store = openLogStore(path);
	for (const [leafIndex, hash] of acknowledged) expect(encodeHex(store.getLeafHash(leafIndex)!)).toBe(hash);
	const cohorts = [...store.listCohorts()];
	expect(cohorts.length).toBeGreaterThan(0);
	for (const { leafIndex: at } of cohorts) expect(store.listLeafEntries(at)).toHaveLength(2);
	store.close();
	const bench = await createTestBench({ folder, reopen: true });
	const log = await openAccessLog({ path, ...bench.parameters });
	expect((await log.append(draftOf(patientOf("anna").pseudonym), patientOf("anna"))).leafIndex).toBe(log.size() - 1);
});
