/**
 * How far an entry may tell an earlier time than one before it, in ms. An entry tells when its request was judged and stands where it was
 * written down: what was opened for the answer, or a request that overtook it, is written first.
 */
const overtakingMs = 5_000;

/**
 * Whether a custodian's clock was set back between entries.
 *
 * @param times - UTC ms, in the order of the log.
 */
export function clockWentBack(times: readonly number[]): boolean {
	let latest = Number.NEGATIVE_INFINITY;
	for (const time of times) {
		if (time < latest - overtakingMs) return true;
		latest = Math.max(latest, time);
	}
	return false;
}
