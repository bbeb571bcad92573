import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { createReceiptKey } from "../../receipt.ts";
import { custodian, logAccess, quickScrypt, randomBytes, temporaryFolder } from "../../vault.fixtures.ts";
import type { KeyRootConfig } from "../kms/keyRoot.ts";
import { openProcessKeyring, type ProcessKeyring, type ProcessKeyringParameters } from "../process/openProcessKeyring.ts";
import type { KeyringOptions, KeyringUnderTest } from "./describeKeyring.ts";

export const passphrase = "correct horse battery staple";

export interface ProcessBench extends KeyringUnderTest {
	readonly keyring: ProcessKeyring;
	readonly parameters: ProcessKeyringParameters;
	readonly folder: string;
}

/** What a keyring's process needs, with a clock that this test turns. */
export function processParameters(options: KeyringOptions = {}) {
	const folder = temporaryFolder();
	const clockFile = join(folder, "clock");
	let now = Date.UTC(2026, 4, 1);
	const clock = {
		get now() {
			return now;
		},
		set now(value) {
			now = value;
			// Read by the other process at any time: never seen half-written.
			writeFileSync(`${clockFile}.next`, String(value));
			renameSync(`${clockFile}.next`, clockFile);
		},
	};
	clock.now = now;
	const receiptKey = createReceiptKey(randomBytes);
	const { pins, ...limits } = options;
	const parameters: ProcessKeyringParameters = {
		...{ path: join(folder, "keyring.db"), rootFile: join(folder, "root.json"), custodian, create: true },
		keyRoot: (): KeyRootConfig => ({ kind: "passphrase", passphrase, scrypt: quickScrypt }),
		...{ receiptKey, randomBytes, restartPauseMs: 0, ...limits },
		ledger: pins === undefined ? "taken on trust" : { pins },
		main: [fileURLToPath(new URL("./clockedKeyring.ts", import.meta.url)), clockFile],
	};
	return { folder, clock, receiptKey, parameters };
}

export async function createProcessBench(options: KeyringOptions = {}): Promise<ProcessBench> {
	const { folder, clock, receiptKey, parameters } = processParameters(options);
	const open = async (): Promise<ProcessKeyring> => {
		const keyring = await openProcessKeyring(parameters);
		onTestFinished(() => keyring.close());
		return keyring;
	};
	const keyring = await open();
	return {
		...{ keyring, folder, clock, receiptKey, parameters },
		access: (entry) => logAccess(receiptKey, clock.now, entry),
		reopen: async () => {
			await keyring.close();
			return open();
		},
		pathOf: (name) => join(folder, name),
	};
}
