import { type Digest, parseDigest } from "#base";
import { verifyTransactionSignature } from "#ledger";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

export async function showTransaction(args: readonly string[], io: Io): Promise<number> {
	const { values, positionals } = readWords(args, { ...dataOption, ...jsonOption }, { min: 1, max: 1, what: "one transaction id" });
	const id: Digest = parseDigest(positionals[0] as string);
	return withLedgerFile(folderOf(values), ({ inspection }) => {
		const found = inspection.findTransaction(id);
		if (found === undefined) throw new CliError("CLI_NOT_FOUND", "expected the id of a transaction on this ledger");
		verifyTransactionSignature(found);
		const { transaction, leafIndex } = found;
		if (values.json) {
			io.out(JSON.stringify({ id, leafIndex, transaction }));
			return 0;
		}
		io.out(`transaction  ${id}`);
		io.out(`leaf         ${leafIndex}`);
		io.out(`does         ${transaction.contract}.${transaction.action}`);
		io.out(`signer       ${transaction.signer}`);
		io.out(`✓ signed by this key; void after ${new Date(transaction.until).toISOString()} had it not been sealed`);
		io.out(JSON.stringify(transaction.body, null, 2));
		return 0;
	});
}
