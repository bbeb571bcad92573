import type { MemberId } from "#base";
import type { StateReader } from "#contracts";
import type { ReadEnvelope } from "./envelope.ts";
import { LedgerError } from "./errors.ts";
import type { MemberRecord } from "./sealer/options.ts";

export interface AdmitParameters {
	readonly chain: string;
	readonly state: StateReader;
	readonly readMember: (state: StateReader, member: MemberId) => MemberRecord | undefined;
}

/**
 * Whether an active member forwards an envelope of this chain with its present key (LG8). A function of state, so that all who hold the same state agree.
 *
 * @throws {@link LedgerError} `LEDGER_CHAIN_DIFFERS`, `LEDGER_NOT_A_MEMBER`, `LEDGER_MEMBER_NOT_ACTIVE`, `LEDGER_MEMBER_KEY_DIFFERS`.
 */
export function admitEnvelope(
	envelope: Pick<ReadEnvelope, "chain" | "member" | "signer">,
	{ chain, state, readMember }: AdmitParameters,
): MemberRecord {
	if (envelope.chain !== chain) throw new LedgerError("LEDGER_CHAIN_DIFFERS", "expected an envelope made for this chain");
	const record = readMember(state, envelope.member);
	if (record === undefined) throw new LedgerError("LEDGER_NOT_A_MEMBER", "expected an envelope of a member");
	if (record.status !== "active") throw new LedgerError("LEDGER_MEMBER_NOT_ACTIVE", "expected an envelope of an active member");
	if (record.key !== envelope.signer) throw new LedgerError("LEDGER_MEMBER_KEY_DIFFERS", "expected an envelope signed by the member's present key");
	return record;
}
