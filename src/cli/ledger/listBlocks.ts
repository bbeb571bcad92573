import type { Io } from "../command.ts";
import { dataOption, folderOf, jsonOption, numberOf, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

export async function listBlocks(args: readonly string[], io: Io): Promise<number> {
	const options = { ...dataOption, ...jsonOption, from: { type: "string" }, limit: { type: "string", default: "20" } } as const;
	const { values } = readWords(args, options);
	const limit = numberOf(values.limit, { min: 1, max: 1_000_000, option: "--limit" });
	const below = values.from === undefined ? Number.POSITIVE_INFINITY : numberOf(values.from, { min: 0, max: 1e15, option: "--from" });
	return withLedgerFile(folderOf(values), ({ inspection }) => {
		const newest = [...inspection.blocks()].filter(({ height }) => height < below).slice(-limit);
		for (const block of newest.reverse()) {
			const transactions = inspection.transactionsOf(block.height).map(({ id, transaction }) => {
				return { id, contract: transaction.contract, action: transaction.action };
			});
			if (values.json) {
				io.out(JSON.stringify({ ...block, transactions }));
				continue;
			}
			io.out(
				`${String(block.height).padStart(6)}  ${new Date(block.time).toISOString()}  ${block.transactions} transaction${block.transactions === 1 ? "" : "s"}`,
			);
			for (const { id, contract, action } of transactions) io.out(`          ${contract}.${action}  ${id}`);
		}
		if (newest.length === 0) io.note("no blocks there");
		return 0;
	});
}
