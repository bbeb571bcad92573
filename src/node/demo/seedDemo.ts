import { join } from "node:path";
import { type CivilDay, type ConsentId, dayMs, encodeHex, type MemberId, type Pseudonym, type SigningKey } from "#base";
import { commitRelationship, type Delegate, type RelationshipOpening, relationshipMessage } from "#contracts";
import { prepareBundle } from "#fhir";
import { knowledgeVersion, preventModelCardHash, preventModelId, preventModelVersion } from "#insight";
import type { Transaction } from "#ledger";
import { buildEnrol, buildGrant, type PseudonymKey, signRequest } from "#wallet";
import { createGenomeModelPublication } from "../genome/genomeModel.ts";
import { shippedPgx } from "../genome/pgxKnowledge.ts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { writeSecretFile } from "../secretFile.ts";
import { signAct, submitAll } from "../submit.ts";
import { type DemoConsent, demoConsents, trialStudy } from "./demoConsents.ts";
import { demoGeneReport, demoGenes } from "./demoGenes.ts";
import { type DemoCast, type DemoPerson, demoChain, demoStaff, loadDemoCast } from "./demoNetwork.ts";
import { keepTerms } from "./keptTerms.ts";
import { seedCds } from "./seedCds.ts";

export interface SeedProgress {
	readonly step: "credentials" | "import" | "enrolment" | "consents" | "model";
	readonly done: number;
	readonly total: number;
}

export interface SeedReport {
	readonly people: number;
	readonly records: number;
	readonly enrolments: number;
	readonly consents: number;
	readonly credentials: number;
}

/** The relationship a doctor shows to the gate: the credential's id and its opening, as the patient signed it. */
export interface DemoRelationship {
	readonly credentialId: string;
	readonly opening: RelationshipOpening;
}

/** A consent of the demonstration as it was granted, kept for whoever plays its person. */
export interface DemoGrant {
	readonly person: string;
	readonly custodian: string;
	readonly consentId: ConsentId;
	readonly title: string;
}

/** Who treats whom in the demonstration. */
const relationships = [
	{ staff: "dr-marsh", person: "james-okafor", custodian: "harbor" },
	{ staff: "dr-marsh", person: "maria-sandoval", custodian: "harbor" },
] as const;

/**
 * Fills a new network with the demonstration's people: credentials, records, enrolments, consents, the model's card. Everything goes the
 * way it goes in real life: signed by the keys it belongs to, through the ledger and the gate.
 */
export async function seedDemo(network: Network, onProgress?: (progress: SeedProgress) => void): Promise<SeedReport> {
	const cast = loadDemoCast(network);
	const credentials = await issueCredentials(network, cast);
	onProgress?.({ step: "credentials", done: credentials, total: credentials });
	let records = 0;
	for (const [index, person] of cast.people.entries()) {
		for (const { institution, bundle } of person.records) {
			records += await importBundle(network.institution(institution), bundle);
			const genes = demoGenes[person.key];
			if (genes?.custodian === institution)
				records += await importBundle(network.institution(institution), demoGeneReport(bundle, genes.calls, cast.today));
		}
		onProgress?.({ step: "import", done: index + 1, total: cast.people.length });
	}
	const enrolments = await enrolEverybody(network, cast);
	onProgress?.({ step: "enrolment", done: enrolments, total: enrolments });
	await issueRelationships(network, cast);
	const consents = demoConsents(cast);
	let signed = 0;
	// Together, so that many share a block and a commit of the log.
	const granted = await Promise.all(
		consents.map(async (consent): Promise<DemoGrant> => {
			const person = cast.person(consent.person);
			const signer = signerOf(cast, person, consent.custodian);
			const consentId = await grantConsent(network, pseudonymKeyOf(person, consent.custodian).publicKey, { ...consent, signer });
			onProgress?.({ step: "consents", done: ++signed, total: consents.length });
			return { person: person.key, custodian: consent.custodian, consentId, title: consent.title };
		}),
	);
	writeSecretFile(join(network.folder, "demo", "consents.json"), JSON.stringify(granted));
	await placeHolds(network, cast);
	await publishModels(network);
	await seedCds(network);
	onProgress?.({ step: "model", done: 1, total: 1 });
	for (const institution of network.institutions.values()) await institution.gate.anchor();
	writeSecretFile(join(network.folder, "demo", "seeded"), demoChain);
	return { people: cast.people.length, records, enrolments, consents: consents.length, credentials };
}

