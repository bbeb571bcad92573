import { type CredentialKind, credentialKinds, purposeParent } from "../vocabulary.ts";
import type { Rule } from "./compileTerms.ts";
import { reasonBit } from "./reasons.ts";
import type { DecisionRequest, Grantee, Requester, RequesterCredential } from "./terms.ts";

/** A request with what is asked of it again and again. */
export interface Asked {
	readonly request: DecisionRequest;
	/** UTC ms. */
	readonly now: number;
	readonly purpose: number;
	/** {@link bitsOfRequest}. */
	readonly people: number;
	readonly classes: number;
	/** Rank of the level asked for. */
	readonly level: number;
}

/**
 * Why a rule does not concern a request for some of the classes, as a bit of {@link reasonBit}; 0 when it does. The first reason is told, in this
 * order. Levels and records are judged after this.
 */
export function mismatch(rule: Rule, asked: Asked, classes: number): number {
	const { request, now } = asked;
	if (now >= rule.endMs) return reasonBit.EXPIRED;
	if (now < rule.startMs) return reasonBit.NOT_YET_VALID;
	if (!(request.action === "read" ? rule.read : rule.write)) return reasonBit.ACTION_NOT_GRANTED;
	if ((rule.purposes & asked.purpose) === 0) return reasonBit.PURPOSE_DIFFERS;
	if ((rule.classes & classes) === 0) return reasonBit.CLASS_NOT_GRANTED;
	return mismatchOfPeople(rule, request);
}

/** The part of {@link mismatch} that looks at more than numbers. */
export function mismatchOfPeople(rule: Rule, request: DecisionRequest): number {
	if (rule.grantees !== undefined && !isAnyMeant(rule.grantees, request, rule.permit)) return reasonBit.GRANTEE_DIFFERS;
	if (!concernsDiseases(rule, request.diseases)) return reasonBit.DISEASE_DIFFERS;
	if (!rule.permit && !concernsModel(rule, request.model)) return reasonBit.MODEL_NOT_NAMED;
	return 0;
}

function isAnyMeant(grantees: readonly Grantee[], request: DecisionRequest, permit: boolean): boolean {
	for (const grantee of grantees) if (isMeant(grantee, request, permit)) return true;
	return false;
}

/** A grant needs every fact about the grantee; a refusal is satisfied with any of them. */
function isMeant(grantee: Grantee, request: DecisionRequest, permit: boolean): boolean {
	const { requester } = request;
	if (grantee.kind === "actor") return requester.key === grantee.key;
	for (const credential of requester.credentials) {
		if (!counts(credential)) continue;
		switch (grantee.kind) {
			case "credential":
				if (credential.kind === grantee.credential) return true;
				break;
			case "member":
				if (credential.kind === grantee.credential && isFrom(grantee.member, credential, requester, permit)) return true;
				break;
			case "department":
				if (credential.department === grantee.department && isFrom(grantee.member, credential, requester, permit)) return true;
				break;
			case "study":
				if (credential.study === grantee.study && (!permit || request.study === grantee.study)) return true;
		}
	}
	return grantee.kind === "study" && !permit && request.study === grantee.study;
}

/** What a member's node asks for ends at that member, so a grant to its people needs both: its credential and its node. */
function isFrom(member: string, credential: RequesterCredential, requester: Requester, permit: boolean): boolean {
	const [issued, sent] = [credential.issuer === member, requester.member === member];
	return permit ? issued && sent : issued || sent;
}

/**
 * Bits of who is meant: one for each kind of credential, and a few for the ends of studies', departments' and keys' names. Where
 * {@link bitsOfGrantees} and {@link bitsOfRequest} share none, no grantee is met; where they share some, {@link mismatchOfPeople} tells.
 */
export function bitsOfGrantees(grantees: readonly Grantee[] | undefined): number {
	if (grantees === undefined) return -1;
	let bits = 0;
	for (const grantee of grantees) {
		if (grantee.kind === "actor") bits |= keyBit(grantee.key);
		else if (grantee.kind === "study") bits |= studyBit(grantee.study);
		else if (grantee.kind === "department") bits |= departmentBit(grantee.department);
		else bits |= kindBit(grantee.credential);
	}
	return bits;
}

export function bitsOfRequest({ requester, study }: DecisionRequest): number {
	let bits = keyBit(requester.key) | (study === undefined ? 0 : studyBit(study)) | anybody;
	for (const credential of requester.credentials) {
		bits |= kindBit(credential.kind);
		if (credential.study !== undefined) bits |= studyBit(credential.study);
		if (credential.department !== undefined) bits |= departmentBit(credential.department);
	}
	return bits;
}

/** Set in every request and in a rule that means anyone. */
const anybody = 1 << 31;

const kindBit = (kind: CredentialKind): number => 1 << credentialKinds.indexOf(kind);
const studyBit = (study: string): number => endBit(study, 8, 4);
const departmentBit = (department: string): number => endBit(department, 12, 4);
const keyBit = (key: string): number => endBit(key, 16, 15);
/** One of `count` bits from `first` on, by the name's last character. */
const endBit = (name: string, first: number, count: number): number => 1 << (first + (name.charCodeAt(name.length - 1) % count));

/** A relationship or guardianship with somebody else is none with this patient. */
function counts({ kind, matchesPseudonym }: RequesterCredential): boolean {
	return (kind !== "relationship" && kind !== "guardianship") || matchesPseudonym === true;
}

/** A grant for diseases needs a use that names only those; a refusal concerns a use that names any of them, or does not say. */
function concernsDiseases({ permit, provision }: Rule, diseases: readonly string[] | undefined): boolean {
	const limited = provision.diseases;
	if (limited === undefined) return true;
	if (diseases === undefined || diseases.length === 0) return !permit;
	return permit ? diseases.every((disease) => limited.includes(disease)) : diseases.some((disease) => limited.includes(disease));
}

function concernsModel({ provision }: Rule, model: string | undefined): boolean {
	return provision.models === undefined || (model !== undefined && provision.models.includes(model));
}

/** True for a current practitioner who asks through the member that vouches for them: who may treat without a consent. */
export function isPractitioner({ credentials, member }: Requester): boolean {
	return credentials.some((credential) => credential.kind === "practitioner" && credential.issuer === member);
}

/** Treatment and what it subsumes. */
export function isTreatment({ purpose }: DecisionRequest): boolean {
	return purpose === "TREAT" || purposeParent[purpose] === "TREAT";
}
