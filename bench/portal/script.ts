import { buildPortal } from "../../portal/testing/servePortal.ts";
import { type BenchRow, benchRow } from "../benchRow.ts";
import { benchMember, openWindow, withPortal } from "./portalBench.ts";

const kB = 1_000;

/**
 * Script that a browser with nothing in its cache asks for until a patient's home is usable, as it goes over the wire (brotli): the page's own, the
 * worker's, and the guard's, which the page registers. Baseline: the same uncompressed. `allKB` is the script of every page, which the guard keeps
 * in the background.
 */
export async function portalScript(): Promise<BenchRow> {
	const asked = await scriptsOfHome();
	const scripts = [...buildPortal().files].filter(([name]) => name.endsWith(".js"));
	const used = scripts.filter(([name]) => asked.has(name) || name === "guard.js");
	const sizeOf = (some: typeof scripts) => some.reduce((total, [, { brotli, bytes }]) => total + (brotli?.length ?? bytes.length), 0) / kB;
	const baseline = used.reduce((total, [, { bytes }]) => total + bytes.length, 0) / kB;
	const worker = used.filter(([name]) => name.includes("Worker"));
	const more = { workerKB: Math.round(sizeOf(worker)), files: used.length, allKB: Math.round(sizeOf(scripts)), allFiles: scripts.length };
	return benchRow({ name: "portal.script", value: sizeOf(used), unit: "kB", baseline, baselineIs: "the same uncompressed", ...more });
}

/** Paths of the scripts that were asked for until the home had its verdict. */
function scriptsOfHome(): Promise<ReadonlySet<string>> {
	return withPortal(async (served, browser) => {
		const { page, close } = await openWindow(browser);
		const asked = new Set<string>();
		page.on("request", (request) => {
			if (!request.url().startsWith("blob:")) asked.add(new URL(request.url()).pathname.slice(1));
		});
		await page.goto(served.addressOf(benchMember));
		await Promise.all([page.locator("main [data-verdict]").first().waitFor(), page.getByText(/^You have \d+ rules/).waitFor()]);
		await close();
		return asked;
	});
}
