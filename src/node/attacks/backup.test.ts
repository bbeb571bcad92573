import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { verifyHistory } from "#wallet";
import { auditFolder } from "../auditFolder.ts";
import { type BackupManifest, backupMember } from "../backupMember.ts";
import { restoreBackup } from "../restoreBackup.ts";
import { clinicalWords } from "../testing/smallBundle.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";
import { askObject, collect, fileObject, objectFiles, patternOf } from "../testing/smallObjects.ts";

/** A backup is one consistent set without a key, and putting it back neither revives anybody nor hides an access. */
const members = smallMembers.slice(0, 1);
const places = mkdtempSync(join(tmpdir(), "aceso-backup-"));
const genome = patternOf(300_000);
let small: SmallNetwork;
let doctor: Staff;
let patient: SmallPatient;
let other: SmallPatient;
let record: string;
let out: string;

beforeEach(async () => {
	await small?.close();
	small = await openSmallNetwork({ members });
	doctor = await small.hire("practitioner");
	patient = await small.admit({ family: "Backup", given: randomUUID(), birthDate: "1946-06-06" });
	other = await small.admit({ family: "Other", given: randomUUID(), birthDate: "1947-07-07" });
	for (const each of [patient, other]) await small.grant(each, toPractitioners("north", ["conditions", "laboratory", "genomics"]));
	record = await fileObject(small, patient, genome);
	out = join(places, randomUUID());
});
afterAll(async () => {
	await small.close();
	rmSync(places, { recursive: true, force: true });
});

const home = () => join(small.folder, "members", "north");
const lose = (...names: readonly string[]) => {
	for (const name of names)
		for (const suffix of ["", "-wal", "-shm", "-lock"]) rmSync(join(home(), `${name}${suffix}`), { recursive: true, force: true });
};
const seen = async (who: SmallPatient) => (await small.read(doctor.key, byLocal(who.localId))).resources.length;
const readObject = () => askObject(small, doctor, { patient: byLocal(patient.localId), record });
const restore = () => restoreBackup({ folder: small.folder, member: "north", backup: out });
const erase = (who: SmallPatient) =>
	small.institution().gate.erase(small.sign(who.key, { kind: "erase", patient: byPseudonym(who.pseudonym), compartments: "all" }));

async function start() {
	small = await openSmallNetwork({ folder: small.folder, members });
}

describe("a backup", () => {
	it("[ND40] holds records, objects, log, journal, ledger and what the network is, and neither key nor word", async () => {
		await seen(patient);
		const manifest = await backupMember(small.network, "north", out);
		expect(manifest).toMatchObject({ member: "north", objects: 1, log: { log: "north-1", size: small.institution().log.size() } });
		expect(readdirSync(out).sort()).toEqual(
			["access.db", "blobs", "gate.db", "ledger.db", "manifest.json", "network.json", "nobody.id", "vault.db"].sort(),
		);
		const files = readdirSync(out, { recursive: true, withFileTypes: true })
			.filter((each) => each.isFile())
			.map((each) => readFileSync(join(each.parentPath, each.name)));
		const secrets = ["member.key", "writer.key", "DEMO-PASSPHRASE"].map((name) => readFileSync(join(home(), name), "utf8").trim());
		secrets.push(readFileSync(join(small.folder, "ledger", "sealer.key"), "utf8").trim());
		for (const secret of secrets) {
			expect(secret.length).toBeGreaterThan(16);
			const forms = [Buffer.from(secret), Buffer.from(secret, "hex")];
			for (const form of forms) expect(files.some((file) => file.includes(form))).toBe(false);
		}
		for (const word of [...clinicalWords, patient.given, patient.localId]) expect(files.some((file) => file.includes(Buffer.from(word)))).toBe(false);
		expect(await codeOf(backupMember(small.network, "north", out))).toBe("NODE_BACKUP_PRESENT");
	});

	it("[ND40] made while a patient is erased is one set all the same: the erased is in none of it", async () => {
		const { store } = small.institution();
		const backupTo = store.backupTo.bind(store);
		let copies = 0;
		store.backupTo = async (path) => {
			await backupTo(path);
			if (copies++ === 0) await erase(patient);
		};
		const manifest = await backupMember(small.network, "north", out);
		expect({ copies, objects: manifest.objects }).toEqual({ copies: 2, objects: 0 });
		expect(readdirSync(join(out, "blobs"))).toEqual([]);
	});
});

