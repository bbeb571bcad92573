import type { Duplex } from "node:stream";
import type { MemberId } from "#base";
import { VaultError, type VaultErrorCode } from "../../errors.ts";
import type { KeyRootConfig } from "../kms/keyRoot.ts";
import { FrameReader } from "./frames.ts";
import { ByteReader, ByteWriter } from "./wireBytes.ts";
import { readError, writeError } from "./wireErrors.ts";

/** The file descriptor over which a keyring's process gets its secrets, says that it is ready, and notices its parent's end. */
export const handOverDescriptor = 3;
const maxHandOverBytes = 64 * 2 ** 10;

/** A verifier's pins in one spelling, as `createVerifier` of the process reads them. */
export type LedgerPins = { readonly pins: string } | "taken on trust";

/** What is not secret. */
export interface KeyringPlace {
	readonly socket: string;
	readonly custodian: MemberId;
	readonly path: string;
	readonly rootFile: string;
	readonly epochFile?: string | undefined;
	/** Makes a keyring where none is. */
	readonly create: boolean;
	/** Pins of the ledger whose evidence the process judges, or that it takes the ledger on trust. */
	readonly ledger: LedgerPins;
	readonly maxClients: number;
	readonly backupLifetimeMs?: number | undefined;
	readonly auditRetentionMs?: number | undefined;
	readonly maxCachedSubjects?: number | undefined;
}

export interface HandOver {
	readonly place: KeyringPlace;
	readonly keyRoot: KeyRootConfig;
	/** 32 bytes each. */
	readonly receiptKey: Uint8Array;
	readonly connectKey: Uint8Array;
}

export function sendHandOver(pipe: Duplex, { place, keyRoot, receiptKey, connectKey }: HandOver): void {
	const frame = new ByteWriter(4_096);
	frame.uint32(0);
	frame.bytes(receiptKey);
	frame.bytes(connectKey);
	frame.text(JSON.stringify(place));
	frame.text(JSON.stringify(keyRoot));
	frame.setUint32(0, frame.size - 4);
	pipe.write(frame.written(), () => frame.truncate(0));
}

/** The first frame from the parent; undefined when it ends before. */
export function receiveHandOver(pipe: Duplex): Promise<HandOver | undefined> {
	return firstFrame(pipe, (from) => ({
		receiptKey: Uint8Array.from(from.bytes()),
		connectKey: Uint8Array.from(from.bytes()),
		place: JSON.parse(from.text()) as KeyringPlace,
		keyRoot: JSON.parse(from.text()) as KeyRootConfig,
	}));
}

/** Says that the socket is there, or why it is not. */
export function sendReady(pipe: Duplex, error?: unknown): void {
	const frame = new ByteWriter(1_024);
	frame.uint32(0);
	frame.byte(error === undefined ? 1 : 0);
	if (error !== undefined) writeError(frame, error);
	frame.setUint32(0, frame.size - 4);
	pipe.write(frame.written());
}

/** @throws what the keyring said, or {@link VaultError} `VAULT_KEYRING_LOST` when it ended before it said anything. */
export async function receiveReady(pipe: Duplex): Promise<void> {
	const said = await firstFrame(pipe, (from) => (from.byte() === 1 ? "ready" : readError(from)));
	if (said !== undefined && said !== "ready") throw said;
	const code: VaultErrorCode = "VAULT_KEYRING_LOST";
	if (said === undefined) throw new VaultError(code, "expected the keyring's process to start, found that it ended", { reason: "not-ready" });
}

function firstFrame<Content>(pipe: Duplex, read: (from: ByteReader) => Content): Promise<Content | undefined> {
	const reader = new FrameReader(maxHandOverBytes);
	// A frame may come in several chunks, and is put together from them: they hold secrets until it is read.
	const chunks: Buffer[] = [];
	return new Promise((resolve, reject) => {
		const take = (chunk: Buffer): void => {
			chunks.push(chunk);
			try {
				reader.push(chunk, (frame) => {
					resolve(read(new ByteReader(frame)));
					frame.fill(0);
				});
			} catch (error) {
				reject(error);
			}
			if (reader.isEmpty) for (const each of chunks.splice(0)) each.fill(0);
		};
		const ended = (): void => resolve(undefined);
		pipe.on("data", take).once("end", ended).once("close", ended).once("error", ended);
	});
}
