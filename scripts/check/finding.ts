/** One thing that a check refuses, in the form `path:line message` that editors can follow. */
export interface Finding {
	/** Relative to the repository. */
	readonly path: string;
	/** One-based, or undefined for the file as a whole. */
	readonly line?: number;
	readonly message: string;
}

export function formatFinding({ path, line, message }: Finding): string {
	return `${path}${line === undefined ? "" : `:${line}`} ${message}`;
}
