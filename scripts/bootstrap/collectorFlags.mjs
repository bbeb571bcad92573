// @ts-check
import { minimumMajor } from "./findNode24.mjs";

/**
 * How V8 is to collect in whatever runs here: all objects are gone through when the heap has doubled since the last time. By itself V8 does so after a
 * tenth where a program holds little and makes much, as a ledger does, every few seconds, and everybody waits for it (docs/decisions/0041).
 *
 * For the Node that it was measured with alone: a later one may not know the flag, and would refuse to start.
 *
 * @param {string} version - Of the running Node, with or without its "v"; an older one hands over to the one that the project brings.
 * @returns {readonly string[]}
 */
export function collectorFlags(version) {
	const major = Number(version.replace(/^v/, "").split(".")[0]);
	return major <= minimumMajor ? ["--heap-growing-percent=100"] : [];
}
