/** Runs work of one kind one after the other: between its check and its record nothing of that kind may come in between. */
export class Turns {
	readonly #last = new Map<string, Promise<unknown>>();

	take<Result>(kind: string, work: () => Promise<Result>): Promise<Result> {
		const turn = (this.#last.get(kind) ?? Promise.resolve()).then(work);
		// The next one waits for the end, whatever it was.
		this.#last.set(
			kind,
			turn.catch(() => undefined),
		);
		return turn;
	}
}
