import { compareBlocks, type Fork, parseLightBlock, verifyHeaderPath } from "#ledger";
import { WalletError } from "./errors.ts";
import { parseHistory } from "./historySchema.ts";
import { type HistoryTrust, readerTrust } from "./verifyHistory.ts";

/**
 * Holds the header that a verified history rests on against what another node shows of that height, so that a reader who asks several is not shown a ledger
 * of their own: undefined when it is the same header, or the fork.
 *
 * @param shown - As a node answers `GET /api/ledger/header`; believed nothing.
 * @throws {@link WalletError} `WALLET_LEDGER_SIGNATURE_INVALID` where a sealer is pinned; LedgerError when what is shown proves nothing, or the history's own
 * header is not trusted.
 */
export function holdAgainst(history: unknown, trust: HistoryTrust, shown: unknown): Fork | undefined {
	const reader = readerTrust(trust);
	if (!("pins" in reader)) throw new WalletError("WALLET_LEDGER_SIGNATURE_INVALID", "expected validators to be pinned, found a sealer's key");
	const verified = verifyHeaderPath(parseHistory(history).count.checkpoint, reader);
	return compareBlocks(verified, parseLightBlock(shown));
}
