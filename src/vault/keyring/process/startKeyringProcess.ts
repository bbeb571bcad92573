import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { RandomBytes } from "../../aead.ts";
import { type ReceiptKey, renewReceiptKey } from "../../receipt.ts";
import type { KeyRootConfig } from "../kms/keyRoot.ts";
import { handOverDescriptor, type KeyringPlace, receiveReady, sendHandOver } from "./handOver.ts";
import { ConnectKey } from "./handshake.ts";

export interface StartKeyringProcessParameters extends Omit<KeyringPlace, "socket" | "maxClients"> {
	/** Asked at each start and not kept. */
	readonly keyRoot: () => KeyRootConfig;
	/** Held by the log writer too. Gets new bytes at each start, so that receipts of before open nothing (SPEC VA9). */
	readonly receiptKey: ReceiptKey;
	readonly randomBytes: RandomBytes;
	/** Where the socket's own folder (0700) is made; the system's temporary folder when absent. */
	readonly socketParent?: string | undefined;
	/** Processes of the node that may connect; 1 when absent. */
	readonly maxClients?: number | undefined;
	/** The program that runs, and its arguments; this project's own when absent. */
	readonly main?: readonly [program: string, ...programArguments: string[]] | undefined;
}

/** A process that has not ended by then is killed, in ms: what it was at is finished at the next start. */
const stopMs = 30_000;

/** A keyring's process that is ready. */
export interface KeyringProcess {
	readonly pid: number;
	readonly socket: string;
	readonly connectKey: ConnectKey;
	/** Resolves when the process has ended, however that came. */
	readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
	/** Lets it finish what it was asked and waits for its end. */
	stop(): Promise<void>;
}

/**
 * No inspector by signal, no code made from strings, no prototype by `__proto__`. Node's permission model is not among them: it forbids `fsync`,
 * without which no key is durable and none is surely gone.
 */
const hardening = ["--disable-sigusr1", "--disallow-code-generation-from-strings", "--disable-proto=throw", "--disable-warning=ExperimentalWarning"];

/**
 * Starts a keyring as a process of its own, with an empty environment. Key root, receipt key and connect key go over file descriptor 3 and stand
 * in no argument, environment or file.
 *
 * @throws {@link VaultError} what the keyring said (`VAULT_PASSPHRASE_WRONG`, `VAULT_LOCKED` …), or `VAULT_KEYRING_LOST`.
 */
export async function startKeyringProcess(parameters: StartKeyringProcessParameters): Promise<KeyringProcess> {
	const { randomBytes, receiptKey, keyRoot, socketParent, main, maxClients = 1, ...place } = parameters;
	if (socketParent !== undefined) mkdirSync(socketParent, { recursive: true, mode: 0o700 });
	// mkdtemp makes the folder with mode 0700.
	const folder = mkdtempSync(join(socketParent ?? tmpdir(), "aceso-keys-"));
	const socket = join(folder, "s");
	const program = main ?? [fileURLToPath(new URL("./main.ts", import.meta.url))];
	const child = spawn(process.execPath, [...hardening, ...program], { env: {}, stdio: ["ignore", "ignore", "inherit", "pipe"] });
	const ended = endOf(child, folder);
	const pipe = child.stdio[handOverDescriptor] as Duplex;
	pipe.on("error", () => {});
	const secrets = { receiptKey: renewReceiptKey(receiptKey, randomBytes), connectKey: randomBytes(32) };
	const connectKey = new ConnectKey(secrets.connectKey);
	try {
		sendHandOver(pipe, { place: { ...place, socket, maxClients }, keyRoot: keyRoot(), ...secrets });
		await receiveReady(pipe);
	} catch (error) {
		child.kill("SIGKILL");
		await ended;
		throw error;
	} finally {
		for (const secret of Object.values(secrets)) secret.fill(0);
	}
	return {
		...{ pid: child.pid as number, socket, connectKey, ended },
		stop: async () => {
			child.kill("SIGTERM");
			const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
			await ended;
			clearTimeout(timer);
		},
	};
}

function endOf(child: ChildProcess, folder: string): KeyringProcess["ended"] {
	return new Promise((resolve) => {
		const end = (code: number | null, signal: NodeJS.Signals | null): void => {
			rmSync(folder, { recursive: true, force: true });
			resolve({ code, signal });
		};
		child.once("error", () => end(null, null));
		child.once("exit", end);
	});
}
