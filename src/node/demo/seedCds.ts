import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { type CivilDay, createSigningKey, dayMs, encodeHex } from "#base";
import { type CdsClientKey, cdsConfigPath, type StoredCdsConfig } from "../cds/cdsConfig.ts";
import { createPgxModelPublication } from "../cds/publishPgxModel.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { writeSecretFile } from "../secretFile.ts";
import { signAct, submitAll } from "../submit.ts";
import { demoStaff } from "./demoNetwork.ts";

/** The record system of the demonstration, which all institutions use. */
export const demoEhrIssuer = "https://ehr.aceso.example";

/** What tokens of the demonstration name as the service of an institution. */
export function demoCdsBaseUrl(member: string): string {
	return `https://${member}.aceso.example`;
}

/** Where the private key of the demonstration's record system lies. */
export function demoEhrKeyPath(folder: string): string {
	return join(folder, "demo", "ehr-key.json");
}

/**
 * Lets a record system ask for the doctors of each institution: the model's card on the ledger, a key with a credential for each doctor, and the record
 * system's own key. All of it is for show, like every key of the demonstration.
 */
export async function seedCds(network: Network): Promise<void> {
	const [publisher] = network.institutions.values();
	await submitAll(network, publisher as Institution, [createPgxModelPublication(network, publisher as Institution)]);
	const { publicKey, privateKey } = await generateKeyPair("ES384", { extractable: true });
	writeSecretFile(demoEhrKeyPath(network.folder), JSON.stringify({ ...(await exportJWK(privateKey)), kid: "demo", alg: "ES384" }));
	const key = { ...(await exportJWK(publicKey)), kid: "demo" } as CdsClientKey;
	for (const institution of network.institutions.values()) {
		const users = await hireDoctors(network, institution);
		if (Object.keys(users).length === 0) continue;
		const config: StoredCdsConfig = {
			format: "aceso/cds-clients/1",
			baseUrl: demoCdsBaseUrl(institution.id),
			clients: [{ issuer: demoEhrIssuer, keys: [key], keySets: [], users }],
		};
		writeSecretFile(cdsConfigPath(join(network.folder, "members", institution.id)), JSON.stringify(config));
	}
}

/** Seed by `context.userId`, of a key that the house holds for the doctor and gave a credential. */
async function hireDoctors(network: Network, institution: Institution): Promise<Readonly<Record<string, string>>> {
	const doctors = demoStaff.filter(
		({ member, does }) => member === institution.id && !does.startsWith("researcher") && does !== "compliance officer",
	);
	const users = doctors.map(({ key }): [string, string] => [`Practitioner/${key}`, encodeHex(network.randomBytes(32))]);
	const validUntil = new Date(network.now() + 365 * dayMs).toISOString().slice(0, 10) as CivilDay;
	const credentials = users.map(([, seed]) => {
		const subject = createSigningKey(Buffer.from(seed, "hex")).publicKey;
		const body = { credentialId: encodeHex(network.randomBytes(16)), subject, kind: "practitioner", validUntil };
		return signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body });
	});
	if (credentials.length > 0) await submitAll(network, institution, credentials);
	return Object.fromEntries(users);
}
