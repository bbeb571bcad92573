import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { chromiumPath, launchBrowser, noBrowser, type ServedPortal, servePortal, signIn, visit } from "./testing/servePortal.ts";

let served: ServedPortal;
let browser: Browser;

describe.skipIf(chromiumPath === undefined)(`another member's page${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	beforeAll(async () => {
		served = await servePortal();
		browser = await launchBrowser();
	}, 300_000);
	afterAll(async () => {
		await browser?.close();
		await served?.close();
	});

	it("[PO158] checks a list that was saved at the first one, and refuses it altered, cut, or with another's pins", { timeout: 90_000 }, async () => {
		const folder = mkdtempSync(join(tmpdir(), "aceso-other-"));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		const harbor = await visit(browser, served.addressOf("harbor"), { acceptDownloads: true });
		await signIn(harbor.page, "James Okafor");
		await harbor.page.getByRole("link", { name: "Who looked" }).first().click();
		await harbor.page.locator("main [data-verdict=verified]").first().waitFor();
		const saved: string[] = [];
		harbor.page.on(
			"download",
			(download) => void download.saveAs(join(folder, download.suggestedFilename())).then(() => saved.push(download.suggestedFilename())),
		);
		await harbor.page.getByRole("button", { name: "Save a copy to check it elsewhere" }).click();
		await expect.poll(() => saved.length).toBe(2);
		const [pins = "", history = ""] = ["pins", "history"].map((kind) => join(folder, saved.find((name) => name.includes(`.${kind}.`)) ?? ""));
		await harbor.close();

		const { page, complaints, strangers, close } = await visit(browser, served.addressOf("lindenhof"));
		await signIn(page, "Walter Lehmann");
		await page.getByRole("link", { name: "How this is checked" }).first().click();
		const check = async (historyText: string, pinsText: string) => {
			writeFileSync(join(folder, "a.history.json"), historyText);
			writeFileSync(join(folder, "a.pins.json"), pinsText);
			await page.getByLabel("The two files that you saved:").setInputFiles([]);
			await page.getByLabel("The two files that you saved:").setInputFiles([join(folder, "a.history.json"), join(folder, "a.pins.json")]);
		};
		const card = page.locator(".card").filter({ hasText: "Did you save a list" });
		const [good, own] = [readFileSync(history, "utf8"), readFileSync(pins, "utf8")];
		await check(good, own);
		await card.locator("[data-verdict=verified]").waitFor();
		await card.getByText(/^A list of Harbor/).waitFor();
		await card.getByText(/^Looks on it: \d+\./).waitFor();

		await check(good.replace('"decision":"permit"', '"decision":"deny"'), own);
		await card.getByText("A line was changed. It is not the one in the list.").first().waitFor();
		// Keys that a file brings along count for nothing: a forger's own would make anything green.
		await check(good, JSON.stringify({ ...(JSON.parse(own) as object), ledgerKey: "00".repeat(32), witnesses: [] }));
		await card.locator("[data-verdict=verified]").waitFor();
		await check(good, JSON.stringify({ ...(JSON.parse(own) as object), pseudonym: "ab".repeat(32) }));
		await card.getByText("The list is about someone else.").first().waitFor();
		await check(good, JSON.stringify({ ...(JSON.parse(own) as object), chain: "elsewhere-1" }));
		await card.getByText("The clinic shows a ledger that is not the one this device knows.").waitFor();
		await page.getByLabel("The two files that you saved:").setInputFiles([history]);
		await card.getByText("Please choose both files at once.").waitFor();
		expect([...complaints, ...strangers]).toEqual([]);
		await close();
	});
});
