/** A file to be looked through. */
export interface SourceText {
	/** Relative to the repository, with forward slashes. */
	readonly path: string;
	readonly text: string;
}
