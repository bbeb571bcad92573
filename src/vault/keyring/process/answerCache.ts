import { type Awaitable, makeRoom } from "#base";

/** Answers kept for each question. */
const answersMax = 16_384;

/**
 * Answers of the keyring's process about who stands where, so that each is asked once. They are kept by the keyring's only client alone: whatever
 * changes one goes through it, and takes all of them away when it is asked and again when it is answered, since an answer from before may
 * arrive in between.
 */
export class AnswerCache {
	#answers = new Map<string, unknown>();
	#generation = 0;
	#additions = 0;

	/** Grows with whatever may change an answer, kept or not. */
	get changes(): number {
		return this.#generation + this.#additions;
	}

	/** The answer kept for the question, or the one that `ask` brings. An answer of `undefined`, and one that `isKept` refuses, is asked for again. */
	of<Answer>(question: string, ask: () => Promise<Answer>, isKept?: (answer: Answer) => boolean): Awaitable<Answer> {
		const known = this.#answers.get(question);
		return known === undefined ? this.#ask(question, ask, isKept) : (known as Answer);
	}

	async #ask<Answer>(question: string, ask: () => Promise<Answer>, isKept: (answer: Answer) => boolean = () => true): Promise<Answer> {
		const generation = this.#generation;
		const answer = await ask();
		if (generation === this.#generation && answer !== undefined && isKept(answer)) this.#keep(question, answer);
		return answer;
	}

	/** Runs what changes no answer but that somebody was unknown, which is not kept. */
	async adding<Result>(add: () => Promise<Result>): Promise<Result> {
		this.#additions++;
		try {
			return await add();
		} finally {
			this.#additions++;
		}
	}

	/** Runs what changes answers. */
	async changing<Result>(change: () => Promise<Result>): Promise<Result> {
		this.forget();
		try {
			return await change();
		} finally {
			this.forget();
		}
	}

	forget(): void {
		this.#answers.clear();
		this.#generation++;
	}

	#keep(question: string, answer: unknown): void {
		makeRoom(this.#answers, answersMax);
		this.#answers.set(question, answer);
	}
}
