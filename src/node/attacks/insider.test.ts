import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSigningKey, decodeHex } from "#base";
import { auditFolder } from "../auditFolder.ts";
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

/** Somebody with the files: an administrator at the database, a thief of a disk, of a backup, of the node's own key. */
const members = smallMembers.slice(0, 1);
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let doctor: Staff;
const made: string[] = [];

beforeEach(async () => {
	small = await openSmallNetwork({ members });
	patient = await small.admit({ family: "Dahl", given: "Kirsten", birthDate: "1955-11-30" });
	other = await small.admit({ family: "Other", given: "Olaf", birthDate: "1956-11-30" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["conditions", "laboratory", "vitals"]));
});
afterEach(async () => {
	await small.close();
	for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const home = () => join(small.folder, "members", "north");
const subjectOf = async ({ pseudonym }: SmallPatient) => (await small.institution().keyring.subjectOf(pseudonym)) as string;

/** Works on a file of the stopped node as its database's administrator can, and starts the node again. */
async function tamper(file: string, sql: string, ...values: readonly string[]): Promise<void> {
	await small.close();
	const database = new DatabaseSync(join(home(), file));
	expect(database.prepare(sql).run(...values).changes, sql).toBeGreaterThan(0);
	database.close();
	small = await openSmallNetwork({ folder: small.folder, members });
}
const look = () => small.read(doctor.key, byLocal(patient.localId), { classes: ["conditions", "laboratory", "vitals"] });
const findings = async () => {
	await small.close();
	const { findings: found } = await auditFolder(small.folder);
	small = await openSmallNetwork({ folder: small.folder, members });
	return found;
};

describe("an insider at the database", () => {
	it("[VA4] exchanges the ciphertexts of two patients' rows: nobody is shown the other's, and the audit finds it", async () => {
		const [mine, theirs] = [await subjectOf(patient), await subjectOf(other)];
		const row = "(SELECT ciphertext FROM records WHERE subject = ? ORDER BY seq DESC LIMIT 1)";
		await tamper("vault.db", `UPDATE records SET ciphertext = ${row} WHERE subject = ?`, theirs, mine);
		expect(await codeOf(look())).toBe("VAULT_INTEGRITY");
		expect((await findings()).length).toBeGreaterThan(0);
	});

	it("[VA4] gives a row to another patient, with its data key: it opens for neither", async () => {
		const [mine, theirs] = [await subjectOf(patient), await subjectOf(other)];
		await small.close();
		const database = new DatabaseSync(join(home(), "vault.db"));
		database.prepare("UPDATE records SET subject = ?, token = lower(hex(randomblob(32))) WHERE subject = ?").run(mine, theirs);
		database.prepare("UPDATE data_keys SET subject = ? WHERE subject = ?").run(mine, theirs);
		database.close();
		small = await openSmallNetwork({ folder: small.folder, members });
		expect(await codeOf(look())).toMatch(/^VAULT_/);
		expect((await findings()).length).toBeGreaterThan(0);
	});

	it("[VA4] [VA41] moves rows into a compartment that was granted: their key stays with the one they were sealed in", async () => {
		const mine = await subjectOf(patient);
		const setOf = (name: string) => `(SELECT id FROM compartment_sets WHERE joined = '${name}')`;
		await tamper(
			"vault.db",
			`UPDATE records SET compartment_set = ${setOf("vitals")} WHERE compartment_set = ${setOf("allergies")} AND subject = ?`,
			mine,
		);
		expect(await codeOf(look())).toMatch(/^VAULT_/);
	});

	it("[AL12] [AL17] deletes the newest entry of the access log: the log does not go on as if nothing had been", async () => {
		await look();
		await small.institution().gate.anchor(true);
		await small.close();
		const database = new DatabaseSync(join(home(), "access.db"));
		database.exec("DELETE FROM entries WHERE leaf_index = (SELECT max(leaf_index) FROM entries)");
		database.close();
		const { findings: found } = await auditFolder(small.folder);
		expect(found.length).toBeGreaterThan(0);
		small = await openSmallNetwork({ members });
	});
});

describe("a thief", () => {
	it("[VA35] of the whole disk but the keyring reads no word of a record, and no key opens one", async () => {
		await look();
		await small.close();
		const disk = mkdtempSync(join(tmpdir(), "aceso-thief-"));
		made.push(disk);
		cpSync(small.folder, disk, { recursive: true, filter: (path) => !path.endsWith("/keyring") && !path.endsWith("DEMO-PASSPHRASE") });
		for (const name of readdirSync(disk, { recursive: true, withFileTypes: true })) {
			if (!name.isFile()) continue;
			const bytes = readFileSync(join(name.parentPath, name.name));
			for (const word of [...clinicalWords, "Kirsten"]) expect(bytes.includes(word), name.name).toBe(false);
		}
		// Opened as it is, the folder makes a keyring anew, which has no key of anybody.
		const opened = await openSmallNetwork({ folder: disk, members });
		const subject = await opened.institution().keyring.subjectOf(patient.pseudonym);
		expect(subject).toBeUndefined();
		const { classes, resources } = await opened.read(doctor.key, byLocal(patient.localId));
		expect(resources).toEqual([]);
		expect(classes.every(({ status }) => status === "not-available")).toBe(true);
		await opened.close();
		small = await openSmallNetwork({ folder: small.folder, members });
	});

	it("[GA20] [GA32] of the node's own key is no clinician, no patient and no officer", async () => {
		const stolen = createSigningKey(decodeHex(readFileSync(join(home(), "member.key"), "utf8").trim(), 32));
		const { classes } = await small.read(stolen, byLocal(patient.localId));
		expect(classes.map(({ status }) => status)).toEqual(["not-available", "not-available"]);
		const { gate } = small.institution();
		const of = { patient: byPseudonym(patient.pseudonym) };
		expect(await codeOf(gate.showHistory(small.sign(stolen, { kind: "history", ...of })))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(gate.erase(small.sign(stolen, { kind: "erase", ...of, compartments: "all" })))).toBe("GATE_NOT_AVAILABLE");
		const { opened } = small.draftGrant(patient, toPractitioners("north", ["notes"]), stolen);
		expect(await codeOf(small.deposit(patient, opened, stolen))).toBe("GATE_NOT_AVAILABLE");
	});
});
