import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";
import { createPassphraseKey, derivePassphraseKey, type ScryptCost, scryptCost } from "../passphraseKey.ts";
import type { KeyRoot } from "./keyRoot.ts";

/** The sealing key is scrypt of a passphrase; each has a salt of its own. There is nothing above it to rotate. */
export function passphraseRoot(passphrase: string, cost: ScryptCost = scryptCost, randomBytes: RandomBytes): KeyRoot {
	return {
		kind: "passphrase",
		createSealingKey: () => createPassphraseKey(passphrase, cost, randomBytes),
		openSealingKey: async (form) => {
			if (form.name !== "scrypt") throw new VaultError("VAULT_PASSPHRASE_WRONG", "expected a keyring under a passphrase, found one under a KMS");
			return derivePassphraseKey(passphrase, form);
		},
		rewrapSealingKey: async (form) => form,
		rotateAbove: async () => {},
	};
}
