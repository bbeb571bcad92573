import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pgxModelId } from "#insight";
import { createInstitutionApp } from "../app.ts";
import {
	clopidogrel,
	codeine,
	configFor,
	drMiller,
	genotype,
	hireWithSeed,
	makeClient,
	orderSelect,
	publishPgxModel,
	type TestClient,
	taking,
} from "../testing/cdsClient.ts";
import { fileGenome, smallGenome } from "../testing/smallGenome.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, toPractitioners } from "../testing/smallNetwork.ts";
import { plain } from "./cards.ts";
import { cdsConfigPath } from "./cdsConfig.ts";

const examples = join(import.meta.dirname, "../../../../shared/data/ehr/cds_hooks");
const grant = (classes: readonly ("genomics" | "medications")[]) => toPractitioners("north", classes, { models: [pgxModelId], level: "identified" });

interface Card {
	readonly uuid?: string;
	readonly summary: string;
	readonly detail: string;
	readonly indicator: string;
	readonly source: { readonly label: string; readonly url?: string };
	readonly overrideReasons?: readonly { readonly system: string; readonly code: string; readonly display: string }[];
	readonly extension: { readonly "org.aceso.insight": Readonly<Record<string, unknown>> };
}

let small: SmallNetwork;
let app: FastifyInstance;
let client: TestClient;
let poor: SmallPatient;
let inhibited: SmallPatient;
let genesOnly: SmallPatient;
let ungranted: SmallPatient;

async function call(service: string, body: unknown) {
	const path = `/cds-services/${service}`;
	const response = await app.inject({
		method: "POST",
		url: path,
		headers: { authorization: `Bearer ${await client.token(path)}` },
		payload: body as object,
	});
	const answer = response.json() as { cards: readonly Card[]; code?: string; details?: { at?: string } };
	return { status: response.statusCode, ...answer };
}

const select = (patient: SmallPatient | string, ...orders: Parameters<typeof orderSelect>[1][number][]) =>
	call("pgx-order-select", orderSelect(typeof patient === "string" ? patient : patient.localId, orders));

async function feedback(...entries: readonly object[]) {
	const path = "/cds-services/pgx-order-select/feedback";
	const response = await app.inject({
		method: "POST",
		url: path,
		headers: { authorization: `Bearer ${await client.token(path)}` },
		payload: { feedback: entries },
	});
	return { status: response.statusCode, ...(response.json() as object) };
}

beforeAll(async () => {
	small = await openSmallNetwork();
	await publishPgxModel(small);
	client = await makeClient({ nowMs: small.network.now });
	const { seed } = await hireWithSeed(small, small.network.randomBytes(32));
	writeFileSync(cdsConfigPath(join(small.folder, "members", "north")), JSON.stringify(configFor([{ client, users: { [drMiller]: seed } }])));
	app = createInstitutionApp(small.network, small.institution());
	const person = (family: string, more: ReturnType<typeof genotype>[]) => ({
		family,
		given: "A",
		birthDate: "1970-01-01",
		more: (subject: { readonly reference: string }) => more.map((make) => make(subject)),
	});
	const cyp2c19 = genotype("CYP2C19", "HGNC:2621", "*2/*2");
	const cyp2d6 = genotype("CYP2D6", "HGNC:2625", "*1/*1");
	poor = await small.admit(person("Poor", [cyp2c19]));
	inhibited = await small.admit(
		person("Inhibited", [genotype("CYP2C19", "HGNC:2621", "*1/*1"), cyp2d6, taking("1", "terbinafine 250 MG Oral Tablet")]),
	);
	genesOnly = await small.admit(person("GenesOnly", [cyp2d6, taking("1", "terbinafine 250 MG Oral Tablet")]));
	ungranted = await small.admit(person("Ungranted", [cyp2c19]));
	await small.grant(poor, grant(["genomics", "medications"]));
	await small.grant(inhibited, grant(["genomics", "medications"]));
	await small.grant(genesOnly, grant(["genomics"]));
}, 120_000);

afterAll(async () => {
	await app.close();
	await small.close();
});

