import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalBytes, type JsonValue, type SigningKey, sha256Hex } from "#base";
import { pgxModelId } from "#insight";
import { createInstitutionApp } from "../app.ts";
import { clopidogrel, codeine, genotype, orderSelect, publishPgxModel } from "../testing/cdsClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let poor: SmallPatient;
let ungranted: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	await publishPgxModel(small);
	doctor = await small.hire("practitioner");
	const person = (family: string) => ({
		...{ family, given: "A", birthDate: "1970-01-01" },
		more: (subject: { readonly reference: string }) => [genotype("CYP2C19", "HGNC:2621", "*2/*2")(subject)],
	});
	poor = await small.admit(person("Poor"));
	ungranted = await small.admit(person("Ungranted"));
	await small.grant(poor, toPractitioners("north", ["genomics", "medications"], { models: [pgxModelId], level: "compute" }));
	app = createInstitutionApp(small.network, small.institution());
});
afterAll(async () => {
	await app.close();
	await small.close();
});

interface Card {
	readonly summary: string;
	readonly detail: string;
	readonly indicator: string;
	readonly source: { readonly label: string };
	readonly extension: { readonly "org.aceso.insight": { readonly insightHash: string; readonly classesNotSeen: readonly string[] } };
}
interface Answer {
	readonly isGuided: boolean;
	readonly cards: readonly { readonly card: Card; readonly insightHash: string | null; readonly codes: { readonly drug: string } | null }[];
	readonly code?: string;
	readonly details?: { readonly at?: string };
}

const callOf = (patient: string, key: SigningKey, drug: Parameters<typeof orderSelect>[1][number] = clopidogrel) => {
	const call = orderSelect(patient, [drug]);
	return { ...call, context: { ...call.context, userId: `Practitioner/${key.publicKey}` } };
};
const signedFor = (key: SigningKey, localId: string, call: object) => {
	const read = {
		kind: "read",
		patient: byLocal(localId),
		purpose: "TREAT",
		classes: ["genomics", "medications"],
		level: "compute",
		model: pgxModelId,
	};
	return small.sign(key, { ...read, given: sha256Hex(canonicalBytes(call as JsonValue)) });
};
async function send(request: unknown, call: object): Promise<Answer & { readonly status: number }> {
	const answer = await app.inject({ method: "POST", url: "/api/orders/check", payload: { request, call } as object });
	return { status: answer.statusCode, ...(answer.json() as Answer) };
}
const check = (localId: string, key = doctor.key, drug = clopidogrel) => {
	const call = callOf(localId, key, drug);
	return send(signedFor(key, localId, call), call);
};
const entries = () => small.institution().log.size();

