/** Where a command writes and asks; tests give their own. */
export interface Io {
	/** Results, to standard output. */
	out(line: string): void;
	/** Progress and warnings, to standard error. */
	note(line: string): void;
	/** Where work stands: overwrites its own line where a person watches, else long work writes a line now and then. "" ends it. */
	progress(text: string): void;
	/** Asks on standard error and reads a line from standard input; "" when that has ended. */
	ask(question: string): Promise<string>;
	/** True where a person is watching: progress may overwrite its line and colour is welcome. */
	readonly interactive: boolean;
}

export interface Command {
	readonly name: string;
	/** One line for the list of commands. */
	readonly summary: string;
	/** The whole of `--help`, without the summary. */
	readonly usage: string;
	/** @returns The exit code; errors are thrown. */
	run(args: readonly string[], io: Io): Promise<number>;
}
