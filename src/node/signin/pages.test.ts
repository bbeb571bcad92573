import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalBytes, createSigningKey, type Digest, dayMs, encodeHex, type MemberId, type PublicKey, type SigningKey, sha256Hex } from "#base";
import { readCredentials, readEnrolment } from "#contracts";
import { createWallet, decodeWords, keysOfPassphrase, lockSecret } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { addPasskey, hasChromium, launchChromium } from "../testing/chromium.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, toPractitioners } from "../testing/smallNetwork.ts";
import { beginAuthorisation } from "../testing/smartBrowser.ts";
import { SignIn } from "./signIn.ts";

/** The pages in a real browser, with its own cryptography, cookies and policies. */
const passphrase = "correct horse battery staple";
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let origin: string;
let browser: Browser;
let patient: SmallPatient;
let doctorKey: SigningKey;
/** Where the application waits for its code: another origin. */
let back: Server;
let redirectUri: string;

beforeAll(async () => {
	if (!hasChromium) return;
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	await app.listen({ host: "127.0.0.1", port: 0 });
	origin = `http://localhost:${(app.server.address() as AddressInfo).port}`;
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	patient = await small.admit({ family: "Aaltonen", given: "Eeva", birthDate: "1948-05-06" });
	await small.grant(patient, toPractitioners("north", ["laboratory"]));
	back = createServer((_request, response) => response.end("back at the app"));
	await new Promise<void>((resolve) => back.listen(0, "127.0.0.1", resolve));
	redirectUri = `http://127.0.0.1:${(back.address() as AddressInfo).port}/back`;
	signIn.apps.register({
		client: "chart",
		name: "Growth chart",
		authentication: "public",
		redirectUris: [redirectUri],
		scopes: ["openid", "fhirUser", "launch/patient", "offline_access", "patient/*.rs"],
		purpose: "TREAT",
		level: "identified",
	});
	browser = await launchChromium();
	doctorKey = await keepDoctor();
});
afterAll(async () => {
	if (!hasChromium) return;
	await browser.close();
	back.close();
	await app.close();
	signIn.close();
	await small.close();
});

/** A doctor whose key lies here under a passphrase, as her own browser left it. */
async function keepDoctor(): Promise<SigningKey> {
	const { key } = await small.hireKey("practitioner", createSigningKey(secret));
	const salt = encodeHex(small.network.randomBytes(16));
	const keys = await keysOfPassphrase(passphrase, salt);
	const locked = await lockSecret(secret, { kind: "ledger-key", by: "passphrase", key: keys.key, salt, randomBytes: small.network.randomBytes });
	const kept = { locked, login: { by: "passphrase", name: "dr.koski", proof: keys.proof }, note: "", rotation: 0 };
	const signed = small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
	const answer = await app.inject({ method: "POST", url: "/signin/keepers", payload: { signed, kept } });
	expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining("kept")]);
	return key;
}
const secret = new Uint8Array(32).fill(7);

async function openPage(language = "en-GB"): Promise<{ page: Page; faults: string[]; foreign: string[] }> {
	const context = await browser.newContext({ locale: language, viewport: { width: 760, height: 900 } });
	const page = await context.newPage();
	const faults: string[] = [];
	const foreign: string[] = [];
	page.on("pageerror", (error) => faults.push(error.message));
	page.on("console", (message) => {
		if (message.type() === "error") faults.push(message.text());
	});
	page.on("request", (request) => {
		if (!request.url().startsWith(origin) && !request.url().startsWith(redirectUri) && !request.url().endsWith("/favicon.ico"))
			foreign.push(request.url());
	});
	return { page, faults, foreign };
}

/** Waits for the page's script; what the browser refused says why it does not come. */
async function ready({ page, faults }: Pick<Awaited<ReturnType<typeof openPage>>, "page" | "faults">): Promise<void> {
	await page.waitForSelector("body[data-ready=yes]", { timeout: 20_000 }).catch(() => {
		throw new Error(`the page's script did not run: ${faults.join(" | ")}`);
	});
}

const shots = process.env.ACESO_SCREENSHOTS;
const shoot = async (page: Page, name: string) => {
	if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
};