describe("a doctor checks an order", () => {
	it("[CD11] [CD12] by a request of their own, and gets the cards of the services", async () => {
		const { cards, isGuided } = await check(poor.localId);
		expect(isGuided).toBe(true);
		expect(cards.length).toBeGreaterThan(0);
		expect(cards[0]).toMatchObject({ card: { indicator: "critical", summary: expect.stringMatching(/^Clopidogrel and genes/) } });
		expect(cards[0]!.insightHash).toMatch(/^[0-9a-f]{64}$/);
		expect(cards[0]!.card.source.label).toMatch(/guideline, as it stood on/);
		const history = await small.institution().gate.showHistory(small.sign(poor.key, { kind: "history", patient: byLocal(poor.localId) }));
		const computed = history.logs.flatMap(({ shown }) => shown?.entries ?? []).filter(({ entry }) => entry.action === "compute");
		expect(computed.at(-1)?.entry).toMatchObject({ requester: doctor.key.publicKey, model: pgxModelId, decision: "permit" });
	});

	it("[CD11] codes beside a card are those of the drug that the card names, in an order of several", async () => {
		const ordered = orderSelect(poor.localId, [codeine, clopidogrel]);
		const call = { ...ordered, context: { ...ordered.context, userId: `Practitioner/${doctor.key.publicKey}` } };
		const { cards } = await send(signedFor(doctor.key, poor.localId, call), call);
		expect(new Set(cards.map(({ codes }) => codes?.drug))).toEqual(new Set(["clopidogrel", "codeine"]));
		for (const { card, codes } of cards) expect(card.summary.toLowerCase()).toMatch(new RegExp(`^${codes?.drug} and genes`));
	});

	it("[CD11] another drug, patient or user than was signed for is refused, and nothing is read", async () => {
		const call = callOf(poor.localId, doctor.key);
		const request = signedFor(doctor.key, poor.localId, call);
		const other = callOf(ungranted.localId, doctor.key);
		const stranger = await small.hire("practitioner", { member: "south" });
		const foreign = callOf(poor.localId, stranger.key);
		const before = entries();
		const attempts: readonly (readonly [unknown, object])[] = [
			[request, callOf(poor.localId, doctor.key, { code: "2670", display: "codeine" })],
			[request, { ...call, hook: "order-sign" }],
			[request, other],
			[signedFor(doctor.key, poor.localId, other), other],
			[signedFor(doctor.key, poor.localId, foreign), foreign],
			[{ ...request, body: { ...(request as { body: object }).body, given: "0".repeat(64) } }, call],
			[request, { ...call, hook: "patient-view" }],
			[request, { ...call, weight: 0.5 }],
		];
		for (const [signed, asked] of attempts) expect(await send(signed, asked)).toMatchObject({ status: 400, code: "CDS_REQUEST_INVALID" });
		expect(entries()).toBe(before);
		// The hash put right after the signature: the signature is over it.
		const altered = callOf(poor.localId, doctor.key, { code: "2670", display: "codeine" });
		const forged = {
			...(request as object),
			body: { ...(request as { body: object }).body, given: sha256Hex(canonicalBytes(altered as JsonValue)) },
		};
		expect(await send(forged, altered)).toMatchObject({ code: "GATE_SIGNATURE_INVALID" });
	});

	it("[CD11] who may not have it computed sees what somebody sees of whom nobody knows", async () => {
		const shown = async (localId: string) => {
			const { cards, status } = await check(localId);
			return {
				status,
				cards: cards.map(({ card, insightHash }) => ({
					insightHash,
					summary: card.summary,
					notSeen: card.extension["org.aceso.insight"].classesNotSeen,
				})),
			};
		};
		const refused = await shown(ungranted.localId);
		expect(refused.cards.every(({ insightHash, notSeen }) => insightHash === null && notSeen.includes("genomics"))).toBe(true);
		expect(await shown("nobody-of-this-id")).toEqual(refused);
	});

	it("[CD12] a drug that no guideline knows reads nothing and is told apart; the list of those they know is open", async () => {
		const before = entries();
		expect(await check(poor.localId, doctor.key, { code: "0", display: "Plain water" })).toMatchObject({ isGuided: false, cards: [] });
		expect(entries()).toBe(before);
		const { drugs } = (await app.inject("/api/orders/drugs")).json() as { drugs: readonly string[] };
		expect(drugs).toContain("clopidogrel");
		expect(drugs.length).toBeGreaterThan(50);
	});

	it("[CD13] a card is decided by who asked for it, once", async () => {
		const { cards } = await check(poor.localId);
		const insightHash = cards[0]!.insightHash as string;
		const { gate } = small.institution();
		const decide = (key: SigningKey) =>
			app.inject({
				method: "POST",
				url: "/api/insights/sign-off",
				payload: small.sign(key, {
					...{ kind: "sign-off", patient: byLocal(poor.localId), insightHash, decision: "override" },
					reason: "The benefit outweighs the risk for this patient",
				}),
			});
		const other = await small.hire("practitioner");
		expect((await decide(other.key)).json()).toMatchObject({ code: "GATE_NOT_AVAILABLE" });
		expect((await decide(doctor.key)).statusCode).toBe(200);
		expect((await decide(doctor.key)).json()).toMatchObject({ code: "GATE_NOT_AVAILABLE" });
		expect(gate.memory.findInsight(insightHash)?.decision).toBe("override");
	});
});
