import { type Digest, encodeUtf8, sha256Hex } from "#base";
import { type PortalRelease, type ProposeBody, readPortalRelease, readProposal, type VoteBody } from "#contracts";
import type { Network } from "../network.ts";
import { signAct, submitAll } from "../submit.ts";

/**
 * Has every institution of this process vote for the portal that it serves, unless members stand for it already. Each member that runs the same
 * sources comes to the same proposal by itself: the first one makes it, the others vote.
 *
 * @returns The release, once more than two thirds of the members have voted; undefined while votes are missing.
 * @throws NodeError `NODE_LEDGER_REFUSED`.
 */
export async function votePortal(network: Network, hash: Digest): Promise<PortalRelease | undefined> {
	for (const institution of network.institutions.values()) {
		if (readPortalRelease(network.ledger)?.hash === hash) break;
		await submitAll(network, institution, [signAct(network, institution.memberKey, nextAct(network, hash))]);
	}
	const release = readPortalRelease(network.ledger);
	return release?.hash === hash ? release : undefined;
}

function nextAct({ ledger, now }: Network, hash: Digest) {
	const version = (readPortalRelease(ledger)?.version ?? 0) + 1;
	const timeMs = Math.max(now(), ledger.head().time);
	// A proposal that ran out is closed for ever; the next round has an id of its own.
	for (let round = 0; ; round++) {
		const proposalId = proposalIdOf(version, hash, round);
		const found = readProposal(ledger, proposalId);
		if (found === undefined) {
			const body: ProposeBody = { proposalId, proposal: { kind: "portal-release", version, hash } };
			return { contract: "membership", action: "propose", body } as const;
		}
		const body: VoteBody = { proposalId, approve: true };
		if (found.status === "open" && found.openUntilMs > timeMs) return { contract: "membership", action: "vote", body } as const;
	}
}

/** 16 bytes, hex: the same at every member, so that they need no other way to find each other's proposal. */
function proposalIdOf(version: number, hash: Digest, round: number): string {
	return sha256Hex(encodeUtf8(`aceso/portal-release/1/${version}/${hash}/${round}`)).slice(0, 32);
}
