import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import { type CivilDay, createSigningKey, dayMs, encodeHex, encodeUtf8, type MemberId } from "#base";
import { dataClasses, type Provision } from "#contracts";
import { prepareBundle } from "#fhir";
import { createInstitutionApp, type Institution, type Network, openNetwork, signAct, submitAll, systemRandom } from "#node";
import { buildEnrol, buildGrant, createWallet, signRequest } from "#wallet";
import type { LoadOrder, LoadResult, LoadTarget } from "./loadFhir.ts";

export const member = "bench" as MemberId;
const clinicians = 16;
const connections = 32;

export interface FhirBench {
	readonly network: Network;
	readonly institution: Institution;
	readonly seeds: readonly string[];
	readonly patients: readonly { readonly localId: string; readonly observations: readonly string[] }[];
}

/** A network of one institution whose patients have so many laboratory values each, and let its clinicians see everything. */
export async function withFhirBench<Result>(
	{ patients, observations }: { readonly patients: number; readonly observations: number },
	work: (bench: FhirBench) => Promise<Result>,
): Promise<Result> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const members = [{ id: member, name: "Bench", roles: ["hospital"], implicitPolicy: "deny" }];
	const network = await openNetwork({ folder: join(folder, "network"), chain: "bench", members, keyring: "in-process" });
	try {
		const institution = network.institution(member);
		const seeds = Array.from({ length: clinicians }, () => encodeHex(systemRandom(32)));
		await submitAll(
			network,
			institution,
			seeds.map((seed) => practitioner(network, institution, seed)),
		);
		const admitted = [];
		for (let at = 0; at < patients; at++) admitted.push(await admit(network, institution, observations));
		return await work({ network, institution, seeds, patients: admitted });
	} finally {
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function practitioner(network: Network, { memberKey }: Institution, seed: string) {
	const { publicKey } = createSigningKey(Buffer.from(seed, "hex"));
	const body = { credentialId: encodeHex(systemRandom(16)), subject: publicKey, kind: "practitioner", validUntil: dayFromNow(60) };
	return signAct(network, memberKey, { contract: "credentials", action: "issue", body });
}

const codes = ["718-7", "2345-7", "2160-0", "2951-2", "2823-3", "17861-6", "4548-4", "2085-9", "13457-7", "2571-8"];

async function admit(network: Network, institution: Institution, count: number) {
	const localId = crypto.randomUUID();
	const subject = { reference: `urn:uuid:${localId}` };
	const patient = { resourceType: "Patient", id: localId, name: [{ family: "Bench", given: ["Ida"] }], birthDate: "1970-01-01" };
	const observations = Array.from({ length: count }, (_, at) => observation(subject, at));
	const entry = [patient, ...observations].map((resource) => ({
		fullUrl: `urn:uuid:${resource.id}`,
		resource,
		request: { method: "POST", url: resource.resourceType },
	}));
	const bytes = encodeUtf8(JSON.stringify({ resourceType: "Bundle", type: "transaction", entry }));
	const { gate } = institution;
	await gate.importRecords(
		await prepareBundle(async function* () {
			yield bytes;
		}),
	);
	const key = createWallet(systemRandom(32)).pseudonymKey(member, 0);
	const context = () => ({ chain: network.ledger.chain, nowMs: network.now(), randomBytes: systemRandom });
	const custodianSignature = await gate.countersignEnrolment({ localId, pseudonym: key.publicKey, delegates: [] });
	await submitAll(network, institution, [buildEnrol(key, { custodian: member, custodianSignature, delegates: [] }, context())]);
	await gate.completeEnrolment({ localId, pseudonym: key.publicKey });
	const choice = { pseudonym: key.publicKey, custodian: member, title: "Treatment", provision: grantAll, validUntil: dayFromNow(300) };
	const { transaction, opened } = buildGrant(key, choice, context());
	const place = { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) };
	await gate.depositTerms(signRequest(key, { kind: "deposit-terms", opened }, place));
	await submitAll(network, institution, [transaction]);
	return { localId, observations: observations.map(({ id }) => id) };
}

function observation(subject: object, at: number) {
	return {
		resourceType: "Observation",
		id: crypto.randomUUID(),
		status: "final",
		category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }],
		code: { coding: [{ system: "http://loinc.org", code: codes[at % codes.length], display: "Laboratory value" }] },
		subject,
		effectiveDateTime: new Date(Date.UTC(2015, 0, 1) + at * 5 * dayMs).toISOString(),
		issued: new Date(Date.UTC(2015, 0, 1) + at * 5 * dayMs).toISOString(),
		valueQuantity: { value: 3 + (at % 97) / 10, unit: "mmol/L", system: "http://unitsofmeasure.org", code: "mmol/L" },
	};
}

const grantAll: Provision = {
	type: "permit",
	grantees: [{ kind: "member", member, credential: "practitioner" }],
	purposes: ["TREAT"],
	classes: [...dataClasses],
	level: "identified",
};

function dayFromNow(days: number): CivilDay {
	return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;
}

export interface HttpLoad {
	readonly targets: readonly LoadTarget[];
	readonly roundS: number;
	readonly rounds: number;
}

/** Serves the institution, and the same answer with no gate, on ports of their own, and lets the clients loose on both in turn. */
export async function measureHttp({ network, institution, seeds }: FhirBench, load: HttpLoad): Promise<LoadResult> {
	const app = createInstitutionApp(network, institution);
	const plain = Fastify({ logger: false });
	let answer = "";
	plain.post("/*", async ({ body }) => {
		answer = body as string;
		return "";
	});
	plain.get("/*", async (_request, reply) => reply.type("application/fhir+json; charset=utf-8").send(answer));
	try {
		const listen = { host: "127.0.0.1", port: 0 };
		const [baseUrl, plainUrl] = [await app.listen(listen), await plain.listen(listen)];
		const { publicKey: memberKey } = institution.memberKey;
		const { targets, roundS, rounds } = load;
		return await order({ baseUrl, plainUrl, member, memberKey, seeds, targets, connections, roundS, rounds });
	} finally {
		await app.close();
		await plain.close();
	}
}

function order(message: LoadOrder): Promise<LoadResult> {
	const child = fork(new URL("./loadFhir.ts", import.meta.url), { serialization: "json" });
	return new Promise((resolve, reject) => {
		child.once("message", ({ result, error }: { result?: LoadResult; error?: string }) =>
			result === undefined ? reject(new Error(error)) : resolve(result),
		);
		child.once("error", reject);
		child.once("exit", (code) => reject(new Error(`the clients ended with ${code}`)));
		child.send(message);
	});
}
