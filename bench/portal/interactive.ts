import { type BenchRow, benchRow, median } from "../benchRow.ts";
import { benchMember, openWindow, withPortal } from "./portalBench.ts";

const rounds = 7;

/**
 * From navigation to a home that can be used, for a patient who is signed in, in a window that has nothing in its cache: the name, the rules and
 * the verdict over the verified history are on the page. Baseline: the same browser and node, a JSON document of one line.
 */
export async function portalInteractive(): Promise<BenchRow> {
	return withPortal(async (served, browser) => {
		const url = served.addressOf(benchMember);
		const [usable, heading, bare]: [number[], number[], number[]] = [[], [], []];
		for (let round = -1; round < rounds; round++) {
			const { page, close } = await openWindow(browser);
			const begunMs = performance.now();
			await page.goto(url);
			await page.getByRole("heading", { name: /^Hello/ }).waitFor();
			const headingMs = performance.now() - begunMs;
			await Promise.all([page.locator("main [data-verdict]").first().waitFor(), page.getByText(/^You have \d+ rules/).waitFor()]);
			const usableMs = performance.now() - begunMs;
			const bareMs = performance.now();
			await page.goto(`${url}/health`);
			// The first round warms the node.
			if (round >= 0) {
				usable.push(usableMs);
				heading.push(headingMs);
				bare.push(performance.now() - bareMs);
			}
			await close();
		}
		const [value, baseline] = [median(usable), median(bare)];
		const more = { headingMs: Math.round(median(heading)), slowestMs: Math.round(Math.max(...usable)), rounds };
		return benchRow({ name: "portal.interactive", value, unit: "ms", baseline, baselineIs: "navigation to a line of JSON", ...more });
	});
}
