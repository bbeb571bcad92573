import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSigningKey, decodeHex, deriveKey, encodeHex, encodeUtf8, type SigningKey } from "#base";
import { generatePeople, type SyntheticPerson, syntheticInstitutions } from "#fhir";
import { createWallet, type Wallet } from "#wallet";
import { NodeError } from "../errors.ts";
import type { MemberPlan, Network } from "../network.ts";
import { loadOrCreateSecret } from "../secretFile.ts";

export const demoChain = "aceso-demo-1";

const roles: Readonly<Record<string, readonly string[]>> = {
	lindenhof: ["hospital", "ethics-board"],
	harbor: ["hospital", "ethics-board"],
	meridian: ["laboratory", "research-centre"],
};

/** Where no consent applies: emergencies alone at the clinic with an emergency room, nothing anywhere else. */
const policies: Readonly<Record<string, string>> = { harbor: "break-glass-only" };

/** The three institutions of the demonstration. */
export const demoMembers: readonly MemberPlan[] = syntheticInstitutions.map(({ id, name }) => ({
	id,
	name,
	roles: roles[id] ?? ["hospital"],
	implicitPolicy: policies[id] ?? "deny",
}));

/** Someone who works at an institution and asks for data. */
export interface DemoStaff {
	readonly key: string;
	readonly name: string;
	readonly member: string;
	readonly does: string;
}

export const demoStaff: readonly DemoStaff[] = [
	{ key: "dr-marsh", name: "Dr. Eleanor Marsh", member: "harbor", does: "cardiologist" },
	{ key: "dr-adler", name: "Dr. Jonas Adler", member: "lindenhof", does: "general physician" },
	{ key: "dr-night", name: "Dr. Priya Raman", member: "harbor", does: "emergency physician" },
	{ key: "researcher-osei", name: "Dr. Kwame Osei", member: "meridian", does: "researcher of the lung tumour trial" },
	{ key: "researcher-lindqvist", name: "Dr. Astrid Lindqvist", member: "meridian", does: "researcher of population health" },
	{ key: "officer-benning", name: "Karin Benning", member: "lindenhof", does: "compliance officer" },
	{ key: "officer-clarke", name: "Owen Clarke", member: "harbor", does: "compliance officer" },
];

export interface DemoPerson extends SyntheticPerson {
	readonly wallet: Wallet;
}

/** Everybody of a demonstration, with the keys that in real life would lie in their own hands. */
export interface DemoCast {
	readonly people: readonly DemoPerson[];
	person(key: string): DemoPerson;
	staff(key: string): DemoStaff & { readonly signingKey: SigningKey };
	/** The day on which the histories were generated. */
	readonly today: string;
}

/** How many people: enough that a study reaches eleven. */
export const demoPeople = 36;

/**
 * The cast of a network's folder. One demo secret in `demo/` stands for all their wallets; the README says so and the start prints it.
 */
export function loadDemoCast(network: Pick<Network, "folder" | "randomBytes" | "now">): DemoCast {
	const folder = join(network.folder, "demo");
	const secret = loadDemoSecret(network);
	const today = loadOrCreateSecret(join(folder, "today"), () => new Date(network.now()).toISOString().slice(0, 10));
	const people = generatePeople({ seed: demoChain, count: demoPeople, today }).map((person) => ({
		...person,
		wallet: createWallet(deriveWalletSeed(secret, person.key)),
	}));
	const byKey = new Map(people.map((person) => [person.key, person]));
	return {
		people,
		today,
		person: (key) => byKey.get(key) ?? unknownPerson(),
		staff(key) {
			const found = demoStaff.find((each) => each.key === key) ?? unknownPerson();
			return { ...found, signingKey: createSigningKey(deriveStaffSeed(secret, key)) };
		},
	};
}

/** The one secret that stands for all wallets of a demonstration, made at the first call. */
export function loadDemoSecret({ folder, randomBytes }: Pick<Network, "folder" | "randomBytes">): Uint8Array {
	return decodeHex(
		loadOrCreateSecret(join(folder, "demo", "DEMO-SECRET"), () => encodeHex(randomBytes(32))),
		32,
	);
}

export function deriveWalletSeed(secret: Uint8Array, person: string): Uint8Array {
	return deriveKey(secret, "aceso/demo-wallet/1", encodeUtf8(person));
}

export function deriveStaffSeed(secret: Uint8Array, staff: string): Uint8Array {
	return deriveKey(secret, "aceso/demo-staff/1", encodeUtf8(staff));
}

/** True once the demonstration's people stand in the folder. */
export function hasDemo(folder: string): boolean {
	try {
		return readFileSync(join(folder, "demo", "seeded"), "utf8") === demoChain;
	} catch {
		return false;
	}
}

function unknownPerson(): never {
	throw new NodeError("NODE_PERSON_UNKNOWN", "no such person; `aceso consent people` lists them");
}
