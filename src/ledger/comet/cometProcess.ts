import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";

export interface CometProcessParameters {
	readonly program: string;
	/** CometBFT's `--home`. */
	readonly home: string;
	/** What it says is appended there. */
	readonly logFile: string;
}

/** A CometBFT process of ours. */
export interface CometProcess {
	readonly pid: number;
	/** Settles when it has ended, however. */
	readonly ended: Promise<void>;
	readonly isRunning: boolean;
	/** Asks it to end, and after some seconds makes it. */
	stop(): Promise<void>;
	/** Ends it without asking, as a power cut does. */
	kill(): Promise<void>;
}

const graceMs = 8_000;

/**
 * Starts CometBFT on a home, in a process group of its own: Ctrl-C in a terminal reaches this process first, which has things to submit before the other ends.
 * It ends by itself when the application's socket closes, so none is left behind.
 */
export function startComet({ program, home, logFile }: CometProcessParameters): CometProcess {
	const log = openSync(logFile, "a", 0o600);
	let child: ChildProcess;
	try {
		child = spawn(program, ["start", "--home", home], { stdio: ["ignore", log, log], detached: true });
	} finally {
		closeSync(log);
	}
	let running = true;
	const ended = once(child, "exit").then(
		() => {
			running = false;
		},
		() => {
			running = false;
		},
	);
	const end = async (signal: NodeJS.Signals) => {
		if (running) child.kill(signal);
		await ended;
	};
	return {
		pid: child.pid ?? 0,
		ended,
		get isRunning() {
			return running;
		},
		async stop() {
			const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
			await end("SIGTERM");
			clearTimeout(timer);
		},
		kill: () => end("SIGKILL"),
	};
}
