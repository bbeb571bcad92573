import { describe, expect, it } from "vitest";
import { createApi } from "./api.ts";

const answering = (status: number, text: string, date = new Date().toUTCString()) =>
	createApi({ fetch: async () => new Response(text, { status, headers: { date } }), now: () => Date.now() });
const failureOf = (work: Promise<unknown>) =>
	work.then(
		() => "no failure",
		(error: { code: string; nodeCode: string }) => `${error.code}/${error.nodeCode}`,
	);

describe("what the portal makes of a node's answers", () => {
	it("[PO40] a refusal has the node's code; whatever is no problem document is no answer of a node", async () => {
		expect(await failureOf(answering(404, '{"code":"GATE_NOT_AVAILABLE","title":"x"}').get("/"))).toBe("REFUSED/GATE_NOT_AVAILABLE");
		expect(await failureOf(answering(502, "<html>proxy</html>").get("/"))).toBe("ANSWER_INVALID/");
		expect(await failureOf(answering(200, "<html>captive</html>").get("/"))).toBe("ANSWER_INVALID/");
		const silent = createApi({
			fetch: async () => {
				throw new TypeError("failed");
			},
		});
		expect(await failureOf(silent.get("/"))).toBe("OFFLINE/");
	});

	it("[PO41] a wrong clock of the device is told by the node's, and requests are signed by the node's time", async () => {
		const device = Date.UTC(2026, 0, 1);
		const node = device + 7 * 3_600_000;
		const api = createApi({ fetch: async () => new Response("{}", { headers: { date: new Date(node).toUTCString() } }), now: () => device });
		expect(api.nowMs()).toBe(device);
		await api.get("/");
		expect(Math.abs(api.nowMs() - node)).toBeLessThan(1_000);
		const fine = createApi({ fetch: async () => new Response("{}", { headers: { date: new Date(device).toUTCString() } }), now: () => device });
		await fine.get("/");
		expect(fine.skewMs()).toBe(0);
	});
});
