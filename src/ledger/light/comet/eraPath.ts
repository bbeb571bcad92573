import type { HeaderSource } from "./findPath.ts";
import type { LightBlock } from "./lightBlock.ts";

/** A {@link HeaderSource} that knows where it begins. */
export interface WholeSource extends HeaderSource {
	/** Height of the first header that it has. */
	firstHeight(): Promise<number>;
}

/**
 * Finds headers that lead whoever pinned any of a chain's validator sets to its newest: the last before and the first after each change of the set, and the
 * newest. Nothing is verified: readers do that.
 *
 * A set that is replaced and comes back between two looks is not noticed, and need not be: who trusts it is led on by it.
 */
export class EraPath {
	readonly #source: WholeSource;
	/** On both sides of each change up to the newest. */
	readonly #changes: LightBlock[] = [];
	#newest: LightBlock | undefined;
	/** One search after the other: each goes on from what the one before found. */
	#turn: Promise<unknown> = Promise.resolve();

	constructor(source: WholeSource) {
		this.#source = source;
	}

	/** Rejects as the source does; what was found until then is kept. */
	to(height: number): Promise<readonly LightBlock[]> {
		const path = this.#turn.then(() => this.#find(height));
		this.#turn = path.catch(() => undefined);
		return path;
	}

	async #find(height: number): Promise<readonly LightBlock[]> {
		const target = this.#newest?.header.height === height ? this.#newest : await this.#source.lightBlock(height);
		let known = this.#newest ?? (await this.#source.lightBlock(Math.min(await this.#source.firstHeight(), height)));
		while (known.header.height < height && known.header.validatorsHash !== target.header.validatorsHash) {
			const [last, first] = await this.#nextChange(known, target);
			if (this.#changes.at(-1)?.header.height !== last.header.height) this.#changes.push(last);
			this.#changes.push(first);
			this.#newest = known = first;
		}
		if (known.header.height < height) this.#newest = target;
		return [...this.#changes.filter(({ header }) => header.height < height), target];
	}

	/** The two neighbours between which the set of `known` ends. */
	async #nextChange(known: LightBlock, target: LightBlock): Promise<readonly [last: LightBlock, first: LightBlock]> {
		let [last, first] = [known, target];
		while (first.header.height > last.header.height + 1) {
			const middle = await this.#source.lightBlock(Math.floor((last.header.height + first.header.height) / 2));
			if (middle.header.validatorsHash === known.header.validatorsHash) last = middle;
			else first = middle;
		}
		return [last, first];
	}
}
