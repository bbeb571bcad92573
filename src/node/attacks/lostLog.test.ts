import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemberId } from "#base";
import { readLog, readLogs } from "#contracts";
import { witnessesOf } from "#ledger";
import { type HistoryReport, verifyHistory } from "#wallet";
import { auditFolder } from "../auditFolder.ts";
import { backupMember } from "../backupMember.ts";
import { type CloseLogParameters, closeLog } from "../closeLog.ts";
import { restoreBackup } from "../restoreBackup.ts";
import { signAct, submitAll } from "../submit.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** An access log of which entries are lost: whoever lost them would rather not say, and the patient has to hear of it. */
let small: SmallNetwork;
let patient: SmallPatient;
let doctor: Staff;
let out: string;
/** Entries that the backup's log has, and that the ledger has anchored. */
let kept: number;
let anchored: number;

const north = "north" as MemberId;
const home = () => join(small.folder, "members", "north");
const close = (more: Partial<CloseLogParameters> = {}) => closeLog({ folder: small.folder, member: "north", ...more });
const look = () => small.read(doctor.key, byLocal(patient.localId)).then(({ resources }) => resources.length);
const recordOf = (log: string) => readLog(small.network.ledger, north, log);

/** A backup while the log goes on: what is read after it is in no copy. */
beforeEach(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Krogh", given: "Ida", birthDate: "1951-01-01" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["conditions", "laboratory"]));
	await look();
	await small.institution().gate.anchor(true);
	await look();
	out = join(mkdtempSync(join(tmpdir(), "aceso-lost-")), "backup");
	const manifest = await backupMember(small.network, "north", out);
	kept = manifest.log.size;
	for (let i = 0; i < 3; i++) await look();
	await small.institution().gate.anchor(true);
	anchored = small.institution().log.size();
	expect(anchored).toBe(kept + 3);
});
afterEach(async () => {
	await small.close();
	rmSync(small.folder, { recursive: true, force: true });
	rmSync(join(out, ".."), { recursive: true, force: true });
});

async function lose(...names: readonly string[]): Promise<void> {
	await small.close();
	for (const name of names)
		for (const suffix of ["", "-wal", "-shm", "-lock"]) rmSync(join(home(), `${name}${suffix}`), { recursive: true, force: true });
}
const open = async () => {
	small = await openSmallNetwork({ folder: small.folder });
};

async function history(): Promise<HistoryReport> {
	await small.institution().gate.anchor(true);
	const shown = await small.institution().gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
	const { ledger, genesis, now } = small.network;
	const trust = {
		chain: ledger.chain,
		ledgerKey: genesis.sealer,
		pseudonym: patient.pseudonym,
		member: north,
		witnesses: witnessesOf(genesis),
		now: now(),
	};
	return verifyHistory(JSON.parse(JSON.stringify(shown)), trust);
}

const declared = (lost: number) => `the custodian declared ${lost} entries of the log north-1 lost; yours among them cannot be shown`;

