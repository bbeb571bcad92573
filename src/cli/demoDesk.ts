import { randomBytes as systemRandomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MemberId, type Pseudonym, type SigningKey, systemClock } from "#base";
import { type LedgerTrust, type Transaction, type TransactionResult, type TrustedWitness, witnessesOf } from "#ledger";
import {
	type DemoCast,
	type DemoPerson,
	type DemoRelationship,
	hasDemo,
	loadDemoCast,
	NodeError,
	pseudonymKeyOf,
	readGenesis,
	signerOf,
} from "#node";
import { type PseudonymKey, type SigningContext, signRequest } from "#wallet";
import { CliError } from "./errors.ts";
import type { NodeClient } from "./nodeClient.ts";
import { assertNetwork } from "./openNode.ts";

/** The demonstration's people and what they pinned, for commands that act as one of them. */
export interface DemoDesk {
	readonly folder: string;
	readonly cast: DemoCast;
	readonly chain: string;
	/** What a wallet pinned at enrolment. */
	readonly trust: LedgerTrust;
	/** Witnesses of the other members, as the genesis names them. */
	readonly witnesses: readonly TrustedWitness[];
	readonly members: readonly string[];
	memberName(member: string): string;
	now(): number;
	context(): SigningContext;
}

/** A person at one custodian, and who signs for them. */
export interface DemoPatient {
	readonly person: DemoPerson;
	readonly custodian: MemberId;
	readonly localId: string;
	readonly key: PseudonymKey;
	/** The person's own key, or a delegate's or guardian's for this pseudonym. */
	readonly signer: SigningKey;
	/** Key of the person who signs. */
	readonly signedBy: string;
}

/** @throws CliError `CLI_NETWORK_MISSING` where there are no demonstration people. */
export function openDemoDesk(folder: string): DemoDesk {
	assertNetwork(folder);
	if (!hasDemo(folder)) {
		throw new CliError("CLI_NETWORK_MISSING", "expected a folder with the demonstration's people: `aceso node` makes them in a new folder");
	}
	const genesis = readGenesis(folder);
	const randomBytes = (length: number) => new Uint8Array(systemRandomBytes(length));
	return {
		folder,
		cast: loadDemoCast({ folder, randomBytes, now: systemClock }),
		chain: genesis.chain,
		trust: { origin: genesis.chain, sealerKey: genesis.sealer, witnesses: witnessesOf(genesis) },
		witnesses: witnessesOf(genesis),
		members: genesis.members.map(({ id }) => id),
		memberName: (member) => genesis.members.find(({ id }) => id === member)?.name ?? member,
		now: systemClock,
		context: () => ({ chain: genesis.chain, nowMs: systemClock(), randomBytes }),
	};
}

/** Every custodian of a person, or the one named. */
export function patientsOf(desk: DemoDesk, personKey: string, { member, as }: { readonly member?: string; readonly as?: string } = {}) {
	const person = desk.cast.person(personKey);
	const records = person.records.filter(({ institution }) => member === undefined || institution === member);
	if (records.length === 0) {
		const known = person.records.map(({ institution }) => institution).join(", ");
		throw new CliError("CLI_USAGE", `expected a member that holds a record of this person: ${known}`);
	}
	return records.map(({ institution, localId }): DemoPatient => {
		const key = pseudonymKeyOf(person, institution);
		return { person, custodian: institution as string as MemberId, localId, key, ...signerFor(desk, person, institution, as) };
	});
}

/** One custodian of a person: the one named, else the only or main one. */
export function patientOf(desk: DemoDesk, personKey: string, options: { readonly member?: string; readonly as?: string } = {}): DemoPatient {
	return patientsOf(desk, personKey, options)[0] as DemoPatient;
}

/** `as` signs with their key for this pseudonym, appointed or not: the ledger and the gate judge that. A minor's guardian signs by default. */
function signerFor(desk: DemoDesk, person: DemoPerson, custodian: string, as: string | undefined): Pick<DemoPatient, "signer" | "signedBy"> {
	const own = pseudonymKeyOf(person, custodian);
	if (as !== undefined && as !== person.key) return { signer: desk.cast.person(as).wallet.delegateKey(own.publicKey), signedBy: as };
	const signer = as === undefined ? signerOf(desk.cast, person, custodian) : own;
	const guardian = desk.cast.people.find(({ flags }) => flags.guardianOf?.includes(person.key));
	return { signer, signedBy: signer.publicKey === own.publicKey ? person.key : (guardian?.key ?? person.key) };
}

export function nameOf(person: DemoPerson): string {
	return `${person.names.given[0]} ${person.names.family}`;
}

/** Signs a request for a member's gate. */
export function signFor<Body extends object>(
	desk: DemoDesk,
	key: SigningKey,
	{ audience, via = audience, body }: { readonly audience: MemberId; readonly via?: MemberId; readonly body: Body },
) {
	return signRequest(key, body, { audience, via, nowMs: desk.now(), nonce: desk.context().randomBytes(16) });
}

/** Forwards one transaction through a member. @throws NodeError `NODE_LEDGER_REFUSED` with the contract's own code. */
export async function submitOne(node: NodeClient, member: MemberId, transaction: Transaction) {
	const { results } = await node.post<{ results: readonly TransactionResult[] }>(`/members/${member}/api/ledger/transactions`, {
		transactions: [transaction],
	});
	const result = results[0];
	if (result?.accepted === true) return result;
	throw new NodeError("NODE_LEDGER_REFUSED", `the ledger refused: ${result?.message ?? "no reason"}`, { code: result?.code ?? "" });
}

/** The relationship a staff member may show for a patient, where the demonstration issued one. */
export function relationshipOf({ folder }: DemoDesk, staff: string, person: string, pseudonym: Pseudonym): DemoRelationship | undefined {
	const known = JSON.parse(readFileSync(join(folder, "demo", "relationships.json"), "utf8")) as Record<string, DemoRelationship>;
	const found = known[`${staff}/${person}`];
	return found?.opening.pseudonym === pseudonym ? found : undefined;
}
