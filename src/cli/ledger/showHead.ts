import { encodeHex } from "#base";
import { verifyCheckpoint } from "#ledger";
import type { Io } from "../command.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";
import { withLedgerFile } from "./openLedgerFile.ts";

export async function showHead(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, ...jsonOption });
	return withLedgerFile(folderOf(values), ({ genesis, inspection }) => {
		const head = [...inspection.blocks()].at(-1);
		const checkpoint = inspection.checkpoint();
		const { size, root } = verifyCheckpoint(checkpoint, { origin: genesis.chain, sealerKey: genesis.sealer });
		if (values.json) {
			io.out(JSON.stringify({ chain: genesis.chain, head, checkpoint, size, root: encodeHex(root) }));
			return 0;
		}
		io.out(`chain       ${genesis.chain}`);
		if (head !== undefined) {
			io.out(`height      ${head.height}, ${new Date(head.time).toISOString()}, rules ${head.rulesVersion}`);
			io.out(`state root  ${head.stateRoot}`);
		}
		io.out(`log         ${size} leaves, root ${encodeHex(root)}`);
		io.out(`✓ checkpoint signed by the sealer ${genesis.sealer}. The file keeps no cosignatures: \`aceso ledger prove\` shows who else vouches`);
		io.out(checkpoint.trimEnd());
		return 0;
	});
}
