import { expect, it } from "vitest";
import { createBench, newPseudonym, newSubject, quickScrypt } from "../vault.fixtures.ts";
import { startVaultTransitStandIn } from "./kms/testing/vaultTransitStandIn.ts";

it("[VA58] [VA128] a closed keyring answers nothing, whatever it is asked: it says that it is closed, and throws nothing", async () => {
	const { keyring, access, parameters } = await createBench();
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	const { wrapped } = await keyring.sealFor(subject, ["laboratory"]);
	const token = await keyring.lookupToken("a", "b");
	await keyring.status(subject);
	const root = { kind: "passphrase", passphrase: "another", scrypt: quickScrypt } as const;
	const kms = await startVaultTransitStandIn();
	const asks: Readonly<Record<string, () => unknown>> = {
		createSubject: () => keyring.createSubject(newSubject(), newPseudonym()),
		bind: () => keyring.bind(subject, newPseudonym()),
		showLogs: () => keyring.showLogs(new Uint8Array(0)),
		honoursLog: () => keyring.honoursLog("log"),
		subjectOf: () => keyring.subjectOf(pseudonym),
		pseudonymOf: () => keyring.pseudonymOf(subject),
		status: () => keyring.status(subject),
		sealFor: () => keyring.sealFor(subject, ["laboratory"]),
		sealAudit: () => keyring.sealAudit(subject),
		unwrap: () => keyring.unwrap(access({ pseudonym }), [wrapped]),
		unwrapNothing: () => keyring.unwrap(access({ pseudonym }), []),
		unwrapAudit: () => keyring.unwrapAudit(access({ pseudonym, compartments: [] }), []),
		lookupToken: () => keyring.lookupToken("a", "b"),
		dateShiftDays: () => keyring.dateShiftDays(access({ pseudonym }), subject, "study"),
		destroy: () => keyring.destroy(subject, "all"),
		backupKeys: () => keyring.backupKeys(`${parameters.path}.backup`),
		expireEpochs: () => keyring.expireEpochs(),
		expireAuditKeys: () => keyring.expireAuditKeys(),
		verifyKeys: () => keyring.verifyKeys(),
		rotateRoot: () => keyring.rotateRoot(),
		changeKeyRoot: () => keyring.changeKeyRoot(root),
		rotateKeyRoot: () => keyring.rotateKeyRoot(root),
		changeToKms: () => keyring.changeKeyRoot(kms.config),
		rotateKms: () => keyring.rotateKeyRoot(kms.config),
	};
	expect(token).toHaveLength(64);
	await keyring.close();
	for (const [name, ask] of Object.entries(asks)) await expect(ask(), name).rejects.toThrow(expect.objectContaining({ code: "VAULT_CLOSED" }));
	// Nor is a key service asked for anything, or a key made there that nobody needs.
	expect(kms.requests).toEqual([]);
});
