import { encodeUtf8, type Pseudonym, type SubjectId, sha256Hex } from "#base";

/**
 * What a subject is bound to before enrolment: H("aceso/unenrolled/1" ‖ subject), 64 hex digits. Nobody knows a private key for it, so it
 * never signs; it is not an identifier on the ledger.
 */
export function unenrolledPseudonym(subject: SubjectId): Pseudonym {
	return sha256Hex(encodeUtf8("aceso/unenrolled/1"), encodeUtf8(subject)) as Pseudonym;
}
