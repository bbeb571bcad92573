import { LedgerError } from "../../errors.ts";
import { type Fork, findFork } from "./findFork.ts";
import type { LightBlock } from "./lightBlock.ts";
import { type DecidedBlock, isSignedByThird, verifyCommit } from "./verifyCommit.ts";

/**
 * Holds what somebody else shows of a height against the block that a reader verified there: undefined when it is the same, or the fork that the two are.
 * For another block more than a third of the power that the reader trusts has to have signed, or whoever shows it proves nothing but that they can sign.
 *
 * @throws {@link LedgerError} `LEDGER_HEADER_UNTRUSTED`; `LEDGER_HEADER_INVALID` for another height or chain; the codes of {@link verifyCommit}.
 */
export function compareBlocks(verified: DecidedBlock, shown: LightBlock): Fork | undefined {
	if (shown.header.height !== verified.header.height) {
		throw new LedgerError("LEDGER_HEADER_INVALID", "expected the header of the height asked for, found another");
	}
	const decided = verifyCommit(shown, verified.header.chainId);
	if (decided.hash !== verified.hash && !isSignedByThird(verified, decided)) {
		throw new LedgerError("LEDGER_HEADER_UNTRUSTED", "expected a header that more than a third of the trusted power signed, found less");
	}
	return findFork(verified, decided);
}
