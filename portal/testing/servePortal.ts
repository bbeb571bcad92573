import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { loadPortal, type Network, openDemoNetwork, serve, votePortal } from "#node";
import { builtFolder, portalStamp } from "../../src/cli/portal/portalStamp.ts";
import { quickScrypt } from "../../src/node/testing/quickScrypt.ts";

const root = join(import.meta.dirname, "../..");

/** Where systems keep the browser that the tests drive. */
const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const chromiumPath = process.env["ACESO_CHROMIUM"] ?? browsers.find((path) => existsSync(path));

/** Why tests in a browser do not run here. */
export const noBrowser = "no Chromium is installed here (apt-get install chromium, or name one in ACESO_CHROMIUM)";

/** The built portal, built now where its sources have changed. */
export function buildPortal() {
	const folder = builtFolder(root, portalStamp(root));
	if (!existsSync(join(folder, "index.html"))) {
		const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/buildPortal.ts")], { encoding: "utf8" });
		if (status !== 0) throw new Error(`expected the portal to build:\n${stderr}`);
	}
	return loadPortal(folder);
}

/** The demonstration with its portal, served from this process in a folder that goes with it. */
export async function servePortal({ now }: { readonly now?: Network["now"] } = {}) {
	const home = mkdtempSync(join(tmpdir(), "aceso-portal-"));
	const { network } = await openDemoNetwork({ folder: join(home, "data"), scrypt: quickScrypt, ...(now === undefined ? {} : { now }) });
	const portal = buildPortal();
	await votePortal(network, portal.hash);
	const serving = await serve({ network, firstPort: 0, host: "127.0.0.1", portal });
	const addressOf = (member: string) => serving.addresses.find((each) => each.member === member)?.url ?? "";
	return {
		network,
		folder: join(home, "data"),
		addressOf,
		async close() {
			await serving.close();
			rmSync(home, { recursive: true, force: true });
		},
	};
}

export type ServedPortal = Awaited<ReturnType<typeof servePortal>>;

export function launchBrowser(): Promise<Browser> {
	// Chromium refuses its sandbox to the superuser, as whom containers run.
	return chromium.launch({ executablePath: chromiumPath as string, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

export interface Visit {
	readonly page: Page;
	/** What the page said that it should not: errors, and what its policy refused. */
	readonly complaints: readonly string[];
	/** Addresses asked for that are not the node's. */
	readonly strangers: readonly string[];
	close(): Promise<void>;
}

/** A window of its own: nothing is remembered from another. */
export async function visit(browser: Browser, url: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Visit> {
	const context: BrowserContext = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
	// What is waited for comes or does not; how soon is no question of these tests.
	context.setDefaultTimeout(90_000);
	return watch(await context.newPage(), url, () => context.close());
}

async function watch(page: Page, url: string, close: () => Promise<void>): Promise<Visit> {
	const complaints: string[] = [];
	const strangers: string[] = [];
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
	});
	page.on("request", (request) => {
		if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) strangers.push(request.url());
	});
	await page.goto(url);
	return { page, complaints, strangers, close };
}

/** Signs in as a person of the demonstration, by name. */
export async function signIn(page: Page, name: string, heading = `Hello ${name}`): Promise<void> {
	await page.getByRole("button", { name: `Go on as ${name}` }).click();
	await page.getByRole("heading", { name: heading }).waitFor();
}
