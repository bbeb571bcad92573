import { expect, it } from "vitest";
import { sharedCommitThread } from "./commitThread.ts";

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
