import { randomBytes as systemRandomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type CivilDay,
	type ConsentId,
	createSigningKey,
	dayMs,
	encodeHex,
	type MemberId,
	type Pseudonym,
	type SigningKey,
	systemClock,
} from "#base";
import type { CredentialKind, DataClass, Delegate, OpenedTerms, Provision } from "#contracts";
import { prepareBundle } from "#fhir";
import type { PatientReference, ReadBody, Release } from "#gate";
import { knowledgeVersion, preventModelCardHash, preventModelId, preventModelVersion } from "#insight";
import {
	buildEnrol,
	buildGrant,
	buildRevoke,
	createWallet,
	type ForwardedRequest,
	forwardRequest,
	type PseudonymKey,
	type SignedConsent,
	type SignedRequest,
	signRequest,
	type Wallet,
} from "#wallet";
import type { Institution, KeyringPlacement } from "../institution.ts";
import { type MemberPlan, type Network, openNetwork } from "../network.ts";
import { signAct, submitAll } from "../submit.ts";
import { quickScrypt } from "./quickScrypt.ts";
import { type SmallPerson, smallBundle } from "./smallBundle.ts";

const randomBytes = (length: number) => new Uint8Array(systemRandomBytes(length));

/** A hospital where emergencies are known, and a laboratory of its own name beside it. */
export const smallMembers: readonly MemberPlan[] = [
	{ id: "north", name: "North Hospital", roles: ["hospital", "ethics-board"], implicitPolicy: "break-glass-only" },
	{ id: "south", name: "South Laboratory", roles: ["laboratory", "research-centre", "hospital"], implicitPolicy: "deny" },
];

/** A patient of one custodian, with the keys that lie in the patient's own hands. */
export interface SmallPatient extends SmallPerson {
	readonly localId: string;
	readonly mrn: string;
	readonly wallet: Wallet;
	readonly key: PseudonymKey;
	readonly pseudonym: Pseudonym;
	readonly custodian: string;
}

export interface Staff {
	readonly key: SigningKey;
	readonly credentialId: string;
	readonly member: string;
}

export interface SmallNetwork {
	readonly network: Network;
	readonly folder: string;
	/** Moves the clock of everything in this process. */
	advance(ms: number): void;
	institution(id?: string): Institution;
	importPerson(person: SmallPerson, custodian?: string): Promise<{ readonly localId: string; readonly mrn: string }>;
	/** Imports a small bundle and enrols its patient. */
	admit(
		person: SmallPerson,
		options?: { readonly custodian?: string; readonly wallet?: Wallet; readonly delegates?: (key: PseudonymKey) => readonly Delegate[] },
	): Promise<SmallPatient>;
	hire(kind: CredentialKind, options?: { readonly member?: string; readonly study?: string; readonly department?: string }): Promise<Staff>;
	/** Gives a credential to a key that somebody has already. */
	hireKey(
		kind: CredentialKind,
		key: SigningKey,
		options?: { readonly member?: string; readonly study?: string; readonly department?: string },
	): Promise<Staff>;
	fire(staff: Staff): Promise<void>;
	/** Signs a grant without telling anybody. */
	draftGrant(patient: SmallPatient, provision: Provision, signer?: SigningKey): SignedConsent;
	grant(patient: SmallPatient, provision: Provision, signer?: SigningKey): Promise<ConsentId>;
	deposit(patient: SmallPatient, opened: OpenedTerms, signer?: SigningKey): Promise<void>;
	revoke(patient: SmallPatient, consentId: ConsentId): Promise<void>;
	/** Signs a request; one that goes `via` another member than the audience is signed on by that member. */
	sign<Body extends object>(
		key: SigningKey,
		body: Body,
		options?: { readonly audience?: string; readonly via?: string },
	): SignedRequest<Body> | ForwardedRequest<Body>;
	read(
		key: SigningKey,
		patient: PatientReference,
		body?: Partial<ReadBody>,
		options?: { readonly audience?: string; readonly via?: string },
	): Promise<Release>;
	/** Puts the card of the heart risk model on the ledger. */
	publishModel(member?: string): Promise<void>;
	/** Opens the same folder again, as after a stop. */
	reopen(): Promise<SmallNetwork>;
	close(): Promise<void>;
}

export interface SmallNetworkOptions {
	readonly folder?: string;
	readonly members?: readonly MemberPlan[];
	/** What the clock is ahead of the system's. */
	readonly aheadMs?: number;
	readonly onProgress?: (step: string) => void;
	/** Where keyrings run; in this process when absent. One in its own process keeps the system's clock. */
	readonly keyring?: KeyringPlacement;
}

/** Removes what {@link openSmallNetwork} made, when the process ends. */
function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-small-"));
	process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** A network of one or two institutions in a folder of its own, quick to fill. */
export async function openSmallNetwork(options: SmallNetworkOptions = {}): Promise<SmallNetwork> {
	const { folder = temporaryFolder(), members = smallMembers, onProgress } = options;
	let aheadMs = options.aheadMs ?? 0;
	const now = () => (systemClock() + aheadMs) as ReturnType<typeof systemClock>;
	const network = await openNetwork({
		folder,
		chain: "aceso-small-1",
		members,
		now,
		randomBytes,
		keyring: options.keyring,
		scrypt: quickScrypt,
		...(onProgress && { onProgress }),
	});
	return {
		...handsOver(network),
		advance(ms) {
			aheadMs += ms;
		},
		async reopen() {
			await network.close();
			return openSmallNetwork({ ...options, folder, aheadMs });
		},
	};
}

