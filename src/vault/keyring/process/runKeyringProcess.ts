import { Socket } from "node:net";
import { systemClock } from "#base";
import { handOverDescriptor } from "./handOver.ts";
import { type KeyringHost, type KeyringProcessDependencies, serveParent, tellCode } from "./serveParent.ts";

export type { KeyringProcessDependencies } from "./serveParent.ts";

const failedExitCode = 70;

const host: KeyringHost = {
	onSignal: (end) => void process.on("SIGTERM", end).on("SIGINT", end),
	exit: (code) => process.exit(code),
	print: (line) => void process.stderr.write(line),
};

/**
 * The whole life of a keyring's process: takes its secrets from the file descriptor, opens the keyring, serves it, and ends when it is told to
 * (SIGTERM, SIGINT) or when its parent is gone. It prints codes and nothing else.
 */
export async function runKeyringProcess(dependencies: KeyringProcessDependencies): Promise<void> {
	process.umask(0o077);
	process.on("uncaughtException", die);
	process.on("unhandledRejection", die);
	const parent = new Socket({ fd: handOverDescriptor });
	await serveParent(parent, { now: systemClock, ...dependencies }, host);
}

function die(error: unknown): void {
	tellCode(host, "stopped", error);
	host.exit(failedExitCode);
}
