import { existsSync, readFileSync } from "node:fs";
import { dayMs, decodeHex, encodeHex, encodeUtf8, type Instant, isHex, type MemberId } from "#base";
import { associatedData, open, type RandomBytes, seal } from "../aead.ts";
import { replaceAndShred, shred, writeDurable } from "../durableFile.ts";
import { VaultError } from "../errors.ts";
import { isKeyDerivation, type KeyDerivation, type PassphraseKey } from "./passphraseKey.ts";
import { keyBytes } from "./wrapping.ts";

/** An epoch takes new backups for at most this long, in ms. */
export const epochMs = 7 * dayMs;

/** A span of time whose key backups share one key, and die with it. */
export interface Epoch {
	/** From 1. */
	readonly epoch: number;
	readonly startedAtMs: number;
	/** Set when a destruction ends it early, so that no later backup prolongs the life of its key. */
	readonly closedAtMs: number | null;
	readonly lastBackupAtMs: number | null;
	/** The epoch's key under the passphrase's key, hex. */
	readonly sealed: string;
}

interface EpochFileContent {
	readonly format: "aceso/epochs/1";
	readonly custodian: MemberId;
	readonly derivation: KeyDerivation;
	readonly epochs: readonly Epoch[];
}

export interface EpochFileParameters {
	readonly path: string;
	readonly custodian: MemberId;
	readonly passphraseKey: PassphraseKey;
	/** How long a backup is kept, in ms. */
	readonly backupLifetimeMs: number;
	readonly randomBytes: RandomBytes;
}

/**
 * Keys of backup epochs, in a file of their own: whoever restores needs it, the backup and the passphrase. It is small and rewritten in
 * place, so destroying an epoch's key is rewriting the file without it. Keep a copy apart from the backups only where it is replaced, not added to.
 */
export class EpochFile {
	readonly #parameters: EpochFileParameters;
	#epochs: readonly Epoch[];

	constructor(parameters: EpochFileParameters, epochs: readonly Epoch[]) {
		this.#parameters = parameters;
		this.#epochs = epochs;
	}

	static load(parameters: EpochFileParameters): EpochFile {
		return new EpochFile(parameters, settle(parameters.path, parameters.randomBytes)?.epochs ?? []);
	}

