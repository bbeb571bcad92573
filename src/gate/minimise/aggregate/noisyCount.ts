import { assertInteger, discreteLaplace } from "./discreteLaplace.ts";
import type { RandomBytes } from "./randomSource.ts";

/** Counts below this are not told. */
const smallestCount = 11;
/** Largest ε of one query, in thousandths. */
export const maxEpsilonMilliPerQuery = 100;

export interface NoisyCountParameters {
	/** True number of patients; a patient counts once, whatever records they have. */
	readonly count: number;
	/** At most {@link maxEpsilonMilliPerQuery}. */
	readonly epsilonMilli: number;
	readonly randomBytes: RandomBytes;
}

/** What a requester is told: the same shape whether the true count is none or ten. */
export type NoisyCount =
	| { readonly suppressed: true; readonly below: number }
	| { readonly suppressed: false; readonly count: number; readonly noiseScale: string };

/**
 * A count of patients with discrete Laplace noise, suppressed below 11.
 *
 * The threshold is applied to the noisy count alone: a decision by the true count would itself tell the true count (whether a patient is the eleventh),
 * and no noise could take it back. So a true 3 may, rarely, be told as 12; that is what the noise is for.
 */
export function noisyCount({ count, epsilonMilli, randomBytes }: NoisyCountParameters): NoisyCount {
	assertInteger(count, 0, Number.MAX_SAFE_INTEGER, "count");
	assertInteger(epsilonMilli, 1, maxEpsilonMilliPerQuery, "epsilonMilli");
	const noisy = count + discreteLaplace({ epsilonMilli, sensitivity: 1, randomBytes });
	if (noisy < smallestCount) return { suppressed: true, below: smallestCount };
	return { suppressed: false, count: noisy, noiseScale: `1000/${epsilonMilli}` };
}
