import { getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";

describe("giveWay", () => {
	it.skipIf(process.platform !== "linux")("[LG62] lowers the calling thread alone (elsewhere niceness is the whole process's)", async () => {
		const before = getPriority();
		const giveWay = new URL("./giveWay.ts", import.meta.url).href;
		const body = `
			import { getPriority } from "node:os";
			import { parentPort } from "node:worker_threads";
			const { giveWay } = await import(${JSON.stringify(giveWay)});
			giveWay();
			parentPort.postMessage(getPriority());
		`;
		const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`));
		const after = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
		expect(after).toBe(Math.min(19, before + 5));
		expect(getPriority()).toBe(before);
		await worker.terminate();
	});
});
