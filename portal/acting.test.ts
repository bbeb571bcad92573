import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { violationsOf } from "./testing/axe.ts";
import { chromiumPath, launchBrowser, noBrowser, type ServedPortal, servePortal, signIn, visit } from "./testing/servePortal.ts";

let served: ServedPortal;
let browser: Browser;

/** Goes to a page as a reader does, without loading anything anew. */
async function go(page: Page, path: string): Promise<void> {
	await page.evaluate(`history.pushState({}, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`);
	await page.locator("main h1").waitFor();
}

describe.skipIf(chromiumPath === undefined)(`acting for somebody${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	beforeAll(async () => {
		served = await servePortal();
		browser = await launchBrowser();
	}, 300_000);
	afterAll(async () => {
		await browser?.close();
		await served?.close();
	});

	it("[PO182] [PO183] a helper acts for the person who named them: every page says so, both lists name who did what, and an end is told at once", {
		timeout: 120_000,
	}, async () => {
		const person = await visit(browser, served.addressOf("harbor"));
		const helper = await visit(browser, served.addressOf("harbor"), { bypassCSP: true });
		await signIn(person.page, "James Okafor");
		await go(person.page, "/who-acts-for-me");
		const code = (await person.page.locator("fieldset code").first().textContent()) ?? "";

		const { page } = helper;
		await signIn(page, "Maria Sandoval");
		await go(page, "/who-acts-for-me");
		await page.getByLabel("The code of the person you help").fill(code);
		await page.getByRole("button", { name: "Make my code" }).click();
		const theirs = (await page.getByText("Give them this code:").locator("code").textContent()) ?? "";
		await page.getByLabel("What do you call this person?").fill("Dad");
		await page.getByRole("button", { name: "Act for Dad" }).click();
		await page.getByText("This person has not named you here, or it has ended.").waitFor();

		await person.page.getByLabel("What do you call your helper?").fill("My daughter");
		await person.page.getByLabel("The code of your helper").fill(theirs);
		await person.page.getByRole("button", { name: "Sign this now" }).click();
		await person.page.locator(`[data-helper="${theirs}"]`).waitFor();

		await page.getByRole("button", { name: "Act for Dad" }).click();
		await page.getByRole("heading", { name: "You act for Dad" }).waitFor();
		await page.getByText("This is the record of Dad at Harbor Clinic.").waitFor();
		const links = await page.locator(".nav a").evaluateAll((each) => each.map((link) => link.getAttribute("href") ?? "/"));
		expect(links).not.toContain("/my-key");
		const violations: string[] = [];
		for (const path of [...links, "/who-can-see-what/new"]) {
			await go(page, path);
			await page.locator("[data-acting=now]").getByText("It goes on their list of looks, under your key.").waitFor();
			expect(await page.title()).toContain("for Dad");
			expect(await page.getByText("Maria Sandoval", { exact: true }).count(), path).toBe(0);
			violations.push(...(await violationsOf(page, path)));
		}
		expect(violations).toEqual([]);
		await page.getByLabel("Care plans").check();
		await page.getByRole("button", { name: "Sign this now" }).click();
		await page.getByText("The people who work here may see my record to treat me.").first().waitFor();
		await go(page, "/who-acts-for-me");
		await page.getByText("Only Dad can name helpers or end them.").waitFor();
		expect(await page.getByText("I help someone").count()).toBe(0);

		await go(person.page, "/who-looked");
		await person.page.getByRole("button", { name: "Check again" }).click();
		await person.page.getByText("You and this system").click();
		await person.page.locator(".access").filter({ hasText: "My daughter, who acts for you" }).first().waitFor();

		await go(person.page, "/who-acts-for-me");
		await person.page.locator(`[data-helper="${theirs}"]`).getByRole("button", { name: "End this" }).click();
		await person.page.getByRole("button", { name: "Yes, end it now" }).click();
		await page.locator("[data-acting=over]").getByText("You no longer act for Dad").waitFor();
		await page.getByRole("button", { name: "Back to my own pages" }).click();
		await page.locator("[data-acting]").waitFor({ state: "detached" });
		await go(page, "/");
		await page.getByRole("heading", { name: "Hello Maria Sandoval" }).waitFor();
		expect(await page.getByText("James Okafor").count()).toBe(0);
		expect([...person.complaints, ...helper.complaints]).toEqual([]);
	});
});