describe.skipIf(!hasChromium)("pages in Chromium", () => {
	it("[SI40] a passphrase opens the key in the browser, and the application gets its code", async () => {
		const { page, faults, foreign } = await openPage();
		const begun = beginAuthorisation({
			client: "chart",
			redirectUri,
			aud: `${origin}/fhir`,
			scope: "openid launch/patient offline_access patient/Observation.rs?category=laboratory patient/Condition.rs",
		});
		await page.goto(origin + begun.url);
		await ready({ page, faults });
		await shoot(page, "allow-sign-in");
		await page.fill("#name", "dr.koski");
		await page.fill("#passphrase", "wrong passphrase");
		await page.click("#passphrase-form button");
		await page.waitForFunction(() => globalThis.document.getElementById("fault")?.textContent !== "", undefined, { timeout: 60_000 });
		expect(await page.textContent("#fault")).toContain("do not fit together");
		await page.fill("#passphrase", passphrase);
		await page.keyboard.press("Enter");
		await page.waitForSelector("#choices:not([hidden])", { timeout: 60_000 });
		await page.fill("#patient", patient.localId);
		await shoot(page, "allow-choices");
		await page.uncheck("input.scope[data-at='1']");
		await page.focus("#allow");
		await page.keyboard.press("Enter");
		await page.waitForURL(`${redirectUri}**`);
		const code = new URL(page.url()).searchParams.get("code") ?? "";
		const payload = new URLSearchParams({
			grant_type: "authorization_code",
			client_id: "chart",
			redirect_uri: redirectUri,
			code,
			code_verifier: begun.verifier,
		});
		const token = await app.inject({
			method: "POST",
			url: "/oauth/token",
			payload: payload.toString(),
			headers: { "content-type": "application/x-www-form-urlencoded" },
		});
		expect(token.json()).toMatchObject({ patient: patient.localId, scope: "openid launch/patient patient/Observation.rs?category=laboratory" });
		const bearer = await signIn.openBearer((token.json() as { access_token: string }).access_token);
		expect(bearer.mandate.key).toBe(doctorKey.publicKey);
		expect(foreign).toEqual([]);
		// The wrong passphrase is the one fault that the browser tells of.
		expect(faults.filter((fault) => !fault.includes("401"))).toEqual([]);
	}, 120_000);

	it("[SI41] speaks the browser's language, and leads back to the application when it is not allowed", async () => {
		const { page, faults } = await openPage("de-DE");
		await page.goto(origin + beginAuthorisation({ client: "chart", redirectUri, aud: `${origin}/fhir`, scope: "launch/patient patient/*.rs" }).url);
		await ready({ page, faults });
		expect(await page.textContent("h1")).toBe("Growth chart möchte Gesundheitsdaten sehen");
		expect(await page.getAttribute("html", "lang")).toBe("de");
		await shoot(page, "allow-german");
		await page.click("text=Nicht erlauben");
		await page.waitForURL(`${redirectUri}**`);
		expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
		expect(faults).toEqual([]);
	}, 60_000);

	it("[SI47] an invited colleague locks a new key with a passkey, and signs in with one touch", async () => {
		const { page, faults } = await openPage();
		await addPasskey(page);
		const validUntil = new Date(small.network.now() + 30 * dayMs).toISOString().slice(0, 10);
		const invitation = signIn.invitations.inviteStaff({ kind: "staff", name: "Dr. Ylva Holm", credential: "practitioner", validUntil });
		const sent: string[] = [];
		page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
		await page.goto(`${origin}/signin/invitation#${invitation}`);
		await ready({ page, faults });
		expect(page.url()).not.toContain(invitation);
		expect(await page.textContent("h1")).toBe("Keep your signing key");
		await shoot(page, "invitation-staff");
		await page.click("#lock-passkey");
		await page.waitForSelector("#done:not([hidden])", { timeout: 60_000 });
		const key = (await page.textContent("#done-key")) ?? "";
		expect(readCredentials(small.network.ledger, key as PublicKey, small.network.now())).toMatchObject([{ kind: "practitioner", issuer: "north" }]);
		await page.goto(origin + beginAuthorisation({ client: "chart", redirectUri, aud: `${origin}/fhir`, scope: "launch/patient patient/*.rs" }).url);
		await ready({ page, faults });
		await page.click("#passkey");
		await page.waitForSelector("#choices:not([hidden])", { timeout: 60_000 });
		await page.click("#allow");
		await page.waitForFunction(() => globalThis.document.getElementById("fault")?.textContent !== "");
		expect(await page.textContent("#fault")).toBe("Name the patient first.");
		await page.fill("#patient", patient.localId);
		await page.click("#allow");
		await page.waitForURL(`${redirectUri}**`);
		expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
		expect(
			sent.filter((each) => each.includes("/signin/invitation") && each.split(" ")[0]?.includes(invitation)),
			"the secret in an address",
		).toEqual([]);
		expect(
			sent.filter((each) => /"prf":|"results"/.test(each)),
			"what the passkey's PRF gave",
		).toEqual([]);
		expect(faults).toEqual([]);
	}, 120_000);

	it("[SI45] an invited patient makes a wallet, writes down its words, locks it and allows an application for the own record", async () => {
		const { page, faults } = await openPage("de-DE");
		await addPasskey(page);
		const { localId } = await small.importPerson({ family: "Vogel", given: "Mina", birthDate: "1982-08-08" });
		const proof = { document: "Personalausweis", seenBy: doctorKey.publicKey, atMs: small.network.now() };
		await page.goto(`${origin}/signin/invitation#${signIn.invitations.invitePatient(localId, proof)}`);
		await ready({ page, faults });
		await shoot(page, "invitation-patient");
		await page.click("#new-wallet");
		await page.waitForSelector("#words-shown:not([hidden])");
		const words = await page.locator("#words li").allTextContents();
		expect([words.length, new Set(words).size > 15]).toEqual([24, true]);
		await shoot(page, "invitation-words");
		const place = Number(/\d+/.exec((await page.textContent("#check-label")) ?? "")?.[0]);
		await page.fill("#check", words[place % 24] ?? "");
		await page.keyboard.press("Enter");
		await page.waitForFunction(() => globalThis.document.getElementById("fault")?.textContent !== "");
		await page.fill("#check", words[place - 1] ?? "");
		await page.keyboard.press("Enter");
		await page.waitForSelector("#lock:not([hidden])");
		await shoot(page, "invitation-lock");
		await page.click("#lock-passkey");
		await page.waitForSelector("#done:not([hidden])", { timeout: 60_000 });
		const seed = decodeWords(words, (await (await fetch(`${origin}/signin/words/english.txt`)).text()).trim().split("\n"));
		const own = createWallet(seed).pseudonymKey("north" as MemberId, 0);
		expect(readEnrolment(small.network.ledger, own.publicKey)).toMatchObject({ status: "active", custodian: "north" });
		await page.goto(
			origin + beginAuthorisation({ client: "chart", redirectUri, aud: `${origin}/fhir`, scope: "openid launch/patient patient/*.rs" }).url,
		);
		await ready({ page, faults });
		await page.click("#passkey");
		await page.waitForSelector("#patient-own:not([hidden])", { timeout: 60_000 });
		expect(await page.textContent("#purpose")).toContain("auf Ihren Wunsch");
		await shoot(page, "allow-patient");
		await page.click("#allow");
		await page.waitForURL(`${redirectUri}**`);
		expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
		expect(faults).toEqual([]);
	}, 120_000);

	it("[SI42] a passkey that cannot lock a key is not used for one", async () => {
		const { page, faults } = await openPage();
		await addPasskey(page, { prf: false });
		const validUntil = new Date(small.network.now() + 30 * dayMs).toISOString().slice(0, 10);
		const invitation = signIn.invitations.inviteStaff({ kind: "staff", name: "Dr. Aune", credential: "practitioner", validUntil });
		await page.goto(`${origin}/signin/invitation#${invitation}`);
		await ready({ page, faults });
		await page.click("#lock-passkey");
		await page.waitForFunction(() => globalThis.document.getElementById("fault")?.textContent !== "", undefined, { timeout: 60_000 });
		expect(await page.textContent("#fault")).toBe("This passkey cannot lock a key. Use a passphrase.");
		await page.fill("#name", "dr.aune");
		await page.fill("#passphrase", "a much longer passphrase");
		await page.click("#lock-passphrase button");
		await page.waitForSelector("#done:not([hidden])", { timeout: 60_000 });
	}, 120_000);
});
