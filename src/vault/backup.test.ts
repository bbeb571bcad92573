import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { backupVault, restoreVault } from "./backup.ts";
import { openRecord } from "./record.ts";
import { sealRow } from "./store/describeStore.ts";
import { openSqliteStore } from "./store/sqliteStore.ts";
import { createBench, custodian, newPseudonym, newSubject, temporaryFolder } from "./vault.fixtures.ts";

const coded = (code: string) => expect.objectContaining({ code });
const secret = '{"resourceType":"Observation","id":"potassium-high"}';

async function backedUp() {
	const bench = await createBench();
	const folder = temporaryFolder();
	const store = openSqliteStore({ path: join(folder, "vault.db"), custodian });
	const patients = [];
	for (let count = 0; count < 2; count++) {
		const [subject, pseudonym] = [newSubject(), newPseudonym()];
		await bench.keyring.createSubject(subject, pseudonym);
		const handle = await bench.keyring.sealFor(subject, ["laboratory"]);
		await store.putSubject(subject, []);
		await store.putRecords([handle.wrapped], [sealRow(handle, { text: secret })]);
		patients.push({ subject, pseudonym, handle });
	}
	const backup = join(folder, "vault.backup");
	await backupVault(store, backup);
	const [gone, other] = patients as [(typeof patients)[number], (typeof patients)[number]];
	return { bench, folder, store, backup, gone, other };
}

it("[VA54] a backup of data holds no plaintext and no key, and restores to the same root", async () => {
	const { store, backup, folder, gone } = await backedUp();
	const bytes = readFileSync(backup);
	expect(bytes.includes("potassium-high")).toBe(false);
	expect(bytes.includes(Buffer.from(gone.handle.dataKey))).toBe(false);
	const restored = await restoreVault({ backup, path: join(folder, "restored.db"), custodian });
	expect(await restored.root()).toBe(await store.root());
	await expect(backupVault(store, backup)).rejects.toThrow(coded("VAULT_EXISTS"));
	await expect(restoreVault({ backup, path: join(folder, "vault.db"), custodian })).rejects.toThrow(coded("VAULT_EXISTS"));
	await restored.close();
	await store.close();
});

it("[VA55] after an erasure the restored rows stay unreadable, and another patient's open", async () => {
	const { bench, store, backup, folder, gone, other } = await backedUp();
	await bench.keyring.destroy(gone.subject, "all");
	await store.purge(gone.subject, "all");
	await store.close();
	const restored = await restoreVault({ backup, path: join(folder, "restored.db"), custodian });
	const [row] = await restored.listRecords(gone.subject, ["laboratory"]);
	const keys = await restored.getDataKeys([row?.dataKey as string]);
	await expect(bench.keyring.unwrap(bench.access({ pseudonym: gone.pseudonym }), keys)).rejects.toThrow(coded("VAULT_ERASED"));
	const [theirs] = await restored.listRecords(other.subject, ["laboratory"]);
	if (theirs === undefined) throw new Error("expected the other patient's row");
	const [dataKey] = await bench.keyring.unwrap(bench.access({ pseudonym: other.pseudonym }), await restored.getDataKeys([theirs.dataKey]));
	expect(openRecord({ custodian, row: theirs, dataKey: dataKey as Uint8Array }).resourceText).toBe(secret);
	await restored.close();
});

it("[VA54] a backup that was altered is not put in place", async () => {
	const { store, backup, folder, gone } = await backedUp();
	const [row] = await store.listRecords(gone.subject, ["laboratory"]);
	await store.close();
	const bytes = readFileSync(backup);
	const at = bytes.indexOf(Buffer.from(row?.ciphertext as Uint8Array));
	bytes.writeUInt8(bytes.readUInt8(at + 20) ^ 1, at + 20);
	writeFileSync(backup, bytes);
	await expect(restoreVault({ backup, path: join(folder, "restored.db"), custodian })).rejects.toThrow(
		expect.objectContaining({ code: "VAULT_INTEGRITY", details: { reason: "row-hash", at: 0 } }),
	);
	expect(existsSync(join(folder, "restored.db"))).toBe(false);
});
