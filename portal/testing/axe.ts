import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** What axe finds on the page as it stands, contrast included; the window has to be opened with `bypassCSP`. */
export async function violationsOf(page: Page, name: string): Promise<readonly string[]> {
	await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
	const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
		violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
	};
	return violations.map(({ id, nodes }) => `${name} ${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary?.slice(0, 200)}`);
}
