import { encodeHex, isHex } from "#base";
import { verifyCheckpoint, witnessesOf } from "#ledger";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { listBlocks } from "./listBlocks.ts";
import { type LedgerFile, withLedgerFile } from "./openLedgerFile.ts";
import { showTransaction } from "./showTransaction.ts";

/** The whole ledger at a glance; with a height that block; with an id that transaction. */
export async function inspectFile(args: readonly string[], io: Io): Promise<number> {
	const { values, positionals } = readWords(args, { ...dataOption, ...jsonOption }, { min: 0, max: 1, what: "a height, a transaction, or nothing" });
	const [word] = positionals;
	const rest = ["--data", values.data, ...(values.json ? ["--json"] : [])];
	if (word === undefined) return withLedgerFile(folderOf(values), (file) => tell(overviewOf(file), values.json, io));
	if (isHex(word, 32)) return showTransaction([word, ...rest], io);
	if (/^\d{1,15}$/.test(word)) return listBlocks(["--from", String(Number(word) + 1), "--limit", "1", ...rest], io);
	throw new CliError("CLI_USAGE", "expected a height, or a transaction's id of 64 hex digits; --help tells more");
}

interface Overview {
	readonly chain: string;
	readonly members: readonly { readonly id: string; readonly name: string; readonly part: string }[];
	readonly height: number;
	readonly time: number;
	readonly rulesVersion: number;
	readonly leaves: number;
	readonly logRoot: string;
	readonly stateRoot: string;
	/** How often each action was accepted. */
	readonly actions: Readonly<Record<string, number>>;
	/** Values in state, by contract. */
	readonly values: Readonly<Record<string, number>>;
	readonly sealer: string;
	readonly witnesses: number;
}

function overviewOf({ genesis, inspection }: LedgerFile): Overview {
	const { size, root } = verifyCheckpoint(inspection.checkpoint(), { origin: genesis.chain, sealerKey: genesis.sealer });
	const actions: Record<string, number> = {};
	let head: ReturnType<typeof inspection.blocks> extends Iterable<infer Block> ? Block | undefined : never;
	for (const block of inspection.blocks()) {
		head = block;
		for (const { transaction } of inspection.transactionsOf(block.height)) {
			const name = `${transaction.contract}.${transaction.action}`;
			actions[name] = (actions[name] ?? 0) + 1;
		}
	}
	if (head === undefined) throw new CliError("CLI_NOT_FOUND", "expected a ledger with a block");
	const values: Record<string, number> = {};
	for (const { contract } of inspection.state()) values[contract] = (values[contract] ?? 0) + 1;
	const { height, time, rulesVersion, stateRoot } = head;
	return {
		chain: genesis.chain,
		members: genesis.members.map(({ id, name, witness }, i) => ({
			id,
			name,
			part: i === 0 ? "operates the ledger" : witness === undefined ? "reads" : "witnesses",
		})),
		height,
		time,
		rulesVersion,
		leaves: size,
		logRoot: encodeHex(root),
		stateRoot,
		actions,
		values,
		sealer: genesis.sealer,
		witnesses: witnessesOf(genesis).length,
	};
}

function tell(overview: Overview, asJson: boolean, io: Io): number {
	if (asJson) {
		io.out(JSON.stringify(overview));
		return 0;
	}
	const { chain, members, height, time, rulesVersion, leaves, logRoot, stateRoot, actions, values, sealer } = overview;
	const counts = (of: Readonly<Record<string, number>>) =>
		Object.entries(of)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`);
	const width = Math.max(...members.map(({ id }) => id.length));
	const lines = [
		`chain       ${chain}`,
		`height      ${height}, ${new Date(time).toISOString()}, rules ${rulesVersion}`,
		`log         ${leaves} leaves, root ${logRoot}`,
		`state root  ${stateRoot}`,
		"members",
		...members.map(({ id, name, part }) => `  ${id.padEnd(width)}  ${name}, ${part}`),
		"transactions",
		...counts(actions),
		"values in state",
		...counts(values),
		`✓ checkpoint signed by the sealer ${sealer}. The file keeps no cosignatures: \`aceso ledger prove\` shows who else vouches`,
	];
	for (const line of lines) io.out(line);
	return 0;
}
