// @ts-check

/** Most that V8 takes for one half of the young generation, MiB. It grows to that only where much of what is new stays in use. */
const semiSpaceMiB = 128;

/**
 * Flags of the Node that a program runs on. Whoever seals blocks keeps what two of them made until it is written, tens of megabytes: with V8's own
 * bound that is moved again and again by collections that come too often, and a tenth of the processor time goes there (docs/performance.md).
 *
 * @param {NodeJS.ProcessEnv} environment - A size of its own in `NODE_OPTIONS` counts.
 * @returns {string[]}
 */
export function nodeFlags({ NODE_OPTIONS = "" }) {
	return NODE_OPTIONS.replaceAll("_", "-").includes("--max-semi-space-size") ? [] : [`--max-semi-space-size=${semiSpaceMiB}`];
}
