import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import type { MemberId } from "#base";
import { MerkleTree } from "#log";
import { createBench, custodian, newPseudonym, newSubject, temporaryFolder } from "../vault.fixtures.ts";
import { describeStore, sealRow } from "./describeStore.ts";
import { fsckVault } from "./fsckVault.ts";
import { openSqliteStore } from "./sqliteStore.ts";

const coded = (code: string) => expect.objectContaining({ code });
const folders: string[] = [];
afterAll(() => {
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describeStore("SqliteStore", () => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-store-"));
	folders.push(folder);
	return async () => openSqliteStore({ path: join(folder, "vault.db"), custodian });
});

async function filled(rows: number) {
	const { keyring } = await createBench();
	const path = join(temporaryFolder(), "vault.db");
	const store = openSqliteStore({ path, custodian });
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	const handle = await keyring.sealFor(subject, ["laboratory"]);
	const records = Array.from({ length: rows }, (_, index) => sealRow(handle, { text: `{"resourceType":"Observation","id":"secret-${index}"}` }));
	await store.putSubject(subject, []);
	await store.putRecords([handle.wrapped], records.slice(0, 2));
	await store.putRecords([], records.slice(2));
	return { path, store, subject, handle, records };
}

it("[VA50] a second process is refused while the store is open, and another custodian always", async () => {
	const { path, store } = await filled(1);
	const script = `
		import { openSqliteStore } from ${JSON.stringify(new URL("./sqliteStore.ts", import.meta.url).href)};
		try { openSqliteStore({ path: ${JSON.stringify(path)}, custodian: "klinik-nord" }); console.log("opened"); } catch (error) { console.log(error.code); }
	`;
	const second = () => spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).stdout.trim();
	expect(second()).toBe("VAULT_LOCKED");
	await store.close();
	expect(second()).toBe("opened");
	expect(() => openSqliteStore({ path, custodian: "labor-sued" as MemberId })).toThrow(coded("VAULT_INTEGRITY"));
});

it("[VA51] the root is that of an RFC 6962 tree over 0x01 ‖ row hash, and grows by appending", async () => {
	const { store, records } = await filled(7);
	const tree = new MerkleTree();
	for (const { rowHash } of records) tree.append(Buffer.concat([Uint8Array.of(1), rowHash]));
	expect(await store.root()).toBe(Buffer.from(tree.root()).toString("hex"));
	expect(await fsckVault(store)).toMatchObject({ rows: 7, faults: [] });
	await store.close();
});

/** What someone with the file and an editor could do. */
const tampering: readonly (readonly [string, string, string])[] = [
	["a ciphertext altered", "UPDATE records SET ciphertext = zeroblob(60) WHERE seq = 3", "row-hash"],
	[
		"two ciphertexts swapped",
		"UPDATE records SET ciphertext = (SELECT r.ciphertext FROM records r WHERE r.seq = 5 - records.seq) WHERE seq IN (2, 3)",
		"row-hash",
	],
	["a version changed", "UPDATE records SET version = 9 WHERE seq = 3", "row-hash"],
	["a record moved to another patient", `UPDATE records SET subject = '${"0".repeat(32)}' WHERE seq = 3`, "row-hash"],
	["a tombstone made of a record", "UPDATE records SET deleted = 1 WHERE seq = 3", "row-hash"],
	["a compartment renamed", "UPDATE compartment_sets SET joined = 'vitals'", "row-hash"],
	["a row deleted", "DELETE FROM records WHERE seq = 3", "leaf-missing"],
	["the last row deleted", "DELETE FROM records WHERE seq = 5", "root"],
	["a batch deleted", "DELETE FROM batches WHERE batch = 1", "leaf-missing"],
	[
		"a row hidden as if purged",
		"INSERT INTO purged_leaves SELECT 2, row_hash, 99 FROM records WHERE seq = 3; DELETE FROM records WHERE seq = 3",
		"purge-missing",
	],
	["rows in another order", "UPDATE records SET position = 2 - position WHERE batch = 2", "root"],
	["a data key deleted", "DELETE FROM data_keys", "data-key-missing"],
	["a data key given to another patient", `UPDATE data_keys SET subject = '${"0".repeat(32)}'`, "data-key-differs"],
];

it.each(tampering)("[VA52] fsck finds %s", async (_name, sql, fault) => {
	const { path, store } = await filled(5);
	await store.close();
	const database = new DatabaseSync(path);
	database.exec(sql);
	database.close();
	const reopened = openSqliteStore({ path, custodian });
	const report = await fsckVault(reopened);
	expect(report.faults.map((found) => found.fault)).toContain(fault);
	await reopened.close();
});

