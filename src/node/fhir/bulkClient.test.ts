import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import { MedplumClient } from "@medplum/core";
import type { FastifyInstance } from "fastify";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConsentId, MemberId } from "#base";
import { signRequest } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { SignIn } from "../signin/signIn.ts";
import { askFhir } from "../testing/fhirClient.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** A Bulk Data client as others publish it, unmodified, with the token of a backend service, over real connections. */
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let origin: string;
let doctor: Staff;
let patients: readonly { readonly patient: SmallPatient; readonly consent: ConsentId }[];

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	await app.listen({ host: "127.0.0.1", port: 0 });
	origin = `http://localhost:${(app.server.address() as AddressInfo).port}`;
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	doctor = await small.hire("practitioner");
	const admitted = [];
	for (const family of ["Bulk-Ada", "Bulk-Bo"]) {
		const patient = await small.admit({ family, given: "Kim", birthDate: "1955-05-05" });
		admitted.push({ patient, consent: await small.grant(patient, toPractitioners("north", ["laboratory", "vitals"])) });
	}
	patients = admitted;
	// Permits nothing: in no file.
	await small.admit({ family: "Bulk-Silent", given: "Kim", birthDate: "1955-05-05" });
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
});

async function backendToken(): Promise<string> {
	const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
	const scopes = ["system/Observation.rs"];
	const body = {
		...{ kind: "mandate", client: "bulk", scopes, purpose: "TREAT", level: "identified", challenge: "0".repeat(64) },
		untilMs: small.network.now() + 86_400_000,
	} as const;
	const place = { audience: "north" as MemberId, via: "north" as MemberId, nowMs: small.network.now(), nonce: small.network.randomBytes(16) };
	const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
	signIn.apps.register({
		...{ client: "bulk", name: "Bulk", redirectUris: [], authentication: "private-key", scopes: ["system/*.rs"], purpose: "TREAT" },
		...{ keys: [{ kty, crv, x, y, kid: "k1", alg: "ES384" }], level: "identified" },
		mandate: (await small.institution().gate.acceptMandate(signRequest(doctor.key, body, place))).request,
	} as Parameters<typeof signIn.apps.register>[0]);
	const key = await crypto.subtle.importKey("jwk", privateKey.export({ format: "jwk" }), { name: "ECDSA", namedCurve: "P-384" }, false, ["sign"]);
	const authentication = oidc.PrivateKeyJwt({ key, kid: "k1" });
	const config = await oidc.discovery(new URL(`${origin}/oauth`), "bulk", undefined, authentication, { execute: [oidc.allowInsecureRequests] });
	return (await oidc.clientCredentialsGrant(config, { scope: scopes.join(" ") })).access_token;
}

describe("a Bulk Data client, unmodified", () => {
	it("[FR62] [FR79] kicks off, waits, gets the manifest and each file; the manifest and its files die with the consents", async () => {
		const accessToken = await backendToken();
		const client = new MedplumClient({ baseUrl: origin, fhirUrlPath: "fhir", accessToken });
		const manifest = await client.bulkExport("Patient", "Observation", undefined, { pollStatusOnAccepted: true, pollStatusPeriod: 50 });
		expect(manifest).toMatchObject({ requiresAccessToken: true, output: [{ type: "Observation" }], error: [] });
		const [file] = manifest.output as unknown as [{ url: string }];
		const lines = async () => (await (await client.download(file.url)).text()).trim().split("\n").filter(Boolean);
		const owners = (await lines()).map((line) => JSON.parse(line).subject.reference);
		expect(new Set(owners)).toEqual(new Set(patients.map(({ patient }) => `Patient/${patient.localId}`)));
		expect(owners).toHaveLength(4);
		const [first, second] = patients;
		await small.revoke(first!.patient, first!.consent);
		expect(new Set((await lines()).map((line) => JSON.parse(line).subject.reference))).toEqual(new Set([`Patient/${second!.patient.localId}`]));
		await small.revoke(second!.patient, second!.consent);
		const status = file.url.replace(/\/\$export-file\/([^/]+)\/.*$/, "/$export-status/$1");
		const gone = await fetch(status, { headers: { authorization: `Bearer ${accessToken}` } });
		expect([gone.status, (await gone.json()).issue[0].details.coding[0].code]).toEqual([404, "GATE_NOT_AVAILABLE"]);
		expect((await fetch(file.url, { headers: { authorization: `Bearer ${accessToken}` } })).status).toBe(404);
	});

	it("[FR79] what a kick-off sends in Parameters is read like its query, and what is not understood is refused", async () => {
		const kickOff = (parameter: object[]) =>
			askFhir(app, small, doctor.key, "/fhir/$export", {
				...{ method: "POST", body: { resourceType: "Parameters", parameter }, headers: { prefer: "respond-async" } },
			});
		const begun = await kickOff([
			{ name: "_type", valueString: "Observation" },
			{ name: "_type", valueString: "Condition" },
			{ name: "_since", valueInstant: "2020-01-01T00:00:00Z" },
		]);
		expect(begun.status).toBe(202);
		expect((await kickOff([{ name: "_typeFilter", valueString: "Observation?code=x" }])).json.issue[0].details.coding[0].code).toBe(
			"NODE_FHIR_UNSUPPORTED",
		);
		expect((await kickOff([{ name: "_type", valueBoolean: true }])).json.issue[0].details.coding[0].code).toBe("NODE_FHIR_UNSUPPORTED");
	});
});
