import { type Digest, decodeHex, encodeHex } from "#base";
import { Frontier, type MerkleTree, type TileReader, tileNodeReader } from "#log";
import { LedgerError } from "../errors.ts";
import type { Genesis } from "../ledger.ts";
import { commitsTo } from "../light/commitsTo.ts";
import type { TrustedWitness } from "../light/witnessQuorum.ts";
import type { LedgerReplay, ReplayFindingCode } from "../replayLedger.ts";
import { inLeaves } from "../sealer/findings.ts";
import { keptNote } from "./keptNote.ts";
import type { WitnessEvidenceCode, WitnessTip } from "./witnessStore.ts";

/**
 * The judgements over a witness's copy, which its start and its auditor share. Both run the whole copy again; the auditor looks besides at every
 * tile, at SQLite's pages and at evidence, which a start has no use for.
 */

export interface WitnessFinding {
	readonly code:
		| ReplayFindingCode
		| WitnessEvidenceCode
		/** The file cannot be read as a witness's. */
		| "WITNESS_FILE_UNREADABLE"
		/** The file began with another genesis. */
		| "WITNESS_GENESIS_DIFFERS"
		/** Leaves or tiles do not lead to what was cosigned, or the sealer did not sign that. */
		| "WITNESS_COPY_DIFFERS";
	/** Where: a table and position, never a value. */
	readonly where: string;
}

export function differs(where: string): WitnessFinding {
	return { code: "WITNESS_COPY_DIFFERS", where };
}

/**
 * The sealer's line and at most a witness's own, and not a byte besides.
 *
 * @param witnesses - Whose cosignature may stand under it.
 */
export function* judgeTip(tip: WitnessTip, { chain: origin, sealer }: Genesis, witnesses: readonly TrustedWitness[]): Generator<WitnessFinding> {
	const { checkpoint, size, root } = tip;
	const isSigned = commitsTo(checkpoint, { origin, sealerKey: sealer }, { size, root: decodeHex(root) });
	if (!isSigned || checkpoint !== keptNote(checkpoint, { name: origin, key: sealer }, witnesses)) yield differs("tip");
}

/** @param log - Tree over the copied leaves, up to the tip at least. */
export function* judgeLeaves(
	tip: Pick<WitnessTip, "size" | "root"> | undefined,
	log: MerkleTree | Frontier,
	replay: LedgerReplay,
): Generator<WitnessFinding> {
	yield* replay.findings.map(inLeaves);
	if (log.size !== (tip?.size ?? 0) || (tip !== undefined && (encodeHex(log.root()) as Digest) !== tip.root)) yield differs("leaves");
}

/** The tiles on which the log will go on. The auditor rebuilds every tile instead. */
export function* judgeTileEdge({ size, root }: WitnessTip, readTile: TileReader): Generator<WitnessFinding> {
	if (rootInTiles(size, readTile) !== root) yield differs("tiles");
}

/** Undefined where a tile is missing, or its row changed since it was written. */
function rootInTiles(size: number, readTile: TileReader): string | undefined {
	try {
		return encodeHex(Frontier.load(size, tileNodeReader(readTile)).root());
	} catch {
		return undefined;
	}
}

/**
 * How a start hears the judgements: the first finding ends it.
 *
 * @throws {@link LedgerError} `LEDGER_CORRUPT`; `LEDGER_RULES_UNKNOWN`: not to hold the rules is this program's own want, and no evidence against
 * anybody. `details.finding` is the auditor's code.
 */
export function refuseCopy(findings: Iterable<WitnessFinding>): void {
	for (const { code: finding, where } of findings) {
		if (finding === "REPLAY_RULES_UNKNOWN") {
			throw new LedgerError("LEDGER_RULES_UNKNOWN", "expected to hold the rules that the members voted for; update this program", { where, finding });
		}
		throw new LedgerError("LEDGER_CORRUPT", "expected the witness's copy of the log to replay to what it cosigned", { where, finding });
	}
}