	/** The open epoch's key for a backup made now; the epoch's life is prolonged on disk before the key is handed out. */
	startBackup(now: Instant): { readonly epoch: number; readonly key: Uint8Array } {
		const last = this.#epochs.at(-1);
		const current = last !== undefined && isOpen(last, now) ? last : this.#createEpoch(now, (last?.epoch ?? 0) + 1);
		const used = { ...current, lastBackupAtMs: now };
		this.#write([...this.#epochs.filter((epoch) => epoch.epoch !== current.epoch), used]);
		return { epoch: used.epoch, key: this.#open(used) };
	}

	/** Ends the open epoch. Afterwards the keys of all backups made so far die by the instant returned (`now` when there are none). */
	close(now: Instant): Instant {
		if (this.#epochs.some((epoch) => epoch.closedAtMs === null)) {
			this.#write(this.#epochs.map((epoch) => ({ ...epoch, closedAtMs: epoch.closedAtMs ?? now })));
		}
		return this.lastEnd(now);
	}

	/** When the keys of all backups made so far are destroyed at the latest; `now` when there are none. */
	lastEnd(now: Instant): Instant {
		return Math.max(now, ...this.#epochs.map((epoch) => this.#endOf(epoch))) as Instant;
	}

	/** Destroys the keys of epochs whose last backup has expired; returns how many. */
	expire(now: Instant): number {
		const kept = this.#epochs.filter((epoch) => isOpen(epoch, now) || this.#endOf(epoch) > now);
		const destroyed = this.#epochs.length - kept.length;
		if (destroyed > 0) this.#write(kept);
		return destroyed;
	}

	/** Writes these epochs' keys under another passphrase's key. */
	copyTo(parameters: EpochFileParameters): void {
		const epochs = this.#epochs.map((epoch) => ({ ...epoch, sealed: sealEpochKey(parameters, epoch.epoch, this.#open(epoch)) }));
		new EpochFile(parameters, []).#write(epochs);
	}

	/** Undefined once the epoch's key is destroyed. */
	keyOf(epoch: number): Uint8Array | undefined {
		const found = this.#epochs.find((candidate) => candidate.epoch === epoch);
		return found === undefined ? undefined : this.#open(found);
	}

	#endOf(epoch: Epoch): number {
		return epoch.lastBackupAtMs === null ? 0 : epoch.lastBackupAtMs + this.#parameters.backupLifetimeMs;
	}

	#createEpoch(now: Instant, epoch: number): Epoch {
		const key = this.#parameters.randomBytes(keyBytes);
		return { epoch, startedAtMs: now, closedAtMs: null, lastBackupAtMs: null, sealed: sealEpochKey(this.#parameters, epoch, key) };
	}

	#open(epoch: Epoch): Uint8Array {
		const { custodian, passphraseKey } = this.#parameters;
		const key = open(passphraseKey.bytes, decodeHex(epoch.sealed), epochAad(custodian, epoch.epoch));
		if (key === undefined) throw new VaultError("VAULT_PASSPHRASE_WRONG", "the passphrase does not open the epoch keys, or their file was altered");
		return key;
	}

	#write(epochs: readonly Epoch[]): void {
		const { path, custodian, passphraseKey, randomBytes } = this.#parameters;
		const content: EpochFileContent = { format: "aceso/epochs/1", custodian, derivation: passphraseKey.derivation, epochs };
		// An attempt that failed half-way may have left the keys in the next file alone.
		settle(path, randomBytes);
		writeDurable(`${path}.next`, encodeUtf8(JSON.stringify(content)));
		replaceAndShred(`${path}.next`, path, randomBytes);
		this.#epochs = epochs;
	}
}

/** How the keys of an epoch file were derived, for a restore elsewhere. */
export function readEpochDerivation(path: string): KeyDerivation {
	const content = read(`${path}.next`) ?? read(path);
	if (content === undefined) throw new VaultError("VAULT_RESTORE_REFUSED", "expected the epoch key file that belongs to the backup");
	return content.derivation;
}

function isOpen(epoch: Epoch, now: Instant): boolean {
	return epoch.closedAtMs === null && now < epoch.startedAtMs + epochMs;
}

function sealEpochKey(parameters: EpochFileParameters, epoch: number, key: Uint8Array): string {
	return encodeHex(seal(parameters.passphraseKey.bytes, key, epochAad(parameters.custodian, epoch), parameters.randomBytes));
}

/** A whole next file is the newer one: the crash came before it took its place. */
function settle(path: string, randomBytes: RandomBytes): EpochFileContent | undefined {
	const next = read(`${path}.next`);
	if (next !== undefined) {
		replaceAndShred(`${path}.next`, path, randomBytes);
		return next;
	}
	if (existsSync(`${path}.next`)) shred(`${path}.next`, randomBytes);
	if (!existsSync(path)) return undefined;
	const content = read(path);
	if (content === undefined) throw new VaultError("VAULT_INTEGRITY", "expected an epoch key file, found other bytes");
	return content;
}

function read(path: string): EpochFileContent | undefined {
	if (!existsSync(path)) return undefined;
	try {
		const content = JSON.parse(readFileSync(path, "utf8")) as EpochFileContent;
		const valid =
			content.format === "aceso/epochs/1" && isKeyDerivation(content.derivation) && content.epochs.every((epoch) => isHex(epoch.sealed, 60));
		return valid ? content : undefined;
	} catch {
		return undefined;
	}
}

function epochAad(custodian: MemberId, epoch: number): Uint8Array {
	return associatedData("aceso/epoch/1", custodian, epoch);
}
