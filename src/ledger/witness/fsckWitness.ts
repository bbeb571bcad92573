import { encodeHex } from "#base";
import { MerkleTree } from "#log";
import { differingTiles } from "../differingTiles.ts";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import { commitsTo } from "../light/commitsTo.ts";
import type { TrustedWitness } from "../light/witnessQuorum.ts";
import { LedgerReplay, type ReplayFindingCode } from "../replayLedger.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
import { keptNote } from "./keptNote.ts";
import { type WitnessEvidenceCode, WitnessStore, type WitnessTip } from "./witnessStore.ts";

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

export interface WitnessFsckReport {
	/** Empty: the file is sound, and the witness has nothing against the sealer. */
	readonly findings: readonly WitnessFinding[];
	/** Leaves that it has cosigned. */
	readonly size: number;
}

export interface WitnessFsckParameters extends LedgerDefinition {
	readonly path: string;
	/** Whose cosignature may stand under the tip: the witness's own, or all that the genesis names. */
	readonly witnesses: readonly TrustedWitness[];
}

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
		return { findings: [...auditCopy(store, tip, definition), ...evidence], size: tip?.size ?? 0 };
	} catch {
		return { findings: [{ code: "WITNESS_FILE_UNREADABLE", where: "database" }], size: 0 };
	} finally {
		store.close();
	}
}

function auditCopy(store: WitnessStore, tip: WitnessTip | undefined, definition: Omit<WitnessFsckParameters, "path">): WitnessFinding[] {
	const size = tip?.size ?? 0;
	const replay = new LedgerReplay(definition);
	const log = new MerkleTree();
	for (const bytes of store.leaves(0)) {
		// What lies beyond the tip is fetched and not yet verified.
		if (log.size === size) break;
		log.append(bytes);
		replay.append(bytes);
	}
	if (size > 0) replay.end();
	const findings: WitnessFinding[] = replay.findings.map(({ code, leafIndex }) => ({ code, where: `leaves ${leafIndex}` }));
	const differs = (where: string) => findings.push({ code: "WITNESS_COPY_DIFFERS", where });
	if (log.size !== size || (tip !== undefined && encodeHex(log.root()) !== tip.root)) differs("leaves");
	for (const where of differingTiles(log, store.tiles())) differs(where);
	if (tip !== undefined && !isSigned(tip, log, definition)) differs("tip");
	return findings;
}

/** The sealer's line and at most the witness's own, and not a byte besides. */
function isSigned({ checkpoint }: WitnessTip, log: MerkleTree, { genesis, witnesses }: Omit<WitnessFsckParameters, "path">): boolean {
	const { chain: origin, sealer } = genesis;
	if (!commitsTo(checkpoint, { origin, sealerKey: sealer }, { size: log.size, root: log.root() })) return false;
	return checkpoint === keptNote(checkpoint, { name: origin, key: sealer }, witnesses);
}
