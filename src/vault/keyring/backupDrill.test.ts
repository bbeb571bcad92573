import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { dayMs, encodeHex, type Instant, type Pseudonym, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { createBench, type KeyringBench, newPseudonym, newSubject } from "../vault.fixtures.ts";
import type { SealingHandle } from "../vault.ts";
import type { FreshLedger } from "./keyBackup.ts";
import type { LocalKeyring } from "./localKeyring.ts";
import { restoreKeyring } from "./openKeyring.ts";

const coded = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, details: { reason } });

interface Patient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly laboratory: SealingHandle;
	readonly genomics: SealingHandle;
}

async function patient({ keyring }: KeyringBench): Promise<Patient> {
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	return { subject, pseudonym, laboratory: await keyring.sealFor(subject, ["laboratory"]), genomics: await keyring.sealFor(subject, ["genomics"]) };
}

const access = (bench: KeyringBench, { pseudonym }: Patient) => bench.access({ pseudonym, compartments: ["laboratory", "genomics"] });

/** The thief and the operator hold the same: a backup, a copy of the epoch file from when it was made, and the passphrase. */
async function drill() {
	const bench = await createBench();
	const folder = dirname(bench.parameters.path);
	const [gone, partly, other] = [await patient(bench), await patient(bench), await patient(bench)];
	const backup = join(folder, "monday.keys");
	await bench.keyring.backupKeys(backup);
	const copiedEpochs = join(folder, "monday.epochs");
	cpSync(`${bench.parameters.rootFile}.epochs`, copiedEpochs);
	let restores = 0;
	const restore = async (from: {
		readonly epochs: string;
		readonly destroyed: FreshLedger["destroyed"];
		readonly backup?: string;
	}): Promise<LocalKeyring> => {
		const name = `restored-${restores++}`;
		const keyring = await restoreKeyring({
			...bench.parameters,
			...{ path: join(folder, `${name}.db`), rootFile: join(folder, `${name}.json`), backup: from.backup ?? backup },
			...{ backupEpochFile: from.epochs, backupPassphrase: bench.parameters.passphrase },
			freshLedger: { verifiedAtMs: bench.clock.now as Instant, destroyed: from.destroyed },
		});
		onTestFinished(() => keyring.close());
		return keyring;
	};
	return { bench, folder, gone, partly, other, backup, copiedEpochs, restore };
}

it("[VA32] drill: within the epoch an old key backup brings everybody back but the erased, who stay erased in what is backed up next", async () => {
	const { bench, folder, gone, partly, other, restore } = await drill();
	bench.clock.now += dayMs;
	await bench.keyring.destroy(gone.subject, "all");
	await bench.keyring.destroy(partly.subject, ["genomics"]);
	const ledger: FreshLedger["destroyed"] = (_, subject) => (subject === gone.subject ? "all" : subject === partly.subject ? ["genomics"] : []);
	const epochs = `${bench.parameters.rootFile}.epochs`;
	const first = await restore({ epochs, destroyed: ledger });
	const assertErased = async (keyring: LocalKeyring): Promise<void> => {
		expect(await keyring.status(gone.subject)).toBe("destroyed");
		for (const { wrapped } of [gone.laboratory, gone.genomics]) {
			await expect(keyring.unwrap(access(bench, gone), [wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
		}
		await expect(keyring.unwrap(access(bench, partly), [partly.genomics.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
		for (const [one, handle] of [[partly, partly.laboratory] as const, [other, other.genomics] as const]) {
			expect((await keyring.unwrap(access(bench, one), [handle.wrapped])).map(encodeHex)).toEqual([encodeHex(handle.dataKey)]);
		}
		expect(await keyring.verifyKeys()).toEqual({ live: 2, destroyed: 1 });
	};
	await assertErased(first);
	const backup = join(folder, "tuesday.keys");
	await first.backupKeys(backup);
	// A ledger that has forgotten cannot bring them back from there: their keys are not in it.
	const second = await restore({ epochs: join(folder, "restored-0.json.epochs"), backup, destroyed: () => [] });
	await assertErased(second);
});

it("[VA31] drill: after its epoch an old key backup opens for nobody who keeps the rules, whatever the ledger says", async () => {
	const { bench, gone, restore } = await drill();
	const report = await bench.keyring.destroy(gone.subject, "all");
	bench.clock.now = report.unreadableInBackupsFromMs;
	await bench.keyring.expireEpochs();
	for (const destroyed of [() => [], () => "all"] as FreshLedger["destroyed"][]) {
		await expect(restore({ epochs: `${bench.parameters.rootFile}.epochs`, destroyed })).rejects.toThrow(
			coded("VAULT_RESTORE_REFUSED", "epoch-expired"),
		);
	}
});

it("[VA30] drill: a copy of the epoch file that was added to instead of replaced refuses after its time as well", async () => {
	const { bench, gone, copiedEpochs, restore } = await drill();
	const report = await bench.keyring.destroy(gone.subject, "all");
	bench.clock.now = report.unreadableInBackupsFromMs - 1;
	// Until then the copy, the backup and the passphrase together open: the report says so, and the ledger alone keeps the erased away.
	expect(await (await restore({ epochs: copiedEpochs, destroyed: () => [] })).status(gone.subject)).toBe("live");
	bench.clock.now = report.unreadableInBackupsFromMs;
	await expect(restore({ epochs: copiedEpochs, destroyed: () => [] })).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "epoch-expired"));
});

it("[VA30] drill: live keys are wrapped anew in each epoch, under a key that opens no other epoch's backup", async () => {
	const { bench, folder, other, restore } = await drill();
	bench.clock.now += 7 * dayMs;
	const backup = join(folder, "next-monday.keys");
	expect((await bench.keyring.backupKeys(backup)).epoch).toBe(2);
	// The first epoch ends; the second lives on and suffices.
	bench.clock.now += 23 * dayMs;
	expect(await bench.keyring.expireEpochs()).toBe(1);
	const epochs = `${bench.parameters.rootFile}.epochs`;
	await expect(restore({ epochs, destroyed: () => [] })).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", "epoch-expired"));
	const keyring = await restore({ epochs, backup, destroyed: () => [] });
	expect(await keyring.unwrap(access(bench, other), [other.laboratory.wrapped])).toHaveLength(1);
});

it("[VA32] drill: a compartment erased after the backup takes the sets it is part of with it, in the restored keyring too", async () => {
	const { bench, partly, restore } = await drill();
	const both = await bench.keyring.sealFor(partly.subject, ["laboratory", "genomics"] as Compartment[]);
	const keyring = await restore({
		epochs: `${bench.parameters.rootFile}.epochs`,
		destroyed: (_, subject) => (subject === partly.subject ? ["genomics"] : []),
	});
	await expect(keyring.unwrap(access(bench, partly), [both.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
	await expect(keyring.sealFor(partly.subject, ["genomics"])).rejects.toThrow(coded("VAULT_ERASED"));
	expect(await keyring.unwrap(access(bench, partly), [partly.laboratory.wrapped])).toHaveLength(1);
});
