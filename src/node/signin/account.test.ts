import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CivilDay, canonicalBytes, createSigningKey, type Digest, dayMs, encodeHex, hourMs, type SigningKey, sha256Hex } from "#base";
import { readEnrolment, readPendingRotation, rotationMessage } from "#contracts";
import { type AccountAct, buildCancelRotation, createWallet, keyOfPrf, lockSecret, type PseudonymKey } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { submitAll } from "../submit.ts";
import { byPseudonym, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";
import { beginAuthorisation, SmartBrowser, signMandate } from "../testing/smartBrowser.ts";
import type { AccountView } from "./account.ts";
import { SignIn } from "./signIn.ts";

/** What a person reviews and takes back, over HTTP, and what is left of it. */
const origin = "https://north.example";
const redirectUri = "https://app.example/back";
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let doctor: Staff;
let patient: SmallPatient;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution(), { publicUrl: origin });
	await app.ready();
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	doctor = await small.hire("practitioner");
	patient = await small.admit({ family: "Lie", given: "Eva", birthDate: "1971-02-03" });
	await small.grant(patient, toPractitioners("north", ["laboratory", "conditions"]));
	for (const client of ["chart", "plans"]) {
		signIn.apps.register({
			...{ client, name: `App ${client}`, authentication: "public", redirectUris: [redirectUri], purpose: "TREAT", level: "identified" },
			scopes: ["launch/patient", "offline_access", "patient/*.rs"],
		});
	}
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
});

const post = (url: string, payload: object) => app.inject({ method: "POST", url, payload });
const form = (url: string, fields: Record<string, string>) =>
	app.inject({
		method: "POST",
		url,
		payload: new URLSearchParams(fields).toString(),
		headers: { "content-type": "application/x-www-form-urlencoded" },
	});

async function act(key: SigningKey, asked: AccountAct): Promise<AccountView> {
	const answer = await post("/signin/account", small.sign(key, { kind: "account", ...asked }));
	expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
	return answer.json() as AccountView;
}

async function allow(client: string, staff = doctor) {
	const browser = new SmartBrowser(app, origin);
	const begun = beginAuthorisation({ client, redirectUri, aud: `${origin}/fhir`, scope: "offline_access launch/patient patient/*.rs" });
	const question = await browser.open(begun.url);
	const allowed = await browser.allow(question, signMandate(small, staff.key, question, { patient: { by: "local", localId: patient.localId } }));
	const code = (await browser.follow((allowed.json() as { location: string }).location)).searchParams.get("code") ?? "";
	const answer = await form("/oauth/token", {
		grant_type: "authorization_code",
		client_id: client,
		redirect_uri: redirectUri,
		code,
		code_verifier: begun.verifier,
	});
	const { access_token: token, refresh_token: refresh } = answer.json() as { access_token: string; refresh_token: string };
	return {
		reads: async () =>
			(await app.inject({ url: `/fhir/Condition?patient=${patient.localId}`, headers: { authorization: `Bearer ${token}` } })).statusCode,
		refreshes: async () => (await form("/oauth/token", { grant_type: "refresh_token", client_id: client, refresh_token: refresh })).statusCode,
	};
}

/** Leaves a locked copy under a passphrase whose proof is made up. */
async function keep(key: SigningKey, secret: Uint8Array, name: string, proof = "ab".repeat(32)) {
	const salt = encodeHex(small.network.randomBytes(16));
	const lockKey = keyOfPrf(new Uint8Array(32).fill(3), salt);
	const locked = await lockSecret(secret, { kind: "ledger-key", by: "passphrase", key: lockKey, salt, randomBytes: small.network.randomBytes });
	const kept = { locked, login: { by: "passphrase", name, proof }, note: "", rotation: 0 };
	const answer = await post("/signin/keepers", {
		signed: small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest }),
		kept,
	});
	expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining("kept")]);
}

