import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sealer, StateProof } from "#ledger";
import { fixedChain } from "./fixed.ts";
import { openFixedSealer, putValue, sealerKey } from "./fixedLedger.ts";

/** A state proof, the height that the reader asked for (null: what stands there now), and what a verifier must say. */
export interface StateProofCase {
	readonly name: string;
	readonly height: number | null;
	readonly proof: StateProof;
	readonly verdict: "accepted" | "refused";
}

/** Proofs over a log of the genesis and three blocks, each of which puts another value under the same key. */
export async function stateProofVectors() {
	const folder = mkdtempSync(join(tmpdir(), "aceso-vectors-"));
	const sealer = await openFixedSealer(join(folder, "ledger.db"));
	try {
		for (const value of [1, 2, 3]) await putValue(sealer, value);
		return {
			about:
				"State proofs (docs/spec/04-transactions-and-blocks.md, 4.6) for a reader that asks for the present state (height null) or for the state after a height, and what a verifier must say.",
			ledger: { origin: fixedChain, key: sealerKey.publicKey },
			cases: casesOf(sealer),
		};
	} finally {
		await sealer.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function casesOf(sealer: Sealer): readonly StateProofCase[] {
	const prove = (height?: number) => sealer.proveState("consent", "invented", height);
	const [genesis, first, second, present] = [prove(0), prove(1), prove(2), prove()];
	const { value: _, ...withoutValue } = second;
	const accepted = (name: string, height: number | null, proof: StateProof) => ({ name, height, proof, verdict: "accepted" }) as const;
	const refused = (name: string, height: number | null, proof: StateProof) => ({ name, height, proof, verdict: "refused" }) as const;
	return [
		accepted("the present state", null, present),
		accepted("the state after the newest height", 3, present),
		accepted("the state after height 1", 1, first),
		accepted("the state after height 2", 2, second),
		accepted("absence after height 0, the genesis", 0, genesis),
		accepted("absence of another key after height 2", 2, sealer.proveState("consent", "never", 2)),
		refused("an earlier state, for a reader of the present one", null, second),
		refused("an earlier state, for a reader of another height", 1, second),
		refused("the present state, for a reader of an earlier height", 2, present),
		refused("a block leaf given another height", 1, { ...second, blockLeaf: second.blockLeaf.replace('"height":2', '"height":1') }),
		refused("the block leaf of another height", 1, { ...first, blockLeaf: second.blockLeaf }),
		refused("the block leaf at another place", 2, { ...second, blockLeafIndex: first.blockLeafIndex }),
		refused("the value of another height", 2, { ...second, value: first.value }),
		refused("a value said to be absent", 2, withoutValue as StateProof),
		refused("a proof of the tree without its siblings", 2, { ...second, sparse: { ...second.sparse, siblings: [] } }),
		refused("an inclusion one hash short", 2, { ...second, blockInclusion: second.blockInclusion.slice(1) }),
	];
}
