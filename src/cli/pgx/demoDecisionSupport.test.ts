import { readFileSync } from "node:fs";
import { importJWK, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoCdsBaseUrl, demoEhrIssuer, demoEhrKeyPath, loadDemoCast } from "#node";
import { consent } from "../commands/consent.ts";
import { pgx } from "../commands/pgx.ts";
import { serveDemo } from "../testing/servedDemo.ts";

let demo: Awaited<ReturnType<typeof serveDemo>>;
beforeAll(async () => {
	demo = await serveDemo();
}, 120_000);
afterAll(() => demo?.close());

const june = "june-abernathy";

async function call(service: string, body: (patientId: string) => object) {
	const key = await importJWK(JSON.parse(readFileSync(demoEhrKeyPath(demo.folder), "utf8")) as JWK);
	const path = `/cds-services/${service}`;
	const token = new SignJWT({})
		.setProtectedHeader({ alg: "ES384", kid: "demo", typ: "JWT" })
		.setIssuer(demoEhrIssuer)
		.setAudience(`${demoCdsBaseUrl("harbor")}${path}`)
		.setIssuedAt()
		.setExpirationTime("1m")
		.setJti(crypto.randomUUID());
	const url = demo.addresses.find(({ member }) => member === "harbor")?.url;
	const patientId = loadDemoCast(demo.network).person(june).records[0]?.localId ?? "";
	const headers = { authorization: `Bearer ${await token.sign(key)}`, "content-type": "application/json" };
	const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body(patientId)) });
	return (await response.json()) as { cards: readonly { summary: string; indicator: string; detail: string }[] };
}

describe("the demonstration's genes and prescriptions", () => {
	it("[CD6] warns, over HTTP, before an order that June's genes speak against", async () => {
		const { cards } = await call("pgx-order-sign", (patientId) => ({
			hook: "order-sign",
			hookInstance: crypto.randomUUID(),
			context: {
				userId: "Practitioner/dr-night",
				patientId,
				draftOrders: {
					resourceType: "Bundle",
					entry: [{ resource: { resourceType: "MedicationRequest", id: "o", medicationCodeableConcept: { text: "Clopidogrel 75 MG Oral Tablet" } } }],
				},
			},
		}));
		expect(cards[0]).toMatchObject({ indicator: "critical", summary: "Clopidogrel and genes (CPIC): Avoid this drug where possible." });
	});

	it("[CD8] tells, when June's chart is opened, of the medicine that she takes", async () => {
		const context = (patientId: string) => ({ userId: "Practitioner/dr-marsh", patientId });
		const { cards } = await call("pgx-patient-view", (patientId) => ({
			hook: "patient-view",
			hookInstance: crypto.randomUUID(),
			context: context(patientId),
		}));
		expect(cards.map(({ summary }) => summary)).toEqual([
			expect.stringMatching(/^Atorvastatin and genes \(CPIC\)/),
			expect.stringMatching(/^Atorvastatin and genes \(DPWG\)/),
			expect.stringMatching(/8 genes on file; other advice than usual on atorvastatin/),
		]);
	});

	it("[GN29] recall reads results on file through the gate: not available without a grant, and then the same by the same tables", async () => {
		const recall = () => demo.run(pgx, ["recall", "--staff", "dr-marsh", "--person", june]);
		expect((await recall()).out).toMatch(/june-abernathy: not available to you; whether results change is not known/);
		const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
		const grant = ["grant", "--person", june, "--member", "harbor", "--to", "harbor", "--classes", "genomics", "--purpose", "TREAT"];
		expect(await demo.run(consent, [...grant, "--until", until, "--yes"])).toMatchObject({ exit: 0 });
		expect((await recall()).out).toMatch(/june-abernathy: nothing changes \(tables [0-9a-f]{16} → [0-9a-f]{16}\)/);
	});
});
