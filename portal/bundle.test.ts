import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Digest, encodeUtf8, sha256Hex } from "#base";
import { witnessesOf } from "#ledger";
import { votePortal } from "#node";
import { formatPortalManifest, parsePortalManifest } from "#wallet";
import { portal } from "../src/cli/commands/portal.ts";
import { runCommand } from "../src/cli/testing/servedDemo.ts";
import { violationsOf } from "./testing/axe.ts";
import { type AlteredAnswer, type DishonestNode, type HonestAnswer, startDishonestNode } from "./testing/dishonestNode.ts";
import { chromiumPath, launchBrowser, noBrowser, type ServedPortal, servePortal, signIn, type Visit, visit } from "./testing/servePortal.ts";

let served: ServedPortal;
let node: DishonestNode;
let browser: Browser;
let honestManifest: string;
const person = "James Okafor";
/** Runs in whatever script it is put into, and leaves a mark that a test sees. */
const mark = (name: string) => `\n;globalThis.document?.documentElement.setAttribute("data-ran", "${name}");\n`;
const markOf = (page: Page) => page.locator("html").getAttribute("data-ran");

async function open(options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
	const opened = await visit(browser, node.url, options);
	onTestFinished(() => opened.close());
	return opened;
}

/** A visit whose page is kept: from here on it comes from the guard. */
async function openKept(options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
	const opened = await open(options);
	await opened.page.evaluate("navigator.serviceWorker.ready");
	await expect.poll(() => opened.page.evaluate("navigator.serviceWorker.controller !== null")).toBe(true);
	return opened;
}

const notice = (page: Page) => page.locator(".banner [data-bundle]");

async function noticeOf(page: Page): Promise<string | null> {
	await notice(page).first().waitFor();
	return notice(page).first().getAttribute("data-bundle");
}

/** Another bundle than the built one: its page's script says so when it runs. With the manifest that fits it. */
function release(name: string): { readonly hash: Digest; readonly alter: (answer: HonestAnswer) => AlteredAnswer | undefined } {
	const { files } = parsePortalManifest(honestManifest)!;
	const main = files.find(({ path }) => /^assets\/index-.*\.js$/.test(path))!.path;
	const script = Buffer.concat([mainScript, Buffer.from(mark(name))]);
	const named = files.map((file) => (file.path === main ? { path: main, sha256: sha256Hex(script), size: script.length } : file));
	const text = formatPortalManifest(named);
	return {
		hash: sha256Hex(encodeUtf8(text)) as Digest,
		alter: ({ path }) => (path === "/portal.json" ? { body: text } : path === `/${main}` ? { body: script } : undefined),
	};
}
let mainScript: Buffer;

