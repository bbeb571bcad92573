import type { Clock } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { awsKmsRoot } from "./awsKmsRoot.ts";
import type { KeyRoot, KeyRootConfig } from "./keyRoot.ts";
import { passphraseRoot } from "./passphraseRoot.ts";
import { vaultTransitRoot } from "./vaultTransitRoot.ts";

export interface KeyRootDependencies {
	readonly now: Clock;
	readonly randomBytes: RandomBytes;
	/** How long one attempt at a KMS may take, in ms; five seconds when absent. */
	readonly kmsTimeoutMs?: number | undefined;
}

/** The driver that a configuration names. */
export function createKeyRoot(config: KeyRootConfig, dependencies: KeyRootDependencies): KeyRoot {
	switch (config.kind) {
		case "passphrase":
			return passphraseRoot(config.passphrase, config.scrypt, dependencies.randomBytes);
		case "aws-kms":
			return awsKmsRoot(config, dependencies);
		case "vault-transit":
			return vaultTransitRoot(config, dependencies);
	}
}
