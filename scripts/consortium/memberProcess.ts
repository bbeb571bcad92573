import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LocalMember } from "./plan.ts";

const cli = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const firstRestMs = 1_000;
const longestRestMs = 20_000;
const wellMs = 60_000;
const graceMs = 40_000;

/** A member's node as a process that is started again when it ends. */
export class MemberProcess {
	readonly member: LocalMember;
	readonly #logFile: string;
	readonly #port: number;
	#child: ChildProcess | undefined;
	#starts = 0;
	#stopping = false;
	#restMs = firstRestMs;
	#timer: NodeJS.Timeout | undefined;

	constructor(member: LocalMember, port: number, logFile: string) {
		[this.member, this.#port, this.#logFile] = [member, port, logFile];
	}

	/** Times it ended by itself. */
	get restarts(): number {
		return Math.max(0, this.#starts - 1);
	}

	get pid(): number {
		return this.#child?.pid ?? 0;
	}

	get isRunning(): boolean {
		return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
	}

	start(): void {
		const log = openSync(this.#logFile, "a", 0o600);
		const begun = performance.now();
		this.#starts++;
		// In a group of its own: Ctrl-C reaches the supervisor alone, which asks each to end.
		const words = [cli, "node", "--data", this.member.folder, "--port", String(this.#port)];
		const child = spawn(process.execPath, words, { stdio: ["ignore", log, log], detached: true });
		closeSync(log);
		this.#child = child;
		child.once("exit", () => {
			if (this.#stopping) return;
			this.#restMs = performance.now() - begun > wellMs ? firstRestMs : Math.min(2 * this.#restMs, longestRestMs);
			this.#timer = setTimeout(() => this.start(), this.#restMs);
		});
	}

	async stop(): Promise<void> {
		this.#stopping = true;
		clearTimeout(this.#timer);
		const child = this.#child;
		if (child === undefined || !this.isRunning) return;
		const ended = new Promise((resolve) => child.once("exit", resolve));
		child.kill("SIGTERM");
		const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
		await ended;
		clearTimeout(timer);
	}

	/** Without another word: a second Ctrl-C. */
	kill(): void {
		this.#stopping = true;
		clearTimeout(this.#timer);
		if (this.isRunning) this.#child?.kill("SIGKILL");
	}
}
