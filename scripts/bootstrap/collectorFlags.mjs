// @ts-check
import { minimumMajor } from "./findNode24.mjs";

/**
 * How V8 is to collect in whatever runs here: all objects are gone through when four times as much is there as was left the last time. By itself V8 decides
 * on a tenth more to four times as much; a ledger, which holds little and lets go of little at a time, gets the tenth, every few seconds, and everybody
 * waits for it (docs/decisions/0041).
 *
 * For the Node that it was measured with alone: a later one may not know the flag, and would refuse to start.
 *
 * @param {string} version - Of the running Node, with or without its "v"; an older one hands over to the one that the project brings.
 * @returns {readonly string[]}
 */
export function collectorFlags(version) {
	const major = Number(version.replace(/^v/, "").split(".")[0]);
	return major <= minimumMajor ? ["--heap-growing-percent=300"] : [];
}
