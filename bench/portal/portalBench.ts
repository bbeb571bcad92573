import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser, noBrowser, type ServedPortal, servePortal } from "../../portal/testing/servePortal.ts";

export const benchPerson = "james-okafor";
export const benchMember = "harbor";

/** Runs with a served demonstration and a browser, and ends both. */
export async function withPortal<Result>(work: (served: ServedPortal, browser: Browser) => Promise<Result>): Promise<Result> {
	if (chromiumPath === undefined) throw new Error(noBrowser);
	const served = await servePortal();
	const browser = await launchBrowser();
	try {
		return await work(served, browser);
	} finally {
		await browser.close();
		await served.close();
	}
}

/** A window in which somebody, the patient of the benchmarks unless told, is signed in as after a reload. Nothing is loaded yet. */
export async function openWindow(browser: Browser, person = benchPerson): Promise<{ readonly page: Page; close(): Promise<void> }> {
	const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
	await context.addInitScript(`sessionStorage.setItem("aceso/actor", "${person}")`);
	return { page: await context.newPage(), close: () => context.close() };
}
