import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import { CommitThread, sharedCommitThread } from "./commitThread.ts";
import { openLogDatabase } from "./logDatabase.ts";

it("[AL7] logs of one process share a thread, and get another once it has ended", async () => {
	const thread = sharedCommitThread();
	expect([thread.hasEnded, sharedCommitThread() === thread]).toEqual([false, true]);
	await thread.terminate();
	await expect(thread.open({ path: "/nowhere", log: "l" }).close()).resolves.toBeUndefined();
	expect(thread.hasEnded).toBe(true);
	const next = sharedCommitThread();
	expect([next === thread, next.hasEnded, sharedCommitThread() === next]).toEqual([false, false, true]);
	await next.terminate();
});

it("[LO64] a deputy whose program does not come leaves the thread at work, and whoever appointed it hears so", async () => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-log-"));
	const db = openLogDatabase(join(folder, "access.db"));
	const thread = new CommitThread();
	onTestFinished(async () => {
		await thread.terminate();
		db.close();
		rmSync(folder, { recursive: true, force: true });
	});
	const { port1, port2 } = new MessageChannel();
	const closed = new Promise<void>((resolve) => port1.on("close", resolve));
	const deputy = { module: new URL("./noSuchDeputy.ts", import.meta.url).href, port: port2 };
	const writer = thread.open({ path: join(folder, "access.db"), log: "l", deputy });
	await closed;
	await expect(writer.write({ base: 0, leaves: 0, nodes: new Uint8Array(), keys: [], entries: [], cohorts: [] })).resolves.toEqual([]);
	expect(thread.hasEnded).toBe(false);
	await writer.close();
});
