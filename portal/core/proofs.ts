import type { ConsentId, Digest, JsonValue, MemberId, Pseudonym } from "#base";
import { type ContractName, type Enrolment, type LedgerConsent, noConsent, type PortalRelease, portalKey, portalReleaseKey } from "#contracts";
import { type CheckpointStanding, type ReaderTrust, type StateProof, verifyStateProof } from "#ledger";
import type { Api } from "./api.ts";
import type { ReleaseView } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";

/** Longest chain of consents that is followed: a node that shows one without end must not keep the page waiting for ever. */
const consentsMax = 10_000;

export interface ProvedConsents {
	/** Newest first. */
	readonly consents: readonly LedgerConsent[];
	/** That of the weakest proof. */
	readonly standing: CheckpointStanding;
}

/**
 * Every consent that was ever recorded for a pseudonym, each proved against the pinned keys; the chain from the enrolment shows that none was
 * left out.
 *
 * @throws PortalError `NOT_VERIFIED`.
 */
export async function fetchConsents(api: Api, trust: ReaderTrust, pseudonym: Pseudonym, custodian: MemberId): Promise<ProvedConsents> {
	let standing: CheckpointStanding | undefined;
	const fetch = async (key: string) => {
		const proved = await fetchState(api, trust, key);
		if (standing !== "signed by one party") standing = proved.standing;
		return proved.value;
	};
	const enrolment = (await fetch(`e/${pseudonym}`)) as unknown as Enrolment | undefined;
	if (enrolment !== undefined && enrolment.custodian !== custodian) throw new PortalError("NOT_VERIFIED");
	const consents: LedgerConsent[] = [];
	for (let next: ConsentId = enrolment?.latest ?? noConsent; next !== noConsent; ) {
		const consent = (await fetch(`c/${next}`)) as unknown as LedgerConsent | undefined;
		if (consent === undefined || consent.pseudonym !== pseudonym || consents.length === consentsMax) throw new PortalError("NOT_VERIFIED");
		consents.push(consent);
		next = consent.previous;
	}
	return { consents, standing: standing ?? "signed by one party" };
}

/**
 * What members say of a portal by the hash of its manifest.
 *
 * @throws PortalError `NOT_VERIFIED`.
 */
export async function fetchRelease(api: Api, trust: ReaderTrust, hash: string): Promise<ReleaseView> {
	const [own, newest] = [
		await fetchState(api, trust, portalReleaseKey(hash as Digest), "membership"),
		await fetchState(api, trust, portalKey, "membership"),
	];
	const standing = own.standing === "signed by one party" ? own.standing : newest.standing;
	const version = (own.value as { readonly version: number } | undefined)?.version;
	return { version, newest: (newest.value as unknown as PortalRelease | undefined)?.version, standing };
}

type ProvedValue = { readonly value: JsonValue | undefined; readonly standing: CheckpointStanding };

/** One key of a contract's state, proved against the pinned keys. @throws PortalError `NOT_VERIFIED`. */
export async function fetchState(api: Api, trust: ReaderTrust, key: string, contract: ContractName = "consent"): Promise<ProvedValue> {
	// A member's own signature is nothing to who trusts validators: their header is asked for in its place.
	const under: Record<string, string> = "pins" in trust ? { under: "validators" } : {};
	const proof = await api.get<StateProof>(`/api/ledger/state?${new URLSearchParams({ contract, key, ...under }).toString()}`);
	// A proof of another key proves nothing of this one.
	if (proof.contract !== contract || proof.key !== key) throw new PortalError("NOT_VERIFIED");
	try {
		const { value, checkpoint } = verifyStateProof(proof, trust);
		return { value, standing: checkpoint.standing };
	} catch (error) {
		throw new PortalError("NOT_VERIFIED", (error as { code?: string }).code ?? "");
	}
}
