import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CivilDay, createSigningKey, dayMs, encodeHex, type Pseudonym } from "#base";
import { buildRotate, createWallet } from "#wallet";
import { createInstitutionApp } from "../../src/node/app.ts";
import { openSmallNetwork, type SmallNetwork } from "../../src/node/testing/smallNetwork.ts";
import { createApi } from "./api.ts";
import { createDesk } from "./desk.ts";
import type { AccessRow } from "./deskTypes.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let people = 0;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	await app.ready();
}, 300_000);
afterAll(async () => {
	await app.close();
	await small.close();
});

/** A desk whose node is the app; `alter` stands between. */
function openDesk(alter: (path: string, body: string) => string | Promise<string> = (_, body) => body) {
	const asked: string[] = [];
	const fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
		asked.push(path);
		const answer = await app.inject({
			method: (init.method ?? "GET") as "GET" | "POST",
			url: path,
			headers: init.headers as Record<string, string>,
			...(init.body === undefined ? {} : { payload: init.body as string }),
		});
		const headers = { date: new Date(small.network.now()).toUTCString() };
		return new Response(await alter(path, answer.body), { status: answer.statusCode, headers });
	};
	const api = createApi({ fetch: fetch as typeof globalThis.fetch, now: small.network.now });
	return { api, asked, desk: createDesk({ api, randomBytes: small.network.randomBytes, sleep: async () => undefined }) };
}