describe("one's own account", () => {
	it("[SI61] lists what was allowed; one that is taken back reads and refreshes nothing from then on, the other goes on", async () => {
		const [chart, plans] = [await allow("chart"), await allow("plans")];
		expect([await chart.reads(), await plans.reads()]).toEqual([200, 200]);
		const { apps } = await act(doctor.key, { act: "show" });
		expect(apps.map(({ name }) => name).sort()).toEqual(["App chart", "App plans"]);
		expect(apps[0]).toMatchObject({ patient: patient.localId, purpose: "TREAT", scopes: expect.arrayContaining(["patient/*.rs"]) });
		const of = apps.find(({ client }) => client === "chart")?.id ?? "";
		expect((await act(doctor.key, { act: "take-back", of })).apps.map(({ client }) => client)).toEqual(["plans"]);
		expect([await chart.reads(), await chart.refreshes()]).toEqual([401, 400]);
		expect(await plans.reads()).toBe(200);
		const { apps: none } = await act(doctor.key, { act: "take-back-all" });
		expect([none, await plans.reads(), await plans.refreshes()]).toEqual([[], 401, 400]);
	});

	it("[SI62] nobody sees or ends what is another's: no key, no signature, no name of a mandate helps", async () => {
		const chart = await allow("chart");
		const [mine] = (await act(doctor.key, { act: "show" })).apps;
		const stranger = createSigningKey(small.network.randomBytes(32));
		expect((await act(stranger, { act: "show" })).apps).toEqual([]);
		const of = mine?.id ?? "";
		for (const kind of ["take-back", "remove-copy"] as const) {
			const refused = await post("/signin/account", small.sign(stranger, { kind: "account", act: kind, of }));
			const unknown = await post("/signin/account", small.sign(stranger, { kind: "account", act: kind, of: "0".repeat(64) }));
			expect([refused.statusCode, refused.body.replace(/"reference":"[^"]*"/, "")]).toEqual([404, unknown.body.replace(/"reference":"[^"]*"/, "")]);
		}
		const request = small.sign(doctor.key, { kind: "account", act: "take-back-all" }) as { body: object };
		expect((await post("/signin/account", { ...request, body: { ...request.body, act: "show" } })).statusCode).toBe(401);
		const once = small.sign(doctor.key, { kind: "account", act: "show" });
		expect([(await post("/signin/account", once)).statusCode, (await post("/signin/account", once)).statusCode]).toEqual([200, 401]);
		const foreign = await app.inject({
			...{ method: "POST", url: "/signin/account", payload: small.sign(doctor.key, { kind: "account", act: "take-back-all" }) },
			headers: { origin: "https://elsewhere.example" },
		});
		expect(foreign.statusCode).toBe(403);
		expect(await chart.reads()).toBe(200);
	});

	it("[SI63] signing out everywhere ends applications, refresh tokens and sittings at once", async () => {
		const secret = small.network.randomBytes(32);
		const { key } = await small.hireKey("practitioner", createSigningKey(secret));
		await keep(key, secret, "dr.ek");
		const chart = await allow("chart", { ...doctor, key });
		const opened = await post("/signin/keepers/passphrase/open", { name: "dr.ek", proof: "ab".repeat(32) });
		const { sitting } = opened.json() as { sitting: string };
		const stands = async (shown: string) => ((await post("/signin/account/sitting", { sitting: shown })).json() as { stands: boolean }).stands;
		expect([await stands(sitting), await stands("x"), await stands(`${sitting.slice(0, -2)}AA`)]).toEqual([true, false, false]);
		await act(key, { act: "sign-out-everywhere" });
		expect([await stands(sitting), await chart.reads(), await chart.refreshes()]).toEqual([false, 401, 400]);
		const again = (await post("/signin/keepers/passphrase/open", { name: "dr.ek", proof: "ab".repeat(32) })).json() as { sitting: string };
		expect(await stands(again.sitting)).toBe(true);
	});

	it("[SI116] lists where the key is open, in words of its own; one is ended, or all but one, and the others go on", async () => {
		const secret = small.network.randomBytes(32);
		const { key } = await small.hireKey("practitioner", createSigningKey(secret));
		await keep(key, secret, "dr.berg");
		const agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "<b>Dr. Berg</b>", ""];
		const secrets: string[] = [];
		for (const agent of agents) {
			const payload = { name: "dr.berg", proof: "ab".repeat(32) };
			const answer = await app.inject({ method: "POST", url: "/signin/keepers/passphrase/open", payload, headers: { "user-agent": agent } });
			secrets.push((answer.json() as { sitting: string }).sitting);
			small.advance(1_000);
		}
		const look = async (sitting: string) => (await post("/signin/account/sitting", { sitting })).json() as { stands: boolean; id?: string };
		const [first, second, third] = await Promise.all(secrets.map(look));
		const { sittings } = await act(key, { act: "show" });
		expect(sittings.map(({ id, by, device }) => [id, by, device])).toEqual([
			[third?.id, "passphrase", ""],
			[second?.id, "passphrase", ""],
			[first?.id, "passphrase", "Firefox, Linux"],
		]);
		expect(secrets.some((each) => JSON.stringify(sittings).includes(each))).toBe(false);
		await act(key, { act: "end-sitting", of: second?.id ?? "" });
		expect((await Promise.all(secrets.map(look))).map(({ stands }) => stands)).toEqual([true, false, true]);
		await act(key, { act: "end-other-sittings", of: third?.id ?? "" });
		expect((await Promise.all(secrets.map(look))).map(({ stands }) => stands)).toEqual([false, false, true]);
		expect((await act(key, { act: "show" })).events[0]?.kind).toBe("sitting-ended");
	});

	it("[SI116] nobody ends another's sitting or learns whether there is one, and naming another's keeps nobody's from ending", async () => {
		const [mine, theirs] = [createSigningKey(small.network.randomBytes(32)), createSigningKey(small.network.randomBytes(32))];
		const [a, b] = [mine, theirs].map(({ publicKey: key }) => signIn.sittings.begin({ key, by: "passkey", agent: undefined }));
		const [own, foreign] = [signIn.sittings.look(a).id ?? "", signIn.sittings.look(b).id ?? ""];
		for (const asked of ["end-sitting", "end-other-sittings"] as const) {
			const refused = await post("/signin/account", small.sign(mine, { kind: "account", act: asked, of: foreign }));
			const unknown = await post("/signin/account", small.sign(mine, { kind: "account", act: asked, of: "0".repeat(64) }));
			expect([refused.statusCode, refused.json().code]).toEqual([404, "SIGNIN_NOT_YOURS"]);
			expect(unknown.json().code).toBe("SIGNIN_NOT_YOURS");
		}
		expect([signIn.sittings.look(a), signIn.sittings.look(b)].map(({ stands }) => stands)).toEqual([true, true]);
		expect((await act(mine, { act: "show" })).sittings.map(({ id }) => id)).toEqual([own]);
		// The name in the list is not the secret that asks: whoever reads the list, or the file, asks nothing with it.
		expect(signIn.sittings.look(own)).toEqual({ stands: false });
	});

	it("[SI117] a sitting ends after twelve hours, after an hour without a word of its page, and with the thirty-second after it", async () => {
		const { publicKey: key } = createSigningKey(small.network.randomBytes(32));
		const begin = () => signIn.sittings.begin({ key, by: "passkey", agent: undefined });
		const [silent, kept] = [begin(), begin()];
		const stands = (each: string) => signIn.sittings.look(each).stands;
		for (let minutes = 0; minutes < 12 * 60; minutes += 30) {
			expect(stands(kept)).toBe(true);
			small.advance(hourMs / 2);
		}
		expect([stands(silent), stands(kept), signIn.sittings.list(key)]).toEqual([false, false, []]);
		const many = Array.from({ length: 33 }, begin);
		expect([stands(many[0] as string), stands(many[1] as string), stands(many[32] as string)]).toEqual([false, true, true]);
	});

	it("[SI122] a helper leaves locked copies of a key of their own while their appointment runs, and no way to the patient's", async () => {
		const secret = small.network.randomBytes(32);
		const helper = createSigningKey(secret);
		const until = new Date(small.network.now() + 20 * dayMs).toISOString().slice(0, 10) as CivilDay;
		const person = { family: "Hjelp", given: "Ine", birthDate: "1940-04-04" };
		const helped = await small.admit(person, { delegates: () => [{ key: helper.publicKey, kind: "delegate", until }] });
		await keep(helper, secret, "helper.one");
		await keep(helper, secret, "helper.two");
		expect((await act(helper, { act: "show" })).copies.map(({ name }) => name)).toEqual(["helper.one", "helper.two"]);
		expect((await act(helped.key, { act: "show" })).copies).toEqual([]);
		// The passkey of the first is lost: the second opens the same key, which takes the first out.
		const opened = await post("/signin/keepers/passphrase/open", { name: "helper.two", proof: "ab".repeat(32) });
		expect((opened.json() as { key: string }).key).toBe(helper.publicKey);
		const [lost] = (await act(helper, { act: "show" })).copies;
		expect((await act(helper, { act: "remove-copy", of: lost?.id ?? "" })).copies).toHaveLength(1);
		small.advance(21 * dayMs);
		const late = { locked: {}, login: {}, note: "", rotation: 0 };
		const signed = small.sign(helper, { kind: "keep-key", digest: sha256Hex(canonicalBytes(late)) as Digest });
		expect((await post("/signin/keepers", { signed, kept: late })).json()).toMatchObject({ code: "SIGNIN_REFUSED" });
	});

	it("[SI64] what happened is written down for the person: signing in, a wrong passphrase, ways added and removed, applications", async () => {
		const secret = small.network.randomBytes(32);
		const { key } = await small.hireKey("practitioner", createSigningKey(secret));
		await keep(key, secret, "dr.foss");
		await post("/signin/keepers/passphrase/open", { name: "dr.foss", proof: "cd".repeat(32) });
		await post("/signin/keepers/passphrase/open", { name: "dr.foss", proof: "ab".repeat(32) });
		const [only] = (await act(key, { act: "show" })).copies;
		expect(only).toMatchObject({ by: "passphrase", name: "dr.foss", usedAtMs: expect.any(Number) });
		const last = await post("/signin/account", small.sign(key, { kind: "account", act: "remove-copy", of: only?.id ?? "" }));
		expect(last.json()).toMatchObject({ code: "SIGNIN_LAST_COPY" });
		await keep(key, secret, "dr.foss.2", "ef".repeat(32));
		await act(key, { act: "remove-copy", of: only?.id ?? "" });
		expect((await post("/signin/keepers/passphrase/open", { name: "dr.foss", proof: "ab".repeat(32) })).statusCode).toBe(401);
		await allow("chart", { ...doctor, key });
		const { copies, events } = await act(key, { act: "show" });
		expect(copies.map(({ name }) => name)).toEqual(["dr.foss.2"]);
		expect(events.map(({ kind }) => kind)).toEqual([
			"app-allowed",
			"copy-removed",
			"copy-left",
			"opened-passphrase",
			"refused-passphrase",
			"copy-left",
		]);
	});

	it("[SI65] with the block that erases a patient, nothing of their key is left in sign-in's file", async () => {
		const secret = small.network.randomBytes(32);
		const wallet = createWallet(secret);
		const gone = await small.admit({ family: "Borte", given: "Kari", birthDate: "1950-01-01" }, { wallet });
		await keep(gone.key, secret, "kari.borte");
		const file = () => new DatabaseSync(join(signIn.folder, "signin.db"), { readOnly: true });
		const account = signIn.database.nameOf("account", gone.pseudonym);
		const rows = () => {
			const db = file();
			const found = ["keeper", "event", "mandate", "oidc"].map((table) =>
				Number(db.prepare(`SELECT count(*) AS n FROM ${table} WHERE account = ?`).get(account)?.n),
			);
			db.close();
			return found;
		};
		expect(rows().slice(0, 2)).toEqual([1, 1]);
		await small.institution().gate.erase(small.sign(gone.key, { kind: "erase", patient: byPseudonym(gone.pseudonym), compartments: "all" }));
		expect(rows()).toEqual([0, 0, 0, 0]);
	});
});

