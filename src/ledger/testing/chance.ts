import { createSigningKey, encodeHex, encodeUtf8, type SigningKey, sha256 } from "#base";

/** Choices that a seed repeats. Integers only, so that every engine makes the same. */
export class Chance {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** 0 ≤ n < below; below ≤ 2^16. */
	below(below: number): number {
		this.#state = (this.#state + 0x9e3779b9) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
		mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
		return ((mixed ^ (mixed >>> 15)) >>> 8) % below;
	}

	/** True once in `times`. */
	once(times: number): boolean {
		return this.below(times) === 0;
	}

	of<T>(items: readonly [T, ...T[]] | readonly T[]): T {
		return items[this.below(items.length)]!;
	}

	/** `right`, but now and then `wrong`. */
	mostly<T>(right: T, wrong: T): T {
		return this.once(12) ? wrong : right;
	}

	hex(bytes: number): string {
		return encodeHex(Uint8Array.from({ length: bytes }, () => this.below(256)));
	}

	shuffled<T>(items: readonly T[]): T[] {
		const left = [...items];
		for (let i = left.length - 1; i > 0; i--) {
			const j = this.below(i + 1);
			[left[i], left[j]] = [left[j]!, left[i]!];
		}
		return left;
	}
}

const keys = new Map<string, SigningKey>();

/** A key that is the same in every run. */
export function keyNamed(name: string): SigningKey {
	const found = keys.get(name) ?? createSigningKey(sha256(encodeUtf8(`generated/${name}`)));
	keys.set(name, found);
	return found;
}
