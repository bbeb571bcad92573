import { existsSync, readFileSync } from "node:fs";
import { canonicalBytes, decodeHex, encodeHex, isHex, type MemberId } from "#base";
import { associatedData, open, type RandomBytes, seal } from "../aead.ts";
import { replaceAndShred, shred, writeDurable } from "../durableFile.ts";
import { VaultError } from "../errors.ts";
import { isSealingKeyForm, type SealingKey, type SealingKeyForm } from "./sealingKey.ts";

/** The keyring's root, 32 bytes, encrypted under the sealing key of a passphrase or a KMS. Canonical JSON on disk. */
export interface RootFile {
	readonly format: "aceso/root/1";
	readonly custodian: MemberId;
	/** +1 at each rotation; the database names the one that is valid. */
	readonly generation: number;
	/** How the sealing key comes back. */
	readonly derivation: SealingKeyForm;
	/** nonce ‖ ciphertext ‖ tag, hex; AAD = format, custodian, generation. */
	readonly sealed: string;
}

const nextSuffix = ".next";

/** Seals a root beside the current file; it counts only once the database names its generation and {@link settleRootFile} ran. */
export function writeNextRoot(
	path: string,
	root: { readonly custodian: MemberId; readonly generation: number; readonly bytes: Uint8Array },
	key: SealingKey,
	randomBytes: RandomBytes,
): void {
	const sealed = encodeHex(seal(key.bytes, root.bytes, rootAad(root.custodian, root.generation), randomBytes));
	const file = { format: "aceso/root/1", custodian: root.custodian, generation: root.generation, derivation: { ...key.form }, sealed };
	writeDurable(path + nextSuffix, canonicalBytes(file));
}

/**
 * Leaves exactly one root file: that of `generation`. Overwrites and removes the other, whichever step a crash interrupted.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY` when neither file is of that generation.
 */
export function settleRootFile(path: string, generation: number, randomBytes: RandomBytes): RootFile {
	const next = readRootFile(path + nextSuffix);
	if (next?.generation === generation) {
		replaceAndShred(path + nextSuffix, path, randomBytes);
		return next;
	}
	const current = readRootFile(path);
	if (current?.generation !== generation) throw new VaultError("VAULT_INTEGRITY", "expected a root file of the generation that the keyring names");
	if (existsSync(path + nextSuffix)) shred(path + nextSuffix, randomBytes);
	return current;
}

/** @throws {@link VaultError} `VAULT_PASSPHRASE_WRONG`. */
export function openRootFile(file: RootFile, key: SealingKey): Uint8Array {
	const root = open(key.bytes, decodeHex(file.sealed, 60), rootAad(file.custodian, file.generation));
	if (root === undefined) throw new VaultError("VAULT_PASSPHRASE_WRONG", "the passphrase does not open this keyring, or its root file was altered");
	return root;
}

export function hasRootFile(path: string): boolean {
	return existsSync(path);
}

/** Undefined for an absent file and for one that a crash left half-written or half-overwritten. */
function readRootFile(path: string): RootFile | undefined {
	if (!existsSync(path)) return undefined;
	try {
		const file = JSON.parse(readFileSync(path, "utf8")) as RootFile;
		return isRootFile(file) ? file : undefined;
	} catch {
		return undefined;
	}
}

function isRootFile(file: RootFile): boolean {
	return (
		file.format === "aceso/root/1" &&
		typeof file.custodian === "string" &&
		Number.isSafeInteger(file.generation) &&
		isHex(file.sealed, 60) &&
		isSealingKeyForm(file.derivation)
	);
}

function rootAad(custodian: MemberId, generation: number): Uint8Array {
	return associatedData("aceso/root/1", custodian, generation);
}
