import { isScryptForm, type KeyDerivation } from "./passphraseKey.ts";

/** A sealing key as AWS KMS or Vault Transit wrapped it. */
export interface WrappedForm {
	readonly name: "aws-kms" | "vault-transit";
	/** Which key of the KMS; not a secret. */
	readonly key: string;
	/** base64 of AWS KMS, `vault:v1:…` of Transit. */
	readonly wrapped: string;
}

/** How a sealing key comes back: written beside what it seals. */
export type SealingKeyForm = KeyDerivation | WrappedForm;

/** Seals the root file and the keys of backup epochs; lives in memory while the keyring is open. */
export interface SealingKey {
	readonly form: SealingKeyForm;
	/** 32 bytes. */
	readonly bytes: Uint8Array;
}

/** Bounds keep a planted file from exhausting memory. */
export function isSealingKeyForm(value: SealingKeyForm): boolean {
	return value?.name === "scrypt" ? isScryptForm(value) : isWrappedForm(value);
}

function isWrappedForm(value: WrappedForm): boolean {
	return (
		(value?.name === "aws-kms" || value?.name === "vault-transit") &&
		typeof value.key === "string" &&
		value.key.length <= 2_048 &&
		typeof value.wrapped === "string" &&
		value.wrapped.length <= 8_192
	);
}

/** Whether two forms are of one sealing key. */
export function sameForm(a: SealingKeyForm, b: SealingKeyForm): boolean {
	return identityOf(a) === identityOf(b);
}

function identityOf(form: SealingKeyForm): string {
	return form.name === "scrypt" ? `scrypt|${form.N}|${form.r}|${form.p}|${form.salt}` : `${form.name}|${form.key}|${form.wrapped}`;
}
