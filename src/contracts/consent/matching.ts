import { type CredentialKind, credentialKinds, purposeParent } from "../vocabulary.ts";
import { classMask, type GranteeRule, levelRank, purposeBit, type Rule } from "./compileTerms.ts";
import { reasonBit } from "./reasons.ts";
import type { DecisionRequest, Requester, RequesterCredential } from "./terms.ts";

/** A request with what is asked of it again and again, in one shape for all requests. */
export interface Asked {
	readonly request: DecisionRequest;
	/** UTC ms. */
	readonly now: number;
	/** One of {@link readBit} and {@link writeBit}. */
	readonly action: number;
	readonly purpose: number;
	/** {@link bitsOfRequest}. */
	readonly people: number;
	readonly classes: number;
	/** Rank of the level asked for. */
	readonly level: number;
	readonly key: string;
	/** Member through which the request came. */
	readonly member: string;
	/** Those that count with this patient. */
	readonly credentials: readonly AskedCredential[];
	readonly study: string | undefined;
	readonly diseases: readonly string[] | undefined;
	readonly model: string | undefined;
}

/** A {@link RequesterCredential} in one shape. */
export interface AskedCredential {
	readonly kind: CredentialKind;
	readonly issuer: string;
	readonly department: string | undefined;
	readonly study: string | undefined;
}

/** Bits of the mask of actions. */
export const readBit = 1;
export const writeBit = 2;

export function askedOf(request: DecisionRequest, now: number): Asked {
	const { requester, study, diseases, model } = request;
	const credentials: AskedCredential[] = [];
	for (const credential of requester.credentials) {
		if (counts(credential))
			credentials.push({ kind: credential.kind, issuer: credential.issuer, department: credential.department, study: credential.study });
	}
	return {
		request,
		now,
		action: request.action === "read" ? readBit : writeBit,
		purpose: purposeBit(request.purpose),
		people: bitsOfRequest(requester.key, study, credentials),
		classes: classMask(request.classes),
		level: levelRank(request.level),
		key: requester.key,
		member: requester.member,
		credentials,
		study,
		diseases,
		model,
	};
}

/**
 * Why a rule does not concern a request for some of the classes, as a bit of {@link reasonBit}; 0 when it does. The first reason is told, in this
 * order. Levels and records are judged after this.
 */
export function mismatch(rule: Rule, asked: Asked, classes: number): number {
	const { now } = asked;
	if (now >= rule.endMs) return reasonBit.EXPIRED;
	if (now < rule.startMs) return reasonBit.NOT_YET_VALID;
	if (!(asked.action === readBit ? rule.read : rule.write)) return reasonBit.ACTION_NOT_GRANTED;
	if ((rule.purposes & asked.purpose) === 0) return reasonBit.PURPOSE_DIFFERS;
	if ((rule.classes & classes) === 0) return reasonBit.CLASS_NOT_GRANTED;
	return mismatchOfPeople(rule, asked);
}

/** The part of {@link mismatch} that looks at more than numbers. */
export function mismatchOfPeople(rule: Rule, asked: Asked): number {
	if (rule.grantees !== undefined && !isAnyMeant(rule.grantees, asked, rule.permit)) return reasonBit.GRANTEE_DIFFERS;
	if (rule.diseases !== undefined && !concernsDiseases(rule.diseases, asked.diseases, rule.permit)) return reasonBit.DISEASE_DIFFERS;
	if (!rule.permit && rule.models !== undefined && !concernsModel(rule.models, asked.model)) return reasonBit.MODEL_NOT_NAMED;
	return 0;
}

function isAnyMeant(grantees: readonly GranteeRule[], asked: Asked, permit: boolean): boolean {
	for (const grantee of grantees) if (isMeant(grantee, asked, permit)) return true;
	return false;
}

/** A grant needs every fact about the grantee; a refusal is satisfied with any of them. */
function isMeant(grantee: GranteeRule, asked: Asked, permit: boolean): boolean {
	const { kind } = grantee;
	if (kind === "actor") return asked.key === grantee.key;
	for (const credential of asked.credentials) {
		switch (kind) {
			case "credential":
				if (credential.kind === grantee.credential) return true;
				break;
			case "member":
				if (credential.kind === grantee.credential && isFrom(grantee.member, credential, asked, permit)) return true;
				break;
			case "department":
				if (credential.department === grantee.department && isFrom(grantee.member, credential, asked, permit)) return true;
				break;
			case "study":
				if (credential.study === grantee.study && (!permit || asked.study === grantee.study)) return true;
		}
	}
	return kind === "study" && !permit && asked.study === grantee.study;
}

/** What a member's node asks for ends at that member, so a grant to its people needs both: its credential and its node. */
function isFrom(member: string | undefined, credential: AskedCredential, asked: Asked, permit: boolean): boolean {
	const issued = credential.issuer === member;
	const sent = asked.member === member;
	return permit ? issued && sent : issued || sent;
}

/**
 * Bits of who is meant: one for each kind of credential, and a few for the ends of studies', departments' and keys' names. Where
 * this and {@link Asked.people} share none, no grantee is met; where they share some, {@link mismatchOfPeople} tells.
 */
export function bitsOfGrantees(grantees: readonly GranteeRule[] | undefined): number {
	if (grantees === undefined) return -1;
	let bits = 0;
	for (const { kind, key, study, department, credential } of grantees) {
		if (kind === "actor") bits |= keyBit(key as string);
		else if (kind === "study") bits |= studyBit(study as string);
		else if (kind === "department") bits |= departmentBit(department as string);
		else bits |= kindBit(credential as CredentialKind);
	}
	return bits;
}

function bitsOfRequest(key: string, study: string | undefined, credentials: readonly AskedCredential[]): number {
	let bits = keyBit(key) | (study === undefined ? 0 : studyBit(study)) | anybody;
	for (const credential of credentials) {
		bits |= kindBit(credential.kind);
		if (credential.study !== undefined) bits |= studyBit(credential.study);
		if (credential.department !== undefined) bits |= departmentBit(credential.department);
	}
	return bits;
}

/** Set in every request and in a rule that means anyone. */
const anybody = 1 << 31;

const kindBits = new Map<string, number>(credentialKinds.map((kind, at) => [kind, 1 << at]));
const kindBit = (kind: CredentialKind): number => kindBits.get(kind) ?? anybody;
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
function concernsDiseases(limited: readonly string[], diseases: readonly string[] | undefined, permit: boolean): boolean {
	if (diseases === undefined || diseases.length === 0) return !permit;
	return permit ? diseases.every((disease) => limited.includes(disease)) : diseases.some((disease) => limited.includes(disease));
}

function concernsModel(models: readonly string[], model: string | undefined): boolean {
	return model !== undefined && models.includes(model);
}

/** True for a current practitioner who asks through the member that vouches for them: who may treat without a consent. */
export function isPractitioner({ credentials, member }: Requester): boolean {
	return credentials.some((credential) => credential.kind === "practitioner" && credential.issuer === member);
}

/** Treatment and what it subsumes. */
export function isTreatment({ purpose }: DecisionRequest): boolean {
	return purpose === "TREAT" || purposeParent[purpose] === "TREAT";
}
