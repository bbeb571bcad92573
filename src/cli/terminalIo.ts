import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type Clock, systemClock } from "#base";
import type { Io } from "./command.ts";

/** Where nobody watches: work shorter than this passes without a line, longer work says where it stands this often, in ms. */
const quietMs = 1_500;

export interface TerminalIoParameters {
	readonly stdin: Readable;
	readonly stdout: Writable;
	readonly stderr: Writable;
	readonly interactive: boolean;
	readonly now?: Clock;
}

/** {@link Io} over a process's streams. Whatever is written after progress begins on a line of its own. */
export function createTerminalIo({ stdin, stdout, stderr, interactive, now = systemClock }: TerminalIoParameters): Io {
	let passing = false;
	let nextLineMs: number | undefined;
	const settle = () => {
		if (passing) stderr.write("\r\x1b[K");
		passing = false;
	};
	return {
		interactive,
		out(line) {
			settle();
			stdout.write(`${line}\n`);
		},
		note(line) {
			settle();
			stderr.write(`${line}\n`);
		},
		progress(text) {
			if (interactive) {
				if (text === "") return settle();
				passing = true;
				stderr.write(`\r\x1b[K${text}`);
			} else if (text === "") nextLineMs = undefined;
			else {
				const due = nextLineMs !== undefined && now() >= nextLineMs;
				if (due) stderr.write(`${text}\n`);
				if (due || nextLineMs === undefined) nextLineMs = now() + quietMs;
			}
		},
		ask(question) {
			settle();
			stderr.write(question);
			return readLine(stdin);
		},
	};
}

function readLine(stdin: Readable): Promise<string> {
	return new Promise((resolve) => {
		const lines = createInterface({ input: stdin });
		let answer = "";
		lines.once("line", (line) => {
			answer = line.trim();
			lines.close();
		});
		lines.once("close", () => resolve(answer));
	});
}