describe("an access log that lost entries", () => {
	it("[ND46] does not start, says why and what to do, and makes no empty log in its place", async () => {
		await lose("access.db");
		const error = await open().catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: "ACCESS_LOG_BEHIND", kind: "stop", details: { at: 0, anchored } });
		expect(String(error)).toContain("aceso log close");
		expect(existsSync(join(home(), "access.db"))).toBe(false);
		cpSync(join(out, "access.db"), join(home(), "access.db"));
		expect(await codeOf(open())).toBe("ACCESS_LOG_BEHIND");
	});

	it("[ND47] restored from a backup: closed with the loss named, succeeded, and both logs shown as one history that verifies", async () => {
		await lose("access.db", "vault.db", "blobs", "gate.db");
		expect(await codeOf(restoreBackup({ folder: small.folder, member: "north", backup: out }))).toBe("NODE_LOG_BEHIND");
		expect(await close({ backup: out })).toEqual({ closed: "north-1", successor: "north-2", anchored, shown: kept, lost: 3 });
		expect((await restoreBackup({ folder: small.folder, member: "north", backup: out })).broughtBack).toEqual(["gate.db"]);
		await open();
		expect(recordOf("north-1")).toMatchObject({ status: "closed", successor: "north-2", sizeLost: 3, size: anchored });
		expect(small.institution().log.log).toBe("north-2");
		expect(await look()).toBe(2);
		const report = await history();
		expect([report.verdict, report.checks.filter(({ ok }) => !ok)]).toEqual(["verified", []]);
		expect(report.warnings).toContain(declared(3));
		const logs = report.entries.map(({ log }) => log);
		expect([new Set(logs), logs]).toEqual([new Set(["north-1", "north-2"]), logs.toSorted()]);
		// What was read before the backup is all there.
		expect(
			report.entries.filter(({ log, requester, action }) => log === "north-1" && requester === doctor.key.publicKey && action === "read"),
		).toHaveLength(2);
		expect((await small.network.ledger.cosigned(1_000)) && (await auditFolderOf())).toEqual([]);
	});

	async function auditFolderOf() {
		await small.close();
		const { findings } = await auditFolder(small.folder);
		await open();
		return findings;
	}

	it("[ND47] with no copy left all of it is declared lost, and the successor's history verifies by itself", async () => {
		await lose("access.db");
		expect(await close()).toEqual({ closed: "north-1", successor: "north-2", anchored, shown: 0, lost: anchored });
		await open();
		await look();
		const report = await history();
		expect(report).toMatchObject({ ok: true, verdict: "verified" });
		expect(report.warnings).toContain(declared(anchored));
		expect(new Set(report.entries.map(({ log }) => log))).toEqual(new Set(["north-2"]));
	});

	it("[ND48] is closed once: a second call finds a log that has lost nothing, and so does one that never lost any", async () => {
		await small.close();
		expect(await codeOf(close())).toBe("NODE_LOG_INTACT");
		await open();
		expect(recordOf("north-1")).toMatchObject({ status: "open" });
		await lose("access.db");
		await close({ backup: out });
		expect(await codeOf(close({ backup: out }))).toBe("NODE_LOG_INTACT");
		await open();
		expect(readLogs(small.network.ledger, north).map(({ log, status }) => [log, status])).toEqual([
			["north-1", "closed"],
			["north-2", "open"],
		]);
	});

	it("[ND48] a stop between the successor and the closure is made up for by calling again", async () => {
		const { memberKey, log } = small.institution();
		const body = { log: "north-2", writer: log.writer };
		await submitAll(small.network, small.institution(), [signAct(small.network, memberKey, { contract: "access", action: "registerLog", body })]);
		await lose("access.db");
		// The successor is there; the log before it is still the one that has to be accounted for.
		expect(await codeOf(open())).toBe("ACCESS_LOG_BEHIND");
		expect(await close({ backup: out })).toMatchObject({ closed: "north-1", successor: "north-2", lost: 3 });
		await open();
		expect(readLogs(small.network.ledger, north)).toHaveLength(2);
		expect((await history()).verdict).toBe("verified");
	});

	it("[ND48] a closing given up after the successor was registered, since a newer copy was found, spoils no history", async () => {
		const { memberKey, log } = small.institution();
		const body = { log: "north-2", writer: log.writer };
		await submitAll(small.network, small.institution(), [signAct(small.network, memberKey, { contract: "access", action: "registerLog", body })]);
		small = await small.reopen();
		expect(small.institution().log.log).toBe("north-1");
		await look();
		// The ledger counts two logs: the second is proved to be empty, and no patient is told that it is withheld.
		expect(await history()).toMatchObject({ ok: true, verdict: "verified" });
		await small.close();
		expect(await close({ intact: true })).toMatchObject({ closed: "north-1", successor: "north-2", lost: 0 });
		await open();
		expect(small.institution().log.log).toBe("north-2");
		await look();
		expect((await history()).verdict).toBe("verified");
	});

	it("[ND48] told so, an intact log is closed as well, with nothing lost", async () => {
		await small.close();
		expect(await close({ intact: true })).toEqual({ closed: "north-1", successor: "north-2", anchored, shown: anchored, lost: 0 });
		await open();
		await look();
		const report = await history();
		expect([report.verdict, report.warnings.some((warning) => warning.includes("lost"))]).toEqual(["verified", false]);
		expect(report.warnings).toContain("the log north-1 was closed; later accesses stand in north-2");
		const out2 = join(out, "..", "later");
		await backupMember(small.network, "north", out2);
		// A later backup holds both, and brings both back.
		await lose("access.db", "access-2.db", "vault.db", "blobs", "gate.db");
		const report2 = await restoreBackup({ folder: small.folder, member: "north", backup: out2 });
		expect([...report2.broughtBack].sort()).toEqual(["access-2.db", "access.db", "gate.db"]);
		await open();
		expect((await history()).verdict).toBe("verified");
	});

	it("[ND49] declares no fewer than are known to be missing, and as many more as the operator knows of", async () => {
		await lose("access.db");
		expect(await codeOf(close({ backup: out, lost: 2 }))).toBe("NODE_LOSS_UNDERSTATED");
		expect(await close({ lost: 20 })).toMatchObject({ shown: kept, lost: 20 });
		await open();
		expect((await history()).warnings).toContain(declared(20));
	});

	it("[ND49] a file that was altered is no loss to be declared: it is damaged, and stays the log", async () => {
		await small.close();
		const database = new DatabaseSync(join(home(), "access.db"));
		database.exec("UPDATE groups SET nodes = zeroblob(length(nodes))");
		database.close();
		expect(await codeOf(close({ intact: true }))).toBe("ACCESS_LOG_INTEGRITY");
		await lose("access.db");
		await close();
		await open();
		expect(recordOf("north-1")?.sizeLost).toBe(anchored);
	});

	it("[VA89] the closed log's receipts open nothing any more", async () => {
		await lose("access.db");
		await close();
		await open();
		const { keyring } = small.institution();
		expect([await keyring.honoursLog("north-1"), await keyring.honoursLog("north-2")]).toEqual([false, true]);
	});
});
