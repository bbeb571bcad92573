import { type EvidenceAge, type EvidenceRefusal, VaultError } from "../../errors.ts";

export function evidenceRefusal(reason: EvidenceRefusal, cause?: unknown): VaultError {
	return new VaultError("VAULT_EVIDENCE_REFUSED", `the ledger's evidence does not show this: ${reason}`, { reason }, cause);
}

export function evidenceStale(reason: EvidenceAge): VaultError {
	return new VaultError("VAULT_EVIDENCE_STALE", `expected evidence that the ledger's witnesses cosigned lately: ${reason}`, { reason });
}
