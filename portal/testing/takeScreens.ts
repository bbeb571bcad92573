/**
 * Takes a picture of every page, on a desktop and on a phone, into `docs/screens`: `node scripts/with-node24.mjs portal/testing/takeScreens.ts`.
 * Look at each of them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { loadDemoCast } from "#node";
import { playClinic } from "./playClinic.ts";
import { launchBrowser, servePortal, signIn, visit } from "./servePortal.ts";
import { shrinkPng } from "./shrinkPng.ts";

const folder = join(import.meta.dirname, "../../docs/screens");
const sizes = { desktop: { width: 1180, height: 1000 }, phone: { width: 400, height: 1100 } } as const;
const patientPages = {
	home: "/",
	"who-looked": "/who-looked",
	"who-can-see-what": "/who-can-see-what",
	"let-someone-see": "/who-can-see-what/new",
	"who-acts-for-me": "/who-acts-for-me",
	research: "/research",
	"erase-my-data": "/erase",
	"my-record": "/record",
	"my-values": "/values",
	"my-key": "/my-key",
	"how-it-is-checked": "/how-it-is-checked",
} as const;

const officerPages = {
	reviews: "/oversight/reviews",
	refusals: "/oversight/refusals",
	health: "/oversight/health",
	members: "/oversight/members",
	reports: "/oversight/reports",
} as const;

mkdirSync(folder, { recursive: true });
const served = await servePortal();
await playClinic(served);
const localIdOf = (person: string) =>
	loadDemoCast(served.network)
		.person(person)
		.records.find(({ institution }) => institution === "harbor")?.localId ?? "";
const browser = await launchBrowser();
try {
	for (const [size, viewport] of Object.entries(sizes)) {
		// Under the name that `npm start` prints.
		const { page } = await visit(browser, served.addressOf("harbor").replace("127.0.0.1", "localhost"), { viewport });
		await page
			.getByRole("button", { name: /Go on as/ })
			.first()
			.waitFor();
		await take(page, `sign-in-${size}`);
		await signIn(page, "James Okafor");
		for (const [name, path] of Object.entries(patientPages)) {
			await show(page, path);
			await take(page, `${name}-${size}`);
		}
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "Maria Sandoval");
		await show(page, "/heart-risk");
		await take(page, `my-heart-risk-${size}`);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "June Abernathy");
		await show(page, "/genes");
		await take(page, `my-genes-${size}`);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "Dr. Eleanor Marsh", "My patients");
		await take(page, `clinic-patients-${size}`);
		await show(page, "/invite");
		await take(page, `clinic-invite-${size}`);
		await show(page, "/");
		await page.getByRole("link", { name: "Maria Sandoval" }).click();
		await page.getByRole("button", { name: "Open the chart" }).click();
		await page.locator(".item").first().waitFor();
		await take(page, `clinic-chart-${size}`);
		await page.getByRole("button", { name: "Ask the heart risk model" }).click();
		await page.getByText(/within 10 years/).scrollIntoViewIfNeeded();
		await take(page, `clinic-insight-${size}`);
		await page.getByLabel("An emergency: there is no time to ask").check();
		await page.evaluate("scrollTo(0, 0)");
		await take(page, `clinic-emergency-${size}`);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "Dr. Eleanor Marsh", "My patients");
		await show(page, `/patients/${localIdOf("june-abernathy")}`);
		await page.getByRole("button", { name: "Open the chart" }).click();
		await page.getByLabel("Drug", { exact: true }).fill("clopidogrel");
		await page.getByRole("button", { name: "Check this drug" }).click();
		await page.getByRole("button", { name: "Check once more before you sign" }).click();
		await page.getByText("This page checks an order.").waitFor();
		await page.getByRole("heading", { name: "Order a drug" }).scrollIntoViewIfNeeded();
		await take(page, `clinic-order-${size}`);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "Owen Clarke", "Who asks now");
		await page.locator(".access").first().waitFor();
		await take(page, `oversight-live-${size}`);
		for (const [name, path] of Object.entries(officerPages)) {
			await show(page, path);
			await take(page, `oversight-${name}-${size}`);
		}
		await page.getByLabel("Number of the patient here").fill(localIdOf("james-okafor"));
		await page.getByRole("button", { name: "Make the report" }).click();
		await page.getByRole("heading", { name: "Accounting of disclosures" }).scrollIntoViewIfNeeded();
		await take(page, `oversight-disclosures-${size}`);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "James Okafor");
		await page.getByLabel("Language").selectOption("de");
		await page.getByLabel("Hell oder dunkel").selectOption("dark");
		await show(page, "/");
		await take(page, `home-german-dark-${size}`);
	}
} finally {
	await browser.close();
	await served.close();
}

async function show(page: Page, path: string): Promise<void> {
	await page.evaluate(`history.pushState({}, "", "${path}"); dispatchEvent(new PopStateEvent("popstate"))`);
	await page.locator("main h1").waitFor();
	await page.locator("main .mantine-Loader-root").first().waitFor({ state: "detached" });
	await page.waitForTimeout(400);
	await page.evaluate("scrollTo(0, 0); document.activeElement?.blur()");
}

async function take(page: Page, name: string): Promise<void> {
	writeFileSync(join(folder, `${name}.png`), shrinkPng(await page.screenshot({ animations: "disabled" })));
}
