import { isHex } from "#base";
import type { ContractName } from "#contracts";
import { type CheckpointStanding, type Genesis, parseHeight, type TransactionProof, type VerifiedCheckpoint, verifyTransactionProof } from "#ledger";
import { readGenesis } from "#node";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import type { NodeClient } from "../nodeClient.ts";
import { assertNetwork, withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, oneOf, readWords } from "../options.ts";
import { fetchState } from "../remoteState.ts";
import { untilWitnessed } from "../untilWitnessed.ts";
import { describeStanding, trustOf } from "./standing.ts";

const contracts: readonly ContractName[] = ["membership", "credentials", "consent", "access", "models"];

interface Proved {
	/** For programs. */
	readonly json: object;
	/** For people, without who vouches for it. */
	readonly lines: readonly string[];
	readonly checkpoint: VerifiedCheckpoint;
	readonly standing: CheckpointStanding;
}

interface Question {
	readonly node: NodeClient;
	readonly genesis: Genesis;
	readonly member: string;
}

/** Proves a value of the state, its absence, or that a transaction is in the log, and believes the pinned keys alone. */
export async function proveState(args: readonly string[], io: Io): Promise<number> {
	const what = "a contract and a key, or a transaction";
	const options = { ...dataOption, ...jsonOption, height: { type: "string" } } as const;
	const { values, positionals } = readWords(args, options, { min: 1, max: 2, what });
	const [first = "", key] = positionals;
	if (key === undefined && !isHex(first, 32)) throw new CliError("CLI_USAGE", `expected ${what} (64 hex digits); --help tells more`);
	if (key !== undefined) oneOf(first, contracts, "CONTRACT");
	if (key === undefined && values.height !== undefined) throw new CliError("CLI_USAGE", "expected a contract and a key beside --height");
	const height = values.height === undefined ? undefined : parseHeight(values.height);
	const folder = folderOf(values);
	assertNetwork(folder);
	const genesis = readGenesis(folder);
	return withNode({ folder, io }, async (node) => {
		const question = { node, genesis, member: genesis.members[0]?.id ?? "" };
		const { json, lines, checkpoint, standing } = await untilWitnessed(() =>
			key === undefined ? proveTransaction(question, first) : proveValue(question, { contract: first as ContractName, key, height }),
		);
		if (values.json) io.out(JSON.stringify({ verified: true, standing, witnesses: checkpoint.witnesses, ...json }));
		else for (const line of [...lines, describeStanding(checkpoint, genesis, io)]) io.out(line);
		return 0;
	});
}

interface AskedValue {
	readonly contract: ContractName;
	readonly key: string;
	/** After which block; undefined for the newest. */
	readonly height: number | undefined;
}

async function proveValue({ node, genesis, member }: Question, { contract, key, height }: AskedValue): Promise<Proved> {
	const { proof, verified, value } = await fetchState(node, trustOf(genesis), { contract, key, member, height });
	const { checkpoint, block } = verified;
	return {
		json: { present: value !== undefined, height: block.height, proof },
		lines: [
			value === undefined ? `${contract} ${key}: absent` : `${contract} ${key}: ${JSON.stringify(value, null, 2)}`,
			`✓ proved ${height === undefined ? "at" : "as it was after"} height ${block.height} of ${new Date(block.time).toISOString()}, under a checkpoint of the sealer ${genesis.sealer}`,
		],
		checkpoint,
		standing: checkpoint.standing,
	};
}

async function proveTransaction({ node, genesis, member }: Question, id: string): Promise<Proved> {
	const proof = await node.get<TransactionProof>(`/members/${member}/api/ledger/transactions/${id}`);
	const { checkpoint, leafIndex, id: proved, transaction } = verifyTransactionProof(proof, trustOf(genesis));
	if (proved !== id) throw new CliError("CLI_NOT_VERIFIED", "expected a proof of the transaction asked for, found another's");
	return {
		json: { present: true, leafIndex, proof },
		lines: [
			`${transaction.contract}.${transaction.action}  ${id}`,
			`✓ proved to be leaf ${leafIndex} of ${checkpoint.size}, under a checkpoint of the sealer ${genesis.sealer}`,
		],
		checkpoint,
		standing: checkpoint.standing,
	};
}
