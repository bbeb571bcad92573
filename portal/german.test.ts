import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDemoCast } from "#node";
import { chromiumPath, launchBrowser, noBrowser, type ServedPortal, servePortal, visit } from "./testing/servePortal.ts";
import { everyText } from "./texts/allTexts.ts";
import { clinicDe } from "./texts/clinic/de.ts";
import { de } from "./texts/de.ts";
import { staffDe } from "./texts/staff/de.ts";

/** Sentences of the English texts that no German text is the same as: up to the first place that is filled in. */
const german = everyText("de");
const english = everyText("en")
	.filter(([, text], at) => german[at]?.[1] !== text && text.includes(" "))
	.map(([, text]) => text.split("{")[0]!.trim())
	.filter((text) => text.split(" ").length > 2);

/** Little words without which hardly an English sentence can do, and which no German one has. */
const littleWords = /(?<!\p{L})(?:the|your|with|because|not|and|were|has|have|this|that|which|from|without|available|about|patient's)(?!\p{L})/iu;

/** Dates, numbers and shares as German does not write them: of a machine, of English, with a point before the decimals, with the sign close up. */
const foreignForms = [
	/\b\d{4}-\d{2}(?:-\d{2})?\b/,
	/\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}\b/,
	/(?<![\d.])\d+\.\d{1,2}(?![\d.])/,
	/\d%/,
	/\b\d{1,2}:\d{2} [ap]\.?m\b/i,
];

/** What people and records said themselves stays in their words: titles as they were signed, names as the record spells them. */
const quoted = [
	/^My heart doctor at Harbor Clinic may see everything about my heart\.$/,
	/^Researchers may count me in statistics\. Nothing about me alone leaves\.$/,
];

/** Visible texts of a page that are not marked as being in another language. */
function textsOf(page: Page): Promise<readonly string[]> {
	return page.evaluate(
		"(() => { const found = []; const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); for (let node = walker.nextNode(); node; node = walker.nextNode()) { const holder = node.parentElement; const language = holder.closest('[lang]').lang; if (language !== 'de' || holder.closest('script, style, code, noscript, .item') || !holder.checkVisibility()) continue; const text = node.textContent.trim(); if (text !== '') found.push(text); } return found; })()",
	);
}

/** What is told of things that show no text of their own, or more than it: names, titles, hints. */
function namesOf(page: Page): Promise<readonly string[]> {
	return page.evaluate(
		"[...document.querySelectorAll('[aria-label], [title], [placeholder], [alt], svg title')].filter((each) => each.closest('[lang]').lang === 'de' && !each.closest('.item')).flatMap((each) => [each.getAttribute('aria-label'), each.getAttribute('title'), each.getAttribute('placeholder'), each.getAttribute('alt'), each.tagName === 'title' ? each.textContent : '']).filter((text) => text)",
	);
}

/** Visible texts that are marked as English; a record's own words (`.item`) are no words of the application. */
function markedEnglish(page: Page): Promise<readonly string[]> {
	return page.evaluate(
		"[...document.querySelectorAll('main [lang=en]')].filter((each) => !each.closest('.item') && each.checkVisibility()).map((each) => each.textContent.trim().slice(0, 120)).filter((text) => text !== '')",
	);
}

async function go(page: Page, path: string): Promise<void> {
	await page.evaluate(`history.pushState({}, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`);
	await page.locator("main h1").waitFor();
}

let served: ServedPortal;
let browser: Browser;

describe.skipIf(chromiumPath === undefined)(`in German${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	beforeAll(async () => {
		served = await servePortal();
		browser = await launchBrowser();
	}, 300_000);
	afterAll(async () => {
		await browser?.close();
		await served?.close();
	});

	it("[PO155] [PO186] [PO241] no page says anything in English that is not marked as English, nor writes a date, a number or a share as English does", {
		timeout: 180_000,
	}, async () => {
		const { page, close } = await visit(browser, served.addressOf("harbor"), { locale: "de-DE" });
		const found: string[] = [];
		const look = async (name: string) => {
			await page.getByRole("status").filter({ hasText: de.state.loading }).first().waitFor({ state: "detached" });
			await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
			for (const text of [...(await textsOf(page)), ...(await namesOf(page))]) {
				if (quoted.some((title) => title.test(text))) continue;
				if (foreignForms.some((form) => form.test(text))) found.push(`${name}: ${text.slice(0, 120)}`);
				if (english.some((known) => text.includes(known)) || littleWords.test(text)) found.push(`${name}: ${text.slice(0, 120)}`);
			}
		};
		const enter = async (name: string, heading: string) => {
			await page.getByRole("button", { name: new RegExp(name) }).click();
			await page.getByRole("heading", { name: heading }).waitFor();
		};
		await page.getByRole("button", { name: /James Okafor/ }).waitFor();
		await look("sign-in");
		await enter("James Okafor", de.home.hello.replace("{name}", "James Okafor"));
		const links = await page.locator(".nav a").evaluateAll((each) => each.map((link) => link.getAttribute("href") ?? "/"));
		expect(links.length).toBeGreaterThan(6);
		for (const path of [...links, "/who-can-see-what/new", "/nowhere"]) {
			await go(page, path);
			await look(path);
			expect(await markedEnglish(page), path).toEqual([]);
		}
		await page.getByRole("button", { name: de.app.signOut }).click();
		await enter("Dr. Eleanor Marsh", clinicDe.clinic.title);
		await look("patients");
		await page.getByRole("link", { name: "Maria Sandoval" }).click();
		await page.getByRole("button", { name: clinicDe.clinic.openChart }).click();
		await page.locator(".item").first().waitFor();
		await page.getByRole("button", { name: clinicDe.clinic.askModel }).click();
		await page.getByLabel(clinicDe.clinic.why).waitFor();
		await page.locator(".drivers li").first().waitFor();
		await look("chart");
		expect(await markedEnglish(page), "chart").toEqual([]);
		const june = loadDemoCast(served.network)
			.person("june-abernathy")
			.records.find(({ institution }) => institution === "harbor")?.localId;
		await go(page, `/patients/${june}`);
		await page.getByRole("button", { name: clinicDe.clinic.openChart }).click();
		await page.getByLabel(staffDe.orders.drug, { exact: true }).fill("clopidogrel");
		await page.getByRole("button", { name: staffDe.orders.check }).click();
		await page.locator(".order-card [lang=de]").first().waitFor();
		await page.getByRole("button", { name: staffDe.orders.before }).click();
		await page.getByText(staffDe.orders.noOrder).waitFor();
		await look("order");
		expect(await markedEnglish(page), "order").toEqual([]);
		await page.getByRole("button", { name: de.app.signOut }).click();
		await enter("Owen Clarke", staffDe.live.title);
		for (const path of await page.locator(".nav a").evaluateAll((each) => each.map((link) => link.getAttribute("href") ?? "/"))) {
			await go(page, path);
			await look(path);
			expect(await markedEnglish(page), path).toEqual([]);
		}
		expect(found).toEqual([]);
		await close();
	});
});