/** @returns how many resources came in. */
async function importBundle({ gate }: Institution, bundle: object): Promise<number> {
	const bytes = new TextEncoder().encode(JSON.stringify(bundle));
	const prepared = await prepareBundle(async function* () {
		yield bytes;
	});
	return (await gate.importRecords(prepared)).resources;
}

/** A person's key for one custodian. */
export function pseudonymKeyOf(person: DemoPerson, custodian: string): PseudonymKey {
	return person.wallet.pseudonymKey(custodian as MemberId, 0);
}

export interface GrantParameters extends DemoConsent {
	/** Who signs; a minor's guardian, or a delegate. */
	readonly signer: SigningKey;
}

/**
 * What a wallet does to grant: makes the terms and their salt, deposits the opened terms with the custodian, then signs the commitment onto
 * the ledger.
 */
export async function grantConsent(
	network: Network,
	pseudonym: Pseudonym,
	{ custodian, title, provision, validDays, signer }: GrantParameters,
): Promise<ConsentId> {
	const institution = network.institution(custodian);
	const nowMs = network.now();
	const context = { chain: network.ledger.chain, nowMs, randomBytes: network.randomBytes };
	const validUntil = new Date(nowMs + validDays * dayMs).toISOString().slice(0, 10) as CivilDay;
	const choice = { pseudonym, custodian: institution.id, title, provision: { ...provision, endMs: Date.parse(validUntil) + dayMs }, validUntil };
	const { transaction, opened } = buildGrant(signer, choice, context);
	keepTerms(network.folder, opened);
	const { id } = institution;
	const deposit = { kind: "deposit-terms", opened } as const;
	await institution.gate.depositTerms(signRequest(signer, deposit, { audience: id, via: id, nowMs, nonce: network.randomBytes(16) }));
	await submitAll(network, institution, [transaction]);
	return opened.terms.consentId;
}

/** Who signs for a person: themselves, or for a minor the guardian's key for this child. */
export function signerOf(cast: DemoCast, person: DemoPerson, custodian: string): SigningKey {
	const own = pseudonymKeyOf(person, custodian);
	if (person.flags.minor !== true) return own;
	const guardian = cast.people.find(({ flags }) => flags.guardianOf?.includes(person.key));
	return guardian === undefined ? own : guardian.wallet.delegateKey(own.publicKey);
}

async function issueCredentials(network: Network, cast: DemoCast): Promise<number> {
	const validUntil = dayFrom(network, 365);
	const approval = encodeHex(network.randomBytes(16));
	const lindenhof = network.institution("lindenhof");
	const meridian = network.institution("meridian");
	const issue = (institution: Institution, body: object) =>
		signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body });
	const id = () => encodeHex(network.randomBytes(16));
	const subjectOf = (key: string) => cast.staff(key).signingKey.publicKey;
	// The ethics board approves the study in the name of the researcher who leads it.
	await submitAll(network, lindenhof, [
		issue(lindenhof, { credentialId: approval, subject: subjectOf("researcher-osei"), kind: "ethics-approval", validUntil, study: trialStudy }),
	]);
	let issued = 1;
	for (const { key, member, does } of demoStaff) {
		const institution = network.institution(member);
		const subject = subjectOf(key);
		const kind = does.startsWith("researcher") ? "researcher" : does === "compliance officer" ? "compliance-officer" : "practitioner";
		const study = key === "researcher-osei" ? { study: trialStudy, approval } : {};
		await submitAll(network, institution === meridian ? meridian : institution, [
			issue(institution, { credentialId: id(), subject, kind, validUntil, ...study }),
		]);
		issued++;
	}
	return issued;
}

