import { type CivilDay, type ConsentId, encodeUtf8, type MemberId, type Pseudonym, sha256Hex } from "#base";
import { commitTerms } from "../consent/commitTerms.ts";
import { noConsent } from "../consent/readers.ts";
import type {
	ConsentTerms,
	DecisionRequest,
	DecisionState,
	LedgerConsent,
	OpenedTerms,
	Provision,
	Requester,
	RequesterCredential,
} from "../consent/terms.ts";
import { type CredentialKind, dataClasses, type ImplicitPolicy } from "../vocabulary.ts";
import { chain, idOf, keyOf } from "./memoryLedger.ts";

export const pseudonym = keyOf("patient").publicKey as Pseudonym;
export const hospital = "hospital" as MemberId;
export const institute = "institute" as MemberId;

export interface TestConsent {
	readonly provision: Provision;
	readonly name?: string;
	readonly ledger?: Partial<LedgerConsent>;
	readonly terms?: Partial<ConsentTerms>;
	/** Opened terms as handed over: altered, or missing. */
	readonly opened?: (opened: OpenedTerms) => OpenedTerms | undefined;
}

/** A state in which the patient has recorded these consents, oldest first; valid through 2030 unless said otherwise. */
export function stateWith(consents: readonly (Provision | TestConsent)[], overrides: Partial<DecisionState> = {}): DecisionState {
	const ledger: LedgerConsent[] = [];
	const terms = new Map<ConsentId, OpenedTerms>();
	let previous = noConsent;
	consents.forEach((given, at) => {
		const one: TestConsent = "provision" in given ? given : { provision: given };
		const consentId = idOf(one.name ?? `consent ${at}`) as ConsentId;
		const opened = openedTerms(consentId, one);
		const validUntil = "2030-12-31" as CivilDay;
		const custodial = opened.terms.custodial;
		ledger.push({
			pseudonym,
			consentId,
			version: 1,
			status: "active",
			custodial,
			validUntil,
			termsCommitment: commitTerms(opened),
			previous,
			...one.ledger,
		});
		const handed = one.opened === undefined ? opened : one.opened(opened);
		if (handed !== undefined) terms.set(consentId, handed);
		previous = consentId;
	});
	return {
		chain,
		enrolment: { custodian: hospital, status: "active", consents: ledger.length, latest: previous, delegates: [], successor: "", destroyedAtMs: 0 },
		consents: ledger.reverse(),
		terms,
		implicitPolicy: "deny",
		...overrides,
	};
}

export function openedTerms(consentId: ConsentId, { provision, terms }: TestConsent): OpenedTerms {
	const title = "A consent";
	return {
		terms: { format: "aceso/terms/1", chain, pseudonym, consentId, version: 1, custodian: hospital, title, provision, custodial: false, ...terms },
		salt: sha256Hex(encodeUtf8(`salt ${consentId}`)),
	};
}

export function withPolicy(implicitPolicy: ImplicitPolicy, consents: readonly (Provision | TestConsent)[] = []): DecisionState {
	return stateWith(consents, { implicitPolicy });
}

export function credential(kind: CredentialKind, issuer: MemberId, more: Partial<RequesterCredential> = {}): RequesterCredential {
	return { kind, issuer, ...more };
}

export function person(name: string, member: MemberId, ...credentials: readonly RequesterCredential[]): Requester {
	return { key: keyOf(name).publicKey, member, credentials, isPatient: false };
}

export const doctor = person("doctor", hospital, credential("practitioner", hospital, { department: "oncology" }));
export const researcher = person("researcher", institute, credential("researcher", institute, { study: "trial-1" }));
export const patient: Requester = { key: pseudonym, member: hospital, credentials: [], isPatient: true };

/** A doctor's request to read everything for treatment, unless said otherwise. */
export function request(overrides: Partial<DecisionRequest> = {}): DecisionRequest {
	return {
		requester: doctor,
		action: "read",
		purpose: "TREAT",
		pseudonym,
		classes: dataClasses,
		level: "identified",
		emergency: false,
		...overrides,
	};
}
