import { encodeHex, type JsonObject } from "#base";
import type { ContractName } from "#contracts";
import { createEnvelope, latestUntil, saltBytes, signTransaction, type TransactionResult } from "#ledger";
import { GateError } from "./errors.ts";
import type { GateParts } from "./parts.ts";

/**
 * Puts a member's own act on the ledger: an erasure receipt, an anchor, a log's registration.
 * @throws {@link GateError} `GATE_LEDGER_REFUSED` with the contract's code.
 */
export async function submitAsMember(
	parts: GateParts,
	contract: ContractName,
	action: string,
	body: JsonObject,
): Promise<TransactionResult & { readonly accepted: true }> {
	const { ledger, memberKey, member, randomBytes, now } = parts;
	const until = latestUntil(Math.max(now(), ledger.head().time));
	const transaction = signTransaction({ chain: ledger.chain, contract, action, body, until, salt: encodeHex(randomBytes(saltBytes)) }, memberKey);
	const [result] = await ledger.submit(createEnvelope([transaction], { chain: ledger.chain, member, key: memberKey }));
	if (result === undefined || !result.accepted) {
		throw new GateError("GATE_LEDGER_REFUSED", `the ledger refused ${contract}.${action}`, { code: result?.code ?? "NONE" });
	}
	return result;
}