describe("a restore", () => {
	it("[ND41] brings everything back that was lost, and the audit and the patient's own verification find nothing", async () => {
		await seen(patient);
		await small.institution().gate.anchor(true);
		await backupMember(small.network, "north", out);
		await small.close();
		lose("vault.db", "blobs", "access.db", "gate.db");
		const report = await restore();
		expect(report).toMatchObject({ replaced: [], broughtBack: ["access.db", "gate.db"], objects: 1 });
		expect((await auditFolder(small.folder)).findings).toEqual([]);
		await start();
		expect(await seen(patient)).toBe(2);
		expect(genome.equals(await collect(await readObject()))).toBe(true);
		await small.institution().gate.anchor(true);
		const history = await small.institution().gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
		const { ledger, genesis, now } = small.network;
		expect(verifyHistory(history, { chain: ledger.chain, ledgerKey: genesis.sealer, pseudonym: patient.pseudonym, now: now() }).verdict).toBe(
			"signed by one party",
		);
	});

	it("[ND41] brings nobody back who was erased since, objects included, and keeps what stood there", async () => {
		await backupMember(small.network, "north", out);
		await erase(patient);
		await small.close();
		const report = await restore();
		expect(report.replaced).toHaveLength(2);
		expect(report.broughtBack).toEqual([]);
		await start();
		expect(objectFiles(small)).toEqual([]);
		expect(await seen(patient)).toBe(0);
		expect(await codeOf(readObject())).toBe("GATE_NOT_AVAILABLE");
		expect(await seen(other)).toBe(2);
	});

	it("[ND42] never rolls the access log back: one that stands stays, and a lost one does not come back behind its anchor", async () => {
		await backupMember(small.network, "north", out);
		await seen(patient);
		const { log, gate } = small.institution();
		await gate.anchor(true);
		const entries = log.size();
		await small.close();
		expect((await restore()).broughtBack).toEqual([]);
		await start();
		expect(small.institution().log.size()).toBeGreaterThanOrEqual(entries);
		await small.close();
		lose("access.db");
		const before = readFileSync(join(home(), "vault.db"));
		await expect(restore()).rejects.toMatchObject({ code: "NODE_LOG_BEHIND", message: expect.stringContaining("would hide") });
		expect(existsSync(join(home(), "access.db"))).toBe(false);
		expect(readFileSync(join(home(), "vault.db")).equals(before)).toBe(true);
		// Put there by hand it is refused all the same.
		cpSync(join(out, "access.db"), join(home(), "access.db"));
		expect(await codeOf(start())).toBe("ACCESS_LOG_BEHIND");
		rmSync(small.folder, { recursive: true });
		small = await openSmallNetwork({ members });
	});

	it("[ND43] is refused under a ledger older than the backup, which would not know who was erased, and under none", async () => {
		const { folder } = small;
		await small.close();
		cpSync(join(folder, "ledger"), join(folder, "yesterday"), { recursive: true });
		await start();
		await small.hire("practitioner");
		await backupMember(small.network, "north", out);
		await small.close();
		rmSync(join(folder, "ledger"), { recursive: true });
		cpSync(join(folder, "yesterday"), join(folder, "ledger"), { recursive: true });
		expect(await codeOf(restore())).toBe("VAULT_RESTORE_REFUSED");
		for (const name of readdirSync(join(folder, "ledger")))
			if (name.startsWith("ledger.db")) rmSync(join(folder, "ledger", name), { recursive: true });
		expect(await codeOf(restore())).toBe("VAULT_RESTORE_REFUSED");
		expect(existsSync(join(folder, "ledger", "ledger.db"))).toBe(false);
		small = await openSmallNetwork({ members });
	});

	it("[ND44] refuses a set that was altered, is not whole, or is another's, and moves nothing", async () => {
		await backupMember(small.network, "north", out);
		await small.close();
		const before = readFileSync(join(home(), "vault.db"));
		const manifestPath = join(out, "manifest.json");
		const manifest = readFileSync(manifestPath, "utf8");
		const edit = (change: (manifest: Record<string, unknown>) => void) => {
			const edited = JSON.parse(manifest) as Record<string, unknown>;
			change(edited);
			writeFileSync(manifestPath, JSON.stringify(edited));
		};
		edit((each) => {
			each["member"] = "south";
		});
		expect(await codeOf(restore())).toBe("NODE_BACKUP_FOREIGN");
		edit((each) => {
			each["format"] = "aceso/backup/0";
		});
		expect(await codeOf(restore())).toBe("NODE_BACKUP_FOREIGN");
		rmSync(manifestPath);
		expect(await codeOf(restore())).toBe("VAULT_NOT_FOUND");
		writeFileSync(manifestPath, manifest);
		const network = readFileSync(join(out, "network.json"), "utf8");
		writeFileSync(join(out, "network.json"), network.replace("North Hospital", "North Hospitol"));
		expect(await codeOf(restore())).toBe("NODE_BACKUP_FOREIGN");
		writeFileSync(join(out, "network.json"), network);
		const rows = readFileSync(join(out, "vault.db"));
		writeFileSync(join(out, "vault.db"), rows.subarray(0, -4096));
		expect(await codeOf(restore())).toBe("VAULT_INTEGRITY");
		writeFileSync(join(out, "vault.db"), rows);
		const object = readdirSync(join(out, "blobs"), { recursive: true, withFileTypes: true }).find((each) => each.isFile())!;
		rmSync(join(object.parentPath, object.name));
		expect(await codeOf(restore())).toBe("VAULT_INTEGRITY");
		expect(readFileSync(join(home(), "vault.db")).equals(before)).toBe(true);
		expect((JSON.parse(manifest) as BackupManifest).objects).toBe(1);
		await start();
	});
});
