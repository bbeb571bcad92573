import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CryptoKey, importJWK, type JWK, SignJWT } from "jose";
import { prepareBundle } from "#fhir";
import {
	createInstitutionApp,
	demoCdsBaseUrl,
	demoConsents,
	demoEhrIssuer,
	demoEhrKeyPath,
	demoGeneReport,
	demoGenes,
	grantConsent,
	loadDemoCast,
	type Network,
	openDemoNetwork,
	pseudonymKeyOf,
	relabelNetwork,
	signerOf,
} from "#node";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const member = "harbor";
const service = "/cds-services/pgx-order-select";
const rounds = 5;
const callsPerRound = 60;
/** Clinicians who select an order at the same time. */
const inFlight = 4;

/** Drugs that are ordered in turn: with a warning, as usual, and two at once. */
const orders: readonly (readonly string[])[] = [
	["Clopidogrel 75 MG Oral Tablet"],
	["azathioprine 50 MG"],
	["codeine phosphate 30 MG", "Simvastatin 20 MG Oral Tablet"],
];

/**
 * `order-select` over HTTP on the demonstration: a token by ES384 verified, the consent decided, the computation durable on the log, genes and medicines
 * opened, guidelines looked up, cards filed, answered. Baseline: the same bytes there and back with a bare node:http server.
 */
export async function cdsOrder(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const { network } = await openDemoNetwork({ folder });
	await relabelNetwork(network);
	const institution = network.institution(member);
	const app = createInstitutionApp(network, institution);
	const bare = createServer((request, response) => {
		request.resume().on("end", () => response.setHeader("content-type", "application/json").end(bareAnswer));
	});
	let bareAnswer = "{}";
	try {
		const url = await app.listen({ host: "127.0.0.1", port: 0 });
		await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", resolve));
		const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
		const patients = await letCheck(network);
		const key = (await importJWK(JSON.parse(readFileSync(demoEhrKeyPath(network.folder), "utf8")) as JWK)) as CryptoKey;
		const all: number[] = [];
		const [p95s, plain]: [number[], number[]] = [[], []];
		for (let round = -1; round < rounds; round++) {
			const calls = await Promise.all(
				Array.from({ length: callsPerRound }, async (_, i) => ({
					token: await tokenOf(key),
					body: orderSelect(patients[i % patients.length] as string, orders[i % orders.length] ?? []),
				})),
			);
			const measured = await measure(url, calls, (answer) => {
				if (!answer.includes('"summary"')) throw new Error("expected cards");
				bareAnswer = answer;
			});
			const without = await measure(bareUrl, calls, () => undefined);
			// The first round warms the compiler, the tables and the caches.
			if (round < 0) continue;
			all.push(...measured);
			p95s.push(quantile(measured, 0.95));
			plain.push(quantile(without, 0.95));
		}
		return benchRow({
			name: "cds.order",
			value: median(p95s),
			unit: "ms",
			baseline: median(plain),
			atMost: 150,
			p50Ms: Number(quantile(all, 0.5).toFixed(1)),
			p99Ms: Number(quantile(all, 0.99).toFixed(1)),
			calls: all.length,
			inFlight,
			patients: patients.length,
			answerBytes: bareAnswer.length,
		});
	} finally {
		bare.close();
		await app.close();
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Files a gene report with each adult of the demonstration at this house, and has each allow the check. */
async function letCheck(network: Network): Promise<readonly string[]> {
	const cast = loadDemoCast(network);
	const consent = demoConsents(cast).find(({ person }) => person in demoGenes);
	if (consent === undefined) throw new Error("expected a consent to the check");
	const { calls } = Object.values(demoGenes)[0] as { readonly calls: string };
	const patients: string[] = [];
	for (const person of cast.people) {
		const record = person.records.find(({ institution }) => institution === member);
		if (record === undefined || person.flags.minor === true) continue;
		patients.push(record.localId);
		if (person.key === consent.person) continue;
		const bytes = new TextEncoder().encode(JSON.stringify(demoGeneReport(record.bundle, calls, cast.today)));
		const prepared = await prepareBundle(async function* () {
			yield bytes;
		});
		await network.institution(member).gate.importRecords(prepared);
		await grantConsent(network, pseudonymKeyOf(person, member).publicKey, { ...consent, person: person.key, signer: signerOf(cast, person, member) });
	}
	return patients;
}

function tokenOf(key: CryptoKey): Promise<string> {
	return new SignJWT({})
		.setProtectedHeader({ alg: "ES384", kid: "demo", typ: "JWT" })
		.setIssuer(demoEhrIssuer)
		.setAudience(`${demoCdsBaseUrl(member)}${service}`)
		.setIssuedAt()
		.setExpirationTime("2m")
		.setJti(randomUUID())
		.sign(key);
}

function orderSelect(patientId: string, drugs: readonly string[]): string {
	const entry = drugs.map((text, index) => ({
		resource: {
			resourceType: "MedicationRequest",
			id: `o${index}`,
			status: "draft",
			intent: "order",
			medicationCodeableConcept: { text },
			subject: { reference: `Patient/${patientId}` },
		},
	}));
	const selections = entry.map(({ resource }) => `MedicationRequest/${resource.id}`);
	const context = { userId: "Practitioner/dr-marsh", patientId, selections, draftOrders: { resourceType: "Bundle", entry } };
	return JSON.stringify({ hook: "order-select", hookInstance: randomUUID(), context });
}

async function measure(
	url: string,
	calls: readonly { readonly token: string; readonly body: string }[],
	onAnswer: (answer: string) => void,
): Promise<readonly number[]> {
	const latencies: number[] = [];
	let next = 0;
	const clinician = async (): Promise<void> => {
		for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
			const asked = performance.now();
			const response = await fetch(`${url}${service}`, {
				method: "POST",
				headers: { authorization: `Bearer ${call.token}`, "content-type": "application/json" },
				body: call.body,
			});
			onAnswer(await response.text());
			latencies.push(performance.now() - asked);
		}
	};
	await Promise.all(Array.from({ length: inFlight }, clinician));
	return latencies;
}

function quantile(samples: readonly number[], part: number): number {
	const sorted = samples.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
