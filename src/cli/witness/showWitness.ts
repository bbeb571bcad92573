import { decodeUtf8, encodeHex } from "#base";
import { createHttpTileSource, parseServiceUrl, verifyCheckpoint, witnessesOf, witnessPrefix } from "#ledger";
import type { Io } from "../command.ts";
import { CliError } from "../errors.ts";
import { jsonOption, readWords, required } from "../options.ts";
import { readGenesisFile } from "./genesisFile.ts";

/** What a running witness shows, verified against the genesis and not against its own word. */
export async function showWitness(args: readonly string[], io: Io): Promise<number> {
	const options = { ...jsonOption, genesis: { type: "string" } } as const;
	const { values, positionals } = readWords(args, options, { min: 1, max: 1, what: "the address of one witness" });
	const genesis = readGenesisFile(required(values.genesis, "--genesis FILE"));
	const url = witnessPrefix(parseServiceUrl(positionals[0] as string), genesis.chain);
	const shown = await createHttpTileSource({ url, timeoutMs: 10_000 })("checkpoint").catch(() => undefined);
	if (shown === undefined)
		throw new CliError("CLI_NODE_SILENT", "expected a witness of this ledger that holds a checkpoint; it is not reached, or holds none yet");
	const checkpoint = decodeUtf8(shown);
	const { size, root, witnesses, witnessedAtMs } = verifyCheckpoint(checkpoint, {
		origin: genesis.chain,
		sealerKey: genesis.sealer,
		witnesses: witnessesOf(genesis),
		quorum: 1,
	});
	if (witnessedAtMs === undefined) throw new CliError("CLI_NOT_VERIFIED", "expected the cosignature of a witness that the genesis names, found none");
	if (values.json) io.out(JSON.stringify({ witnesses, size, root: encodeHex(root), cosignedAt: witnessedAtMs, checkpoint }));
	else {
		io.out(`✓ ${witnesses.join(", ")} cosigned ${size} leaves, root ${encodeHex(root)}, at ${new Date(witnessedAtMs).toISOString()}`);
		io.out(checkpoint.trimEnd());
	}
	return 0;
}
