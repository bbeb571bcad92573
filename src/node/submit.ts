import { encodeHex, type JsonObject, type SigningKey } from "#base";
import type { ContractName } from "#contracts";
import { createEnvelope, latestUntil, saltBytes, signTransaction, type Transaction, type TransactionResult } from "#ledger";
import { NodeError } from "./errors.ts";
import type { Institution } from "./institution.ts";
import type { Network } from "./network.ts";

export type AcceptedTransaction = TransactionResult & { readonly accepted: true };

export interface Act {
	readonly contract: ContractName;
	readonly action: string;
	readonly body: object;
}

/** Signs an act of one of the demonstration's own keys. */
export function signAct(network: Network, key: SigningKey, { contract, action, body }: Act): Transaction {
	const { ledger, now, randomBytes } = network;
	const until = latestUntil(Math.max(now(), ledger.head().time));
	return signTransaction({ chain: ledger.chain, contract, action, body: body as JsonObject, until, salt: encodeHex(randomBytes(saltBytes)) }, key);
}

/** Forwards transactions through a member and expects each to be accepted. */
export async function submitAll(
	network: Network,
	institution: Institution,
	transactions: readonly Transaction[],
): Promise<readonly AcceptedTransaction[]> {
	const results: AcceptedTransaction[] = [];
	for (let from = 0; from < transactions.length; from += 200) {
		const part = transactions.slice(from, from + 200);
		const envelope = createEnvelope(part, { chain: network.ledger.chain, member: institution.id, key: institution.memberKey });
		for (const result of await network.ledger.submit(envelope)) {
			if (!result.accepted) throw new NodeError("NODE_LEDGER_REFUSED", "the ledger refused a transaction", { code: result.code });
			results.push(result);
		}
	}
	return results;
}
