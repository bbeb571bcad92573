import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
	canonicalBytes,
	createSigningKey,
	type Digest,
	dayMs,
	decodeHex,
	encodeHex,
	type MemberId,
	minuteMs,
	type PublicKey,
	sha256Hex,
} from "#base";
import { readCredentials } from "#contracts";
import { type KeptKey, lockSecret, openKeptKey, sealNote } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { signAct, submitAll } from "../submit.ts";
import { type Lies, serveHospitalProvider, serveLyingProvider } from "../testing/hospitalProvider.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, toPractitioners } from "../testing/smallNetwork.ts";
import { SmartBrowser } from "../testing/smartBrowser.ts";
import { SignIn } from "./signIn.ts";

/** Staff by the hospital's own identity provider. */
const origin = "https://north.example";
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let patient: SmallPatient;
let hospital: Awaited<ReturnType<typeof serveHospitalProvider>>;
let liar: Awaited<ReturnType<typeof serveLyingProvider>>;
let duty = { subject: "emp-1", acr: "urn:hospital:two-factors" };
let lies: Lies = {};
let logouts = 0;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution(), { publicUrl: origin });
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	patient = await small.admit({ family: "Strand", given: "Eli", birthDate: "1945-05-05" });
	await small.grant(patient, toPractitioners("north", ["laboratory"]));
	hospital = await serveHospitalProvider(`${origin}/signin/provider/back`, () => duty);
	liar = await serveLyingProvider(() => lies);
});
afterEach(() => {
	duty = { subject: "emp-1", acr: "urn:hospital:two-factors" };
	lies = {};
	configure(hospital.issuer);
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
	await hospital.close();
	await liar.close();
});

const configPath = () => join(signIn.folder, "staff-provider.json");
function configure(issuer: string): void {
	const config = {
		issuer,
		clientId: "aceso",
		clientSecret: "a-secret-of-the-hospital",
		name: "North Hospital's sign-in",
		acr: ["urn:hospital:two-factors"],
	};
	writeFileSync(configPath(), JSON.stringify(config), { mode: 0o600 });
}

