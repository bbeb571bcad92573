/**
 * The process of a node's keyring: it judges evidence of the ledger itself, under pins that come with its secrets. Started by
 * `startKeyringProcess`, useless without what that hands over.
 */
import { runKeyringProcess } from "#vault";
import { systemRandom } from "./systemRandom.ts";

await runKeyringProcess({
	randomBytes: systemRandom,
	// While the passphrase is derived, on another thread: the ledger's code does not hold up the start.
	loadVerifier: async (pins) => (await import("./ledgerVerifier.ts")).createLedgerVerifier(pins),
});
