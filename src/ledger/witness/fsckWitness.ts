import type { Digest } from "#base";
import { MerkleTree } from "#log";
import { differingTiles } from "../differingTiles.ts";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import type { TrustedWitness } from "../light/witnessQuorum.ts";
import { LedgerReplay } from "../replayLedger.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
import { differs, judgeLeaves, judgeTip, type WitnessFinding } from "./judgeCopy.ts";
import { WitnessStore, type WitnessTip } from "./witnessStore.ts";

export interface WitnessFsckReport {
	/** Empty: the file is sound, and the witness has nothing against the sealer. */
	readonly findings: readonly WitnessFinding[];
	/** Leaves that it has cosigned. */
	readonly size: number;
	/** Their root; absent where nothing was cosigned, or nothing can be read. */
	readonly root?: Digest;
}

export interface WitnessFsckParameters extends LedgerDefinition {
	readonly path: string;
	/** Whose cosignature may stand under the tip: the witness's own, or all that the genesis names. */
	readonly witnesses: readonly TrustedWitness[];
	/** Told now and then how many leaves have been run again, of those cosigned. */
	readonly onProgress?: (done: number, total: number) => void;
}

/** Leaves between two words on progress. */
const leavesPerProgress = 2_048;

/**
 * Audits a witness's file and trusts none of it: SQLite's own look at it, its copy of the log run again, every leaf, every tile, the tip and both
 * signatures under it held against the outcome. Reads only; a running witness may go on.
 */
export function fsckWitness({ path, ...definition }: WitnessFsckParameters): WitnessFsckReport {
	let store: WitnessStore;
	try {
		store = WitnessStore.openReadOnly(path, genesisDigest(definition.genesis));
	} catch (error) {
		const differs = error instanceof LedgerError && error.code === "LEDGER_GENESIS_DIFFERS";
		return {
			findings: [differs ? { code: "WITNESS_GENESIS_DIFFERS", where: "meta genesis" } : { code: "WITNESS_FILE_UNREADABLE", where: "file" }],
			size: 0,
		};
	}
	try {
		const tip = store.tip();
		if (!store.isIntact()) return { findings: [{ code: "WITNESS_FILE_UNREADABLE", where: "database" }], size: tip?.size ?? 0 };
		const evidence = store.evidence().map(({ code }, i) => ({ code, where: `evidence ${i}` }));
		const findings = [...auditCopy(store, tip, definition), ...evidence];
		return tip === undefined ? { findings, size: 0 } : { findings, size: tip.size, root: tip.root };
	} catch {
		return { findings: [{ code: "WITNESS_FILE_UNREADABLE", where: "database" }], size: 0 };
	} finally {
		store.close();
	}
}

function auditCopy(store: WitnessStore, tip: WitnessTip | undefined, parameters: Omit<WitnessFsckParameters, "path">): WitnessFinding[] {
	const { genesis, witnesses, onProgress } = parameters;
	const size = tip?.size ?? 0;
	const replay = new LedgerReplay(parameters);
	const log = new MerkleTree();
	for (const bytes of store.leaves(0)) {
		// What lies beyond the tip is fetched and not yet verified.
		if (log.size === size) break;
		log.append(bytes);
		replay.append(bytes);
		if (log.size % leavesPerProgress === 0 || log.size === size) onProgress?.(log.size, size);
	}
	if (size > 0) replay.end();
	const tiles = differingTiles(log, store.tiles()).map(differs);
	return [...judgeLeaves(tip, log, replay), ...tiles, ...(tip === undefined ? [] : judgeTip(tip, genesis, witnesses))];
}