/** Follows the browser to the provider and back. @returns The address that the provider sends it to. */
async function throughProvider(browser: SmartBrowser, way = "portal"): Promise<string> {
	const begun = await browser.ask(`/signin/provider/begin?way=${way}`);
	expect([begun.statusCode, begun.body.slice(0, 200)]).toEqual([303, expect.any(String)]);
	const cookies = new Map<string, string>();
	let at = String(begun.headers.location);
	for (let step = 0; step < 8 && !at.startsWith(origin); step++) {
		const answer = await fetch(at, { redirect: "manual", headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") } });
		for (const line of answer.headers.getSetCookie()) cookies.set(line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1).split(";")[0] ?? "");
		at = new URL(answer.headers.get("location") ?? "", at).href;
	}
	return at;
}

async function signInThere(browser: SmartBrowser, way = "portal") {
	return browser.ask(await throughProvider(browser, way));
}

const open = (browser: SmartBrowser) => browser.ask("/signin/provider/open", { method: "POST", payload: {}, headers: { origin } });
const validUntil = () => new Date(small.network.now() + 30 * dayMs).toISOString().slice(0, 10);

/** What the invitation's page does, once its owner has come back from the provider. */
async function accept(token: string, browser: SmartBrowser, secret = small.network.randomBytes(32)) {
	const salt = encodeHex(small.network.randomBytes(16));
	const answer = await browser.ask("/signin/invitation/share", { method: "POST", payload: { token, salt }, headers: { origin } });
	if (answer.statusCode !== 200) return { status: answer.statusCode, code: (answer.json() as { code: string }).code };
	const { share } = answer.json() as { share: string };
	const key = createSigningKey(secret);
	const locked = await lockSecret(secret, {
		kind: "ledger-key",
		by: "provider",
		key: decodeHex(share, 32),
		salt,
		randomBytes: small.network.randomBytes,
	});
	const kept = { locked, login: { by: "provider" }, note: await sealNote(secret, "Dr. Liv Aas", small.network.randomBytes), rotation: 0 };
	const signed = small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
	const taken = await browser.ask("/signin/invitation/staff", { method: "POST", payload: { token, signed, kept }, headers: { origin } });
	return { status: taken.statusCode, key: key.publicKey, code: (taken.json() as { code?: string }).code };
}

const invite = (subject: string) =>
	signIn.invitations.inviteStaff({ kind: "staff", name: "Dr. Liv Aas", credential: "practitioner", validUntil: validUntil(), subject });

describe("the hospital's identity provider", () => {
	it("[SI70] gives somebody who was invited under their subject their key, which then asks as any key does; a revoked credential ends it", async () => {
		configure(hospital.issuer);
		const browser = new SmartBrowser(app, origin);
		const invitation = invite("emp-1");
		expect((await signInThere(browser, "invitation")).headers.location).toBe(`${origin}/signin/provider/close`);
		const { key, status } = await accept(invitation, browser);
		expect(status).toBe(200);
		const [credential] = readCredentials(small.network.ledger, key as PublicKey, small.network.now());
		expect(credential).toMatchObject({ kind: "practitioner", issuer: "north" });

		const later = new SmartBrowser(app, origin);
		expect((await signInThere(later)).headers.location).toBe(`${origin}/#provider`);
		const opened = (await open(later)).json() as KeptKey & { readonly share: string; readonly sitting: string };
		const person = await openKeptKey("north" as MemberId, opened, decodeHex(opened.share, 32));
		expect([person.kind, person.note, person.signer.publicKey]).toEqual(["staff", "Dr. Liv Aas", key]);
		expect((await small.read(person.signer, byLocal(patient.localId), { classes: ["laboratory"] })).resources.length).toBeGreaterThan(0);
		// Once: the cookie of before opens nothing again.
		expect((await open(later)).statusCode).toBe(401);

		const revoke = { contract: "credentials", action: "revoke", body: { credentialId: credential?.credentialId } } as const;
		await submitAll(small.network, small.institution(), [signAct(small.network, small.institution().memberKey, revoke as never)]);
		await signInThere(later);
		expect([
			(await open(later)).statusCode,
			(await small.read(person.signer, byLocal(patient.localId), { classes: ["laboratory"] }).catch(() => ({ resources: [] }))).resources,
		]).toEqual([401, []]);
	});

	it("[SI71] a subject that the house has not bound opens nothing, is told like one that failed, and gets no other's invitation", async () => {
		configure(hospital.issuer);
		duty = { ...duty, subject: "emp-2" };
		const browser = new SmartBrowser(app, origin);
		await signInThere(browser);
		expect((await open(browser)).json()).toMatchObject({ code: "SIGNIN_PROVIDER_REFUSED" });
		await signInThere(browser, "invitation");
		expect(await accept(invite("emp-3"), browser)).toMatchObject({ code: "SIGNIN_PROVIDER_REFUSED" });
		// An invitation that names no subject is for passkeys.
		await signInThere(browser, "invitation");
		const plain = signIn.invitations.inviteStaff({ kind: "staff", name: "X", credential: "practitioner", validUntil: validUntil() });
		expect(await accept(plain, browser)).toMatchObject({ code: "SIGNIN_PROVIDER_REFUSED" });
	});

	it("[SI71] a subject is bound to one key: another invitation for it leaves the first as it is", async () => {
		configure(hospital.issuer);
		duty = { ...duty, subject: "emp-7" };
		const browser = new SmartBrowser(app, origin);
		await signInThere(browser, "invitation");
		const first = await accept(invite("emp-7"), browser);
		await signInThere(browser, "invitation");
		expect(await accept(invite("emp-7"), browser)).toMatchObject({ status: 401, code: "SIGNIN_REFUSED" });
		await signInThere(browser);
		expect(((await open(browser)).json() as KeptKey).key).toBe(first.key);
	});

	it("[SI72] a sign-in that is not strong enough there is none here", async () => {
		configure(hospital.issuer);
		duty = { ...duty, acr: "urn:hospital:password" };
		const answer = await signInThere(new SmartBrowser(app, origin));
		expect([answer.statusCode, answer.body]).toEqual([403, expect.stringContaining("SIGNIN_PROVIDER_REFUSED")]);
	});

	it.each<[string, Lies]>([
		["an unsigned token", { alg: "none" }],
		["a token signed with the client's secret", { alg: "HS256" }],
		["a token signed by another key", { alg: "foreign-key" }],
		["another issuer in the token", { claims: { iss: "https://elsewhere.example" } }],
		["another issuer beside the code (mix-up)", { responseIssuer: "https://elsewhere.example" }],
		["another audience", { claims: { aud: "another-client" } }],
		["a nonce of before", { claims: { nonce: "of-another-sign-in" } }],
		["a token that is over", { claims: { exp: 1_700_000_000 } }],
		["a sign-in of an hour ago", { claims: { auth_time: Math.trunc(Date.now() / 1_000) - 3_600 } }],
		["no word on how strong it was", { claims: { acr: undefined } as never }],
		["no subject", { claims: { sub: undefined } as never }],
	])("[SI73] %s signs nobody in", async (_what, told) => {
		configure(liar.issuer);
		lies = told;
		const browser = new SmartBrowser(app, origin);
		const answer = await signInThere(browser);
		expect([answer.statusCode, answer.body]).toEqual([403, expect.stringContaining("SIGNIN_PROVIDER_REFUSED")]);
		expect((await open(browser)).statusCode).toBe(401);
	});

	it("[SI73] what the liar of these tests tells when it does not lie is taken, for a subject of its own", async () => {
		configure(liar.issuer);
		const browser = new SmartBrowser(app, origin);
		expect((await signInThere(browser)).headers.location).toBe(`${origin}/#provider`);
		// emp-1 of the hospital is not emp-1 of another issuer.
		expect((await open(browser)).json()).toMatchObject({ code: "SIGNIN_PROVIDER_REFUSED" });
	});

	it("[SI74] a code serves the browser that began, once, within ten minutes, with its state", async () => {
		configure(hospital.issuer);
		const [mine, theirs] = [new SmartBrowser(app, origin), new SmartBrowser(app, origin)];
		const back = await throughProvider(mine);
		await throughProvider(theirs);
		expect((await theirs.ask(back)).statusCode).toBe(403);
		expect((await new SmartBrowser(app, origin).ask(back)).statusCode).toBe(403);
		expect((await mine.ask(back.replace(/state=[^&]+/, "state=another"))).statusCode).toBe(403);
		expect((await mine.ask(back)).statusCode).toBe(403);
		const late = await throughProvider(mine);
		small.advance(11 * minuteMs);
		expect((await mine.ask(late)).statusCode).toBe(403);
		expect(mine.setCookies.every((line) => /^__Host-aceso-provider=.*Path=\/; HttpOnly; SameSite=Lax; Secure$/.test(line))).toBe(true);
		const foreign = await mine.ask("/signin/provider/open", { method: "POST", payload: {}, headers: { origin: "https://elsewhere.example" } });
		expect(foreign.statusCode).toBe(403);
	});

	const logout = (token: unknown) =>
		app.inject({
			...{ method: "POST", url: "/signin/provider/logout", payload: new URLSearchParams({ logout_token: String(token) }).toString() },
			headers: { "content-type": "application/x-www-form-urlencoded" },
		});
	const isOpen = async (sitting: string) =>
		((await app.inject({ method: "POST", url: "/signin/account/sitting", payload: { sitting } })).json() as { stands: boolean }).stands;

	/** Somebody of the liar's, with two browsers open under two of its sessions. */
	async function twoSittings(subject: string) {
		configure(liar.issuer);
		lies = { claims: { sub: subject, sid: "s1" } };
		const browser = new SmartBrowser(app, origin);
		await signInThere(browser, "invitation");
		const { key } = await accept(invite(subject), browser);
		const sittings: string[] = [];
		for (const sid of ["s1", "s2"]) {
			lies = { claims: { sub: subject, sid } };
			await signInThere(browser);
			sittings.push(((await open(browser)).json() as { sitting: string }).sitting);
		}
		lies = {};
		return { key: key as PublicKey, sittings };
	}

	it("[SI118] the provider's word that somebody signed out there ends what began with that sign-in here, once for each word", async () => {
		const { key, sittings } = await twoSittings("emp-20");
		const standing = () => Promise.all(sittings.map(isOpen));
		expect(await standing()).toEqual([true, true]);
		lies = { claims: { sub: "emp-20", sid: "s1" } };
		const token = await liar.logoutToken(small.network.now());
		const answer = await logout(token);
		expect([answer.statusCode, answer.headers["cache-control"], await standing()]).toEqual([200, "no-store", [false, true]]);
		expect(signIn.events.list(key)[0]?.kind).toBe("provider-signed-out");
		expect((await logout(token)).statusCode).toBe(401);
		lies = { claims: { sub: "emp-20" } };
		expect([(await logout(await liar.logoutToken(small.network.now()))).statusCode, await standing()]).toEqual([200, [false, false]]);
		// Somebody who is bound to no key here: it is taken, and nothing is told of it.
		lies = { claims: { sub: "emp-404" } };
		expect((await logout(await liar.logoutToken(small.network.now()))).statusCode).toBe(200);
	});

	it("[SI118] a session is ended by its name alone, where the provider tells no subject", async () => {
		const { sittings } = await twoSittings("emp-21");
		lies = { claims: { sub: undefined, sid: "s2" } as never };
		expect((await logout(await liar.logoutToken(small.network.now()))).statusCode).toBe(200);
		expect(await Promise.all(sittings.map(isOpen))).toEqual([true, false]);
	});

	it.each<[string, Lies]>([
		["unsigned", { alg: "none" }],
		["signed with the client's secret", { alg: "HS256" }],
		["signed by another key", { alg: "foreign-key" }],
		["of another issuer", { claims: { iss: "https://elsewhere.example" } }],
		["for another application", { claims: { aud: "another-client" } }],
		["of an hour ago", { claims: { iat: Math.trunc(Date.now() / 1_000) - 3_600 } }],
		["without its time", { claims: { iat: undefined } as never }],
		["without an id", { claims: { jti: undefined } as never }],
		["about nobody", { claims: { sub: undefined } as never }],
		["an ID token", { claims: { events: undefined } as never }],
		["with a nonce, as ID tokens have", { claims: { nonce: "n" } }],
		["of another event", { claims: { events: { "urn:other": {} } } }],
	])("[SI118] a word that is %s ends nothing", async (_what, told) => {
		const { sittings } = await twoSittings(`emp-${30 + logouts++}`);
		lies = { ...told, claims: { sub: `emp-${29 + logouts}`, ...told.claims } };
		const answer = await logout(await liar.logoutToken(small.network.now()));
		expect([answer.statusCode, answer.json().code]).toEqual([401, "SIGNIN_PROVIDER_REFUSED"]);
		expect(await Promise.all(sittings.map(isOpen))).toEqual([true, true]);
	});

	it("[SI75] a configuration that asks for no strength, or speaks in clear, is refused; without one there is no such door", async () => {
		const base = { issuer: hospital.issuer, clientId: "aceso", clientSecret: "a-secret-of-the-hospital", name: "x" };
		for (const config of [base, { ...base, acr: [] }, { ...base, acr: ["x"], issuer: "http://idp.example" }, { ...base, acr: ["x"], more: 1 }]) {
			writeFileSync(configPath(), JSON.stringify(config));
			expect((await app.inject({ url: "/signin/provider" })).json()).toMatchObject({ code: "SIGNIN_PROVIDER_INVALID" });
		}
		rmSync(configPath());
		expect((await app.inject({ url: "/signin/provider" })).json()).toEqual({ name: null });
		expect((await app.inject({ url: "/signin/provider/begin" })).statusCode).toBe(403);
	});
});
