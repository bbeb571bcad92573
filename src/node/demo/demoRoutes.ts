import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { createSigningKey, encodeHex, type MemberId } from "#base";
import { createWallet } from "#wallet";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { type DemoPerson, demoStaff, deriveStaffSeed, deriveWalletSeed, loadDemoCast, loadDemoSecret } from "./demoNetwork.ts";
import { inBothLanguages } from "./germanStories.ts";
import type { DemoRelationship } from "./seedDemo.ts";

/** Somebody of the demonstration whom a visitor may play at this institution. */
export interface DemoActor {
	readonly key: string;
	readonly kind: "patient" | "staff";
	readonly name: string;
	/** Who this is, in a sentence. */
	readonly about: string;
	/** The same in German. */
	readonly aboutDe: string;
	/** The public key that stands in access logs, of staff alone: a patient's key here is derived from the seed. */
	readonly publicKey?: string;
	/** The institution that staff work for. */
	readonly member?: string;
	/** Of staff: treats patients. */
	readonly isClinician?: boolean;
	/** Of staff: sees to it that the house keeps its rules. */
	readonly isOfficer?: boolean;
	/** For a minor: whoever signs for them. */
	readonly signedBy?: string;
}

/**
 * Lets a visitor of this machine play a person of the demonstration: hands out the person's demo key, which a real wallet would hold and no
 * node would ever have.
 *
 * Answered to this machine alone, at an address that is this machine's: a page elsewhere that makes a browser ask here by another name (DNS
 * rebinding) and a neighbour in the network get what an address that is not there answers.
 */
export function demoRoutes(network: Network, institution: Institution) {
	let known: readonly KnownPerson[] | undefined;
	let listed: readonly DemoActor[] | undefined;
	const people = () => {
		known ??= knownPeople(network);
		return known;
	};
	const actors = () => {
		listed ??= listActors(network, institution, people());
		return listed;
	};
	return async (app: FastifyInstance): Promise<void> => {
		app.addHook("onRequest", async (request) => {
			if (!isFromHere(request)) throw new NodeError("NODE_NOT_FOUND", "no such address; GET / tells what there is");
		});
		app.get("/people", async () => ({ people: actors() }));
		app.post<{ Body: { key?: unknown } }>("/keys", async ({ body }) => {
			const actor = actors().find(({ key }) => key === body?.key);
			if (actor === undefined) throw new NodeError("NODE_PERSON_UNKNOWN", "no such person of the demonstration here");
			const secret = loadDemoSecret(network);
			if (actor.kind === "patient") {
				return {
					actor,
					seed: encodeHex(deriveWalletSeed(secret, actor.key)),
					...guardianSeed(secret, actor),
					helpers: helpersOf(network, institution, { key: actor.key, people: people() }),
				};
			}
			return {
				actor,
				seed: encodeHex(deriveStaffSeed(secret, actor.key)),
				patients: patientsOf(network, institution, { staff: actor.key, people: people() }),
			};
		});
	};
}

/** Of the demonstration's people what is spoken of here. */
type KnownPerson = Pick<DemoPerson, "key" | "story" | "names" | "birthDate" | "flags" | "wallet"> & {
	readonly records: readonly { readonly institution: string; readonly localId: string }[];
};

/** Made once: their histories, which are made with them, would hold up each sign-in, and are let go. */
function knownPeople(network: Network): readonly KnownPerson[] {
	return loadDemoCast(network).people.map(({ key, story, names, birthDate, flags, wallet, records }) => ({
		...{ key, story, names, birthDate, flags, wallet },
		records: records.map(({ institution, localId }) => ({ institution, localId })),
	}));
}

/** A minor's wallet signs nothing of weight: the guardian's key for this child does. */
function guardianSeed(secret: Uint8Array, { signedBy }: DemoActor): { readonly guardianSeed?: string } {
	return signedBy === undefined ? {} : { guardianSeed: encodeHex(deriveWalletSeed(secret, signedBy)) };
}

/** The public keys by which others of the demonstration would act for a patient here, as they would hand them over themselves. */
function helpersOf(
	network: Network,
	institution: Institution,
	{ key, people }: { readonly key: string; readonly people: readonly KnownPerson[] },
): readonly { readonly key: string; readonly name: string }[] {
	const secret = loadDemoSecret(network);
	const pseudonym = createWallet(deriveWalletSeed(secret, key)).pseudonymKey(institution.id as MemberId, 0).publicKey;
	return people
		.filter((other) => other.key !== key && other.flags.minor !== true)
		.map(({ wallet, names }) => ({ key: wallet.delegateKey(pseudonym).publicKey, name: `${names.given[0]} ${names.family}` }));
}

const hereNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;
const hereAddresses = /^(?:127\.|::1$|::ffff:127\.)/;

function isFromHere({ headers, socket }: FastifyRequest): boolean {
	return hereNames.test(headers.host ?? "") && hereAddresses.test(socket.remoteAddress ?? "");
}

function listActors(network: Network, institution: Institution, people: readonly KnownPerson[]): readonly DemoActor[] {
	const secret = loadDemoSecret(network);
	const patients = people
		.filter(({ records }) => records.some((record) => record.institution === institution.id))
		.map(({ key, names, story, flags }): DemoActor => {
			const guardian = flags.minor === true ? people.find((other) => other.flags.guardianOf?.includes(key)) : undefined;
			const signedBy = guardian === undefined ? {} : { signedBy: guardian.key };
			return { key, kind: "patient", name: `${names.given[0]} ${names.family}`, ...inBothLanguages(story), ...signedBy };
		});
	const staff = demoStaff.map(({ key, name, member, does }): DemoActor => {
		const { publicKey } = createSigningKey(deriveStaffSeed(secret, key));
		const isOfficer = does === "compliance officer";
		const isClinician = !does.startsWith("researcher") && !isOfficer;
		return { key, kind: "staff", name, ...inBothLanguages(does), publicKey, member, isClinician, isOfficer };
	});
	return [...patients, ...staff];
}

/** Whom a clinician of the demonstration treats here, with the credential that shows it. */
function patientsOf(
	network: Network,
	institution: Institution,
	{ staff, people }: { readonly staff: string; readonly people: readonly KnownPerson[] },
) {
	const known = JSON.parse(readFileSync(join(network.folder, "demo", "relationships.json"), "utf8")) as Record<string, DemoRelationship>;
	return Object.entries(known).flatMap(([name, relationship]) => {
		const [by = "", key = ""] = name.split("/");
		const person = by === staff ? people.find((each) => each.key === key) : undefined;
		const record = person?.records.find((each) => each.institution === institution.id);
		return person === undefined || record === undefined
			? []
			: [{ localId: record.localId, name: `${person.names.given[0]} ${person.names.family}`, birthDate: person.birthDate, relationship }];
	});
}
