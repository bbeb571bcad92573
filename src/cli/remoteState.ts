import type { ConsentId, JsonValue, Pseudonym } from "#base";
import { type Enrolment, type LedgerConsent, noConsent } from "#contracts";
import { type CheckpointStanding, type LedgerTrust, type StateProof, type VerifiedState, verifyStateProof } from "#ledger";
import { CliError } from "./errors.ts";
import type { NodeClient } from "./nodeClient.ts";

/** A state value together with what proves it. */
export interface ProvedValue {
	readonly proof: StateProof;
	readonly verified: VerifiedState;
	readonly value: JsonValue | undefined;
}

/**
 * Asks a node for a value of the ledger's state and believes it as far as the pinned key signed it. With a height: the state after that block, and no
 * other height's proof is taken.
 *
 * @throws CliError `CLI_NOT_VERIFIED`; LedgerError `LEDGER_PROOF_INVALID`, `LEDGER_CHECKPOINT_INVALID`.
 */
export async function fetchState(
	node: NodeClient,
	trust: LedgerTrust,
	key: { readonly contract: string; readonly key: string; readonly member: string; readonly height?: number | undefined },
) {
	const query = new URLSearchParams({ contract: key.contract, key: key.key });
	if (key.height !== undefined) query.set("height", String(key.height));
	const proof = await node.get<StateProof>(`/members/${key.member}/api/ledger/state?${query.toString()}`);
	if (proof.contract !== key.contract || proof.key !== key.key)
		throw new CliError("CLI_NOT_VERIFIED", "expected a proof of the key asked for, found another's");
	const verified = verifyStateProof(proof, trust, key.height);
	return { proof, verified, value: proof.value } satisfies ProvedValue;
}

/**
 * Every consent ever recorded for a pseudonym, newest first, each proved; the chain shows that none was left out. `standing` is that of the weakest
 * of the proofs.
 */
export async function fetchConsents(
	node: NodeClient,
	trust: LedgerTrust,
	{ pseudonym, member }: { readonly pseudonym: Pseudonym; readonly member: string },
) {
	let standing: CheckpointStanding = "witnessed";
	const fetch = async (key: string) => {
		const { value, verified } = await fetchState(node, trust, { contract: "consent", key, member });
		if (verified.checkpoint.standing !== "witnessed") standing = "signed by one party";
		return value;
	};
	const enrolment = (await fetch(`e/${pseudonym}`)) as unknown as Enrolment | undefined;
	const consents: LedgerConsent[] = [];
	let next: ConsentId = enrolment?.latest ?? noConsent;
	while (next !== noConsent) {
		const consent = (await fetch(`c/${next}`)) as unknown as LedgerConsent;
		consents.push(consent);
		next = consent.previous;
	}
	return { enrolment, consents, standing: standing as CheckpointStanding };
}
