import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export interface Started {
	readonly child: ChildProcess;
	/** Resolves with all that was written once a text appears in it; rejects when the process ends before. */
	until(text: string): Promise<string>;
	readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly written: string }>;
}

/** Processes that {@link startCommand} started and that have not ended. */
const children = new Set<ChildProcess>();

/** Runs the command line in a process of its own. */
export function startCommand(...args: readonly string[]): Started {
	const child = spawn(process.execPath, [join(import.meta.dirname, "..", "main.ts"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
	children.add(child);
	let written = "";
	const watchers = new Set<() => void>();
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding("utf8").on("data", (text: string) => {
			written += text;
			for (const look of watchers) look();
		});
	}
	const ended = new Promise<Awaited<Started["ended"]>>((resolve) => {
		child.once("close", (code, signal) => {
			children.delete(child);
			resolve({ code, signal, written });
		});
	});
	const until = (text: string) =>
		new Promise<string>((resolve, reject) => {
			const look = () => {
				if (!written.includes(text)) return;
				watchers.delete(look);
				resolve(written);
			};
			watchers.add(look);
			look();
			void ended.then(() => reject(new Error(`ended before it said "${text}":\n${written}`)));
		});
	return { child, until, ended };
}

/** Ends what a failed test left running. */
export function killStarted(): void {
	for (const child of children) child.kill("SIGKILL");
}
