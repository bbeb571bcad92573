import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hourMs, type Instant, systemClock } from "#base";
import { loadDemoCast, openDemoNetwork, serve } from "#node";
import { quickScrypt } from "../src/node/testing/quickScrypt.ts";
import { type DishonestNode, startDishonestNode } from "./testing/dishonestNode.ts";
import {
	buildPortal,
	chromiumPath,
	launchBrowser,
	noBrowser,
	type ServedPortal,
	servePortal,
	signIn,
	type Visit,
	visit,
} from "./testing/servePortal.ts";

let browser: Browser;
const person = "James Okafor";
const careTitle = "The people who work here may see my record to treat me.";
const ruleOf = (page: Page) => page.locator(".rule[data-status=active]").filter({ hasText: careTitle });

async function open(url: string, options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
	const opened = await visit(browser, url, options);
	onTestFinished(() => opened.close());
	return opened;
}

/** Fills in a rule for a week, up to the button that signs it. */
async function draftRule(page: Page): Promise<void> {
	await page.getByRole("link", { name: "Who can see what" }).first().click();
	await page.getByRole("link", { name: "Let someone see my data" }).click();
	await page.getByLabel("Care plans").check();
	await page.getByLabel("One week").check();
}

async function endRule(page: Page): Promise<void> {
	await ruleOf(page).first().getByRole("button", { name: "Stop this" }).click();
	await page.getByRole("button", { name: "Yes, stop it now" }).click();
	await ruleOf(page).waitFor({ state: "detached" });
}

