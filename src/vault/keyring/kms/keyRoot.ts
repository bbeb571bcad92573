import type { MemberId } from "#base";
import type { ScryptCost } from "../passphraseKey.ts";
import type { SealingKey, SealingKeyForm } from "../sealingKey.ts";

/** Bound to what is sealed, so that a key of one custodian does not open as another's. */
export interface KeyRootContext {
	readonly custodian: MemberId;
}

/**
 * What stands above the keyring's root: a passphrase, or a key in a KMS that never leaves it. It gives out one sealing key, under which
 * root file and epoch keys are sealed, and the form from which only it gets that key back.
 */
export interface KeyRoot {
	readonly kind: KeyRootConfig["kind"];
	/** A new sealing key, wrapped. */
	createSealingKey(context: KeyRootContext): Promise<SealingKey>;
	/**
	 * The sealing key of a form made before.
	 *
	 * @throws {@link VaultError} `VAULT_PASSPHRASE_WRONG` (also for a form of another kind), `VAULT_KMS_REFUSED`, `VAULT_KMS_UNREACHABLE`.
	 */
	openSealingKey(form: SealingKeyForm, context: KeyRootContext): Promise<SealingKey>;
	/** The same sealing key under the newest version of the key above; the form unchanged where there is no such thing. */
	rewrapSealingKey(form: SealingKeyForm, context: KeyRootContext): Promise<SealingKeyForm>;
	/** Makes a new version of the key above, once; does nothing where that is not ours to do (a passphrase has none, AWS KMS rotates on its own schedule). */
	rotateAbove(): Promise<void>;
}

/** How to reach a key root, secrets included: handed over by a file descriptor, never by environment or arguments. */
export type KeyRootConfig =
	| { readonly kind: "passphrase"; readonly passphrase: string; readonly scrypt?: ScryptCost | undefined }
	| AwsKmsConfig
	| VaultTransitConfig;

export interface AwsKmsConfig {
	readonly kind: "aws-kms";
	/** Such as `eu-central-1`. */
	readonly region: string;
	/** Key id or ARN; an alias may be moved to another key and is not accepted. */
	readonly keyId: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Of temporary credentials. */
	readonly sessionToken?: string | undefined;
	/** `https://kms.<region>.amazonaws.com` when absent. Plain http only on loopback. */
	readonly endpoint?: string | undefined;
}

export interface VaultTransitConfig {
	readonly kind: "vault-transit";
	/** `https://…`; plain http only on loopback. */
	readonly address: string;
	readonly token: string;
	/** Name of a key made with `derived=true`. */
	readonly key: string;
	/** Where the engine is mounted; `transit` when absent. */
	readonly mount?: string | undefined;
	readonly namespace?: string | undefined;
}