/** What tests do on a network that is open already, by its first institution where no member is named. */
export function handsOver(network: Network): Omit<SmallNetwork, "advance" | "reopen"> {
	const { now } = network;
	const first = [...network.institutions.keys()][0] as string;
	const dayFrom = (days: number) => new Date(now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;
	const context = () => ({ chain: network.ledger.chain, nowMs: now(), randomBytes });
	const institution = (id = first) => network.institution(id);

	const small: ReturnType<typeof handsOver> = {
		network,
		folder: network.folder,
		institution,
		async importPerson(person, custodian = first) {
			const { text, localId, mrn } = smallBundle(person);
			const bytes = new TextEncoder().encode(text);
			const prepared = await prepareBundle(async function* () {
				yield bytes;
			});
			await institution(custodian).gate.importRecords(prepared);
			return { localId, mrn };
		},
		async admit(person, { custodian = first, wallet = createWallet(randomBytes(32)), delegates } = {}) {
			const { localId, mrn } = await small.importPerson(person, custodian);
			const key = wallet.pseudonymKey(custodian as MemberId, 0);
			const appointed = delegates?.(key) ?? [];
			const { gate, id } = institution(custodian);
			const custodianSignature = await gate.countersignEnrolment({ localId, pseudonym: key.publicKey, delegates: appointed });
			await submitAll(network, institution(custodian), [buildEnrol(key, { custodian: id, custodianSignature, delegates: appointed }, context())]);
			await gate.completeEnrolment({ localId, pseudonym: key.publicKey });
			return { ...person, localId, mrn, wallet, key, pseudonym: key.publicKey, custodian };
		},
		hire: (kind, options) => small.hireKey(kind, createSigningKey(randomBytes(32)), options),
		async hireKey(kind, key, { member = first, study, department } = {}) {
			const credentialId = encodeHex(randomBytes(16));
			const by = institution(member);
			const body = {
				credentialId,
				subject: key.publicKey,
				kind,
				validUntil: dayFrom(60),
				...(study === undefined ? {} : { study }),
				...(department === undefined ? {} : { department }),
			};
			await submitAll(network, by, [signAct(network, by.memberKey, { contract: "credentials", action: "issue", body })]);
			return { key, credentialId, member };
		},
		async fire({ credentialId, member }) {
			const by = institution(member);
			await submitAll(network, by, [signAct(network, by.memberKey, { contract: "credentials", action: "revoke", body: { credentialId } })]);
		},
		draftGrant(patient, provision, signer = patient.key) {
			const { id } = institution(patient.custodian);
			const choice = { pseudonym: patient.pseudonym, custodian: id, title: "Consent-Title-Marker", provision, validUntil: dayFrom(30) };
			return buildGrant(signer, choice, context());
		},
		async grant(patient, provision, signer = patient.key) {
			const { transaction, opened } = small.draftGrant(patient, provision, signer);
			await small.deposit(patient, opened, signer);
			await submitAll(network, institution(patient.custodian), [transaction]);
			return opened.terms.consentId;
		},
		async deposit(patient, opened, signer = patient.key) {
			const body = { kind: "deposit-terms", opened } as const;
			await institution(patient.custodian).gate.depositTerms(small.sign(signer, body, { audience: patient.custodian }));
		},
		async revoke(patient, consentId) {
			await submitAll(network, institution(patient.custodian), [buildRevoke(patient.key, { consentId }, context())]);
		},
		sign(key, body, { audience = first, via = audience } = {}) {
			const request = signRequest(key, body, { audience: audience as MemberId, via: via as MemberId, nowMs: now(), nonce: randomBytes(16) });
			return via === audience ? request : forwardRequest(institution(via).memberKey, request);
		},
		read(key, patient, body = {}, where = {}) {
			const classes: readonly DataClass[] = ["conditions", "laboratory"];
			const request: ReadBody = { kind: "read", patient, purpose: "TREAT", classes, level: "identified", ...body };
			return institution(where.audience).gate.release(small.sign(key, request, where));
		},
		async publishModel(member = first) {
			const by = institution(member);
			const body = { modelId: preventModelId, version: preventModelVersion, cardHash: preventModelCardHash, knowledgeHash: knowledgeVersion };
			await submitAll(network, by, [signAct(network, by.memberKey, { contract: "models", action: "publish", body })]);
		},
		close: () => network.close(),
	};
	return small;
}

export const byLocal = (localId: string): PatientReference => ({ by: "local", localId });
export const byPseudonym = (pseudonym: Pseudonym): PatientReference => ({ by: "pseudonym", pseudonym });
export const byConsent = (consentId: ConsentId): PatientReference => ({ by: "consent", consentId });

/** A grant of the given classes to the practitioners of a member. */
export function toPractitioners(member: string, classes: readonly DataClass[], more: Partial<Provision> = {}): Provision {
	return {
		type: "permit",
		grantees: [{ kind: "member", member: member as MemberId, credential: "practitioner" }],
		purposes: ["TREAT"],
		classes,
		level: "identified",
		...more,
	};
}

/** Code of an error thrown on purpose, or what it was instead. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
	try {
		await (typeof work === "function" ? work() : work);
		return "no error";
	} catch (error) {
		return (error as { code?: string }).code ?? String(error);
	}
}

/** The whole of an error thrown on purpose but its words, or that there was none. */
export async function refusalOf(work: Promise<unknown>): Promise<unknown> {
	try {
		await work;
	} catch (error) {
		const { code, kind, details } = error as { code: string; kind: string; details: object };
		return { code, kind, details };
	}
	return "answered";
}