it("[VA91] a look-up is asked of the file again after any write, so that what is gone or new is never what was found before", async () => {
	const { store, subject, handle } = await filled(2);
	const [token, mark] = ["ab".repeat(32), await store.changeMark(subject)];
	expect(await store.findSubjects("local-id", token)).toEqual([]);
	const writes = store.writes();
	await store.addLookup(subject, "local-id", token);
	expect(store.writes()).toBeGreaterThan(writes);
	expect(await store.findSubjects("local-id", token)).toEqual([subject]);
	expect(await store.changeMark(subject)).toBe(mark);
	const before = store.writes();
	await store.putRecords([], [sealRow(handle, { text: '{"resourceType":"Observation","id":"newer"}' })]);
	expect(store.writes()).toBeGreaterThan(before);
	expect(await store.changeMark(subject)).not.toBe(mark);
	await store.purge(subject, "all");
	expect(await store.findSubjects("local-id", token)).toEqual([]);
	await store.close();
});

it("[VA92] a data key that was asked for is asked of the file again after any write: a purge leaves none, whole or in part", async () => {
	for (const what of ["all", ["laboratory"]] as const) {
		const { store, subject, handle } = await filled(2);
		const { id } = handle.wrapped;
		for (let look = 0; look < 2; look++) expect(await store.getDataKeys([id])).toEqual([handle.wrapped]);
		await store.purge(subject, what);
		for (let look = 0; look < 2; look++) await expect(store.getDataKeys([id])).rejects.toMatchObject({ code: "VAULT_ERASED" });
		await store.close();
	}
});

it("[VA92] a data key of an import that was given up is gone, though it was asked for meanwhile", async () => {
	const { store, handle } = await filled(1);
	const wrapped = { ...handle.wrapped, id: "ab".repeat(16) };
	await store.beginImport("given up");
	await store.stageRecords("given up", [wrapped], []);
	expect(await store.getDataKeys([wrapped.id])).toEqual([wrapped]);
	await store.abortImport("given up");
	await expect(store.getDataKeys([wrapped.id])).rejects.toMatchObject({ code: "VAULT_ERASED" });
	await store.close();
});

it("[VA52] fsck tells how far it is, and ends with a finding where the file cannot be read on", async () => {
	const { path, store } = await filled(5);
	const told: number[][] = [];
	const { rows } = await fsckVault(store, (done, total) => told.push([done, total]));
	const leaves = await store.countLeaves();
	expect(leaves).toBeGreaterThanOrEqual(rows);
	expect(told).toEqual([[leaves, leaves]]);
	await store.close();
	const database = new DatabaseSync(path);
	const { rootpage } = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'records'").get() as { rootpage: number };
	const { page_size: pageSize } = database.prepare("PRAGMA page_size").get() as { page_size: number };
	database.close();
	const bytes = readFileSync(path);
	bytes.fill(0xff, (rootpage - 1) * pageSize, (rootpage - 1) * pageSize + 16);
	writeFileSync(path, bytes);
	const reopened = openSqliteStore({ path, custodian });
	expect((await fsckVault(reopened)).faults.at(-1)).toEqual({ at: 0, fault: "unreadable" });
	await reopened.close();
});

it("[VA53] after a purge no ciphertext, data key or look-up is left in any file", async () => {
	const { path, store, subject, handle, records } = await filled(300);
	await store.addLookup(subject, "name", "4c".repeat(32));
	await store.purge(subject, "all");
	const folder = join(path, "..");
	const needles = [...records.map((record) => record.ciphertext), handle.wrapped.wrapped].map((bytes) => Buffer.from(bytes));
	needles.push(Buffer.from("4c".repeat(32)), Buffer.from(handle.wrapped.id));
	for (const name of readdirSync(folder)) {
		const bytes = readFileSync(join(folder, name));
		for (const needle of needles) expect(bytes.includes(needle)).toBe(false);
	}
	await store.close();
});

it("[VA45] an import killed at any moment is not there at all, or there whole", async () => {
	const { keyring } = await createBench();
	const path = join(temporaryFolder(), "vault.db");
	const script = fileURLToPath(new URL("./importUntilKilled.fixture.ts", import.meta.url));
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	let committed = 0;
	for (let kill = 0; kill < 4; kill++) {
		const acknowledged = await new Promise<number>((resolve) => {
			const child = spawn(process.execPath, [script, path, custodian], { stdio: ["ignore", "pipe", "inherit"] });
			let output = "";
			child.stdout.on("data", (chunk: Buffer) => {
				if (output === "") setTimeout(() => child.kill("SIGKILL"), 5 + Math.floor(Math.random() * 60));
				output += chunk.toString();
			});
			child.on("close", () => resolve(output.split("committed\n").length - 1));
		});
		committed += acknowledged;
		const store = openSqliteStore({ path, custodian });
		const report = await fsckVault(store);
		expect(report.faults).toEqual([]);
		expect(report.rows % 200).toBe(0);
		expect(report.rows / 200).toBeGreaterThanOrEqual(committed);
		committed = report.rows / 200;
		await store.close();
	}
}, 60_000);