describe.skipIf(chromiumPath === undefined)(`what a window lives through${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	let served: ServedPortal;
	let node: DishonestNode;
	beforeAll(async () => {
		served = await servePortal();
		node = await startDishonestNode(served.addressOf("harbor"));
		browser = await launchBrowser();
	}, 300_000);
	afterAll(async () => {
		await browser?.close();
		await node?.close();
		await served?.close();
	});

	const localIdOf = (person: string) =>
		loadDemoCast(served.network)
			.person(person)
			.records.find(({ institution }) => institution === "harbor")!.localId;

	it("[PO149] back and forward: each page comes again with what was typed, and nothing is signed or looked up twice", async () => {
		const { page, complaints } = await open(node.url);
		const asked: string[] = [];
		page.on("request", (request) => asked.push(new URL(request.url()).pathname));
		await signIn(page, person);
		await page.locator("main [data-verdict]").first().waitFor();
		await draftRule(page);
		const looks = () => asked.filter((path) => path === "/api/history" || path === "/api/records").length;
		const before = looks();
		await page.goBack();
		await page.getByRole("heading", { name: "Who can see what" }).waitFor();
		await page.goBack();
		await page.getByRole("heading", { name: `Hello ${person}` }).waitFor();
		await page.goForward();
		await page.goForward();
		await page.getByRole("heading", { name: "Let someone see your data" }).waitFor();
		expect(await page.getByLabel("Care plans").isChecked()).toBe(true);
		expect(await page.getByLabel("One week").isChecked()).toBe(true);
		expect(looks()).toBe(before);
		await page.getByRole("button", { name: "Sign this now" }).click();
		await ruleOf(page).waitFor();
		// Back to the form that was signed: it is empty again.
		await page.goBack();
		await page.getByRole("heading", { name: "Let someone see your data" }).waitFor();
		expect(await page.getByLabel("One week").isChecked()).toBe(false);
		await page.goForward();
		expect(asked.filter((path) => path === "/api/ledger/transactions")).toHaveLength(1);
		await endRule(page);
		expect(complaints).toEqual([]);
	});

	it("[PO150] two tabs: a rule of one shows in the other, and so does its end", async () => {
		const { page: first } = await open(node.url);
		await signIn(first, person);
		await draftRule(first);
		const second = await first.context().newPage();
		await second.goto(node.url);
		await signIn(second, person);
		await second.getByRole("link", { name: "Who can see what" }).first().click();
		await second.getByRole("heading", { name: "Who can see what" }).waitFor();
		await first.getByRole("button", { name: "Sign this now" }).click();
		for (const page of [first, second]) await ruleOf(page).waitFor();
		await second.getByRole("link", { name: "My record" }).first().click();
		await endRule(first);
		await second.goBack();
		await second.getByRole("heading", { name: "Who can see what" }).waitFor();
		await ruleOf(second).waitFor({ state: "detached" });
	});

	it("[PO144] [PO153] offline: a reload shows what was checked last with its age, and everything goes on when the node is back", async () => {
		const { page } = await open(node.url);
		await signIn(page, person);
		await page.locator("main [data-verdict=verified]").first().waitFor();
		await page
			.getByText(/You have \d+ rules|1 rule/)
			.or(page.locator(".card").filter({ hasText: "rules" }))
			.first()
			.waitFor();
		await expect.poll(() => page.evaluate("sessionStorage.getItem('aceso/last-home/1')")).not.toBeNull();
		await expect.poll(() => page.evaluate("navigator.serviceWorker.controller !== null")).toBe(true);
		node.silence(true);
		onTestFinished(() => node.silence(false));
		await page.reload();
		await page.getByRole("heading", { name: "What was checked last" }).waitFor();
		const kept = page.locator("[data-last-home=verified]");
		await kept.getByText(/^Your device checked this on .*, \d+ minutes? ago\.$/).waitFor();
		await kept.getByText("Checked and complete").waitFor();
		expect(await page.locator(".access, .item").count()).toBe(0);
		expect(await page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")).not.toContain("Okafor");
		node.silence(false);
		await page.getByRole("heading", { name: `Hello ${person}` }).waitFor();
		await page.locator("main [data-verdict=verified]").first().waitFor();
		await page.getByRole("button", { name: "Sign out" }).click();
		expect(await page.evaluate("sessionStorage.getItem('aceso/last-home/1')")).toBeNull();
	});

	it("[PO151] whoever has to sign in again finds what was typed, and another person does not", async () => {
		const { page } = await open(node.url);
		await signIn(page, person);
		await draftRule(page);
		// The session is over: a reload finds nobody signed in, at the same address.
		await page.evaluate("sessionStorage.removeItem('aceso/actor')");
		await page.reload();
		await page.getByRole("button", { name: `Go on as ${person}` }).click();
		await page.getByRole("heading", { name: "Let someone see your data" }).waitFor();
		expect(await page.getByLabel("Care plans").isChecked()).toBe(true);
		await page.getByRole("button", { name: "Sign out" }).click();
		await signIn(page, "Maria Sandoval");
		await page.getByRole("link", { name: "Who can see what" }).first().click();
		await page.getByRole("link", { name: "Let someone see my data" }).click();
		await page.getByRole("heading", { name: "Let someone see your data" }).waitFor();
		expect(await page.getByLabel("Care plans").isChecked()).toBe(false);
	});

	it("[PO188] [PO189] what was typed about others is there again after a session ended, for whoever typed it alone, until it is sent", async () => {
		const { page, complaints } = await open(node.url);
		const localId = localIdOf("june-abernathy");
		const kept = () => page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])");
		await signIn(page, "Dr. Eleanor Marsh", "My patients");
		await page.evaluate(`history.pushState({}, "", "/patients/${localId}"); dispatchEvent(new PopStateEvent("popstate"))`);
		await page.getByLabel("An emergency: there is no time to ask").check();
		await page.getByLabel("Why is it an emergency?").fill("Unconscious after a fall");
		await expect.poll(() => draftsOf(page)).toEqual(["glass"]);
		expect(await kept()).not.toMatch(new RegExp(`Unconscious|${localId}`));
		// A colleague at the same browser finds the same patient's page empty, and leaves the draft.
		await signInAgain(page, "Dr. Priya Raman");
		await page.getByLabel("An emergency: there is no time to ask").check();
		expect(await page.getByLabel("Why is it an emergency?").inputValue()).toBe("");
		await signInAgain(page, "Dr. Eleanor Marsh");
		await expect.poll(() => page.getByLabel("Why is it an emergency?").inputValue()).toBe("Unconscious after a fall");
		await page.getByRole("button", { name: "Break the glass and open the chart" }).click();
		await page.locator(".item").first().waitFor();
		await signInAgain(page, "Dr. Eleanor Marsh");
		await page.getByRole("button", { name: "Open the chart" }).click();
		await page.getByLabel("Drug", { exact: true }).fill("clopidogrel");
		const reason = await criticalReason(page);
		await reason.fill("She had it for years without harm");
		await expect.poll(() => draftsOf(page)).toEqual(expect.arrayContaining(["order", "override"]));
		expect(await kept()).not.toMatch(new RegExp(`clopidogrel|for years|${localId}`));
		await signInAgain(page, "Dr. Priya Raman");
		await page.getByLabel("To treat the patient").check();
		await page.getByRole("button", { name: "Open the chart" }).click();
		await page.getByLabel("Drug", { exact: true }).waitFor();
		expect(await page.getByLabel("Drug", { exact: true }).inputValue()).toBe("");
		await signInAgain(page, "Dr. Eleanor Marsh");
		await page.getByRole("button", { name: "Open the chart" }).click();
		await expect.poll(() => page.getByLabel("Drug", { exact: true }).inputValue()).toBe("clopidogrel");
		const again = await criticalReason(page);
		await expect.poll(() => again.inputValue()).toBe("She had it for years without harm");
		await page.locator("[data-indicator=critical]").first().getByRole("button", { name: "Do not go along with it" }).click();
		await expect.poll(() => draftsOf(page)).not.toContain("override");
		const accept = page.getByRole("button", { name: "Go along with it", exact: true });
		for (let left = await accept.count(); left > 0; left--) {
			await accept.first().click();
			await expect.poll(() => accept.count()).toBe(left - 1);
		}
		await expect.poll(() => draftsOf(page)).not.toContain("order");

		const officer = await open(node.url);
		await signIn(officer.page, "Owen Clarke", "Who asks now");
		await officer.page.getByRole("link", { name: "Emergencies" }).click();
		const noted = async () => {
			const review = officer.page.locator("[data-review=open]").filter({ hasText: "Dr. Eleanor Marsh" }).first();
			await review.getByRole("button", { name: "Read the reason" }).click();
			return review;
		};
		const note = "Seen by two nurses, no time to ask";
		const before = await noted();
		await before.getByLabel("Yes, it was right").check();
		await before.getByLabel("Your note for the patient").fill(note);
		await expect.poll(() => draftsOf(officer.page)).toEqual(["review"]);
		await signInAgain(officer.page, "Owen Clarke");
		const after = await noted();
		await expect.poll(() => after.getByLabel("Your note for the patient").inputValue()).toBe(note);
		expect(await after.getByLabel("Yes, it was right").isChecked()).toBe(true);
		await after.getByRole("button", { name: "Close this review" }).click();
		await expect.poll(() => draftsOf(officer.page)).toEqual([]);
		expect([...complaints, ...officer.complaints]).toEqual([]);
	}, 120_000);

	it("[PO154] the keyboard alone leads through a rule that is made, signed and stopped", async () => {
		const { page } = await open(node.url);
		await page.getByRole("button", { name: `Go on as ${person}` }).focus();
		await page.keyboard.press("Enter");
		await page.getByRole("heading", { name: `Hello ${person}` }).waitFor();
		await pressOn(page, "Who can see what");
		await page.getByRole("heading", { name: "Who can see what" }).waitFor();
		await pressOn(page, "Let someone see my data");
		await page.getByRole("heading", { name: "Let someone see your data" }).waitFor();
		await pressOn(page, "Care plans", "Space");
		expect(await page.getByLabel("Care plans").isChecked()).toBe(true);
		await pressOn(page, "Sign this now");
		await ruleOf(page).waitFor();
		await pressOn(page, "Stop this");
		// Asked back, the focus stands on the answer.
		await page.getByRole("button", { name: "Yes, stop it now" }).waitFor();
		await page.keyboard.press("Enter");
		await ruleOf(page).waitFor({ state: "detached" });
	});
});

/** Names of what lies closed in the browser until it is sent. */
function draftsOf(page: Page): Promise<string[]> {
	return page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('aceso/draft/')).map((key) => key.split('/')[2]).sort()");
}

/** The session is over: a reload finds nobody signed in, at the same address; then somebody signs in there. */
async function signInAgain(page: Page, name: string): Promise<void> {
	await page.evaluate("sessionStorage.removeItem('aceso/actor')");
	await page.reload();
	await page.getByRole("button", { name: `Go on as ${name}` }).click();
	await page.locator("main h1").waitFor();
}

/** Checks the drug in the form once more before signing. @returns Where the own reason against the critical hint is typed. */
async function criticalReason(page: Page) {
	await page.getByRole("button", { name: "Check this drug" }).click();
	await page.getByRole("button", { name: "Check once more before you sign" }).click();
	return page.locator("[data-indicator=critical]").first().getByRole("textbox");
}

/** Presses the tabulator until the focus is on what has this name, then a key. A focus that nobody sees counts as none. */
async function pressOn(page: Page, name: string, key = "Enter"): Promise<void> {
	for (let presses = 0; presses < 120; presses++) {
		await page.keyboard.press("Tab");
		const focused = (await page.evaluate(
			"(() => { const each = document.activeElement; const style = getComputedStyle(each); return { name: (each.getAttribute('aria-label') ?? each.labels?.[0]?.textContent ?? each.textContent).trim(), seen: each.getBoundingClientRect().width > 0 && (style.outlineStyle !== 'none' || style.boxShadow !== 'none') }; })()",
		)) as { readonly name: string; readonly seen: boolean };
		if (focused.name !== name) continue;
		expect(focused.seen, `${name} shows that it has the focus`).toBe(true);
		return page.keyboard.press(key);
	}
	throw new Error(`expected the tabulator to reach ${name}`);
}

describe.skipIf(chromiumPath === undefined)(`a node that restarts${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	it("[PO152] is told while it is away, and an open window goes on without a reload", { timeout: 120_000 }, async () => {
		const home = mkdtempSync(join(tmpdir(), "aceso-restart-"));
		onTestFinished(() => rmSync(home, { recursive: true, force: true }));
		const start = async (firstPort: number) => {
			const { network } = await openDemoNetwork({ folder: join(home, "data"), scrypt: quickScrypt });
			return serve({ network, firstPort, host: "127.0.0.1", portal: buildPortal() });
		};
		const own = await launchBrowser();
		onTestFinished(() => own.close());
		const firstPort = 20_000 + (process.pid % 20_000);
		let serving = await start(firstPort);
		onTestFinished(() => serving.close());
		const url = serving.addresses.find(({ member }) => member === "harbor")?.url ?? "";
		const { page } = await visit(own, url);
		await signIn(page, person);
		await draftRule(page);
		await serving.close();
		await page.getByText("You are not connected").waitFor();
		serving = await start(firstPort);
		await page.getByText("You are not connected").waitFor({ state: "detached" });
		await page.getByRole("button", { name: "Sign this now" }).click();
		await ruleOf(page).waitFor();
	});
});

describe.skipIf(chromiumPath === undefined)(`a device whose clock is wrong${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	it("[PO41] is told by how much, and signs by the node's time", { timeout: 120_000 }, async () => {
		// The whole network lives two hours later than the browser.
		const later = () => (systemClock() + 2 * hourMs) as Instant;
		const served = await servePortal({ now: later });
		onTestFinished(() => served.close());
		const node = await startDishonestNode(served.addressOf("harbor"));
		onTestFinished(() => node.close());
		node.alter(() => ({ headers: { date: new Date(later()).toUTCString() } }));
		const own = await launchBrowser();
		onTestFinished(() => own.close());
		const { page } = await visit(own, node.url);
		await signIn(page, person);
		await page.getByText("The clock of this device is wrong by 120 minutes.").waitFor();
		await page.locator("main [data-verdict=verified]").first().waitFor();
		await draftRule(page);
		await page.getByRole("button", { name: "Sign this now" }).click();
		await ruleOf(page).waitFor();
	});
});
