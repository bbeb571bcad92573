import { encodeHex, type MemberId } from "#base";
import { type AnchorBody, type AnchorLeaf, anchorLeafHash, type RegisteredLog } from "#contracts";
import { parseBlockLeaf, parseTransaction } from "#ledger";
import { Frontier } from "#log";
import { AccessLogError } from "./errors.ts";

export interface ListAnchorsParameters {
	/** Of the log, from the ledger's state. */
	readonly record: RegisteredLog;
	/** Whose a signing key is or was. */
	readonly holderOf: (key: string) => MemberId | undefined;
}

/**
 * Every anchor of a log, read from the ledger's own log: who lost the newest part of an access log can still show, and prove, up to where the
 * ledger had recorded it.
 *
 * @param leaves - Of the ledger's log, in order: transactions and block leaves.
 * @throws {@link AccessLogError} `ACCESS_LOG_INTEGRITY` when they do not lead to the record's root over its anchors.
 */
export function listAnchors(leaves: Iterable<Uint8Array>, { record, holderOf }: ListAnchorsParameters): readonly AnchorLeaf[] {
	const found: AnchorLeaf[] = [];
	let waiting: Omit<AnchorLeaf, "time">[] = [];
	let reached = 0;
	for (const leaf of leaves) {
		if (isBlockLeaf(leaf)) {
			const { time } = parseBlockLeaf(leaf);
			found.push(...waiting.map((anchor) => ({ ...anchor, time })));
			waiting = [];
			continue;
		}
		const { contract, action, signer, body } = parseTransaction(leaf).transaction;
		if (contract !== "access" || action !== "anchor" || holderOf(signer) !== record.member) continue;
		for (const { log, size, root, mapRoot } of (body as unknown as AnchorBody).logs) {
			if (log !== record.log || size <= reached) continue;
			waiting.push({ size, root, mapRoot });
			reached = size;
		}
	}
	assertLeadTo(record, found);
	return found;
}

function assertLeadTo({ anchors, anchorsRoot }: RegisteredLog, found: readonly AnchorLeaf[]): void {
	const tree = Frontier.load(0, () => new Uint8Array(32));
	for (const leaf of found) tree.append(anchorLeafHash(leaf));
	if (tree.size !== anchors || encodeHex(tree.root()) !== anchorsRoot) {
		throw new AccessLogError("ACCESS_LOG_INTEGRITY", `expected the ${anchors} anchors that the ledger's state names, found others`, {
			at: tree.size,
		});
	}
}

/** A block leaf begins with its height; a transaction with its action. */
function isBlockLeaf(leaf: Uint8Array): boolean {
	return Buffer.from(leaf.subarray(0, 10)).toString("latin1") === '{"height":';
}