describe("a lost key", () => {
	async function lose(given: string) {
		const { key: former, localId, pseudonym } = await small.admit({ family: "Mist", given, birthDate: "1966-06-06" });
		const secret = small.network.randomBytes(32);
		const successor = createWallet(secret).pseudonymKey("north" as never, 0);
		const proof = { document: "passport", seenBy: doctor.key.publicKey, atMs: small.network.now() };
		const token = signIn.invitations.invitePatient(localId, proof);
		const told = await post("/signin/invitation/countersign", { token, pseudonym: successor.publicKey });
		expect(told.json()).toEqual({ replaces: pseudonym });
		const salt = encodeHex(small.network.randomBytes(16));
		const lockKey = keyOfPrf(new Uint8Array(32).fill(3), salt);
		const locked = await lockSecret(secret, { kind: "wallet-seed", by: "passphrase", key: lockKey, salt, randomBytes: small.network.randomBytes });
		const kept = { locked, login: { by: "passphrase", name: `mist.${given.toLowerCase()}`, proof: "ab".repeat(32) }, note: "", rotation: 0 };
		const signed = (key: PseudonymKey) => small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
		const message = rotationMessage({ chain: small.network.ledger.chain, pseudonym, successor: successor.publicKey });
		// Another's signature in place of the new key's own agrees to nothing.
		const forged = await post("/signin/invitation/replace", { token, signed: signed(successor), kept, successorSignature: former.sign(message) });
		expect([forged.statusCode >= 400, readPendingRotation(small.network.ledger, pseudonym)]).toEqual([true, undefined]);
		const announced = await post("/signin/invitation/replace", {
			token,
			signed: signed(successor),
			kept,
			successorSignature: successor.sign(message),
		});
		expect([announced.statusCode, announced.json()]).toEqual([200, { status: "announced" }]);
		return { former, pseudonym, successor, localId };
	}

	it("[SI66] is replaced seven days after the desk has seen who asks, and not before", async () => {
		const { former, pseudonym, successor, localId } = await lose("Tor");
		const { waitsUntilMs } = await act(successor, { act: "show" });
		expect(waitsUntilMs).toBeGreaterThan(small.network.now() + 6.9 * dayMs);
		expect(readEnrolment(small.network.ledger, pseudonym)?.status).toBe("active");
		expect((await small.read(former, byPseudonym(pseudonym), { purpose: "PATRQT" })).resources.length).toBeGreaterThan(0);
		expect((await small.read(successor, byPseudonym(successor.publicKey), { purpose: "PATRQT" })).resources).toEqual([]);
		small.advance(7 * dayMs + hourMs);
		expect((await act(successor, { act: "show" })).waitsUntilMs).toBeNull();
		expect(readEnrolment(small.network.ledger, pseudonym)).toMatchObject({ status: "rotated", successor: successor.publicKey });
		expect((await small.read(successor, byPseudonym(successor.publicKey), { purpose: "PATRQT" })).resources.length).toBeGreaterThan(0);
		expect(await small.institution().gate.isNumberOf(localId, successor.publicKey)).toBe(true);
	});

	it("[SI66] is not replaced where the former key says in time that it is not lost", async () => {
		const { former, pseudonym, successor } = await lose("Ulf");
		const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes: small.network.randomBytes };
		await submitAll(small.network, small.institution(), [buildCancelRotation(former, { pseudonym }, context)]);
		small.advance(8 * dayMs);
		expect((await act(successor, { act: "show" })).waitsUntilMs).toBeNull();
		expect(readEnrolment(small.network.ledger, pseudonym)?.status).toBe("active");
		expect(readEnrolment(small.network.ledger, successor.publicKey)).toBeUndefined();
	});
});
