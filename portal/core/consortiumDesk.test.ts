import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeHex } from "#base";
import { createWallet } from "#wallet";
import { oneValidator } from "../../src/ledger/testing/oneValidator.ts";
import { createInstitutionApp } from "../../src/node/app.ts";
import { votePortal } from "../../src/node/portal/votePortal.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient } from "../../src/node/testing/smallNetwork.ts";
import { createApi } from "./api.ts";
import { createDesk } from "./desk.ts";
import type { Memory } from "./deskTypes.ts";
import { draftOfForm, emptyForm } from "./grantDraft.ts";

const seed = new Uint8Array(32).fill(11);
const validator = oneValidator();
let small: SmallNetwork;
let patient: SmallPatient;
let app: FastifyInstance;

/** The ledger of the network as members of a consortium have it: what one validator signed, for whoever asks for headers. */
function decideBy(by: ReturnType<typeof oneValidator> | undefined): void {
	const { ledger, now } = small.network;
	Object.assign(ledger, { proveDecidedState: by?.prover(ledger, now) });
}

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Berg", given: "Ida", birthDate: "1950-01-02" }, { wallet: createWallet(seed) });
	decideBy(validator);
	app = createInstitutionApp(small.network, small.institution());
	await app.ready();
}, 300_000);
afterAll(async () => {
	await app.close();
	await small.close();
});

/** A desk whose node is the app, with what it altered on the way. */
function openDesk(alter: (path: string, body: string) => string = (_, body) => body) {
	const asked: string[] = [];
	const fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
		asked.push(path);
		const answer = await app.inject({
			method: (init.method ?? "GET") as "GET" | "POST",
			url: path,
			headers: init.headers as Record<string, string>,
			...(init.body === undefined ? {} : { payload: init.body as string }),
		});
		return new Response(alter(path, answer.body), { status: answer.statusCode, headers: { date: new Date(small.network.now()).toUTCString() } });
	};
	const api = createApi({ fetch: fetch as typeof globalThis.fetch, now: small.network.now });
	const desk = createDesk({ api, randomBytes: small.network.randomBytes, sleep: async () => undefined });
	const signIn = (memory?: Memory) =>
		desk.signIn({ seed: encodeHex(seed), isStaff: false, memories: memory === undefined ? {} : { [patient.pseudonym]: memory } });
	return { desk, asked, signIn };
}

const codeOf = (work: Promise<unknown>) =>
	work.then(
		() => "",
		(error: { code: string }) => error.code,
	);

describe("a desk on a ledger that validators decide on", () => {
	it("[PO159] pins the set at the first visit, and proves consents, history and the portal's release under its headers", async () => {
		const { desk, asked, signIn } = openDesk();
		const opened = await signIn();
		expect(opened.consortium).toEqual({ pin: { validatorsHash: validator.validatorsHash, pinnedAtMs: expect.any(Number) } });
		const draft = draftOfForm({ ...emptyForm(small.network.now()), preset: "care" }, { member: opened.house.member, title: "They may treat me." });
		await desk.grant(draft);
		const { consents, standing } = await desk.consents("en");
		expect([standing, consents.map(({ status }) => status)]).toEqual(["agreed", ["active"]]);
		const summary = await desk.history({}, () => undefined);
		expect([summary.verdict, summary.cosignatures]).toEqual(["verified", { found: 1, asked: 1 }]);
		expect(summary.seen?.header?.validatorsHash).toBe(validator.validatorsHash);
		await votePortal(small.network, "ab".repeat(32) as never);
		expect(await desk.release("ab".repeat(32), [])).toEqual({ version: 1, newest: 1, standing: "agreed" });
		expect(await desk.release("cd".repeat(32), [])).toMatchObject({ version: undefined, newest: 1 });
		expect(asked.filter((path) => path.startsWith("/api/ledger/state") && !path.includes("under=validators"))).toEqual([]);
		const { pins, history } = await desk.exportHistory();
		expect(await desk.checkCopy(await history.text(), await pins.text())).toMatchObject({ verdict: "verified", house: opened.house.name });
	});

	it("[PO159] believes the set it kept: headers of another one, and a member's own signature, prove nothing", async () => {
		const first = await openDesk().signIn();
		const memory: Memory = { genesis: first.genesis, consortium: first.consortium };
		decideBy(oneValidator("others"));
		const { desk, signIn } = openDesk();
		await signIn(memory);
		expect(await codeOf(desk.consents("en"))).toBe("NOT_VERIFIED");
		expect((await desk.history({}, () => undefined)).verdict).toBe("refused");
		decideBy(validator);
		expect((await desk.history({}, () => undefined)).verdict).toBe("verified");
		// The member answers under its own signature in place of the header that was asked for.
		const own = openDesk((path, body) => {
			if (!path.startsWith("/api/ledger/state")) return body;
			const { key, contract } = JSON.parse(body) as { contract: "consent"; key: string };
			return JSON.stringify(small.network.ledger.proveState(contract, key));
		});
		await own.signIn(memory);
		expect(await codeOf(own.desk.consents("en"))).toBe("NOT_VERIFIED");
	});

	it("[PO159] a ledger that was decided together is not one that a single party seals, nor the other way round", async () => {
		const together = await openDesk().signIn();
		decideBy(undefined);
		const alone = await openDesk().signIn();
		expect(alone.consortium).toBeUndefined();
		expect(await codeOf(openDesk().signIn({ genesis: together.genesis, consortium: together.consortium }))).toBe("LEDGER_DIFFERS");
		decideBy(validator);
		expect(await codeOf(openDesk().signIn({ genesis: alone.genesis }))).toBe("LEDGER_DIFFERS");
	});

	it("[PO150] of two windows that change one rule the second is refused, and says why", async () => {
		const [one, two] = [openDesk(), openDesk()];
		for (const each of [one, two]) await each.signIn();
		const draft = (title: string) => draftOfForm({ ...emptyForm(small.network.now()), preset: "care" }, { member: small.institution().id, title });
		const { consentId } = await one.desk.grant(draft("First"));
		for (const each of [one, two]) await each.desk.consents("en");
		expect(await one.desk.change(consentId, draft("Second"))).toEqual({ version: 2 });
		const refusal = await two.desk.change(consentId, draft("Other")).then(
			() => undefined,
			(error: { code: string; nodeCode: string }) => error,
		);
		expect([refusal?.code, refusal?.nodeCode]).toEqual(["REFUSED", "CONSENT_VERSION_STALE"]);
		await two.desk.consents("en");
		expect(await two.desk.change(consentId, draft("Other"))).toEqual({ version: 3 });
	});

	it("[ND117] a node tells the validators to begin with, and proves under them where there are any", async () => {
		expect((await app.inject({ url: "/api/ledger/pin" })).json()).toMatchObject({ pin: { validatorsHash: validator.validatorsHash } });
		const asked = "/api/ledger/state?contract=membership&key=index&under=";
		expect((await app.inject({ url: `${asked}validators` })).json().checkpoint).toContain("aceso/header/1");
		for (const under of ["everybody", "validators&under=validators"]) expect((await app.inject({ url: `${asked}${under}` })).statusCode).toBe(400);
		decideBy(undefined);
		expect((await app.inject({ url: "/api/ledger/pin" })).json()).toEqual({ pin: null });
		expect((await app.inject({ url: `${asked}validators` })).statusCode).toBe(400);
		decideBy(validator);
	});
});
