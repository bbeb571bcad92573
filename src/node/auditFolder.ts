import { existsSync } from "node:fs";
import { join } from "node:path";
import { genesisState, rules } from "#contracts";
import { fsckAccessLog } from "#gate";
import { fsckLedger, fsckWitness, witnessName } from "#ledger";
import { FileBlobStore, fsckObjects, fsckVault, openSqliteStore } from "#vault";
import { blobsFolder } from "./institution.ts";
import { readGenesis } from "./network.ts";
import { systemRandom } from "./systemRandom.ts";

export interface AuditFinding {
	/** `ledger`, `vault`, `objects`, `access-log` or `witness`. */
	readonly part: string;
	/** Member id, or "" for the ledger. */
	readonly member: string;
	readonly code: string;
	/** Table, row or position, never a value. */
	readonly where: string;
}

export interface AuditReport {
	readonly findings: readonly AuditFinding[];
	readonly blocks: number;
	readonly leaves: number;
	readonly members: readonly {
		readonly member: string;
		readonly rows: number;
		readonly vaultRoot: string;
		/** Large objects. */
		readonly objects: number;
		readonly entries: number;
		readonly logRoot: string;
	}[];
}

/**
 * The one auditor, over a folder that no process works on: replays the ledger and each witness's copy, hashes every row of every vault,
 * recomputes every access log. It needs no patient's key and no passphrase.
 *
 * @throws NodeError `NODE_FOLDER_FOREIGN`; `VAULT_LOCKED`, `ACCESS_LOG_LOCKED` while a node runs.
 */
export async function auditFolder(folder: string): Promise<AuditReport> {
	const genesis = readGenesis(folder);
	const ledger = fsckLedger({ path: join(folder, "ledger", "ledger.db"), genesis, rules, genesisState, sealerKey: genesis.sealer });
	const findings: AuditFinding[] = ledger.findings.map(({ code, where }) => ({ part: "ledger", member: "", code, where }));
	const members: AuditReport["members"][number][] = [];
	for (const { id, witness } of genesis.members) {
		const home = join(folder, "members", id);
		// A member that runs its own witness elsewhere has no copy here.
		if (witness !== undefined && existsSync(join(home, "witness.db"))) {
			const report = fsckWitness({
				path: join(home, "witness.db"),
				genesis,
				rules,
				genesisState,
				witnesses: [{ name: witnessName(genesis.chain, id), key: witness }],
			});
			findings.push(...report.findings.map(({ code, where }) => ({ part: "witness", member: id, code, where })));
		}
		const store = openSqliteStore({ path: join(home, "vault.db"), custodian: id });
		try {
			const vault = await fsckVault(store);
			findings.push(...vault.faults.map(({ fault, at }) => ({ part: "vault", member: id, code: fault, where: `row ${at}` })));
			// Not opened as a node does, which clears what a stop left: an audit changes nothing.
			const objects = await fsckObjects(new FileBlobStore(blobsFolder(home), systemRandom), store);
			findings.push(...objects.faults.map(({ fault, at }) => ({ part: "objects", member: id, code: fault, where: `object ${at}` })));
			const log = fsckAccessLog(join(home, "access.db"));
			findings.push(...log.findings.map(({ rule, at }) => ({ part: "access-log", member: id, code: rule, where: `at ${at}` })));
			members.push({ member: id, rows: vault.rows, vaultRoot: vault.root, objects: objects.objects, entries: log.entries, logRoot: log.root });
		} finally {
			await store.close();
		}
	}
	return { findings, blocks: ledger.blocks, leaves: ledger.leaves, members };
}
