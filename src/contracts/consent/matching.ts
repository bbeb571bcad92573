import { type CredentialKind, purposeParent } from "../vocabulary.ts";
import type { Rule } from "./compileTerms.ts";
import { reasonBit } from "./reasons.ts";
import type { DecisionRequest, Grantee, Requester, RequesterCredential } from "./terms.ts";

/** A request with what is asked of it again and again. */
export interface Asked {
	readonly request: DecisionRequest;
	/** UTC ms. */
	readonly now: number;
	readonly purpose: number;
	readonly classes: number;
	/** Rank of the level asked for. */
	readonly level: number;
}

/** Why a rule does not concern a request, as a bit of {@link reasonBit}; 0 when it does. Classes, levels and records are judged after this. */
export function mismatch(rule: Rule, asked: Asked): number {
	const { request, now } = asked;
	if (now >= rule.endMs) return reasonBit.EXPIRED;
	if (now < rule.startMs) return reasonBit.NOT_YET_VALID;
	if (!(request.action === "read" ? rule.read : rule.write)) return reasonBit.ACTION_NOT_GRANTED;
	if ((rule.purposes & asked.purpose) === 0) return reasonBit.PURPOSE_DIFFERS;
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
	switch (grantee.kind) {
		case "actor":
			return requester.key === grantee.key;
		case "credential":
			return holds(requester, (credential) => isKind(credential, grantee.credential));
		case "member":
			return holds(requester, (credential) => isKind(credential, grantee.credential) && isFrom(grantee.member, credential, requester, permit));
		case "department":
			return holds(
				requester,
				(credential) => credential.department === grantee.department && counts(credential) && isFrom(grantee.member, credential, requester, permit),
			);
		case "study": {
			const held = holds(requester, (credential) => credential.study === grantee.study && counts(credential));
			return permit ? held && request.study === grantee.study : held || request.study === grantee.study;
		}
	}
}

function holds(requester: Requester, test: (credential: RequesterCredential) => boolean): boolean {
	for (const credential of requester.credentials) if (test(credential)) return true;
	return false;
}

/** What a member's node asks for ends at that member, so a grant to its people needs both: its credential and its node. */
function isFrom(member: string, credential: RequesterCredential, requester: Requester, permit: boolean): boolean {
	const [issued, sent] = [credential.issuer === member, requester.member === member];
	return permit ? issued && sent : issued || sent;
}

function isKind(credential: RequesterCredential, kind: CredentialKind): boolean {
	return credential.kind === kind && counts(credential);
}

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
export function isPractitioner(requester: Requester): boolean {
	return holds(requester, (credential) => credential.kind === "practitioner" && credential.issuer === requester.member);
}

/** Treatment and what it subsumes. */
export function isTreatment({ purpose }: DecisionRequest): boolean {
	return purpose === "TREAT" || purposeParent[purpose] === "TREAT";
}
