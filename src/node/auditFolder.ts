import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MemberId } from "#base";
import { genesisState, rules } from "#contracts";
import { fsckAccessLog } from "#gate";
import { type FsckReport, fsckLedger, fsckWitness, type Genesis, type SeenCheckpoint, witnessName } from "#ledger";
import { FileBlobStore, fsckObjects, fsckVault, openSqliteStore, type SqliteStore, VaultError } from "#vault";
import { readLedgerGenesis, readPlace } from "./consortium/consortiumFolder.ts";
import { hasPlan } from "./consortium/consortiumPlan.ts";
import { blobsFolder } from "./institution.ts";
import { listLogFiles } from "./memberLogs.ts";
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
		/** Of all its access logs. */
		readonly entries: number;
		/** Of the newest. */
		readonly logRoot: string;
	}[];
}

/** How far the audit of one part is. */
export interface AuditProgress {
	readonly part: "ledger" | "witness" | "vault" | "access-log";
	/** Member id, or "" for the ledger. */
	readonly member: string;
	/** What is counted. */
	readonly unit: "files" | "leaves" | "state rows and pages" | "rows" | "entries";
	readonly done: number;
	readonly total: number;
}

type Tell = (progress: AuditProgress) => void;

/**
 * The one auditor, over a folder that no process works on: replays the ledger and each witness's copy, holds the one against the other, hashes every
 * row of every vault, recomputes every access log. It needs no patient's key and no passphrase.
 *
 * @param onProgress - Told now and then how far it is.
 * @throws NodeError `NODE_FOLDER_FOREIGN`; `VAULT_LOCKED`, `ACCESS_LOG_LOCKED` while a node runs.
 */
export async function auditFolder(folder: string, onProgress: Tell = () => {}): Promise<AuditReport> {
	const genesis = readGenesis(folder);
	const findings: AuditFinding[] = [];
	const seen = auditWitnesses(folder, genesis, findings, onProgress);
	const { blocks, leaves } = auditLedger(folder, genesis, seen, findings, onProgress);
	const members: AuditReport["members"][number][] = [];
	// Of a consortium's members one lives here.
	const here = hasPlan(folder) ? [{ id: readPlace(folder).member }] : genesis.members;
	for (const { id } of here) members.push(await auditMember(homeOf(folder, id), id, findings, onProgress));
	return { findings: [...findings].sort(byPart), blocks, leaves, members };
}

function homeOf(folder: string, member: string): string {
	return join(folder, "members", member);
}

/** The ledger's findings first, as what the rest stands on. */
function byPart(a: AuditFinding, b: AuditFinding): number {
	return Number(b.part === "ledger") - Number(a.part === "ledger");
}

/** @returns What sound copies cosigned: a ledger's file that does not contain it is not the newest. */
function auditWitnesses(folder: string, genesis: Genesis, findings: AuditFinding[], tell: Tell): SeenCheckpoint[] {
	return genesis.members.flatMap(({ id: member, witness }) => {
		const path = join(homeOf(folder, member), "witness.db");
		// A member that runs its own witness elsewhere has no copy here.
		if (witness === undefined || !existsSync(path)) return [];
		const report = fsckWitness({
			path,
			genesis,
			rules,
			genesisState,
			witnesses: [{ name: witnessName(genesis.chain, member), key: witness }],
			onProgress: (done, total) => tell({ part: "witness", member, unit: "leaves", done, total }),
		});
		findings.push(...report.findings.map(({ code, where }) => ({ part: "witness", member, code, where })));
		return report.findings.length === 0 && report.root !== undefined ? [{ size: report.size, root: report.root }] : [];
	});
}

const ledgerUnits = { files: "files", leaves: "leaves", state: "state rows and pages" } as const;

function auditLedger(folder: string, genesis: Genesis, seen: readonly SeenCheckpoint[], findings: AuditFinding[], tell: Tell): FsckReport {
	const report = fsckLedger({
		path: join(folder, "ledger", "ledger.db"),
		genesis: readLedgerGenesis(folder, genesis),
		rules,
		genesisState,
		sealerKey: genesis.sealer,
		seen,
		onProgress: ({ step, done, total }) => tell({ part: "ledger", member: "", unit: ledgerUnits[step], done, total }),
	});
	findings.push(...report.findings.map(({ code, where }) => ({ part: "ledger", member: "", code, where })));
	return report;
}

async function auditMember(home: string, member: MemberId, findings: AuditFinding[], tell: Tell): Promise<AuditReport["members"][number]> {
	const find: Find = (part, code, where) => findings.push({ part, member, code, where });
	const stored = await auditVault(home, member, find, tell);
	const logs = listLogFiles(home).map((name) => {
		const log = fsckAccessLog(join(home, name), (done, total) => tell({ part: "access-log", member, unit: "entries", done, total }));
		for (const { rule, at } of log.findings) find("access-log", rule, `${name} at ${at}`);
		return log;
	});
	if (logs.length === 0) find("access-log", "missing", "file");
	return { member, ...stored, entries: logs.reduce((sum, { entries }) => sum + entries, 0), logRoot: logs.at(-1)?.root ?? "" };
}

type Find = (part: string, code: string, where: string) => void;
type Stored = Pick<AuditReport["members"][number], "rows" | "vaultRoot" | "objects">;

async function auditVault(home: string, custodian: MemberId, find: Find, tell: Tell): Promise<Stored> {
	const store = openVault(join(home, "vault.db"), custodian);
	if (store === undefined) {
		find("vault", "unreadable", "file");
		return { rows: 0, vaultRoot: "", objects: 0 };
	}
	try {
		const vault = await fsckVault(store, (done, total) => tell({ part: "vault", member: custodian, unit: "rows", done, total }));
		for (const { fault, at } of vault.faults) find("vault", fault, `row ${at}`);
		// Not opened as a node does, which clears what a stop left: an audit changes nothing.
		const { objects, faults } = await fsckObjects(new FileBlobStore(blobsFolder(home), systemRandom), store);
		for (const { fault, at } of faults) find("objects", fault, `object ${at}`);
		return { rows: vault.rows, vaultRoot: vault.root, objects };
	} finally {
		await store.close();
	}
}

/** Undefined for a file that is no store of this custodian. */
function openVault(path: string, custodian: MemberId): SqliteStore | undefined {
	try {
		return openSqliteStore({ path, custodian });
	} catch (error) {
		if (error instanceof VaultError && error.code === "VAULT_INTEGRITY") return undefined;
		throw error;
	}
}
