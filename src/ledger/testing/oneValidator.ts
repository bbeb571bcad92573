import { createSigningKey, encodeUtf8, sha256 } from "#base";
import { appHash } from "../appHash.ts";
import type { Ledger, StateProof } from "../ledger.ts";
import { formatHeaderEvidence } from "../light/comet/headerEvidence.ts";
import { headerHash } from "../light/comet/headerHash.ts";
import type { Header, LightBlock } from "../light/comet/lightBlock.ts";
import { validatorsHash } from "../light/comet/validatorSet.ts";
import { precommitBytes } from "../light/comet/voteBytes.ts";

/** A consortium of one validator, who signs whatever is asked: enough for what readers do with headers. */
export function oneValidator(name = "validator") {
	const validator = createSigningKey(sha256(encodeUtf8(name)));
	const set = [{ key: validator.publicKey as string, power: "1" }];

	function decide(chainId: string, hash: string, { height, timeMs }: { readonly height: number; readonly timeMs: number }): LightBlock {
		const [none, parts, timeNs] = ["00".repeat(32), { total: 1, hash: "11".repeat(32) }, `${timeMs}000000`];
		const header: Header = {
			...{ version: { block: 11, app: 1 }, chainId, height, timeNs, lastBlock: { hash: none, parts }, lastCommitHash: none, dataHash: none },
			...{ validatorsHash: validatorsHash(set), nextValidatorsHash: validatorsHash(set), consensusHash: none, appHash: hash, lastResultsHash: none },
			...{ evidenceHash: none, proposer: "00".repeat(20) },
		};
		const message = precommitBytes({ chainId, height, round: 0, block: { hash: headerHash(header), parts }, timeNs });
		return { header, commit: { round: 0, parts, votes: [{ for: "block", timeNs, signature: validator.sign(message) }] }, validators: set };
	}

	return {
		validatorsHash: validatorsHash(set),
		/** A ledger's state under the validator's header over it, as a member of a consortium proves it. */
		prover(ledger: Pick<Ledger, "chain" | "head" | "proveState">, now: () => number): NonNullable<Ledger["proveDecidedState"]> {
			return async (contract, key, height): Promise<StateProof> => {
				const [proof, { logRoot, stateRoot, logSize, height: at }] = [ledger.proveState(contract, key, height), ledger.head()];
				const path = [decide(ledger.chain, appHash({ logRoot, stateRoot }), { height: at + 1, timeMs: now() })];
				return { ...proof, checkpoint: formatHeaderEvidence({ logSize, logRoot, stateRoot, path }) };
			};
		},
	};
}
