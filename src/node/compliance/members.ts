import { type Credential, isCurrent, readCredential, readMembers } from "#contracts";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";

/** A credential of this house as it stands on the ledger now. */
export interface HouseCredential extends Pick<Credential, "credentialId" | "kind" | "subject" | "validUntil" | "department" | "study"> {
	readonly status: "current" | "revoked" | "expired" | "suspended";
}

/** Who is in the network, and whom this house vouches for; all of it stands on the ledger for everybody. */
export function describeMembers({ ledger, now }: Network, { id }: Institution, credentialIds: readonly string[]) {
	const nowMs = Math.max(now(), ledger.head().time);
	const members = readMembers(ledger).map(({ id: member, name, status, roles, implicitPolicy, key }) => ({
		...{ member, name, status, roles, implicitPolicy, key },
		isHere: member === id,
	}));
	const credentials = credentialIds.flatMap((credentialId): HouseCredential[] => {
		const credential = readCredential(ledger, credentialId);
		if (credential === undefined || credential.issuer !== id) return [];
		const { kind, subject, validUntil, department, study } = credential;
		return [{ credentialId, kind, subject, validUntil, department, study, status: statusOf(ledger, credential, nowMs) }];
	});
	return { members, credentials };
}

function statusOf(ledger: Network["ledger"], credential: Credential, nowMs: number): HouseCredential["status"] {
	if (credential.status === "revoked") return "revoked";
	if (isCurrent(ledger, credential, nowMs)) return "current";
	// Past its last day, or resting on a member or an approval that stands no longer.
	return credential.validUntil < new Date(nowMs).toISOString().slice(0, 10) ? "expired" : "suspended";
}
