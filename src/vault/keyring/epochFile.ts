import { existsSync, readFileSync } from "node:fs";
import { dayMs, decodeHex, encodeHex, encodeUtf8, type Instant, isHex, type MemberId } from "#base";
import { associatedData, open, type RandomBytes, seal } from "../aead.ts";
import { replaceAndShred, shred, writeDurable } from "../durableFile.ts";
import { VaultError } from "../errors.ts";
import { isSealingKeyForm, type SealingKey, type SealingKeyForm, sameForm } from "./sealingKey.ts";
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
	/** The epoch's key under the sealing key, hex. */
	readonly sealed: string;
}

interface EpochFileContent {
	readonly format: "aceso/epochs/1";
	readonly custodian: MemberId;
	readonly derivation: SealingKeyForm;
	readonly epochs: readonly Epoch[];
	/** While the sealing key changes: the same keys under the one to come, in the order of `epochs`. The root file says which of the two holds. */
	readonly next?: { readonly derivation: SealingKeyForm; readonly sealed: readonly string[] } | undefined;
}

export interface EpochFileParameters {
	readonly path: string;
	readonly custodian: MemberId;
	readonly sealingKey: SealingKey;
	/** How long a backup is kept, in ms. */
	readonly backupLifetimeMs: number;
	readonly randomBytes: RandomBytes;
}

/**
 * Keys of backup epochs, in a file of their own: whoever restores needs it, the backup and the passphrase. It is small and rewritten in
 * place, so destroying an epoch's key is rewriting the file without it. Keep a copy apart from the backups only where it is replaced, not added to.
 */
export class EpochFile {
	#parameters: EpochFileParameters;
	#epochs: readonly Epoch[];
	#moving: SealingKey | undefined;

	constructor(parameters: EpochFileParameters, epochs: readonly Epoch[]) {
		this.#parameters = parameters;
		this.#epochs = epochs;
	}

	/** Also settles a change of the sealing key that a crash interrupted: what the other key opens is gone afterwards. */
	static load(parameters: EpochFileParameters): EpochFile {
		const content = settle(parameters.path, parameters.randomBytes);
		if (content?.next === undefined) return new EpochFile(parameters, content?.epochs ?? []);
		const { epochs, next } = content;
		const moved = sameForm(next.derivation, parameters.sealingKey.form);
		const file = new EpochFile(parameters, moved ? epochs.map((epoch, index) => ({ ...epoch, sealed: next.sealed[index] as string })) : epochs);
		file.#write(file.#epochs);
		return file;
	}

	/** Before the root moves to another sealing key: from here on the file opens with either. */
	prepareMove(sealingKey: SealingKey): void {
		this.#moving = sealingKey;
		if (this.#epochs.length > 0) this.#write(this.#epochs);
	}

	/** Ends a move that failed half-way, by what became of the root. */
	settleMove(root: SealingKey): void {
		const moving = this.#moving;
		if (moving === undefined) return;
		if (sameForm(moving.form, root.form)) this.finishMove(moving);
		else {
			this.#moving = undefined;
			this.#write(this.#epochs);
		}
	}

	/** After the root has moved: from here on the file opens with the new sealing key alone. */
	finishMove(sealingKey: SealingKey): void {
		const epochs = this.#epochs.map((epoch) => ({ ...epoch, sealed: this.#resealed(sealingKey, epoch) }));
		this.#parameters = { ...this.#parameters, sealingKey };
		this.#moving = undefined;
		if (epochs.length > 0) this.#write(epochs);
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

	/** Writes these epochs' keys under another sealing key. */
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
		const sealed = sealEpochKey(this.#parameters, epoch, key);
		key.fill(0);
		return { epoch, startedAtMs: now, closedAtMs: null, lastBackupAtMs: null, sealed };
	}

	#resealed(sealingKey: SealingKey, epoch: Epoch): string {
		return sealEpochKey({ ...this.#parameters, sealingKey }, epoch.epoch, this.#open(epoch));
	}

	#open(epoch: Epoch): Uint8Array {
		const { custodian, sealingKey } = this.#parameters;
		const key = open(sealingKey.bytes, decodeHex(epoch.sealed), epochAad(custodian, epoch.epoch));
		if (key === undefined) throw new VaultError("VAULT_PASSPHRASE_WRONG", "the passphrase does not open the epoch keys, or their file was altered");
		return key;
	}

	#write(epochs: readonly Epoch[]): void {
		const { path, custodian, sealingKey, randomBytes } = this.#parameters;
		const moving = this.#moving;
		const next = moving && { derivation: moving.form, sealed: epochs.map((epoch) => this.#resealed(moving, epoch)) };
		const content: EpochFileContent = { format: "aceso/epochs/1", custodian, derivation: sealingKey.form, epochs, next };
		// An attempt that failed half-way may have left the keys in the next file alone.
		settle(path, randomBytes);
		writeDurable(`${path}.next`, encodeUtf8(JSON.stringify(content)));
		replaceAndShred(`${path}.next`, path, randomBytes);
		this.#epochs = epochs;
	}
}

/** How the keys of an epoch file were derived, for a restore elsewhere. */
export function readEpochDerivation(path: string): SealingKeyForm {
	const content = read(`${path}.next`) ?? read(path);
	if (content === undefined) throw new VaultError("VAULT_RESTORE_REFUSED", "expected the epoch key file that belongs to the backup");
	return content.derivation;
}

function isOpen(epoch: Epoch, now: Instant): boolean {
	return epoch.closedAtMs === null && now < epoch.startedAtMs + epochMs;
}

function sealEpochKey(parameters: EpochFileParameters, epoch: number, key: Uint8Array): string {
	return encodeHex(seal(parameters.sealingKey.bytes, key, epochAad(parameters.custodian, epoch), parameters.randomBytes));
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
			content.format === "aceso/epochs/1" && isSealingKeyForm(content.derivation) && content.epochs.every((epoch) => isHex(epoch.sealed, 60));
		return valid && isNext(content) ? content : undefined;
	} catch {
		return undefined;
	}
}

function isNext({ next, epochs }: EpochFileContent): boolean {
	if (next === undefined) return true;
	return isSealingKeyForm(next.derivation) && next.sealed.length === epochs.length && next.sealed.every((sealed) => isHex(sealed, 60));
}

function epochAad(custodian: MemberId, epoch: number): Uint8Array {
	return associatedData("aceso/epoch/1", custodian, epoch);
}
