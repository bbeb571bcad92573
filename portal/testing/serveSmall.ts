import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { createInstitutionApp } from "../../src/node/app.ts";
import { SignIn } from "../../src/node/signin/signIn.ts";
import type { SmallPerson } from "../../src/node/testing/smallBundle.ts";
import { openSmallNetwork, type SmallNetwork } from "../../src/node/testing/smallNetwork.ts";
import { buildPortal } from "./servePortal.ts";

/** A node without the demonstration: whoever signs in brings a key of their own. */
export async function serveSmall() {
	const small = await openSmallNetwork();
	const app = createInstitutionApp(small.network, small.institution(), { portal: buildPortal() });
	await app.listen({ host: "127.0.0.1", port: 0 });
	// Passkeys belong to a name, not to a number.
	const origin = `http://localhost:${(app.server.address() as AddressInfo).port}`;
	const signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	return {
		small,
		app,
		origin,
		signIn,
		async close() {
			await app.close();
			signIn.close();
			await small.close();
		},
	};
}

export type ServedSmall = Awaited<ReturnType<typeof serveSmall>>;

/** An invitation as the desk gives it, after a look at a document. */
export async function inviteToDesk(
	{ small, signIn, origin }: ServedSmall,
	person: SmallPerson,
): Promise<{ readonly url: string; readonly localId: string }> {
	const { localId } = await small.importPerson(person);
	const desk = await deskOf(small);
	const proof = { document: "passport", seenBy: desk.key.publicKey, atMs: small.network.now() };
	return { url: `${origin}/signin/invitation#${signIn.invitations.invitePatient(localId, proof)}`, localId };
}

/** To a patient of before, as somebody gets it who says that their key is lost. */
export function inviteAgain({ small, signIn, origin }: ServedSmall, localId: string): string {
	const proof = { document: "passport", seenBy: "ab".repeat(32), atMs: small.network.now() };
	return `${origin}/signin/invitation#${signIn.invitations.invitePatient(localId, proof)}`;
}

const desks = new WeakMap<SmallNetwork, Awaited<ReturnType<SmallNetwork["hire"]>>>();
async function deskOf(small: SmallNetwork) {
	const desk = desks.get(small) ?? (await small.hire("practitioner"));
	desks.set(small, desk);
	return desk;
}

/** On the invitation's page: makes a wallet, shows that its words are written down, locks it with the page's passkey. @returns The 24 words. */
export async function acceptAsPatient(page: Page, url: string): Promise<readonly string[]> {
	await page.goto(url);
	await page.waitForSelector("body[data-ready=yes]");
	await page.click("#new-wallet");
	await page.waitForSelector("#words-shown:not([hidden])");
	const words = await page.locator("#words li").allTextContents();
	expect(words).toHaveLength(24);
	const place = Number(/\d+/.exec((await page.textContent("#check-label")) ?? "")?.[0]);
	await page.fill("#check", words[place - 1] ?? "");
	await page.keyboard.press("Enter");
	await page.waitForSelector("#lock:not([hidden])");
	await page.click("#lock-passkey");
	await page.waitForSelector("#done:not([hidden])", { timeout: 60_000 });
	return words;
}
