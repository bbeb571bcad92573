import { existsSync, rmdirSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { dirname } from "node:path";
import { type Clock, systemClock } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";
import { ReceiptKey } from "../../receipt.ts";
import type { LedgerVerifier } from "../evidence/ledgerVerifier.ts";
import { createKeyRoot } from "../kms/createKeyRoot.ts";
import type { LocalKeyring } from "../localKeyring.ts";
import { createKeyringUnder, type KeyringFiles, openKeyringUnder } from "../openKeyring.ts";
import { type HandOver, handOverDescriptor, receiveHandOver, sendReady } from "./handOver.ts";
import { ConnectKey } from "./handshake.ts";
import { type KeyringServer, serveKeyring } from "./serveKeyring.ts";

export interface KeyringProcessDependencies {
	readonly randomBytes: RandomBytes;
	readonly now?: Clock | undefined;
	/** Loads what judges evidence of the ledger under the pins handed over; a program without it can take the ledger on trust alone. */
	readonly loadVerifier?: ((pins: string) => Promise<LedgerVerifier>) | undefined;
}

const failedExitCode = 70;

/**
 * The whole life of a keyring's process: takes its secrets from the file descriptor, opens the keyring, serves it, and ends when it is told to
 * (SIGTERM, SIGINT) or when its parent is gone. It prints codes and nothing else.
 */
export async function runKeyringProcess({ randomBytes, now = systemClock, loadVerifier }: KeyringProcessDependencies): Promise<void> {
	process.umask(0o077);
	process.on("uncaughtException", die);
	process.on("unhandledRejection", die);
	const parent = new Socket({ fd: handOverDescriptor });
	parent.on("error", () => {});
	const handOver = await receiveHandOver(parent);
	if (handOver === undefined) return;
	try {
		const keyring = await open(handOver, { randomBytes, now, loadVerifier });
		const server = await serve(handOver, keyring, randomBytes);
		endWith(parent, handOver.place.socket, server, keyring);
		sendReady(parent);
	} catch (error) {
		tell("did not start", error);
		sendReady(parent, error);
		parent.end();
	}
}

async function open(
	{ place, keyRoot, receiptKey }: HandOver,
	{ randomBytes, now, loadVerifier }: KeyringProcessDependencies & { readonly now: Clock },
): Promise<LocalKeyring> {
	const { path, rootFile, epochFile, custodian, backupLifetimeMs, auditRetentionMs, maxCachedSubjects } = place;
	const ledger = place.ledger === "taken on trust" ? place.ledger : loadVerifier?.(place.ledger.pins);
	if (ledger === undefined)
		throw new VaultError("VAULT_LEDGER_DIFFERS", "expected a program that judges evidence of a ledger, found one that cannot");
	// Awaited once the key root has done its work; a failure before that is told then.
	if (ledger instanceof Promise) ledger.catch(() => {});
	const files: KeyringFiles = {
		...{ path, rootFile, epochFile, custodian, backupLifetimeMs, auditRetentionMs, maxCachedSubjects },
		...{ ledger, receiptKey: new ReceiptKey(receiptKey), now, randomBytes },
	};
	receiptKey.fill(0);
	const root = createKeyRoot(keyRoot, { now, randomBytes });
	return place.create && !existsSync(path) ? createKeyringUnder(root, files) : openKeyringUnder(root, files);
}

function serve({ place, connectKey: bytes }: HandOver, keyring: LocalKeyring, randomBytes: RandomBytes): Promise<KeyringServer> {
	const { socket, custodian, maxClients } = place;
	const connectKey = new ConnectKey(bytes);
	bytes.fill(0);
	// A socket that a killed process left behind; the lock on the keyring's file, taken already, says that no other one lives.
	rmSync(socket, { force: true });
	return serveKeyring({ served: { keyring }, custodian, socket, connectKey, maxClients, randomBytes });
}

/** With the folder that was made for it: a parent that was killed does not tidy up. */
function removeSocket(socket: string): void {
	rmSync(socket, { force: true });
	try {
		rmdirSync(dirname(socket));
	} catch {
		// The parent was first, or the folder holds something that is not ours.
	}
}

function endWith(parent: Socket, socket: string, server: KeyringServer, keyring: LocalKeyring): void {
	let ending = false;
	const end = async (): Promise<void> => {
		if (ending) return;
		ending = true;
		await server.stop();
		await keyring.close();
		removeSocket(socket);
		parent.destroy();
		process.exit(0);
	};
	process.on("SIGTERM", end).on("SIGINT", end);
	parent.on("end", end).on("close", end);
}

function die(error: unknown): void {
	tell("stopped", error);
	process.exit(failedExitCode);
}

/** A code is from a closed list, ours or the system's; any other text may hold anything. */
function tell(what: string, error: unknown): void {
	const code = (error as { readonly code?: unknown } | null)?.code;
	process.stderr.write(`the keyring's process ${what}: ${typeof code === "string" && /^[A-Z_0-9]{1,40}$/.test(code) ? code : "unexpected"}\n`);
}
