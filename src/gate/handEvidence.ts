import type { StateReader } from "#contracts";
import { collectEvidence } from "#ledger";
import { VaultError } from "#vault";
import type { GateParts } from "./parts.ts";

/** How long one attempt waits for the ledger's witnesses, in ms. */
const cosignaturesWaitMs = 1_000;
/** While blocks follow fast, the head that was cosigned may not be the head any more. */
const attemptsMax = 3;

/**
 * Proves to the keyring what `read` looks at on the ledger, with newer evidence where what was handed had become too old on the way.
 *
 * @throws VaultError `VAULT_EVIDENCE_STALE` when the witnesses do not answer, `VAULT_EVIDENCE_REFUSED`.
 */
export async function handEvidence(
	{ ledger }: Pick<GateParts, "ledger">,
	read: (state: StateReader) => void,
	hand: (evidence: Uint8Array) => Promise<void>,
): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		await ledger.cosigned(cosignaturesWaitMs);
		try {
			return await hand(collectEvidence(ledger, read));
		} catch (error) {
			const mayBeNewer = error instanceof VaultError && error.code === "VAULT_EVIDENCE_STALE";
			if (!mayBeNewer || attempt === attemptsMax) throw error;
		}
	}
}
