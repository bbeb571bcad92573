import type { Page } from "playwright-core";

/** Lets each look that this browser keeps be the end of a visit: what comes after it belongs to another, as half an hour later. */
export async function beginVisit(page: Page): Promise<void> {
	await page.evaluate(`{
		const visits = Object.entries(JSON.parse(localStorage.getItem("aceso/visits/1") ?? "{}"));
		const ended = visits.map(([key, { atMs }]) => [key, { atMs, beforeMs: atMs }]);
		localStorage.setItem("aceso/visits/1", JSON.stringify(Object.fromEntries(ended)));
	}`);
}
