import { existsSync, rmdirSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { dirname } from "node:path";
import { type Clock, systemClock } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";
import { ReceiptKey } from "../../receipt.ts";
import { createKeyRoot } from "../kms/createKeyRoot.ts";
import type { LocalKeyring } from "../localKeyring.ts";
import { createKeyringUnder, type KeyringFiles, openKeyringUnder } from "../openKeyring.ts";
import { type HandOver, handOverDescriptor, receiveHandOver, sendReady } from "./handOver.ts";
import { ConnectKey } from "./handshake.ts";
import { type KeyringServer, serveKeyring } from "./serveKeyring.ts";

export interface KeyringProcessDependencies {
	readonly randomBytes: RandomBytes;
	readonly now?: Clock | undefined;
}

const failedExitCode = 70;

/**
 * The whole life of a keyring's process: takes its secrets from the file descriptor, opens the keyring, serves it, and ends when it is told to
 * (SIGTERM, SIGINT) or when its parent is gone. It prints codes and nothing else.
 */
export async function runKeyringProcess({ randomBytes, now = systemClock }: KeyringProcessDependencies): Promise<void> {
	process.umask(0o077);
	process.on("uncaughtException", die);
	process.on("unhandledRejection", die);
	const parent = new Socket({ fd: handOverDescriptor });
	parent.on("error", () => {});
	const handOver = await receiveHandOver(parent);
	if (handOver === undefined) return;
	try {
		const keyring = await open(handOver, { randomBytes, now });
		const server = await serve(handOver, keyring, randomBytes);
		endWith(parent, handOver.place.socket, server, keyring);
		sendReady(parent);
	} catch (error) {
		tell("did not start", error);
		sendReady(parent, error);
		parent.end();
	}
}

/** Logs that the node vouches for. */
const honouredLogs = new Set<string>();
/** A log a process of the node, and those closed since are taken out. */
const maxHonouredLogs = 1_000;

async function open(
	{ place, keyRoot, receiptKey }: HandOver,
	{ randomBytes, now }: { readonly randomBytes: RandomBytes; readonly now: Clock },
): Promise<LocalKeyring> {
	const { path, rootFile, epochFile, custodian, backupLifetimeMs, auditRetentionMs, maxCachedSubjects } = place;
	const honoursLog = place.onlyHonouredLogs ? (log: string) => honouredLogs.has(log) : undefined;
	const files: KeyringFiles = {
		...{ path, rootFile, epochFile, custodian, backupLifetimeMs, auditRetentionMs, maxCachedSubjects },
		...{ honoursLog, receiptKey: new ReceiptKey(receiptKey), now, randomBytes },
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
	return serveKeyring({ served: { keyring, honourLog }, custodian, socket, connectKey, maxClients, randomBytes });
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

async function honourLog(log: string, honoured: boolean): Promise<void> {
	if (!honoured) honouredLogs.delete(log);
	else if (honouredLogs.size < maxHonouredLogs) honouredLogs.add(log);
	else throw new VaultError("VAULT_BUSY", `expected at most ${maxHonouredLogs} open logs`);
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
