import { type CivilDay, type ConsentId, createSigningKey, encodeUtf8, type MemberId, type Pseudonym, sha256, sha256Hex } from "#base";
import {
	type CredentialKind,
	commitTerms,
	type DataClass,
	type DecisionRequest,
	type DecisionState,
	type Grantee,
	type ImplicitPolicy,
	type LedgerConsent,
	levels,
	noConsent,
	type OpenedTerms,
	type Provision,
	type RecordFacts,
	type Requester,
	type RequesterCredential,
	type SensitivityLabel,
} from "#contracts";

/** Answers from 0 to 2³² − 1, the same for the same seed: mulberry32. */
export type Random = () => number;

export function createRandom(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return (mixed ^ (mixed >>> 14)) >>> 0;
	};
}

/** 2026-01-01T12:00:00Z. */
export const noonMs = 1_767_268_800_000;
const dayMs = 86_400_000;

const chain = "aceso-bench";
const members = ["hospital", "clinic", "institute"] as readonly string[] as readonly MemberId[];
const classes: readonly DataClass[] = ["conditions", "medications", "laboratory", "notes", "imaging", "genomics", "other"];
const labels: readonly SensitivityLabel[] = ["hiv", "violence", "mental-health"];
const purposes = ["TREAT", "ETREAT", "HPAYMT", "HRESCH", "CLINTRCH", "PUBHLTH"] as const;
const conditions = ["oncology", "cardiology"];
const diseases = ["MONDO:0004992", "MONDO:0005148"];
const departments = ["oncology", "psychiatry"];
const studies = ["trial-1", "trial-2"];
const models = ["prevent", "score2"];
const kinds: readonly CredentialKind[] = ["practitioner", "researcher", "relationship"];
const people = Array.from({ length: 12 }, (_, i) => createSigningKey(sha256(encodeUtf8(`person ${i}`))).publicKey);
const pseudonym = createSigningKey(sha256(encodeUtf8("patient"))).publicKey as Pseudonym;

const pick = <T>(random: Random, items: readonly T[]): T => items[random() % items.length] as T;
const chance = (random: Random, percent: number): boolean => random() % 100 < percent;
/** A list of one or two, without repetition. */
const few = <T>(random: Random, items: readonly T[]): readonly T[] => [
	...new Set([pick(random, items), ...(chance(random, 50) ? [pick(random, items)] : [])]),
];

function randomGrantee(random: Random): Grantee {
	switch (random() % 5) {
		case 0:
			return { kind: "member", member: pick(random, members), credential: pick(random, kinds) };
		case 1:
			return { kind: "credential", credential: pick(random, kinds) };
		case 2:
			return { kind: "actor", key: pick(random, people) };
		case 3:
			return { kind: "study", study: pick(random, studies) };
		default:
			return { kind: "department", member: pick(random, members), department: pick(random, departments) };
	}
}

/** Any field of a provision now and then; exceptions nest at most so deep. */
export function randomProvision(
	random: Random,
	depth: number,
	recordsPercent: number,
	type = pick(random, ["permit", "permit", "deny"] as const),
): Provision {
	const given = <T extends object>(percent: number, fields: () => T): T | object => (chance(random, percent) ? fields() : {});
	const restrictions = {
		...given(70, () => ({ grantees: Array.from({ length: 1 + (random() % 2) }, () => randomGrantee(random)) })),
		...given(70, () => ({ purposes: few(random, purposes) })),
		...given(60, () => ({ classes: few(random, classes) })),
		...given(10, () => ({ diseases: few(random, diseases) })),
		...given(20, () => ({ startMs: noonMs + ((random() % 7) - 5) * 1_000 })),
		...given(10, () => ({ actions: few(random, ["read", "write"] as const) })),
		...given(recordsPercent, () => ({ conditions: few(random, conditions) })),
		...given(recordsPercent, () => ({ records: few(random, ["Observation/1", "Observation/2"]) })),
		...given(recordsPercent, () => ({ authors: few(random, ["Practitioner/1", "Practitioner/2"]) })),
		...given(recordsPercent, () => ({ encounters: few(random, ["Encounter/1", "Encounter/2"]) })),
		...given(recordsPercent, () => ({ dataFromMs: noonMs - dayMs })),
	};
	const exceptions =
		depth > 0
			? given(40, () => ({ exceptions: Array.from({ length: 1 + (random() % 2) }, () => randomProvision(random, depth - 1, recordsPercent)) }))
			: {};
	if (type === "deny") return { type, ...restrictions, ...given(20, () => ({ labels: few(random, labels) })), ...exceptions };
	const level = given(40, () => ({ level: pick(random, levels) }));
	return {
		type,
		...restrictions,
		...level,
		...given(30, () => ({ labels: few(random, labels) })),
		...given(20, () => ({ models: few(random, models) })),
		...exceptions,
	};
}

