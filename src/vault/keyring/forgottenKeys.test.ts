import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Instant, systemClock } from "#base";
import { createReceiptKey } from "../receipt.ts";
import { custodian, newPseudonym, newSubject, quickScrypt, randomBytes, temporaryFolder } from "../vault.fixtures.ts";
import { createKeyRoot } from "./kms/createKeyRoot.ts";
import { startVaultTransitStandIn } from "./kms/testing/vaultTransitStandIn.ts";
import { createKeyringUnder } from "./openKeyring.ts";

/** Random bytes, and every 32 of them that may have become a key, as they lie in memory since. */
function recorder() {
	const keys: Uint8Array[] = [];
	const draw = (size: number) => {
		const bytes = randomBytes(size);
		if (size === 32) keys.push(bytes);
		return bytes;
	};
	return { draw, take: () => keys.splice(0) };
}

const isGone = (key: Uint8Array | undefined) => key?.every((byte) => byte === 0);

/** A keyring whose every key is drawn where the test sees it: its sealing key too, since a KMS wraps one that is drawn here. */
async function begin() {
	const { draw, take } = recorder();
	const { config } = await startVaultTransitStandIn();
	const folder = temporaryFolder();
	const files = {
		...{ path: join(folder, "keyring.db"), rootFile: join(folder, "root.json"), custodian, ledger: "taken on trust" as const },
		...{ receiptKey: createReceiptKey(randomBytes), now: () => Date.UTC(2026, 4, 1) as Instant, randomBytes: draw },
	};
	const keyring = await createKeyringUnder(createKeyRoot(config, { now: systemClock, randomBytes: draw }), files);
	onTestFinished(() => keyring.close());
	const [sealing, root, lookup] = take() as [Uint8Array, Uint8Array, Uint8Array];
	return { keyring, config, folder: dirname(files.path), take, sealing, root, lookup };
}

it("[VA20] [VA22] keys are overwritten once they are wrapped, and those in use when they are not used any more", async () => {
	const { keyring, take, folder, sealing, root, lookup } = await begin();
	expect([sealing, root, lookup].map(isGone)).toEqual([false, false, true]);
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	const [patient] = take();
	expect(isGone(patient)).toBe(true);
	expect(await keyring.rotateRoot()).toBe(2);
	const [second] = take();
	expect([root, second].map(isGone)).toEqual([true, false]);
	await keyring.destroy(subject, ["notes"]);
	const [patientAnew, third] = take();
	expect([patientAnew, second, third].map(isGone)).toEqual([true, true, false]);
	await keyring.backupKeys(join(folder, "backup"));
	const [epoch] = take();
	expect(isGone(epoch)).toBe(true);
	await keyring.close();
	expect([third, sealing].map(isGone)).toEqual([true, true]);
});

it("[VA65] a sealing key goes when the root has moved to another, and stays where it is the same one under a newer key", async () => {
	const { keyring, config, take, sealing } = await begin();
	await keyring.rotateKeyRoot(config);
	expect(isGone(sealing)).toBe(false);
	take();
	await keyring.changeKeyRoot(config);
	const [next] = take();
	expect([sealing, next].map(isGone)).toEqual([true, false]);
	await keyring.changeKeyRoot({ kind: "passphrase", passphrase: "another", scrypt: quickScrypt });
	expect(isGone(next)).toBe(true);
	expect(await keyring.verifyKeys()).toEqual({ live: 0, destroyed: 0 });
});

it("[VA9] of a receipt key nothing stays in the bytes that it was made of", () => {
	const { draw, take } = recorder();
	createReceiptKey(draw);
	expect(take().map(isGone)).toEqual([true]);
});
