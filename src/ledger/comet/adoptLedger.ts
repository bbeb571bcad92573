import { existsSync } from "node:fs";
import type { PublicKey, SigningKey } from "#base";
import { LedgerError } from "../errors.ts";
import { BlockStore } from "../sealer/blockStore.ts";
import { signCheckpoint } from "../sealer/checkpoint.ts";
import { refuseFirst } from "../sealer/findings.ts";
import { judgeEdge } from "../sealer/judgeStart.ts";
import type { LedgerDefinition } from "../sealer/options.ts";

export interface AdoptParameters extends Pick<LedgerDefinition, "genesis"> {
	/** A closed ledger's file, or a copy of one: it becomes the replica's. */
	readonly path: string;
	/** Whose signature its checkpoint carries now. */
	readonly signedBy: PublicKey;
	readonly replicaKey: SigningKey;
}

/**
 * Makes a ledger's file a replica's: history, blocks and tiles stay to the byte, the checkpoint is signed by the replica from now on. That the history is
 * right fsck tells, and the app hash in CometBFT's genesis, which every member computes from its own copy (CB4).
 *
 * @throws {@link LedgerError} `LEDGER_CORRUPT` when the file does not hold together at its end; `LEDGER_GENESIS_DIFFERS`.
 */
export function adoptLedger({ path, genesis, signedBy, replicaKey }: AdoptParameters): void {
	if (!existsSync(path)) throw new LedgerError("LEDGER_CORRUPT", "expected a ledger's file, found none", { where: "file" });
	const store = BlockStore.open(path);
	try {
		refuseFirst(judgeEdge(store, { genesis, sealerKey: signedBy, seen: [] }));
		const head = store.getHead()!;
		store.transact(() => store.swapHead(head, { ...head, checkpoint: signCheckpoint(genesis.chain, head, replicaKey) }));
	} finally {
		store.close();
	}
}
