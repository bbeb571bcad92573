import { setImmediate as nextTurn } from "node:timers/promises";
import { Frontier, leafHash, tileNodeReader } from "#log";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import { LedgerReplay } from "../replayLedger.ts";
import { acquireLock } from "../sealer/lock.ts";
import { judgeLeaves, judgeTileEdge, judgeTip, refuseCopy } from "./judgeCopy.ts";
import { leavesPerProgress, leavesPerTurn, Witness, type WitnessOptions } from "./witness.ts";
import { WitnessStore, type WitnessTip } from "./witnessStore.ts";

/**
 * Opens a member's witness, or begins one: reads its own copy of the log and runs it again from genesis, since nothing in a file is believed.
 *
 * @throws {@link LedgerError} `LEDGER_LOCKED`; `LEDGER_GENESIS_DIFFERS`; `LEDGER_CORRUPT` when its own copy does not replay to what it cosigned.
 */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
	const unlock = acquireLock(options.path);
	let store: WitnessStore | undefined;
	try {
		store = WitnessStore.open(options.path, genesisDigest(options.genesis));
		const tip = readTip(store, options);
		return new Witness(options, { store, tip, replay: await replayOwn(store, tip, options), unlock });
	} catch (error) {
		store?.close();
		unlock();
		if (error instanceof LedgerError) throw error;
		throw new LedgerError("LEDGER_CORRUPT", "expected a witness's file that can be read", { where: "witness" }, error);
	}
}

/** What was cosigned last, if the signatures under it still say so. */
function readTip(store: WitnessStore, { genesis, name, key }: WitnessOptions): WitnessTip | undefined {
	const tip = store.tip();
	if (tip !== undefined) refuseCopy(judgeTip(tip, genesis, [{ name, key: key.publicKey }]));
	return tip;
}

async function replayOwn(store: WitnessStore, tip: WitnessTip | undefined, options: WitnessOptions): Promise<LedgerReplay> {
	const replay = new LedgerReplay(options);
	if (tip === undefined) return replay;
	const log = Frontier.load(0, tileNodeReader(store.readTile));
	for (const bytes of store.leaves(0)) {
		log.append(leafHash(bytes));
		replay.append(bytes);
		if (log.size % leavesPerTurn === 0) await nextTurn();
		if (log.size % leavesPerProgress === 0 || log.size === tip.size) options.onProgress?.({ step: "replaying", done: log.size, total: tip.size });
	}
	replay.end();
	refuseCopy(judgeLeaves(tip, log, replay));
	refuseCopy(judgeTileEdge(tip, store.readTile));
	return replay;
}
