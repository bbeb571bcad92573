import type { Brand } from "./brand.ts";
import { isHex } from "./bytes.ts";
import { BaseError } from "./errors.ts";
import type { PublicKey } from "./signatureForm.ts";

/** An institution on the ledger: 2–40 characters of `a-z`, `0-9`, `-`, starting with a letter. */
export type MemberId = Brand<string, "MemberId">;
/** The public key of one patient for one custodian (PROTOCOL §1). */
export type Pseudonym = PublicKey & Brand<string, "Pseudonym">;
/** 16 random bytes chosen by the wallet, 32 hex digits. */
export type ConsentId = Brand<string, "ConsentId">;
/** SHA-256 as 64 hex digits. */
export type Digest = Brand<string, "Digest">;
/** A patient inside one vault: 16 random bytes, 32 hex digits, known to nobody outside the custodian. */
export type SubjectId = Brand<string, "SubjectId">;

const memberId = /^[a-z][a-z0-9-]{1,39}$/;

export function isMemberId(text: unknown): text is MemberId {
	return typeof text === "string" && memberId.test(text);
}

export function parseMemberId(text: unknown): MemberId {
	if (!isMemberId(text)) throw new BaseError("IDENTIFIER_INVALID", "expected a member id: 2–40 of a-z, 0-9 and '-', starting with a letter");
	return text;
}

export function parseConsentId(text: unknown): ConsentId {
	if (!isHex(text, 16)) throw new BaseError("IDENTIFIER_INVALID", "expected a consent id: 32 lower-case hex digits");
	return text as ConsentId;
}

export function parseSubjectId(text: unknown): SubjectId {
	if (!isHex(text, 16)) throw new BaseError("IDENTIFIER_INVALID", "expected a subject id: 32 lower-case hex digits");
	return text as SubjectId;
}

export function parseDigest(text: unknown): Digest {
	if (!isHex(text, 32)) throw new BaseError("IDENTIFIER_INVALID", "expected a SHA-256 digest: 64 lower-case hex digits");
	return text as Digest;
}
