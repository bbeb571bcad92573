import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { dayMs, type Instant, type MemberId, type Pseudonym, type SubjectId } from "#base";
import { createBench, type KeyringBench, newPseudonym, newSubject } from "../vault.fixtures.ts";
import type { SealingHandle } from "../vault.ts";
import type { FreshLedger } from "./keyBackup.ts";
import type { LocalKeyring } from "./localKeyring.ts";
import { type RestoreKeyringParameters, restoreKeyring } from "./openKeyring.ts";

const coded = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, details: { reason } });

interface Patient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly laboratory: SealingHandle;
	readonly genomics: SealingHandle;
	readonly audit: SealingHandle;
}

async function backedUp() {
	const bench = await createBench();
	const patients: Patient[] = [];
	for (let count = 0; count < 3; count++) {
		const [subject, pseudonym] = [newSubject(), newPseudonym()];
		await bench.keyring.createSubject(subject, pseudonym);
		const [laboratory, genomics] = [await bench.keyring.sealFor(subject, ["laboratory"]), await bench.keyring.sealFor(subject, ["genomics"])];
		patients.push({ subject, pseudonym, laboratory, genomics, audit: await bench.keyring.sealAudit(subject) });
	}
	const backup = join(dirname(bench.parameters.path), "keys.backup");
	await bench.keyring.backupKeys(backup);
	const fresh: FreshLedger = { verifiedAtMs: bench.clock.now as Instant, destroyed: () => [] };
	const parameters: RestoreKeyringParameters = {
		...bench.parameters,
		path: `${bench.parameters.path}.restored`,
		rootFile: `${bench.parameters.rootFile}.restored`,
		passphrase: "another passphrase",
		backup,
		backupEpochFile: `${bench.parameters.rootFile}.epochs`,
		backupPassphrase: bench.parameters.passphrase,
		freshLedger: fresh,
	};
	return { bench, patients: patients as [Patient, Patient, Patient], parameters, fresh };
}
async function restore(parameters: RestoreKeyringParameters): Promise<LocalKeyring> {
	const keyring = await restoreKeyring(parameters);
	onTestFinished(() => keyring.close());
	return keyring;
}

const both = (bench: KeyringBench, one: Patient) => bench.access({ pseudonym: one.pseudonym, compartments: ["laboratory", "genomics"] });

it("[VA30] a key backup brings keys, bindings and tokens back under a new root", async () => {
	const { bench, patients, parameters } = await backedUp();
	const token = await bench.keyring.lookupToken("name", "x");
	const keyring = await restore(parameters);
	for (const one of patients) {
		expect(await keyring.unwrap(both(bench, one), [one.laboratory.wrapped, one.genomics.wrapped])).toHaveLength(2);
	}
	expect(await keyring.lookupToken("name", "x")).toBe(token);
	expect(await keyring.verifyKeys()).toEqual({ live: 3, destroyed: 0 });
});