describe("CDS Hooks", () => {
	it("[CD1] lists its services with hook, id, description and what may be brought along, to anybody", async () => {
		const { services } = (await app.inject("/cds-services")).json() as {
			services: readonly { hook: string; id: string; description: string; prefetch: object }[];
		};
		expect(services.map(({ hook, id }) => `${hook} ${id}`)).toEqual([
			"patient-view pgx-patient-view",
			"order-select pgx-order-select",
			"order-sign pgx-order-sign",
		]);
		for (const { description, prefetch } of services)
			expect({ description, prefetch }).toEqual({ description: expect.stringMatching(/named/), prefetch: expect.anything() });
	});

	it("[CD6] [ND72] a genome that was sealed is spoken of before an order is signed, with what was not read of it; the file stays closed", async () => {
		const sequenced = await small.admit({ family: "Sequenced", given: "A", birthDate: "1970-01-01" });
		await small.grant(sequenced, grant(["genomics", "medications"]));
		expect((await select(sequenced, clopidogrel)).cards[0]?.summary).toMatch(/not known, a gene has no result/);
		small.advance(1_000);
		await fileGenome(small, sequenced, smallGenome(2_000));
		const { cards } = await select(sequenced, clopidogrel);
		expect(cards[0]).toMatchObject({ summary: expect.stringMatching(/^Clopidogrel and genes \(CPIC\): /), uuid: expect.any(String) });
		expect(cards[0]?.detail).toMatch(/CYP2C19: Intermediate Metabolizer/);
		expect(cards[0]?.detail).toMatch(/CYP2C19: of \d+ positions .*(?:not read|taken as reference)/);
	});

	it("[CD6] a newer result that was read of fewer positions does not make an older one that says otherwise go under", async () => {
		const twice = await small.admit({
			...{ family: "Twice", given: "A", birthDate: "1970-01-01" },
			more: (subject) => [genotype("CYP2C19", "HGNC:2621", "*2/*2")(subject)],
		});
		await small.grant(twice, grant(["genomics", "medications"]));
		small.advance(1_000);
		await fileGenome(small, twice, smallGenome(2_000));
		const { cards } = await select(twice, clopidogrel);
		expect(cards[0]?.detail).toMatch(/CYP2C19: an older result on file says otherwise \(\\\*2\/\\\*2\)\. Find out which holds\./);
	});

	it("[CD6] warns before clopidogrel is ordered for a poor metabolizer, with source, link, date and versions", async () => {
		const { status, cards } = await select(poor, clopidogrel);
		expect(status).toBe(200);
		const [cpic, dpwg] = cards;
		expect(cpic).toMatchObject({
			summary: "Clopidogrel and genes (CPIC): Avoid this drug where possible.",
			indicator: "critical",
			source: { label: "CPIC guideline, as it stood on 2024-03-25", url: "https://www.pharmgkb.org/guidelineAnnotation/PA166104948" },
			uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
		});
		expect(cpic?.detail).toMatch(/CYP2C19: Poor Metabolizer/);
		expect(cpic?.detail).toMatch(/prasugrel, ticagrelor/);
		expect(cpic?.detail).toMatch(/Warning: This is how the guideline stood on 2024-03-25, more than 18 months ago/);
		expect(cpic?.detail).toMatch(/may be incomplete by the patient's choice/);
		expect(cpic?.extension["org.aceso.insight"]).toMatchObject({
			model: pgxModelId,
			guideline: "PA166104948",
			stale: true,
			guidanceVersion: expect.stringMatching(/^[0-9a-f]{64}$/),
			classesNotSeen: [],
		});
		expect(dpwg?.source.label).toMatch(/^DPWG/);
		for (const { summary } of cards) expect(summary.length).toBeLessThan(140);
	});

	it("[CD8] counts in an inhibitor among the medicines, and says by what", async () => {
		const { cards } = await select(inhibited, codeine);
		expect(cards[0]?.detail).toMatch(/CYP2D6: adjusted by terbinafine .*Normal Metabolizer .*here Poor Metabolizer/);
		expect(cards[0]?.indicator).toBe("critical");
	});

	it("[CD8] counts in what is ordered beside, and what the record system brings along", async () => {
		const beside = await select(inhibited, clopidogrel, { code: "0", display: "fluvoxamine 50 MG" });
		expect(beside.cards.find(({ summary }) => /Clopidogrel/.test(summary))?.detail).toMatch(/CYP2C19: adjusted by fluvoxamine/);
		const medication = {
			resourceType: "MedicationRequest",
			status: "active",
			medicationCodeableConcept: { text: "Fluvoxamine" },
			subject: { reference: `Patient/${inhibited.localId}` },
		};
		const bundle = { resourceType: "Bundle", type: "searchset", entry: [{ resource: medication }] };
		const { cards } = await call(
			"pgx-order-select",
			orderSelect(inhibited.localId, [clopidogrel], { prefetch: { medications: bundle, other: null } }),
		);
		expect(cards[0]?.detail).toMatch(/CYP2C19: adjusted by fluvoxamine/);
	});

	it("[CD7] names medicines that it did not see, and takes no inhibitor from silence", async () => {
		const { cards } = await select(genesOnly, codeine);
		expect(cards[0]?.detail).toMatch(/Not seen: medications\. What follows from them is unknown, not normal and not none\./);
		expect(cards[0]?.detail).not.toMatch(/terbinafine/);
		expect(cards[0]?.extension["org.aceso.insight"]).toMatchObject({ classesNotSeen: ["medications"] });
	});

	it("[CD7] says of medicines with a sensitivity label that they are seen only where the label was named", async () => {
		expect((await select(inhibited, codeine)).cards[0]?.detail).toMatch(
			/Of medicines with a sensitivity label, as antidepressants have, only those were seen/,
		);
		expect((await select(genesOnly, codeine)).cards[0]?.detail).not.toMatch(/sensitivity label/);
	});

	it("[CD7] without a grant says that genes are not seen, the same as for nobody", async () => {
		const [refused, absent] = [await select(ungranted, clopidogrel), await select("no-such-patient", clopidogrel)];
		const without = ({ cards }: typeof refused) =>
			cards.map((card) => ({ ...card, extension: { ...card.extension["org.aceso.insight"], insightHash: "" } }));
		expect(without(refused)).toEqual(without(absent));
		expect(refused.cards[0]?.uuid).toBeUndefined();
		expect(refused.cards[0]?.summary).toMatch(/not known, a gene has no result that could be seen/);
		expect(refused.cards[0]?.detail).toMatch(/Not seen: genomics/);
	});

	it("[CD5] an order of no drug that guidelines know reads nothing and writes nothing", async () => {
		const entries = () => small.institution().log.size();
		const before = entries();
		expect(await select(poor, { code: "617993", display: "Amoxicillin" })).toMatchObject({ status: 200, cards: [] });
		expect(entries()).toBe(before);
		await select(poor, clopidogrel);
		expect(entries()).toBeGreaterThan(before);
	});

	it("[CD7] a chart that is opened always shows what is on file and what was not seen", async () => {
		const view = (patientId: string) =>
			call("pgx-patient-view", { hook: "patient-view", hookInstance: crypto.randomUUID(), context: { userId: drMiller, patientId } });
		expect((await view(poor.localId)).cards.at(-1)).toMatchObject({ summary: "Pharmacogenomics: 1 gene on file", indicator: "info" });
		expect((await view(ungranted.localId)).cards).toMatchObject([{ summary: "Pharmacogenomics: genes not seen" }]);
	});

	it("[CD9] an override with a reason becomes the sign-off of the person it was shown to; a second one, and one without a reason, do not", async () => {
		const { cards } = await select(poor, clopidogrel);
		const [first, second] = cards as readonly [Card, Card];
		const reason = first.overrideReasons?.[0];
		const entry = {
			card: first.uuid,
			outcome: "overridden",
			overrideReason: { reason: { system: reason?.system, code: reason?.code } },
			outcomeTimestamp: "2026-11-29T10:00:00Z",
		};
		expect(await feedback(entry)).toMatchObject({ status: 200, recorded: 1, notRecorded: 0 });
		expect(await feedback(entry)).toMatchObject({ status: 200, recorded: 0, notRecorded: 1 });
		const bare = { card: second.uuid, outcome: "overridden", outcomeTimestamp: "2026-11-29T10:00:00Z" };
		expect(await feedback(bare)).toMatchObject({ recorded: 0, notRecorded: 1 });
		expect(await feedback({ ...bare, overrideReason: { userComment: "Took it for years without trouble." } })).toMatchObject({ recorded: 1 });
		const { cards: again } = await select(poor, clopidogrel);
		expect(
			await feedback({ card: again[0]?.uuid, outcome: "accepted", acceptedSuggestions: [{ id: "x" }], outcomeTimestamp: "2026-11-29T10:00:00Z" }),
		).toMatchObject({ recorded: 1 });
	});

	it.each([
		["another hook", { hook: "order-sign" }, "hook"],
		["no hookInstance", { hookInstance: undefined }, "hookInstance"],
		[
			"a token for a server that is not named",
			{ fhirAuthorization: { access_token: "t", token_type: "Bearer", expires_in: 300, scope: "s", subject: "c" } },
			"fhirServer",
		],
		[
			"a token of another kind",
			{ fhirServer: "https://x.example", fhirAuthorization: { access_token: "t", token_type: "mac", expires_in: 300, scope: "s", subject: "c" } },
			"fhirAuthorization.token_type",
		],
		["prefetch that is no resource", { prefetch: { medications: 7 } }, "prefetch.medications"],
		["no context", { context: undefined }, "context"],
	])("[CD3] refuses %s, naming the place", async (_what, change, at) => {
		const response = await call("pgx-order-select", { ...orderSelect(poor.localId, [clopidogrel]), ...change });
		expect(response).toMatchObject({ status: 400, code: "CDS_REQUEST_INVALID", details: { at } });
	});

	it("[CD3] refuses a selection that is not among the drafted orders", async () => {
		const body = orderSelect(poor.localId, [clopidogrel]);
		const response = await call("pgx-order-select", { ...body, context: { ...body.context, selections: ["MedicationRequest/other"] } });
		expect(response).toMatchObject({ status: 400, details: { at: "context.selections" } });
	});

	it("[CD6] text from tables and records stands in a card as text", () => {
		expect(plain("<script>alert(1)</script> [a](http://x) `b` *c*\n# d & e")).toBe(
			"&lt;script&gt;alert(1)&lt;/script&gt; \\[a\\](http://x) \\`b\\` \\*c\\* \\# d &amp; e",
		);
	});
});

/** Published examples: for each file the service it is sent to, and what comes of it. */
const services: Readonly<Record<string, string>> = {
	"patient-view": "pgx-patient-view",
	"order-select": "pgx-order-select",
	"order-sign": "pgx-order-sign",
};

/** Refusals, by the file's beginning, with the place and the rule of CDS Hooks 2.0. */
const refusals: Readonly<Record<string, readonly [string, string]>> = {
	examples__01: ["context.draftOrders", "order-sign: draftOrders is REQUIRED; the example has the medications of an earlier version"],
	"hooks__allergyintolerance-create": ["hook", "no service here answers this hook, and discovery says so"],
	"hooks__appointment-book": ["hook", "no service here answers this hook, and discovery says so"],
	hooks__encounter: ["hook", "no service here answers this hook, and discovery says so"],
	hooks__medication: ["hook", "no service here answers this hook, and discovery says so"],
	"hooks__order-dispatch": ["hook", "no service here answers this hook, and discovery says so"],
	"hooks__order-review": ["hook", "no service here answers this hook, and discovery says so"],
	"hooks__problem-list": ["hook", "no service here answers this hook, and discovery says so"],
	hooks__template: ["hook", "a template for those who describe hooks, not a hook"],
};

describe.skipIf(!existsSync(examples))("the published requests (skipped where ../shared/data/ehr/cds_hooks is not there)", () => {
	const files = existsSync(examples) ? readdirSync(examples).filter((name) => /^(?:hooks__|examples__0[13]|quickstart__03)/.test(name)) : [];

	it("are all of them: 3 whole requests and 27 contexts", () => {
		expect(files.length).toBe(30);
	});

	it.each(files)("[CD10] %s is answered, or refused with the rule of the specification", async (file) => {
		const stored = JSON.parse(readFileSync(join(examples, file), "utf8")) as { hook?: string; hookInstance?: string; context: { userId?: string } };
		const hook = stored.hook ?? (/^hooks__(.+)__\d+/.exec(file)?.[1] as string);
		const body = {
			hook,
			hookInstance: stored.hookInstance ?? "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
			...stored,
			context: { ...stored.context, userId: drMiller },
		};
		const response = await call(services[hook] ?? "pgx-patient-view", body);
		const refusal = Object.entries(refusals).find(([beginning]) => file.startsWith(beginning))?.[1];
		if (refusal === undefined) expect(response).toMatchObject({ status: 200, cards: hook === "patient-view" ? [{ indicator: "info" }] : [] });
		else expect(response).toMatchObject({ status: 400, code: "CDS_REQUEST_INVALID", details: { at: refusal[0] } });
		const asWritten = await call(services[hook] ?? "pgx-patient-view", { ...body, context: stored.context });
		// The persons of the examples are nobody's here.
		expect(asWritten.status).toBe(refusal === undefined ? 403 : 400);
	});
});
