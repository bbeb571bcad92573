/** Where the state of a log's file lies. */
export function statePath(path: string): string {
	return `${path}.state`;
}
