import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createExchangeKey, type MemberId } from "#base";
import type { Release } from "#gate";
import { acceptSession, type ClientSession, listEntries, type SessionRequest, signRequest } from "#wallet";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** Requests that come in one turn take each step side by side; nothing of one may reach another. */
let small: SmallNetwork;
let doctor: Staff;
let [open, shut]: SmallPatient[] = [];

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
});
beforeEach(async () => {
	open = await small.admit({ family: "Haug", given: "Ida", birthDate: "1971-07-07" });
	shut = await small.admit({ family: "Berg", given: "Odd", birthDate: "1972-08-08" });
});
afterAll(() => small.close());

const gate = () => small.institution().gate;
const entries = () => small.institution().log.size();

async function openSession(): Promise<ClientSession> {
	const exchange = createExchangeKey(small.network.randomBytes(32));
	const place = { audience: "north" as MemberId, via: "north" as MemberId, nowMs: small.network.now(), nonce: small.network.randomBytes(16) };
	const request = signRequest(doctor.key, { kind: "open-session", exchange: exchange.publicKey } as const, place);
	const answer = await gate().openSession(request);
	return acceptSession({ request, exchange, answer, memberKey: small.institution().memberKey.publicKey });
}

function ask(session: ClientSession, patient: { readonly localId: string }): SessionRequest<{ readonly kind: string }> {
	const body = { kind: "read", patient: byLocal(patient.localId), purpose: "TREAT", classes: ["conditions"], level: "identified" };
	return session.ask(body, small.network.now());
}

const askMany = (session: ClientSession, patient: { readonly localId: string }, count = 20) =>
	Array.from({ length: count }, () => ask(session, patient));
const outcomeOf = async (request: unknown): Promise<string | number> =>
	gate()
		.release(request)
		.then(({ resources }) => resources.length)
		.catch(({ code }: { code: string }) => code);

it("[GA223] of many requests of one turn each is judged, written down and opened by itself: what is wrong with one is told to that one alone", async () => {
	await small.grant(open as SmallPatient, toPractitioners("north", ["conditions"]));
	const session = await openSession();
	const absent = { localId: "nobody-here" };
	for (const each of [open as SmallPatient, shut as SmallPatient, absent]) await gate().release(ask(session, each));
	const good = askMany(session, open as SmallPatient);
	const requests = [
		...good,
		...askMany(session, shut as SmallPatient),
		...askMany(session, absent),
		{ ...ask(session, open as SmallPatient), mac: "00".repeat(32) },
		good[3],
		{ ...ask(session, shut as SmallPatient), body: good[0]?.body },
	];
	const before = entries();
	const outcomes = await Promise.all(requests.map(outcomeOf));
	expect(outcomes).toEqual([
		...Array.from({ length: 20 }, () => 1),
		...Array.from({ length: 40 }, () => 0),
		"GATE_SESSION_INVALID",
		"GATE_REQUEST_REPLAYED",
		"GATE_SESSION_INVALID",
	]);
	expect(entries()).toBe(before + 60);
});

it("[GA223] requests of one turn get entries of their own, each of its patient's history, and refused and absent patients the same answer", async () => {
	await small.grant(open as SmallPatient, toPractitioners("north", ["conditions"]));
	const session = await openSession();
	const absent = { localId: "nobody-here-either" };
	for (const each of [open as SmallPatient, shut as SmallPatient, absent]) await gate().release(ask(session, each));
	const requests = [open as SmallPatient, shut as SmallPatient, absent].flatMap((each) => askMany(session, each));
	const releases = await Promise.all(requests.map((request) => gate().release(request)));
	expect(new Set(releases.map(({ access }) => access.leafIndex)).size).toBe(60);
	expect(new Set(releases.map(({ access }) => access.entryHash)).size).toBe(60);
	const told = ({ access: _, ...release }: Release) => release;
	for (const release of releases.slice(21)) expect(told(release)).toEqual(told(releases[20] as Release));
	const key = (open as SmallPatient).key;
	const history = await gate().showHistory(small.sign(key, { kind: "history", patient: byPseudonym((open as SmallPatient).pseudonym) }));
	const own = new Set(listEntries(history).map(({ leafIndex }) => leafIndex));
	expect(releases.map(({ access }) => own.has(access.leafIndex))).toEqual(requests.map((_, at) => at < 20));
});

it("[GA223] a consent revoked while reads go through counts for every one that is decided after its block", async () => {
	const consent = await small.grant(open as SmallPatient, toPractitioners("north", ["conditions"]));
	const session = await openSession();
	const seen: { height: number; count: number }[] = [];
	let isRevoked = false;
	const reader = async () => {
		for (let rest = 3; rest > 0; rest -= isRevoked ? 1 : 0) {
			const { decidedAtHeight, resources } = await gate().release(ask(session, open as SmallPatient));
			seen.push({ height: decidedAtHeight, count: resources.length });
		}
	};
	const reading = Promise.all(Array.from({ length: 24 }, reader));
	while (seen.length < 48) await new Promise((resolve) => setImmediate(resolve));
	await small.revoke(open as SmallPatient, consent);
	isRevoked = true;
	await reading;
	const given = seen.filter(({ count }) => count > 0).map(({ height }) => height);
	const withheld = seen.filter(({ count }) => count === 0).map(({ height }) => height);
	expect(given.length).toBeGreaterThan(0);
	expect(withheld.length).toBeGreaterThanOrEqual(48);
	expect(Math.max(...given)).toBeLessThan(Math.min(...withheld));
});

it("[GA223] an erasure that overtakes reads gives each of them what everybody gets of an erased patient, and no error of its own", async () => {
	await small.grant(open as SmallPatient, toPractitioners("north", ["conditions"]));
	const session = await openSession();
	await gate().release(ask(session, shut as SmallPatient));
	const seen: Release[] = [];
	let isErased = false;
	const reader = async () => {
		for (let rest = 3; rest > 0; rest -= isErased ? 1 : 0) seen.push(await gate().release(ask(session, open as SmallPatient)));
	};
	const reading = Promise.all(Array.from({ length: 24 }, reader));
	while (seen.length < 48) await new Promise((resolve) => setImmediate(resolve));
	await gate().erase(
		small.sign((open as SmallPatient).key, { kind: "erase", patient: byPseudonym((open as SmallPatient).pseudonym), compartments: "all" }),
	);
	isErased = true;
	await reading;
	const { access: _, decidedAtHeight: __, ...refused } = await gate().release(ask(session, shut as SmallPatient));
	for (const { access: _own, decidedAtHeight: _height, ...release } of seen.filter(({ resources }) => resources.length === 0)) {
		expect(release).toEqual(refused);
	}
	expect(seen.at(-1)?.resources).toEqual([]);
	expect(seen.some(({ resources }) => resources.length === 1)).toBe(true);
});