const dayIn = (days: number) => new Date(small.network.now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;

/** Somebody with a wallet of their own, signed in at a desk of their own. */
async function admit(alter?: Parameters<typeof openDesk>[0]) {
	const seed = small.network.randomBytes(32);
	const patient = await small.admit({ family: `Berg${people++}`, given: "Ola", birthDate: "1950-01-02" }, { wallet: createWallet(seed) });
	const opened = openDesk(alter);
	await opened.desk.signIn({ seed: encodeHex(seed), isStaff: false, memories: {} });
	return { ...opened, seed, patient, pseudonym: patient.pseudonym };
}

/** Somebody who has named the other as a helper. */
async function pair(until = dayIn(30), alter?: Parameters<typeof openDesk>[0]) {
	const [person, helper] = [await admit(), await admit(alter)];
	const key = await helper.desk.helperCode(person.pseudonym);
	await person.desk.nameHelper({ key, until });
	return { person, helper, key, act: () => helper.desk.actFor({ person: person.pseudonym, memories: {} }) };
}

async function looksOf({ desk }: Awaited<ReturnType<typeof admit>>): Promise<readonly AccessRow[]> {
	const rows: AccessRow[] = [];
	const { checks } = await desk.history({}, (part) => rows.push(...part));
	expect(checks.find(({ ok }) => !ok)).toBeUndefined();
	return rows;
}

/** What of a record the gate opens. */
async function seenBy({ desk }: Awaited<ReturnType<typeof admit>>): Promise<readonly unknown[]> {
	const { items, classes } = await desk.record();
	return [...items, ...classes.filter(({ available }) => available)];
}

const notTheirs = { code: "REFUSED", nodeCode: "NOT_THEIR_HELPER" };
const signsNothing = (asked: readonly string[]) => asked.filter((path) => /records|history|terms|transactions/.test(path));

describe("acting for somebody", () => {
	it("[PO181] [PO182] whoever was named acts under the key made for it, and the list of looks names that key; the way back is one's own record", async () => {
		const { person, helper, key, act } = await pair();
		expect(await act()).toMatchObject({ kind: "patient", pseudonym: person.pseudonym, signsBy: key, name: "" });
		const record = await helper.desk.record();
		expect(record.items).toEqual((await person.desk.record()).items);
		const provision = { type: "permit", grantees: [{ kind: "credential", credential: "practitioner" }], purposes: ["TREAT"], classes: ["vitals"] };
		await helper.desk.grant({ title: "For them", provision: { ...provision, level: "identified" }, validUntil: dayIn(5) } as never);
		expect((await person.desk.consents("en")).consents.map(({ terms }) => terms?.title)).toContain("For them");
		const mine = (await looksOf(person)).filter(({ requester }) => requester === key);
		expect(mine.map(({ action, kind, permitted }) => ({ action, kind, permitted }))).toContainEqual({
			action: "read",
			kind: "patient",
			permitted: true,
		});
		expect(await helper.desk.helpers()).toMatchObject({ isOwnKey: false, signsBy: key });

		expect(await helper.desk.actForOneself()).toMatchObject({ pseudonym: helper.pseudonym, signsBy: helper.pseudonym });
		expect((await looksOf(helper)).every(({ requester }) => requester !== key)).toBe(true);
	});

	it("[PO181] somebody who was not named, is staff, acts for themselves or for nobody is refused alike, and nothing of it reaches the gate", async () => {
		const [person, stranger] = [await admit(), await admit()];
		const before = stranger.asked.length;
		const nobody = createSigningKey(small.network.randomBytes(32)).publicKey as string as Pseudonym;
		for (const code of [person.pseudonym, nobody, stranger.pseudonym, "" as Pseudonym]) {
			await expect(stranger.desk.actFor({ person: code, memories: {} })).rejects.toMatchObject({ code: expect.stringMatching(/REFUSED|ANSWER/) });
		}
		await expect(stranger.desk.actFor({ person: person.pseudonym, memories: {} })).rejects.toMatchObject(notTheirs);
		expect(signsNothing(stranger.asked.slice(before))).toEqual([]);
		expect((await stranger.desk.helpers()).isOwnKey).toBe(true);
		const doctor = openDesk();
		const seed = small.network.randomBytes(32);
		await small.hireKey("practitioner", createSigningKey(seed));
		await doctor.desk.signIn({ seed: encodeHex(seed), isStaff: true, memories: {} });
		await expect(doctor.desk.actFor({ person: person.pseudonym, memories: {} })).rejects.toMatchObject(notTheirs);
	});

	it("[PO183] a helper who was ended is refused at the next act and cannot begin again; what was appointed to a day ends with it", async () => {
		const { person, helper, key, act } = await pair();
		await act();
		await person.desk.endHelper(key);
		expect((await helper.desk.helpers()).helpers).toEqual([]);
		expect(await seenBy(helper)).toEqual([]);
		await expect(helper.desk.history({}, () => undefined)).rejects.toMatchObject({ nodeCode: "GATE_NOT_AVAILABLE" });
		await helper.desk.actForOneself();
		await expect(act()).rejects.toMatchObject(notTheirs);
		// The one who tried is on the list.
		expect((await looksOf(person)).filter(({ requester, permitted }) => requester === key && !permitted)).not.toEqual([]);

		const short = await pair(dayIn(1));
		await short.act();
		small.advance(3 * dayMs);
		// A block of today, so that the gate goes by a fresh ledger.
		await admit();
		expect(await seenBy(short.helper)).toEqual([]);
		await short.helper.desk.actForOneself();
		await expect(short.act()).rejects.toMatchObject(notTheirs);
	});

	it("[PO183] what a delegation does not grant: naming and ending helpers, the account, acting onwards by the person's own helpers", async () => {
		const { person, helper, key, act } = await pair();
		const other = await admit();
		await other.desk.nameHelper({ key: await person.desk.helperCode(other.pseudonym), until: dayIn(30) });
		await act();
		const accomplice = createSigningKey(small.network.randomBytes(32)).publicKey;
		await expect(helper.desk.nameHelper({ key: accomplice, until: dayIn(30) })).rejects.toMatchObject({ code: "REFUSED" });
		expect((await person.desk.helpers()).helpers.map((each) => each.key)).toEqual([key]);
		// An account is the signing key's own: of the person's ways in, the helper's key shows nothing.
		expect(await helper.desk.account({ act: "show" })).toMatchObject({ copies: [], apps: [], events: [] });
		await expect(helper.desk.keepByPassphrase({ name: "thief.here", passphrase: "four wooden owls at sea" })).rejects.toMatchObject({
			code: "REFUSED",
		});
		// Whom the person helps, the helper does not.
		await expect(helper.desk.actFor({ person: other.pseudonym, memories: {} })).rejects.toMatchObject(notTheirs);
		expect(await act()).toMatchObject({ pseudonym: person.pseudonym });
	});

	it("[PO181] a node that names somebody a helper whom the ledger does not is not believed, nor one that shows another ledger for the person", async () => {
		const { person, key } = await pair();
		const enrolment = `key=${encodeURIComponent(`e/${person.pseudonym}`)}`;
		const liar = await admit((path, body) => (path.includes(enrolment) ? body.replaceAll(key, "cd".repeat(32)) : body));
		await expect(liar.desk.actFor({ person: person.pseudonym, memories: {} })).rejects.toMatchObject({ code: "NOT_VERIFIED" });
		const { helper, person: theirs } = await pair();
		const { genesis } = await helper.desk.actForOneself();
		const memories = { [theirs.pseudonym]: { genesis: { ...genesis, sealer: "ab".repeat(32) } } } as never;
		await expect(helper.desk.actFor({ person: theirs.pseudonym, memories })).rejects.toMatchObject({ code: "LEDGER_DIFFERS" });
	});

	it("[PO183] whoever signs out while the ledger is asked acts for nobody", async () => {
		let wait: Promise<void> | undefined;
		const { helper, act } = await pair(dayIn(30), async (path, body) => {
			if (path.startsWith("/api/ledger/state")) await wait;
			return body;
		});
		let goOn = () => {};
		wait = new Promise((resolve) => {
			goOn = resolve;
		});
		const acting = act();
		await helper.desk.signOut();
		goOn();
		await expect(acting).rejects.toMatchObject({ code: "NOT_SIGNED_IN" });
		await expect(helper.desk.record()).rejects.toMatchObject({ code: "NOT_SIGNED_IN" });
	});

	it("[PO181] a key that was replaced since is followed, under the code that the helper was given; an erased record has no helpers", async () => {
		const { person, helper, key, act } = await pair();
		const next = createWallet(person.seed).pseudonymKey(small.institution().id, 1);
		const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes: small.network.randomBytes };
		const transaction = buildRotate(person.patient.key, { pseudonym: person.pseudonym, successor: next }, context);
		await person.api.post("/api/ledger/transactions", { transactions: [transaction] });
		await small.institution().gate.completeEnrolment({ localId: person.patient.localId, pseudonym: next.publicKey });
		expect(await act()).toMatchObject({ pseudonym: next.publicKey, signsBy: key });
		expect((await helper.desk.record()).items.length).toBeGreaterThan(0);

		const gone = await pair();
		await gone.person.desk.erase("all");
		await expect(gone.act()).rejects.toMatchObject(notTheirs);
	});
});
