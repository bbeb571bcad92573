import { MinimiseError } from "../errors.ts";
import { type RandomBytes, uniformBelow } from "./randomSource.ts";

export interface DiscreteLaplaceParameters {
	/** ε in thousandths, 1..10,000. */
	readonly epsilonMilli: number;
	/** How much one patient can change the true answer, 1..1,000,000. */
	readonly sensitivity: number;
	readonly randomBytes: RandomBytes;
}

/**
 * An integer Z with P(Z = z) = (e^{1/b} − 1)/(e^{1/b} + 1) · e^{−|z|/b}, b = sensitivity/ε: adding it to a count is ε-differentially private.
 *
 * Exact: integers and coin tosses of rational probability only, so none of the attacks on floating-point noise applies.
 * Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020), Algorithms 1 and 2; Mironov (2012) on the attacks.
 *
 * The time it takes depends on the noise: it is drawn before anything about the true answer is known to the caller's client.
 */
export function discreteLaplace({ epsilonMilli, sensitivity, randomBytes }: DiscreteLaplaceParameters): number {
	assertInteger(epsilonMilli, 1, 10_000, "epsilonMilli");
	assertInteger(sensitivity, 1, 1_000_000, "sensitivity");
	// b = t/s in lowest terms: fewer random bytes, the same distribution.
	const divisor = greatestCommonDivisor(sensitivity * 1000, epsilonMilli);
	const t = (sensitivity * 1000) / divisor;
	const s = epsilonMilli / divisor;
	for (;;) {
		const u = uniformBelow(t, randomBytes);
		if (!bernoulliExp(u, t, randomBytes)) continue;
		let v = 0;
		while (bernoulliExp(1, 1, randomBytes)) v++;
		const magnitude = Math.floor((u + t * v) / s);
		const isNegative = uniformBelow(2, randomBytes) === 1;
		// Zero would otherwise come twice as often, once with each sign.
		if (isNegative && magnitude === 0) continue;
		return isNegative ? -magnitude : magnitude;
	}
}

/**
 * True with probability exactly e^{−n/d}, 0 ≤ n ≤ d: counts tosses of n/(d·k), k = 1, 2, … up to the first that fails; an odd count is true
 * (the series of e^{−γ}).
 */
export function bernoulliExp(n: number, d: number, randomBytes: RandomBytes): boolean {
	let k = 1;
	while (uniformBelow(d * k, randomBytes) < n) k++;
	return k % 2 === 1;
}

function greatestCommonDivisor(a: number, b: number): number {
	return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export function assertInteger(value: number, low: number, high: number, parameter: string): void {
	if (Number.isInteger(value) && value >= low && value <= high) return;
	throw new MinimiseError("AGGREGATE_PARAMETER_INVALID", `expected ${parameter} to be an integer between ${low} and ${high}`, parameter);
}