it("[VA32] who was erased since the backup does not come back, nor a compartment that was", async () => {
	const { bench, patients, parameters, fresh } = await backedUp();
	const [gone, partly, other] = patients;
	const keyring = await restore({
		...parameters,
		freshLedger: { ...fresh, destroyed: (pseudonym) => (pseudonym === gone.pseudonym ? "all" : pseudonym === partly.pseudonym ? ["genomics"] : []) },
	});
	expect(await keyring.status(gone.subject)).toBe("destroyed");
	await expect(keyring.unwrap(both(bench, gone), [gone.laboratory.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
	await expect(keyring.createSubject(gone.subject, newPseudonym())).rejects.toThrow(coded("VAULT_ERASED"));
	const history = bench.access({ pseudonym: gone.pseudonym, compartments: [] });
	expect(await keyring.unwrapAudit(history, [gone.audit.wrapped])).toEqual([Buffer.from(gone.audit.dataKey)]);
	await expect(keyring.unwrap(both(bench, partly), [partly.genomics.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
	expect(await keyring.unwrap(both(bench, partly), [partly.laboratory.wrapped])).toHaveLength(1);
	expect(await keyring.unwrap(both(bench, other), [other.genomics.wrapped])).toHaveLength(1);
	expect(await keyring.verifyKeys()).toEqual({ live: 2, destroyed: 1 });
	// The backup that was restored still holds the key, and says until when.
	expect((await keyring.destroy(gone.subject, "all")).unreadableInBackupsFromMs).toBe(bench.clock.now + 30 * dayMs);
});

it("[VA32] no restore without a ledger that was just verified", async () => {
	const { bench, parameters, fresh } = await backedUp();
	const stale = { ...fresh, verifiedAtMs: (bench.clock.now - 30_001) as Instant };
	const future = { ...fresh, verifiedAtMs: (bench.clock.now + 1) as Instant };
	const missing = undefined as unknown as FreshLedger;
	for (const freshLedger of [stale, future, missing, { verifiedAtMs: fresh.verifiedAtMs } as FreshLedger]) {
		await expect(restoreKeyring({ ...parameters, freshLedger })).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "ledger-not-fresh"));
	}
});

it("[VA30] a backup altered, cut short, of another custodian or with a wrong passphrase restores nothing", async () => {
	const { parameters } = await backedUp();
	const [header = "", chunk = ""] = readFileSync(parameters.backup, "utf8").split("\n");
	const attempt = (text: string) => {
		writeFileSync(parameters.backup, text);
		return restoreKeyring(parameters);
	};
	await expect(attempt(`${header}\n${chunk.replace(/^..../, "AAAA")}\n`)).rejects.toThrow(coded("VAULT_INTEGRITY"));
	await expect(attempt(`${header}\n`)).rejects.toThrow(coded("VAULT_INTEGRITY"));
	await expect(attempt(`${header.replace(/"createdAtMs":\d/, '"createdAtMs":9')}\n${chunk}\n`)).rejects.toThrow(coded("VAULT_INTEGRITY"));
	await expect(attempt(`${header.replace("klinik-nord", "labor-sued")}\n${chunk}\n`)).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "custodian"));
	await expect(attempt("{}\n")).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "format"));
	writeFileSync(parameters.backup, `${header}\n${chunk}\n`);
	await expect(restoreKeyring({ ...parameters, custodian: "labor-sued" as MemberId })).rejects.toThrow(coded("VAULT_RESTORE_REFUSED"));
	await expect(restoreKeyring({ ...parameters, backupPassphrase: "wrong" })).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	// Nothing of these attempts stands in the way.
	expect(await (await restore(parameters)).verifyKeys()).toEqual({ live: 3, destroyed: 0 });
});

it("[VA31] a destruction ends the epoch, so later backups do not prolong the life of earlier ones", async () => {
	const { bench, patients, parameters } = await backedUp();
	const made = bench.clock.now;
	bench.clock.now += dayMs;
	const report = await bench.keyring.destroy(patients[0].subject, "all");
	expect(report.unreadableInBackupsFromMs).toBe(made + 30 * dayMs);
	bench.clock.now += dayMs;
	const later = await bench.keyring.backupKeys(`${parameters.backup}.2`);
	expect(later.epoch).toBe(2);
	bench.clock.now = report.unreadableInBackupsFromMs - 1;
	expect(await bench.keyring.expireEpochs()).toBe(0);
	bench.clock.now = report.unreadableInBackupsFromMs;
	expect(await bench.keyring.expireEpochs()).toBe(1);
	const fresh: FreshLedger = { verifiedAtMs: bench.clock.now as Instant, destroyed: () => [] };
	await expect(restoreKeyring({ ...parameters, freshLedger: fresh })).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "epoch-expired"));
	const keyring = await restore({ ...parameters, freshLedger: fresh, backup: `${parameters.backup}.2` });
	expect(await keyring.verifyKeys()).toEqual({ live: 2, destroyed: 1 });
});

it("[VA31] an epoch takes backups for seven days, and an expired one opens nothing even if nobody ran the expiry", async () => {
	const { bench, parameters } = await backedUp();
	bench.clock.now += 7 * dayMs - 1;
	expect((await bench.keyring.backupKeys(`${parameters.backup}.2`)).epoch).toBe(1);
	bench.clock.now += 1;
	expect((await bench.keyring.backupKeys(`${parameters.backup}.3`)).epoch).toBe(2);
	bench.clock.now += 40 * dayMs;
	const freshLedger: FreshLedger = { verifiedAtMs: bench.clock.now as Instant, destroyed: () => [] };
	await expect(restoreKeyring({ ...parameters, freshLedger })).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "epoch-expired"));
});

it("[VA31] with no backup made, nothing is readable in backups from the first instant", async () => {
	const bench = await createBench();
	const subject = newSubject();
	await bench.keyring.createSubject(subject, newPseudonym());
	const report = await bench.keyring.destroy(subject, "all");
	expect(report.unreadableInBackupsFromMs).toBe(report.unreadableSinceMs);
});