/** A patient who has recorded these provisions, oldest first; some consents have ended, some are custodial or withdrawn. */
export function stateOf(random: Random, provisions: readonly Provision[], implicitPolicy: ImplicitPolicy): DecisionState {
	const consents: LedgerConsent[] = [];
	const terms = new Map<ConsentId, OpenedTerms>();
	let previous = noConsent;
	for (const [i, provision] of provisions.entries()) {
		const consentId = sha256Hex(encodeUtf8(`consent ${i} ${random()}`)).slice(0, 32) as ConsentId;
		const custodial = chance(random, 5);
		const fields = {
			format: "aceso/terms/1",
			chain,
			pseudonym,
			consentId,
			version: 1,
			custodian: members[0] as MemberId,
			title: "",
			custodial,
		} as const;
		const opened: OpenedTerms = { terms: { ...fields, provision }, salt: sha256Hex(encodeUtf8(consentId)) };
		const status = chance(random, 5) ? "withdrawn" : chance(random, 5) ? "revoked" : "active";
		const validUntil = (chance(random, 5) ? "2025-12-31" : "2030-12-31") as CivilDay;
		consents.push({ pseudonym, consentId, version: 1, status, custodial, validUntil, termsCommitment: commitTerms(opened), previous });
		terms.set(consentId, opened);
		previous = consentId;
	}
	const enrolment = {
		custodian: members[0] as MemberId,
		status: "active",
		consents: consents.length,
		latest: previous,
		delegates: [],
		successor: "",
		destroyedAtMs: 0,
	} as const;
	return { chain, enrolment, consents: consents.toReversed(), terms, implicitPolicy };
}

function randomCredential(random: Random): RequesterCredential {
	const kind = pick(random, kinds);
	return {
		kind,
		issuer: pick(random, members),
		...(chance(random, 40) && { department: pick(random, departments) }),
		...(kind === "researcher" && chance(random, 60) && { study: pick(random, studies) }),
		...(kind === "relationship" && { matchesPseudonym: chance(random, 70) }),
	};
}

export function randomRequester(random: Random): Requester {
	const credentials = Array.from({ length: 1 + (random() % 2) }, () => randomCredential(random));
	return { key: pick(random, people), member: pick(random, members), credentials, isPatient: false };
}

export function randomRequest(random: Random): DecisionRequest {
	return {
		requester: randomRequester(random),
		action: chance(random, 85) ? "read" : "write",
		purpose: pick(random, purposes),
		pseudonym,
		classes: [pick(random, classes)],
		level: pick(random, levels),
		emergency: false,
		...(chance(random, 30) && { study: pick(random, studies) }),
		...(chance(random, 40) && { diseases: few(random, diseases) }),
		...(chance(random, 20) && { model: pick(random, models) }),
	};
}

export function randomRecord(random: Random): RecordFacts {
	return {
		labels: chance(random, 40) ? few(random, labels) : [],
		conditions: chance(random, 60) ? few(random, conditions) : [],
		ref: pick(random, ["Observation/1", "Observation/2"]),
		authors: chance(random, 70) ? few(random, ["Practitioner/1", "Practitioner/2"]) : [],
		encounter: pick(random, ["Encounter/1", "Encounter/2", null]),
		dataTimeMs: pick(random, [noonMs - 2 * dayMs, noonMs, null]),
	};
}
