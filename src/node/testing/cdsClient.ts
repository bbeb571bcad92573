import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { createSigningKey, encodeHex, type SigningKey } from "#base";
import type { StoredCdsConfig } from "../cds/cdsConfig.ts";
import { createPgxModelPublication } from "../cds/publishPgxModel.ts";
import { submitAll } from "../submit.ts";
import type { SmallResource } from "./smallBundle.ts";
import type { SmallNetwork } from "./smallNetwork.ts";

export const baseUrl = "https://cds.north.example";
export const issuer = "https://ehr.example";
export const drMiller = "Practitioner/dr-miller";

export type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** A record system with a key of its own, as its makers would set one up. */
export interface TestClient {
	readonly pair: KeyPair;
	readonly alg: string;
	readonly jwk: Readonly<Record<string, unknown>>;
	/** A token for an address of the service; `claims` and `header` replace what a good one has. */
	token(path: string, claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function makeClient({
	alg = "ES384",
	iss = issuer,
	nowMs = Date.now,
}: {
	alg?: string;
	iss?: string;
	nowMs?: () => number;
} = {}): Promise<TestClient> {
	const pair = await generateKeyPair(alg, { extractable: true, ...(alg.startsWith("RS") ? { modulusLength: 3072 } : {}) });
	const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one" };
	return {
		pair,
		alg,
		jwk,
		async token(path, claims = {}, header = {}) {
			const nowS = Math.floor(nowMs() / 1000);
			const payload = { iss, aud: `${baseUrl}${path}`, iat: nowS, exp: nowS + 120, jti: randomUUID(), ...claims };
			const protectedHeader = { alg, kid: "one", typ: "JWT", ...header } as JWTHeaderParameters;
			return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(pair.privateKey);
		},
	};
}

/** What `cds.json` would say of these clients; each may ask for the persons named. */
export function configFor(
	clients: readonly { readonly client: TestClient; readonly iss?: string; readonly users: Readonly<Record<string, string>> }[],
): StoredCdsConfig {
	return {
		format: "aceso/cds-clients/1",
		baseUrl,
		clients: clients.map(({ client, iss = issuer, users }) => ({ issuer: iss, keys: [client.jwk as never], keySets: [], users })),
	};
}

/** Puts the card of the pharmacogenomic model on the ledger. */
export async function publishPgxModel({ network, institution }: SmallNetwork): Promise<void> {
	await submitAll(network, institution(), [createPgxModelPublication(network, institution())]);
}

/** A key whose seed stands in a configuration, with the practitioner's credential of the house. */
export async function hireWithSeed(small: SmallNetwork, seed: Uint8Array): Promise<{ readonly key: SigningKey; readonly seed: string }> {
	const key = createSigningKey(seed);
	await small.hireKey("practitioner", key);
	return { key, seed: encodeHex(seed) };
}

/** A laboratory's Genotype. */
export function genotype(gene: string, hgnc: string, name: string, more: object = {}): (subject: { readonly reference: string }) => SmallResource {
	return (subject) => ({
		resourceType: "Observation",
		status: "final",
		category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0074", code: "GE" }] }],
		code: { coding: [{ system: "http://loinc.org", code: "84413-4", display: "Genotype display name" }] },
		subject,
		effectiveDateTime: "2026-01-01",
		valueCodeableConcept: { coding: [{ system: "urn:aceso:codes:pgx:genotype", code: `${gene} ${name}` }], text: `${gene} ${name}` },
		component: [
			{
				code: { coding: [{ system: "http://loinc.org", code: "48018-6", display: "Gene studied [ID]" }] },
				valueCodeableConcept: { coding: [{ system: "http://www.genenames.org", code: hgnc, display: gene }] },
			},
		],
		...more,
	});
}

export const rxnorm = (code: string, display: string) => ({
	coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code, display }],
	text: display,
});

/** An active prescription. */
export function taking(code: string, display: string): (subject: { readonly reference: string }) => SmallResource {
	return (subject) => ({
		resourceType: "MedicationRequest",
		status: "active",
		intent: "order",
		medicationCodeableConcept: rxnorm(code, display),
		subject,
		authoredOn: "2026-01-02",
	});
}

export interface DraftedOrder {
	readonly code: string;
	readonly display: string;
}

export const clopidogrel: DraftedOrder = { code: "309362", display: "Clopidogrel 75 MG Oral Tablet" };
export const codeine: DraftedOrder = { code: "2670", display: "codeine" };

/** The body of an `order-select` for all of these orders. */
export function orderSelect(patientId: string, orders: readonly DraftedOrder[], more: Readonly<Record<string, unknown>> = {}) {
	const entry = orders.map(({ code, display }, index) => ({
		resource: {
			resourceType: "MedicationRequest",
			id: `order-${index}`,
			status: "draft",
			intent: "order",
			medicationCodeableConcept: rxnorm(code, display),
			subject: { reference: `Patient/${patientId}` },
		},
	}));
	return {
		hook: "order-select",
		hookInstance: randomUUID(),
		context: {
			userId: drMiller,
			patientId,
			selections: entry.map(({ resource }) => `${resource.resourceType}/${resource.id}`),
			draftOrders: { resourceType: "Bundle", entry },
		},
		...more,
	};
}