describe.skipIf(chromiumPath === undefined)(`the page that this browser keeps${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	beforeAll(async () => {
		served = await servePortal();
		node = await startDishonestNode(served.addressOf("harbor"));
		browser = await launchBrowser();
		honestManifest = await (await fetch(`${node.url}/portal.json`)).text();
		const main = parsePortalManifest(honestManifest)!.files.find(({ path }) => /^assets\/index-.*\.js$/.test(path))!.path;
		mainScript = Buffer.from(await (await fetch(`${node.url}/${main}`)).arrayBuffer());
		// A build and a whole demonstration, beside other tests.
	}, 300_000);
	afterAll(async () => {
		await browser?.close();
		await node?.close();
		await served?.close();
	});
	beforeEach(() => node.alter(undefined));

	it("[PO141] [PO144] is the release that members voted for, proved to the browser, and comes from there when nobody answers", async () => {
		const { page, complaints } = await openKept();
		await signIn(page, person);
		await page.getByRole("link", { name: "How this is checked" }).click();
		await page.getByText("It is release 1. More than two thirds of the members stand for it.").waitFor();
		await page.getByText(sha256Hex(encodeUtf8(honestManifest))).waitFor();
		expect(await notice(page).count()).toBe(0);
		expect(complaints).toEqual([]);
		node.silence(true);
		onTestFinished(() => node.silence(false));
		await page.goto(`${node.url}/who-looked`);
		await page.locator("header").getByText("Aceso").waitFor();
	});

	it("[PO142] a script, a page and a policy that the node exchanges do not come to run; nor does one under a new name", async () => {
		const { page } = await openKept();
		node.alter(({ path, body, headers }) => {
			if (path.endsWith(".js")) return { body: Buffer.concat([body, Buffer.from(mark("hostile"))]) };
			if (!String(headers["content-type"]).startsWith("text/html")) return undefined;
			const more = '<script src="/assets/more.js"></script></head>';
			return { body: body.toString().replace("</head>", more), headers: { "content-security-policy": "default-src * 'unsafe-inline'" } };
		});
		for (const path of ["/", "/record", "/assets/more.js"]) {
			const answer = await page.goto(`${node.url}${path}`).catch(() => null);
			expect(answer?.headers()["content-security-policy"] ?? "default-src 'none'").toContain("default-src 'none'");
			expect(await markOf(page)).toBeNull();
		}
		await page.goto(node.url);
		expect(await page.evaluate("fetch('/assets/more.js').then(() => 'answered', () => 'refused')")).toBe("refused");
		await signIn(page, person);
		expect(await markOf(page)).toBeNull();
	});

	it("[PO143] [PO145] a page that no vote knows is told in words and does not run unless the person says so twice", async () => {
		const { page } = await openKept();
		await signIn(page, person);
		node.alter(release("unvoted").alter);
		await page.reload();
		expect(await noticeOf(page)).toBe("unknown");
		await page.getByText("No vote of the members knows it. It could take your key.").waitFor();
		await page.getByText("What is not the same").click();
		await page.getByText("Files changed: 1, new: 0, gone: 0.").waitFor();
		expect(await markOf(page)).toBeNull();
		const anyway = page.getByRole("button", { name: "Use it all the same" });
		expect(await anyway.isDisabled()).toBe(true);
		await page.getByRole("button", { name: "Keep this page" }).click();
		await notice(page).waitFor({ state: "detached" });
		await page.reload();
		await page.getByRole("link", { name: "How this is checked" }).click();
		await page.getByLabel("I know that this page may be false").check();
		expect(await markOf(page)).toBeNull();
		await anyway.click();
		await page.locator("html[data-ran=unvoted]").waitFor();
	});

	it("[PO145] [PO146] a release is offered once members voted for it, taken as a whole, and a way back to the older one is told", async () => {
		const { page } = await openKept();
		await signIn(page, person);
		const next = release("second");
		node.alter(next.alter);
		await votePortal(served.network, next.hash);
		await served.network.ledger.cosigned(5_000);
		await page.reload();
		expect(await noticeOf(page)).toBe("newer");
		expect(await markOf(page)).toBeNull();
		await page.getByRole("button", { name: "Use the new page" }).click();
		await page.locator("html[data-ran=second]").waitFor();
		await page.getByRole("heading", { name: `Hello ${person}` }).waitFor();
		expect(await notice(page).count()).toBe(0);
		// The node goes back to the first release, which has a fault that was mended, say.
		node.alter(undefined);
		await page.reload();
		expect(await noticeOf(page)).toBe("older");
		await page.getByText("It is release 1, from before the one that you use.").waitFor();
		expect(await markOf(page)).toBe("second");
	});

	it("[PO146] a release whose files are not what it names is not taken, and what was kept stays", async () => {
		const { page } = await openKept();
		await signIn(page, person);
		const next = release("third");
		await votePortal(served.network, next.hash);
		await served.network.ledger.cosigned(5_000);
		// The manifest that members voted for, with a script that they did not.
		node.alter((answer) => {
			const altered = next.alter(answer);
			return altered !== undefined && answer.path !== "/portal.json" ? { body: Buffer.concat([mainScript, Buffer.from(mark("hostile"))]) } : altered;
		});
		await page.reload();
		expect(await noticeOf(page)).toBe("newer");
		await page.getByRole("button", { name: "Use the new page" }).click();
		await page.getByText("The new page was not taken.").waitFor();
		await page.reload();
		expect(await noticeOf(page)).toBe("newer");
		expect(await markOf(page)).toBeNull();
	});

	it("[PO143] what the ledger says of another page counts only with its proof", async () => {
		const { page } = await openKept();
		await signIn(page, person);
		const next = release("forged");
		node.alter((answer) => {
			if (answer.path !== "/api/ledger/state") return next.alter(answer);
			const proof = JSON.parse(answer.body.toString()) as { key: string; value?: object };
			return proof.key === `p/${next.hash}` ? { body: JSON.stringify({ ...proof, value: { version: 9 } }) } : undefined;
		});
		await page.reload();
		expect(await noticeOf(page)).toBe("unproved");
	});

	it("[PO148] `aceso portal` tells from outside whether a node serves these sources, and whether members voted for what it serves", async () => {
		const folder = mkdtempSync(join(tmpdir(), "aceso-pins-"));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		const { genesis } = served.network;
		const pin = join(folder, "pins.json");
		writeFileSync(
			pin,
			JSON.stringify({ chain: genesis.chain, ledgerKey: genesis.sealer, pseudonym: "0".repeat(64), witnesses: witnessesOf(genesis) }),
		);
		await served.network.ledger.cosigned(5_000);
		const honest = await runCommand(portal, ["--compare", node.url, "--pin", pin]);
		expect(honest.out).toContain(`portal ${sha256Hex(encodeUtf8(honestManifest))}`);
		expect(honest.out).toMatch(/✓ the node serves this one\n✓ members voted for what it serves: release \d/);
		expect(honest.exit).toBe(0);
		node.alter(release("elsewhere").alter);
		const other = await runCommand(portal, ["--compare", node.url, "--pin", pin]);
		expect(other.out).toMatch(
			/✗ assets\/index-.*\.js differs from these sources\n✗ the node serves another one: [0-9a-f]{64}\n✗ the ledger knows no vote/,
		);
		expect(other.exit).toBe(70);
		node.alter(({ path, body }) => (path === "/guard.js" ? { body: `${body.toString()} ` } : undefined));
		const broken = await runCommand(portal, ["--compare", node.url]);
		expect(broken.out).toContain("✗ guard.js is not what the node's own manifest names");
		expect(broken.exit).toBe(70);
	});

	it("[PO147] a guard that belongs to no page is told while the kept one still stands", async () => {
		const { page } = await openKept();
		await signIn(page, person);
		node.alter(({ path, body }) => (path === "/guard.js" ? { body: Buffer.concat([body, Buffer.from("// another")]) } : undefined));
		await page.reload();
		expect(await noticeOf(page)).toBe("guard");
		await page.getByText("The clinic tries to change the guard of this page").waitFor();
	});

	it("[PO147] a hostile guard that takes over an open page is told there, and the key is let go", async () => {
		// A node that has planned it has had its guard kept for no time from the first visit on, and shows the kept one to whoever is no update.
		const hostile = `addEventListener("install", (event) => event.waitUntil(skipWaiting())); addEventListener("message", () => skipWaiting());
			addEventListener("activate", (event) => event.waitUntil(clients.claim()));`;
		let swaps = false;
		node.alter(({ path, asked }) => {
			if (path !== "/guard.js") return undefined;
			const isUpdate = asked["service-worker"] === "script";
			return { headers: { "cache-control": "no-store" }, ...(swaps && isUpdate ? { body: hostile } : {}) };
		});
		const { page } = await openKept();
		await signIn(page, person);
		swaps = true;
		// A browser looks for another guard by itself; one of its looks may be under way with what was served before. Chromium now and then leaves a
		// guard waiting that has asked to take over at once: it is asked to ask again.
		const look = `void navigator.serviceWorker.getRegistration().then(async (registration) => {
			registration?.waiting?.postMessage("again");
			await registration?.update();
		}).catch(() => undefined)`;
		const isTold = async () => {
			await page.evaluate(look);
			return (await page.locator(".banner [data-bundle=replaced]").count()) === 1;
		};
		await expect.poll(isTold, { interval: 1_000 }).toBe(true);
		await page.getByRole("heading", { name: "Who are you?" }).waitFor();
	});

	it("[PO60] axe finds nothing on what is told of another page, nor on what is shown while nobody answers", { timeout: 60_000 }, async () => {
		const phone = { viewport: { width: 390, height: 844 }, colorScheme: "dark" } as const;
		for (const options of [phone, { colorScheme: "light" } as const]) {
			node.alter(undefined);
			const { page } = await openKept({ ...options, bypassCSP: true });
			await signIn(page, person);
			await expect.poll(() => page.evaluate("sessionStorage.getItem('aceso/last-home/1')")).not.toBeNull();
			node.alter(release("unvoted").alter);
			await page.reload();
			await noticeOf(page);
			await page.getByText("What is not the same").click();
			const found = [...(await violationsOf(page, "notice"))];
			await page.getByRole("link", { name: "How this is checked" }).click();
			await page.getByText("Its mark, to compare").waitFor();
			found.push(...(await violationsOf(page, "card")));
			node.silence(true);
			await page.reload();
			await page.getByRole("heading", { name: "What was checked last" }).waitFor();
			found.push(...(await violationsOf(page, "last home")));
			node.silence(false);
			expect(found).toEqual([]);
		}
	});

	it("[PO147] an answer that asks the browser to forget everything does not make it forget the page", async () => {
		const { page } = await openKept();
		node.alter(() => ({ headers: { "clear-site-data": '"cache", "storage", "executionContexts"' } }));
		await signIn(page, person);
		node.alter(release("hostile").alter);
		await page.reload();
		expect(await noticeOf(page)).toBe("unknown");
		expect(await markOf(page)).toBeNull();
	});
});
