import { type Digest, decodeHex } from "#base";
import type { AccessEntry } from "#contracts";
import { type ConsortiumTrust, type StateProof, verifyStateProof } from "#ledger";
import { verifyInclusion } from "#log";
import { accessLeafHash, readLogRecord } from "#wallet";

/** One access with everything that proves it: the entry in its log, the log's record in the ledger's state, the header that validators decided on. */
export interface AccessProof {
	readonly record: StateProof;
	readonly entry: AccessEntry;
	readonly salt: string;
	readonly leafIndex: number;
	readonly inclusion: readonly Digest[];
	readonly trust: ConsortiumTrust;
}

/** From header to leaf. Throws unless all of it holds. */
export function verifyAccess({ record, entry, salt, leafIndex, inclusion, trust }: AccessProof): void {
	const log = readLogRecord(verifyStateProof(record, trust).value);
	if (log === undefined) throw new Error("expected the record of a log");
	const proof = inclusion.map((hash) => decodeHex(hash, 32));
	verifyInclusion({ leafHash: accessLeafHash(entry, salt), index: leafIndex, size: log.size, proof, root: decodeHex(log.root, 32) });
}
