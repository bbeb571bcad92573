import {
	type CivilDay,
	concatBytes,
	type Digest,
	decodeHex,
	encodeUtf8,
	isHex,
	type MemberId,
	type Pseudonym,
	type PublicKey,
	type Signature,
	sha256Hex,
} from "#base";
import { isSignedBy, signedMessage } from "../message.ts";
import type { Credential } from "./credential.ts";

/** What ties a credential to a patient, held by the holder and shown to the custodian's gate; the ledger has only its commitment. */
export interface RelationshipOpening {
	readonly pseudonym: Pseudonym;
	/** 32 random bytes, hex. */
	readonly salt: string;
	/** By the pseudonym over {@link relationshipMessage}: the patient agrees to this relationship. */
	readonly patientSignature: Signature;
}

export interface RelationshipFields {
	readonly chain: string;
	readonly credentialId: string;
	readonly kind: "relationship" | "guardianship";
	readonly issuer: MemberId;
	readonly subject: PublicKey;
	readonly validUntil: CivilDay;
	readonly pseudonym: Pseudonym;
}

/** What the patient signs so that a member may issue the credential. */
export function relationshipMessage(fields: RelationshipFields): Uint8Array {
	const { chain, credentialId, kind, issuer, subject, validUntil, pseudonym } = fields;
	return signedMessage("aceso/relationship/1", { chain, credentialId, kind, issuer, subject, validUntil, pseudonym });
}

/**
 * The commitment on the ledger: H("aceso/relationship-opening/1" ‖ 0x00 ‖ salt ‖ pseudonym ‖ signature).
 *
 * The salt hides: without it nobody can try the pseudonyms of the ledger against the commitment, not even one who has the patient's
 * signature. The pseudonym inside binds: an opening fits one patient only.
 *
 * @throws BaseError `ENCODING_INVALID` for a field of the wrong length.
 */
export function commitRelationship(opening: RelationshipOpening): Digest {
	const domain = encodeUtf8("aceso/relationship-opening/1\0");
	const parts = [decodeHex(opening.salt, 32), decodeHex(opening.pseudonym, 32), decodeHex(opening.patientSignature, 64)];
	return sha256Hex(concatBytes(domain, ...parts)) as Digest;
}

/**
 * True when the opening is the one committed to, names this pseudonym, and the patient signed exactly this credential. Whether the
 * credential is current is {@link readCredentials}' to say. After a rotation ask with the pseudonym that signed, and check that it leads
 * to the current one (`currentPseudonym`).
 */
export function openRelationship(credential: Credential, opening: RelationshipOpening, pseudonym: Pseudonym): boolean {
	const { kind } = credential;
	if (kind !== "relationship" && kind !== "guardianship") return false;
	if (!isHex(opening.salt, 32) || !isHex(opening.pseudonym, 32) || !isHex(opening.patientSignature, 64)) return false;
	if (opening.pseudonym !== pseudonym || commitRelationship(opening) !== credential.commitment) return false;
	const { chain, credentialId, issuer, subject, validUntil } = credential;
	const message = relationshipMessage({ chain, credentialId, kind, issuer, subject, validUntil, pseudonym });
	return isSignedBy(pseudonym, message, opening.patientSignature);
}
