import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dayMs, encodeQr, qrPath } from "#base";
import { readPendingRotation } from "#contracts";
import { addPasskey } from "../src/node/testing/chromium.ts";
import { serveHospitalProvider } from "../src/node/testing/hospitalProvider.ts";
import { chromiumPath, launchBrowser, noBrowser } from "./testing/servePortal.ts";
import { acceptAsPatient, inviteAgain, inviteToDesk, type ServedSmall, serveSmall } from "./testing/serveSmall.ts";

/** Signing in to the portal with a key of one's own: passkey, passphrase, words; against a node without the demonstration. */
let served: ServedSmall;
let browser: Browser;

/** A device of its own, with what it sent and what it complained of. */
async function newDevice({ passkey = true } = {}) {
	const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1000, height: 900 } });
	onTestFinished(() => context.close());
	context.setDefaultTimeout(90_000);
	const page = await context.newPage();
	if (passkey) await addPasskey(page);
	const sent: string[] = [];
	const complaints: string[] = [];
	page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
	page.on("pageerror", (error) => complaints.push(String(error)));
	return { page, sent, complaints };
}

const home = (page: Page) => page.getByRole("heading", { name: "Hello", exact: true }).waitFor();

describe.skipIf(chromiumPath === undefined)(`with a key of one's own${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	beforeAll(async () => {
		served = await serveSmall();
		browser = await launchBrowser();
	}, 180_000);
	afterAll(async () => {
		await browser?.close();
		await served?.close();
	});

	it("[PO170] [PO172] an invited patient makes a wallet, signs in by passkey, signs out, and a reload asks for the key again", async () => {
		const { page, sent, complaints } = await newDevice();
		const { url } = await inviteToDesk(served, { family: "Holm", given: "Runa", birthDate: "1951-02-03" });
		const words = await acceptAsPatient(page, url);
		await page.getByRole("link", { name: "Go on" }).click();
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await home(page);
		await page.getByRole("link", { name: "My record" }).first().click();
		await page.getByText("Asthma").first().waitFor();
		await page.reload();
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByRole("heading", { name: "My record" }).waitFor();
		await page.getByRole("button", { name: "Sign out" }).click();
		await page.getByRole("button", { name: "Use a passkey" }).waitFor();
		expect(sent.filter((each) => words.slice(0, 4).every((word) => each.includes(word)) || /"prf":|"seed"|"secret"/.test(each))).toEqual([]);
		expect(sent.filter((each) => !each.startsWith(served.origin))).toEqual([]);
		expect(complaints).toEqual([]);
	}, 120_000);

	it("[PO171] the 24 words open the wallet on another device, and words of no patient here open nothing", async () => {
		const first = await newDevice();
		const { url } = await inviteToDesk(served, { family: "Berg", given: "Odd", birthDate: "1940-01-09" });
		const words = await acceptAsPatient(first.page, url);
		const { page } = await newDevice({ passkey: false });
		await page.goto(served.origin);
		await page.getByText("Use your 24 words").click();
		await page.getByLabel("Your 24 words").fill(`${words.slice(0, 23).join(" ")} ${words[23] === "zoo" ? "abandon" : "zoo"}`);
		await page.getByRole("button", { name: "Sign in with the words" }).click();
		await page.getByText("The words of the key are wrong.").waitFor();
		await page.getByText("Use your 24 words").click();
		await page.getByLabel("Your 24 words").fill(`${"abandon ".repeat(23)}art`);
		await page.getByRole("button", { name: "Sign in with the words" }).click();
		await page.getByText("this wallet is not known here").waitFor();
		await page.getByText("Use your 24 words").click();
		await page.getByLabel("Your 24 words").fill(`  ${words.join("\n").toUpperCase()} `);
		await page.getByRole("button", { name: "Sign in with the words" }).click();
		await home(page);
	}, 120_000);

	it("[PO173] an invited colleague signs in under their name: by passkey, and by passphrase where a passkey cannot lock a key", async () => {
		const validUntil = new Date(served.small.network.now() + 30 * dayMs).toISOString().slice(0, 10);
		const invite = (name: string) =>
			`${served.origin}/signin/invitation#${served.signIn.invitations.inviteStaff({ kind: "staff", name, credential: "practitioner", validUntil })}`;
		const { page } = await newDevice();
		await page.goto(invite("Dr. Ada Lind"));
		await page.waitForSelector("body[data-ready=yes]");
		await page.click("#lock-passkey");
		await page.getByRole("link", { name: "Go on" }).click();
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByRole("heading", { name: "My patients" }).waitFor();
		await page.getByText("Signed in as Dr. Ada Lind").waitFor();

		const other = await newDevice({ passkey: false });
		await other.page.goto(invite("Dr. Per Moe"));
		await other.page.waitForSelector("body[data-ready=yes]");
		await other.page.fill("#name", "dr.moe");
		await other.page.fill("#passphrase", "seven long words of mine");
		await other.page.click("#lock-passphrase button");
		await other.page.getByRole("link", { name: "Go on" }).click();
		for (const [phrase, outcome] of [
			["seven long words of his", "Name, pass phrase or passkey do not fit together."],
			["seven long words of mine", "Signed in as Dr. Per Moe"],
		] as const) {
			await other.page.getByText("Use a pass phrase").click();
			await other.page.getByLabel("Sign-in name").fill("Dr.Moe");
			await other.page.getByLabel("Pass phrase").fill(phrase);
			await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
			await other.page.getByText(outcome).waitFor({ timeout: 60_000 });
		}
	}, 180_000);

	it("[PO174] one way to a key is too few: the first page says so, a good passphrase and a second passkey are left, a common one is not", async () => {
		const { page, sent } = await newDevice();
		await acceptAsPatient(page, (await inviteToDesk(served, { family: "Ness", given: "Liv", birthDate: "1960-04-05" })).url);
		await page.goto(served.origin);
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByText("You have only one way to open your key.").waitFor();
		await page.getByRole("link", { name: "See the ways to your key" }).click();
		await page.getByRole("heading", { name: "My key" }).waitFor();
		expect(await page.getByRole("button", { name: /^Remove/ }).count()).toBe(0);
		await page.getByText("Add a pass phrase").click();
		await page.getByLabel("Sign-in name").fill("liv.ness");
		for (const [phrase, told] of [
			["passwordpassword", "Many people use this"],
			["North Hospital liv.ness", "names that all here know"],
			["four wooden owls at sea", "From now on this opens your key, too."],
		] as const) {
			await page.getByLabel("Pass phrase").fill(phrase);
			await page.getByRole("button", { name: "Keep this pass phrase" }).click();
			await page.getByText(told).waitFor({ timeout: 60_000 });
		}
		await page.getByText("A pass phrase, under the name liv.ness").waitFor();
		await page.getByRole("link", { name: "Home" }).click();
		await page.getByRole("heading", { name: "Needs your answer" }).waitFor();
		expect(await page.getByText("You have only one way to open your key.").count()).toBe(0);
		expect(sent.filter((each) => each.includes("owls"))).toEqual([]);

		const other = await newDevice({ passkey: false });
		await other.page.goto(`${served.origin}/my-key`);
		await other.page.getByText("Use a pass phrase").click();
		await other.page.getByLabel("Sign-in name").fill("liv.ness");
		await other.page.getByLabel("Pass phrase").fill("four wooden owls at sea");
		await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
		await other.page.getByRole("button", { name: "Remove: A passkey" }).click({ timeout: 60_000 });
		await other.page.getByRole("button", { name: "Yes, remove it" }).click();
		await other.page.getByText("A way to open your key was removed").waitFor();
		await page.getByRole("button", { name: "Sign out" }).click();
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByText("Name, pass phrase or passkey do not fit together.").waitFor();
	}, 180_000);

	it("[PO175] [PO176] a replacement that nobody asked for is stopped on the first page; signing out everywhere closes other windows", async () => {
		const { page } = await newDevice();
		const { url, localId } = await inviteToDesk(served, { family: "Vik", given: "Bo", birthDate: "1933-03-03" });
		const words = await acceptAsPatient(page, url);
		const thief = await newDevice();
		await acceptAsPatient(thief.page, inviteAgain(served, localId));
		await thief.page.getByText("The new one takes its place in seven days.").waitFor();
		await thief.page.getByRole("link", { name: "Go on" }).click();
		await thief.page.getByRole("button", { name: "Use a passkey" }).click();
		await thief.page.getByText("Your new key has to wait").waitFor();

		await page.clock.install();
		await page.goto(served.origin);
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByText("Someone asked to replace your key").waitFor();
		await page.getByRole("button", { name: "It was not me. Stop it." }).click();
		await page.getByText("Someone asked to replace your key").waitFor({ state: "detached" });
		const enrolled = await served.small.institution().gate.enrolledAs(localId);
		expect(readPendingRotation(served.small.network.ledger, enrolled!)).toBeUndefined();

		const second = await newDevice({ passkey: false });
		await second.page.goto(`${served.origin}/my-key`);
		await second.page.getByText("Use your 24 words").click();
		await second.page.getByLabel("Your 24 words").fill(words.join(" "));
		await second.page.getByRole("button", { name: "Sign in with the words" }).click();
		await second.page.getByRole("button", { name: "Sign out everywhere" }).click();
		await second.page.getByRole("button", { name: "Use a passkey" }).waitFor();
		await page.clock.fastForward(31_000);
		await page.getByRole("button", { name: "Use a passkey" }).waitFor();
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await home(page);
		await page.clock.fastForward("31:00");
		await page.getByRole("button", { name: "Use a passkey" }).waitFor();
	}, 180_000);

	it("[PO231] [PO232] the places where a key is open are listed and closed; what came back with a safety copy is looked through first", async () => {
		const { page } = await newDevice();
		await acceptAsPatient(page, (await inviteToDesk(served, { family: "Rud", given: "Eva", birthDate: "1955-05-05" })).url);
		await page.clock.install();
		await page.goto(`${served.origin}/my-key`);
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByText("There is no other place.").waitFor();
		await page.getByText("Add a pass phrase").click();
		await page.getByLabel("Sign-in name").fill("eva.rud");
		await page.getByLabel("Pass phrase").fill("four wooden owls at sea");
		await page.getByRole("button", { name: "Keep this pass phrase" }).click();
		await page.getByText("From now on this opens your key, too.").waitFor({ timeout: 60_000 });

		const { db } = served.signIn.database;
		db.exec("INSERT INTO review(account, since) SELECT DISTINCT account, 1 FROM keeper WHERE true ON CONFLICT DO NOTHING");
		const other = await newDevice({ passkey: false });
		await other.page.goto(served.origin);
		await other.page.getByText("Use a pass phrase").click();
		await other.page.getByLabel("Sign-in name").fill("eva.rud");
		await other.page.getByLabel("Pass phrase").fill("four wooden owls at sea");
		await other.page.getByRole("button", { name: "Sign in", exact: true }).click();
		await other.page.getByText("Please look through the ways to your key").waitFor({ timeout: 60_000 });
		await other.page.getByRole("link", { name: "Look at the ways" }).click();
		await other.page.getByRole("button", { name: "I looked. They are all mine." }).click();
		await other.page.getByText("Please look through the ways to your key").waitFor({ state: "detached" });

		await other.page.getByText("(This page)").waitFor();
		expect(await other.page.getByRole("button", { name: /^Close: / }).count()).toBe(1);
		await other.page.getByRole("button", { name: "Close all others" }).click();
		await other.page.getByText("Done. Your key is open here alone.").waitFor();
		await page.clock.fastForward(31_000);
		await page.getByRole("button", { name: "Use a passkey" }).waitFor();
	}, 180_000);

	it("[PO177] a colleague invites a patient at the desk: the address as text and as a QR code, and it leads to the wallet", async () => {
		const { localId } = await served.small.importPerson({ family: "Ask", given: "Tea", birthDate: "1999-09-09" });
		const validUntil = new Date(served.small.network.now() + 30 * dayMs).toISOString().slice(0, 10);
		const own = served.signIn.invitations.inviteStaff({ kind: "staff", name: "Ida Desk", credential: "practitioner", validUntil });
		const { page } = await newDevice();
		await page.goto(`${served.origin}/signin/invitation#${own}`);
		await page.waitForSelector("body[data-ready=yes]");
		await page.click("#lock-passkey");
		await page.getByRole("link", { name: "Go on" }).click();
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByRole("link", { name: "Invite a patient" }).click();
		await page.getByLabel("Patient number").fill("nobody");
		await page.getByLabel("Which ID did you see?").fill("passport");
		await page.getByRole("button", { name: "I have seen it. Make the link" }).click();
		await page.getByText("This is not open to you.").waitFor();
		await page.getByLabel("Patient number").fill(localId);
		await page.getByRole("button", { name: "I have seen it. Make the link" }).click();
		const url = (await page.locator("code").textContent()) ?? "";
		expect(await page.getByRole("img", { name: "Square code of the link" }).locator("path").getAttribute("d")).toBe(qrPath(encodeQr(url)));
		const patient = await newDevice();
		expect(await acceptAsPatient(patient.page, url)).toHaveLength(24);
	}, 120_000);

	it("[PO185] a session that ends under somebody's input: a passkey later it is there, and signed once", async () => {
		const { page, sent } = await newDevice();
		await acceptAsPatient(page, (await inviteToDesk(served, { family: "Moen", given: "Tuva", birthDate: "1961-05-06" })).url);
		await page.clock.install();
		await page.goto(served.origin);
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await home(page);
		await page.getByRole("link", { name: "Who can see what" }).first().click();
		await page.getByRole("link", { name: "Let someone see my data" }).click();
		await page.getByLabel("Care plans").check();
		// A day by its name: half an hour before midnight a week from "today" is another day when the person is back.
		await page.getByLabel("Some other day").check();
		const until = new Date(served.small.network.now() + 10 * dayMs).toISOString().slice(0, 10);
		await page.getByLabel("Last day").fill(until);
		await page.clock.fastForward("31:00");
		await page.getByRole("button", { name: "Use a passkey" }).click();
		await page.getByRole("heading", { name: "Let someone see your data" }).waitFor();
		expect(await page.getByLabel("Care plans").isChecked()).toBe(true);
		expect(await page.getByLabel("Last day").inputValue()).toBe(until);
		const signings = () => sent.filter((each) => each.includes("/api/ledger/transactions")).length;
		const before = signings();
		await page.getByRole("button", { name: "Sign this now" }).click();
		await page.locator(".rule[data-status=active]").waitFor();
		expect(signings()).toBe(before + 1);
	}, 120_000);

	it("[PO185] [PO189] a passphrase later it is there too, and for a colleague at the same browser it is not", async () => {
		const validUntil = new Date(served.small.network.now() + 30 * dayMs).toISOString().slice(0, 10);
		const { page, sent, complaints } = await newDevice({ passkey: false });
		for (const [name, login] of [
			["Dr. Liv Dahl", "dr.dahl"],
			["Dr. Ola Vik", "dr.vik"],
		] as const) {
			const invitation = served.signIn.invitations.inviteStaff({ kind: "staff", name, credential: "practitioner", validUntil });
			// Away first: another invitation is no new page by its part behind # alone.
			await page.goto("about:blank");
			await page.goto(`${served.origin}/signin/invitation#${invitation}`);
			await page.waitForSelector("body[data-ready=yes]");
			await page.fill("#name", login);
			await page.fill("#passphrase", `seven long words of ${login}`);
			await page.click("#lock-passphrase button");
			await page.getByRole("link", { name: "Go on" }).waitFor({ timeout: 60_000 });
		}
		const unlock = async (login: string, heading: string) => {
			await page.getByText("Use a pass phrase").click();
			await page.getByLabel("Sign-in name").fill(login);
			await page.getByLabel("Pass phrase").fill(`seven long words of ${login}`);
			await page.getByRole("button", { name: "Sign in", exact: true }).click();
			await page.getByRole("heading", { name: heading }).waitFor({ timeout: 60_000 });
		};
		const { localId } = await served.small.importPerson({ family: "Lie", given: "Per", birthDate: "1977-07-07" });
		await page.goto(served.origin);
		await unlock("dr.dahl", "My patients");
		await page.getByRole("link", { name: "Invite a patient" }).click();
		await page.getByLabel("Patient number").fill(localId);
		await page.getByLabel("Which ID did you see?").fill("a driving licence");
		const stored = () => page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])");
		await expect.poll(stored).toContain("aceso/draft/invite/");
		expect(await stored()).not.toMatch(new RegExp(`licence|${localId}`));
		await page.reload();
		await unlock("dr.vik", "Invite a patient");
		expect(await page.getByLabel("Patient number").inputValue()).toBe("");
		await page.reload();
		await unlock("dr.dahl", "Invite a patient");
		await expect.poll(() => page.getByLabel("Patient number").inputValue()).toBe(localId);
		await page.getByRole("button", { name: "I have seen it. Make the link" }).click();
		await page.getByText("The link is ready").waitFor();
		expect(await stored()).not.toContain("aceso/draft/");
		expect(sent.filter((each) => each.includes("seven long words"))).toEqual([]);
		expect(complaints).toEqual([]);
	}, 180_000);

	it("[PO178] [PO185] a colleague signs in by the hospital's own provider, in the browser from end to end", async () => {
		const duty = { subject: "emp-42", acr: "urn:hospital:two-factors" };
		const hospital = await serveHospitalProvider(`${served.origin}/signin/provider/back`, () => duty);
		onTestFinished(() => hospital.close());
		const config = { issuer: hospital.issuer, clientId: "aceso", clientSecret: "a-secret-of-the-hospital", name: "North ID", acr: [duty.acr] };
		const path = join(served.signIn.folder, "staff-provider.json");
		writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
		onTestFinished(() => rmSync(path));
		const validUntil = new Date(served.small.network.now() + 30 * dayMs).toISOString().slice(0, 10);
		const invitation = served.signIn.invitations.inviteStaff({
			kind: "staff",
			name: "Dr. Siv Holt",
			credential: "practitioner",
			validUntil,
			subject: "emp-42",
		});
		const { page, complaints } = await newDevice({ passkey: false });
		await page.goto(`${served.origin}/signin/invitation#${invitation}`);
		await page.waitForSelector("body[data-ready=yes]");
		expect(await page.locator("#lock-passkey").isVisible()).toBe(false);
		const [window] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("link", { name: "Sign in with North ID" }).click()]);
		await window.getByText("Close this window and go on in the other one.").waitFor();
		await page.getByRole("button", { name: "I have signed in there" }).click();
		await page.getByRole("link", { name: "Go on" }).click();
		await page.getByRole("link", { name: "Sign in with North ID" }).click();
		await page.getByText("Signed in as Dr. Siv Holt").waitFor({ timeout: 60_000 });
		await page.getByRole("heading", { name: "My patients" }).waitFor();
		expect(page.url()).toBe(`${served.origin}/`);
		expect(complaints).toEqual([]);

		// [PO185] The session ends under what was typed; it lies here closed, and is there again after the provider.
		const { localId } = await served.small.importPerson({ family: "Ro", given: "Siv", birthDate: "1998-08-08" });
		await page.getByRole("link", { name: "Invite a patient" }).click();
		await page.getByLabel("Patient number").fill(localId);
		await page.getByLabel("Which ID did you see?").fill("passport");
		const stored = () => page.evaluate("JSON.stringify({ ...sessionStorage })");
		await expect.poll(stored).toContain("aceso/draft/invite/");
		expect(await stored()).not.toMatch(new RegExp(`passport|${localId}`));
		await page.reload();
		await page.getByRole("link", { name: "Sign in with North ID" }).click();
		await page.getByRole("heading", { name: "Invite a patient" }).waitFor({ timeout: 60_000 });
		await expect.poll(() => page.getByLabel("Patient number").inputValue()).toBe(localId);
		await page.getByRole("button", { name: "I have seen it. Make the link" }).click();
		await page.getByText("The link is ready").waitFor();
		expect(await page.getByLabel("Patient number").inputValue()).toBe("");
		expect(await stored()).not.toContain("aceso/draft/");
	}, 120_000);
});
