import type { ContractName } from "#contracts";
import { readGenesis } from "#node";
import type { Io } from "../command.ts";
import { assertNetwork, withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, oneOf, readWords } from "../options.ts";
import { fetchState } from "../remoteState.ts";

const contracts: readonly ContractName[] = ["membership", "credentials", "consent", "access", "models"];

export async function proveState(args: readonly string[], io: Io): Promise<number> {
	const { values, positionals } = readWords(args, { ...dataOption, ...jsonOption }, { min: 2, max: 2, what: "a contract and a key" });
	const contract = oneOf(positionals[0] as string, contracts, "CONTRACT");
	const key = positionals[1] as string;
	const folder = folderOf(values);
	assertNetwork(folder);
	const genesis = readGenesis(folder);
	const member = genesis.members[0]?.id ?? "";
	return withNode({ folder, io }, async (node) => {
		const { proof, verified, value } = await fetchState(node, { origin: genesis.chain, sealerKey: genesis.sealer }, { contract, key, member });
		if (values.json) {
			io.out(JSON.stringify({ verified: true, present: value !== undefined, proof }));
			return 0;
		}
		io.out(value === undefined ? `${contract} ${key}: absent` : `${contract} ${key}: ${JSON.stringify(value, null, 2)}`);
		io.out(
			`✓ proved at height ${verified.block.height} of ${new Date(verified.block.time).toISOString()}, under a checkpoint of the sealer ${genesis.sealer}`,
		);
		return 0;
	});
}
