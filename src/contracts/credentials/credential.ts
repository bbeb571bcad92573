import type { CivilDay, Digest, MemberId, PublicKey } from "#base";
import type { StateReader } from "../contract.ts";
import { endOfDayMs } from "../day.ts";
import { readMember } from "../membership/member.ts";
import type { CredentialKind } from "../vocabulary.ts";

/** What a member states about the holder of a key. State key `d/<credentialId>`; the same shape for every kind. */
export interface Credential {
	/** 16 random bytes, hex. */
	readonly credentialId: string;
	readonly chain: string;
	readonly issuer: MemberId;
	/** The holder's ledger key; never a patient's. */
	readonly subject: PublicKey;
	readonly kind: CredentialKind;
	/** Last whole day in UTC. */
	readonly validUntil: CivilDay;
	/** ASCII code of a department or care team of the issuer, or "". */
	readonly department: string;
	/** ASCII code of a study, or "". */
	readonly study: string;
	/** For `relationship` and `guardianship` the salted commitment of relationship.ts, else {@link noCommitment}. */
	readonly commitment: Digest;
	/** The current ethics approval a researcher's study rests on, or "". */
	readonly approval: string;
	readonly status: "active" | "revoked";
}

export const noCommitment = "0".repeat(64) as Digest;

/** A credential in any status. */
export function readCredential(state: StateReader, credentialId: string): Credential | undefined {
	return state.get("credentials", `d/${credentialId}`) as Credential | undefined;
}

/**
 * Credentials of a key that are current at `timeMs`: neither revoked nor expired, issued by a member that is active now, and, where they
 * rest on an ethics approval, that is current too. In the order of issue.
 */
export function readCredentials(state: StateReader, key: PublicKey, timeMs: number): readonly Credential[] {
	const ids = (state.get("credentials", `s/${key}`) ?? []) as readonly string[];
	const current: Credential[] = [];
	for (const id of ids) {
		const credential = readCredential(state, id);
		if (credential !== undefined && isCurrent(state, credential, timeMs)) current.push(credential);
	}
	return current;
}

/** The rule of {@link readCredentials} for one credential. */
export function isCurrent(state: StateReader, credential: Credential, timeMs: number): boolean {
	if (credential.status !== "active" || timeMs >= endOfDayMs(credential.validUntil)) return false;
	if (readMember(state, credential.issuer)?.status !== "active") return false;
	if (credential.approval === "") return true;
	const approval = readCredential(state, credential.approval);
	return approval !== undefined && approval.approval === "" && isCurrent(state, approval, timeMs);
}