async function enrolEverybody(network: Network, cast: DemoCast): Promise<number> {
	const relationships = cast.people.flatMap((person) =>
		person.records.map(({ institution, localId }) => ({ person, custodian: institution, localId })),
	);
	await Promise.all(
		relationships.map(async ({ person, custodian, localId }) => {
			const institution = network.institution(custodian);
			const key = pseudonymKeyOf(person, custodian);
			const delegates = delegatesOf(network, cast, person, key.publicKey);
			const custodianSignature = await institution.gate.countersignEnrolment({ localId, pseudonym: key.publicKey, delegates });
			const context = { chain: network.ledger.chain, nowMs: network.now(), randomBytes: network.randomBytes };
			await submitAll(network, institution, [buildEnrol(key, { custodian: institution.id, custodianSignature, delegates }, context)]);
			await institution.gate.completeEnrolment({ localId, pseudonym: key.publicKey });
		}),
	);
	return relationships.length;
}

function delegatesOf(network: Network, cast: DemoCast, person: DemoPerson, pseudonym: Pseudonym): readonly Delegate[] {
	const appointed: Delegate[] = [];
	for (const other of cast.people) {
		const key = other.wallet.delegateKey(pseudonym).publicKey;
		if (other.flags.delegateOf?.includes(person.key)) appointed.push({ key, kind: "delegate", until: dayFrom(network, 3 * 365) });
		if (other.flags.guardianOf?.includes(person.key)) appointed.push({ key, kind: "guardian", until: dayBeforeMajority(person) });
	}
	return appointed;
}

function dayBeforeMajority(person: DemoPerson): CivilDay {
	const [year, month, day] = person.birthDate.split("-").map(Number) as [number, number, number];
	return new Date(Date.UTC(year + 18, month - 1, day) - dayMs).toISOString().slice(0, 10) as CivilDay;
}

async function issueRelationships(network: Network, cast: DemoCast): Promise<void> {
	const kept: Record<string, DemoRelationship> = {};
	for (const { staff, person, custodian } of relationships) {
		const institution = network.institution(custodian);
		const key = pseudonymKeyOf(cast.person(person), custodian);
		const credentialId = encodeHex(network.randomBytes(16));
		const subject = cast.staff(staff).signingKey.publicKey;
		const validUntil = dayFrom(network, 180);
		const fields = {
			chain: network.ledger.chain,
			credentialId,
			kind: "relationship",
			issuer: institution.id,
			subject,
			validUntil,
			pseudonym: key.publicKey,
		} as const;
		const opening = { pseudonym: key.publicKey, salt: encodeHex(network.randomBytes(32)), patientSignature: key.sign(relationshipMessage(fields)) };
		const body = { credentialId, subject, kind: "relationship", validUntil, commitment: commitRelationship(opening) };
		await submitAll(network, institution, [signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body })]);
		kept[`${staff}/${person}`] = { credentialId, opening };
	}
	writeSecretFile(join(network.folder, "demo", "relationships.json"), JSON.stringify(kept));
}

async function placeHolds(network: Network, cast: DemoCast): Promise<void> {
	for (const person of cast.people) {
		const { legalHold } = person.flags;
		const custodian = person.records[0]?.institution;
		if (legalHold === undefined || custodian === undefined) continue;
		const { gate } = network.institution(custodian);
		gate.memory.placeHold(pseudonymKeyOf(person, custodian).publicKey, legalHold, network.now() + 365 * dayMs, network.now());
	}
}

async function publishModels(network: Network): Promise<void> {
	const publisher = network.institution("meridian");
	const body = { modelId: preventModelId, version: preventModelVersion, cardHash: preventModelCardHash, knowledgeHash: knowledgeVersion };
	const publish: Transaction = signAct(network, publisher.memberKey, { contract: "models", action: "publish", body });
	await submitAll(network, publisher, [publish, createGenomeModelPublication(network, publisher, shippedPgx())]);
}

function dayFrom(network: Network, days: number): CivilDay {
	return new Date(network.now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;
}
