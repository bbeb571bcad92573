/** Where a command writes; tests give their own. */
export interface Io {
	/** Results, to standard output. */
	out(line: string): void;
	/** Progress and warnings, to standard error. */
	note(line: string): void;
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
