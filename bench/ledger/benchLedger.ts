import { createSigningKey, dayMs, encodeUtf8, type MemberId, minuteMs, type SigningKey, sha256, sha256Hex, systemClock } from "#base";
import { genesisState, readMember, rules, type StateEntry } from "#contracts";
import {
	createEnvelope,
	type Envelope,
	envelopeTransactionsMax,
	type Genesis,
	type LedgerDefinition,
	openSealer,
	type Sealer,
	signTransaction,
	type Transaction,
} from "#ledger";

export const chain = "bench";
export const member = "bench" as MemberId;
/** As many as this machine is lent: the baselines use the same number. */
export const threads = 2;
/** Keys in state where a benchmark asks for a large one. */
export const stateKeys = 1_000_000;

const sealerKey = createSigningKey(sha256(Uint8Array.of(1)));
export const memberKey = createSigningKey(sha256(Uint8Array.of(2)));

/** A ledger that begins with one relationship for each pseudonym, as a ledger that moved here would: enrolments as the consent contract stores them. */
export function benchDefinition(pseudonyms: () => Iterable<string>): LedgerDefinition {
	const hospital = { id: member, name: "Bench", key: memberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" };
	const time = systemClock();
	const genesis: Genesis = { format: "aceso/genesis/1", chain, time, sealer: sealerKey.publicKey, members: [hospital], rulesVersion: 1 };
	return { genesis, rules, genesisState: (of) => [...genesisState(of), ...Array.from(pseudonyms(), (pseudonym) => enrolmentOf(pseudonym))] };
}

export function openBenchSealer(path: string, pseudonyms: () => Iterable<string>): Promise<Sealer> {
	return openSealer({
		...benchDefinition(pseudonyms),
		path,
		readMember,
		sealerKey,
		now: systemClock,
		verifyThreads: threads,
		transactionsPerMinute,
	});
}

/** Far above what is submitted here. */
const transactionsPerMinute = 10_000_000;

export function enrolmentOf(pseudonym: string, custodian: MemberId = member): StateEntry {
	const value = {
		...{ custodian, status: "active", consents: 0, latest: "0".repeat(32) },
		...{ delegates: [], successor: "", destroyedAtMs: 0 },
	};
	return { contract: "consent", key: `e/${pseudonym}`, value };
}

/** @param whose - Tells one member's patients from another's. */
export function createPatients(count: number, whose = ""): SigningKey[] {
	return Array.from({ length: count }, (_, i) => createSigningKey(sha256(encodeUtf8(`patient ${whose}${i}`))));
}

/** The patients' pseudonyms, then invented ones until there are `count`. */
export function* pseudonymsOf(patients: readonly Pick<SigningKey, "publicKey">[], count = patients.length): Generator<string> {
	for (const { publicKey } of patients) yield publicKey;
	for (let i = patients.length; i < count; i++) yield sha256Hex(encodeUtf8(`pseudonym ${i}`));
}

/** A grant by its patient's key; `serial` tells one patient's grants apart. */
export function signGrant(patient: SigningKey, serial = 0): Transaction {
	const now = systemClock();
	const digest = sha256Hex(encodeUtf8(`${patient.publicKey} ${serial}`));
	const validUntil = new Date(now + 300 * dayMs).toISOString().slice(0, 10);
	const body = { pseudonym: patient.publicKey, consentId: digest.slice(32), validUntil, termsCommitment: digest };
	const until = Math.floor(now / minuteMs) * minuteMs + 10 * minuteMs;
	return signTransaction({ chain, contract: "consent", action: "grant", body, until, salt: digest.slice(0, 32) }, patient);
}

/** As a member forwards them, full envelopes unless told otherwise. */
export function wrap(transactions: readonly Transaction[], size = envelopeTransactionsMax): Envelope[] {
	const envelopes: Envelope[] = [];
	for (let from = 0; from < transactions.length; from += size) {
		envelopes.push(createEnvelope(transactions.slice(from, from + size), { chain, member, key: memberKey }));
	}
	return envelopes;
}
