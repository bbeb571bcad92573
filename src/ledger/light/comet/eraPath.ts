import type { HeaderSource } from "./findPath.ts";
import type { LightBlock } from "./lightBlock.ts";

/**
 * Finds headers that lead whoever pinned any of a chain's validator sets to its newest: the last before and the first after each change of the set, and the
 * newest. Nothing is verified: readers do that.
 *
 * A set that is replaced and comes back between two looks is not noticed, and need not be: who trusts it is led on by it.
 */
export class EraPath {
	readonly #source: HeaderSource;
	readonly #from: number;
	/** On both sides of each change so far. */
	readonly #changes: LightBlock[] = [];
	#newest: LightBlock | undefined;

	/** @param from - Height of the first header that the source has. */
	constructor(source: HeaderSource, from: number) {
		[this.#source, this.#from] = [source, from];
	}

	/** @param height - Not below one that was asked for before. Rejects as the source does; what was found is kept. */
	async to(height: number): Promise<readonly LightBlock[]> {
		const target = this.#newest?.header.height === height ? this.#newest : await this.#source.lightBlock(height);
		let known = this.#newest ?? (await this.#source.lightBlock(Math.min(this.#from, height)));
		while (known.header.validatorsHash !== target.header.validatorsHash) {
			const [last, first] = await this.#nextChange(known, target);
			if (this.#changes.at(-1)?.header.height !== last.header.height) this.#changes.push(last);
			this.#changes.push(first);
			this.#newest = known = first;
		}
		this.#newest = target;
		return this.#changes.at(-1)?.header.height === height ? [...this.#changes] : [...this.#changes, target];
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
