import { CodedError, encodeHex } from "#base";
import { MerkleTree, tileNodeReader, treeRoot } from "#log";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { LedgerReplay, type ReplayFindingCode } from "../replayLedger.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
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

/** Audits a witness's file and trusts none of it: runs its copy of the log again and holds tiles and tip against the outcome. Reads only. */
export function fsckWitness({ path, ...definition }: LedgerDefinition & { readonly path: string }): WitnessFsckReport {
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
		const evidence = store.evidence().map(({ code }, i) => ({ code, where: `evidence ${i}` }));
		return { findings: [...(tip === undefined ? [] : auditCopy(store, tip, definition)), ...evidence], size: tip?.size ?? 0 };
	} catch {
		return { findings: [{ code: "WITNESS_FILE_UNREADABLE", where: "database" }], size: 0 };
	} finally {
		store.close();
	}
}

function auditCopy(store: WitnessStore, tip: WitnessTip, definition: LedgerDefinition): WitnessFinding[] {
	const replay = new LedgerReplay(definition);
	const log = new MerkleTree();
	for (const bytes of store.leaves(0)) {
		if (log.size === tip.size) break;
		log.append(bytes);
		replay.append(bytes);
	}
	replay.end();
	const findings: WitnessFinding[] = replay.findings.map(({ code, leafIndex }) => ({ code, where: `leaves ${leafIndex}` }));
	if (log.size !== tip.size || encodeHex(log.root()) !== tip.root) findings.push({ code: "WITNESS_COPY_DIFFERS", where: "leaves" });
	if (!agrees(() => encodeHex(treeRoot(tip.size, tileNodeReader(store.readTile))) === tip.root)) {
		findings.push({ code: "WITNESS_COPY_DIFFERS", where: "tiles" });
	}
	const { chain, sealer } = definition.genesis;
	const isSigned = agrees(() => {
		const { size, root } = verifyCheckpoint(tip.checkpoint, { origin: chain, sealerKey: sealer });
		return size === tip.size && encodeHex(root) === tip.root;
	});
	if (!isSigned) findings.push({ code: "WITNESS_COPY_DIFFERS", where: "tip" });
	return findings;
}

function agrees(compare: () => boolean): boolean {
	try {
		return compare();
	} catch (error) {
		if (error instanceof CodedError) return false;
		throw error;
	}
}
