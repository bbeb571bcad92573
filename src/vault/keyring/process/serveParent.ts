import { existsSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import type { Clock } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";
import { ReceiptKey } from "../../receipt.ts";
import type { LedgerVerifier } from "../evidence/ledgerVerifier.ts";
import { createKeyRoot } from "../kms/createKeyRoot.ts";
import type { LocalKeyring } from "../localKeyring.ts";
import { createKeyringUnder, type KeyringFiles, openKeyringUnder } from "../openKeyring.ts";
import { type HandOver, receiveHandOver, sendReady } from "./handOver.ts";
import { ConnectKey } from "./handshake.ts";
import { type KeyringServer, serveKeyring } from "./serveKeyring.ts";

export interface KeyringProcessDependencies {
	readonly randomBytes: RandomBytes;
	readonly now?: Clock | undefined;
	/** Loads what judges evidence of the ledger under the pins handed over; a program without it can take the ledger on trust alone. */
	readonly loadVerifier?: ((pins: string) => Promise<LedgerVerifier>) | undefined;
}

/** What of its own process a keyring touches. */
export interface KeyringHost {
	/** Calls back whenever the process is told to end. */
	onSignal(end: () => void): void;
	exit(code: number): void;
	/** For the operator: one line, with its line feed. */
	print(line: string): void;
}

type Dependencies = KeyringProcessDependencies & { readonly now: Clock };

/**
 * Takes a keyring's place and secrets from the parent, opens and serves it, says so, and ends with the parent or when told to. An end of the parent
 * before it handed anything over is no failure: nothing was begun.
 */
export async function serveParent(parent: Duplex, dependencies: Dependencies, host: KeyringHost): Promise<void> {
	parent.on("error", () => {});
	const handOver = await receiveHandOver(parent);
	if (handOver === undefined) return;
	try {
		const keyring = await open(handOver, dependencies);
		const server = await serve(handOver, keyring, dependencies.randomBytes);
		endWith(parent, handOver.place.socket, { server, keyring, host });
		sendReady(parent);
	} catch (error) {
		tellCode(host, "did not start", error);
		sendReady(parent, error);
		parent.end();
	}
}

async function open({ place, keyRoot, receiptKey }: HandOver, { randomBytes, now, loadVerifier }: Dependencies): Promise<LocalKeyring> {
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

interface Served {
	readonly server: KeyringServer;
	readonly keyring: LocalKeyring;
	readonly host: KeyringHost;
}

function endWith(parent: Duplex, socket: string, { server, keyring, host }: Served): void {
	let ending = false;
	const end = async (): Promise<void> => {
		if (ending) return;
		ending = true;
		await server.stop();
		await keyring.close();
		removeSocket(socket);
		parent.destroy();
		host.exit(0);
	};
	host.onSignal(() => void end());
	parent.on("end", end).on("close", end);
}

/** A code is from a closed list, ours or the system's; any other text may hold anything. */
export function tellCode({ print }: Pick<KeyringHost, "print">, what: string, error: unknown): void {
	const code = (error as { readonly code?: unknown } | null)?.code;
	print(`the keyring's process ${what}: ${typeof code === "string" && /^[A-Z_0-9]{1,40}$/.test(code) ? code : "unexpected"}\n`);
}
