import { LedgerError } from "../../errors.ts";
import type { HeaderSource } from "./findPath.ts";
import { lightBlockFromRpc } from "./rpc.ts";

const perPage = 100;
const timeoutMs = 10_000;

type Json = { readonly [name: string]: unknown };

/**
 * Headers from a CometBFT's RPC, which is believed nothing. Runs in a browser where the RPC lets it (CORS).
 *
 * @param url - Such as `http://127.0.0.1:26657`.
 */
export function createRpcHeaderSource(url: string): HeaderSource {
	return {
		async lightBlock(height) {
			const commit = await ask(url, `commit?height=${height}`);
			return lightBlockFromRpc(commit, { validators: await askValidators(url, height) });
		},
	};
}

async function askValidators(url: string, height: number): Promise<readonly unknown[]> {
	const validators: unknown[] = [];
	for (let page = 1; ; page++) {
		const answer = await ask(url, `validators?height=${height}&page=${page}&per_page=${perPage}`);
		const found = Array.isArray(answer.validators) ? answer.validators : [];
		validators.push(...found);
		if (found.length === 0 || validators.length >= Number(answer.total)) return validators;
	}
}

/** @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT`. */
async function ask(url: string, path: string): Promise<Json> {
	try {
		const response = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(timeoutMs) });
		const { result } = (await response.json()) as { readonly result?: Json };
		if (typeof result === "object" && result !== null) return result;
	} catch (cause) {
		throw new LedgerError("LEDGER_CONSENSUS_SILENT", "expected an answer of CometBFT, found none", {}, cause);
	}
	throw new LedgerError("LEDGER_CONSENSUS_SILENT", "expected CometBFT to have this height, found that it has not");
}
