import { expect, it } from "vitest";
import { BaseError } from "#base";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import { createBench, newPseudonym, newSubject } from "../../vault.fixtures.ts";
import type { LedgerVerifier } from "./ledgerVerifier.ts";

/** Somebody to bind, and a verifier that fails in its own way. */
async function failing(error: Error) {
	const ledger: LedgerVerifier = {
		pins: "ours",
		verify: () => {
			throw error;
		},
	};
	const { keyring } = await createBench({ ledger });
	const subject = newSubject();
	await keyring.createSubject(subject, unenrolledPseudonym(subject));
	return { bind: () => keyring.bind(subject, newPseudonym(), Uint8Array.of(1)), show: () => keyring.showLogs(Uint8Array.of(1)) };
}

it("[VA86] what does not verify is refused with its cause, and a verifier that breaks is not taken for one that refuses", async () => {
	const cause = new BaseError("ENCODING_INVALID", "no", {});
	const refusing = await failing(cause);
	for (const ask of [refusing.bind, refusing.show]) {
		const error = await ask().catch((reason) => reason);
		expect([error.code, error.details, error.cause]).toEqual(["VAULT_EVIDENCE_REFUSED", { reason: "not-proven" }, cause]);
	}
	const broken = new TypeError("a bug");
	const breaking = await failing(broken);
	for (const ask of [breaking.bind, breaking.show]) await expect(ask()).rejects.toBe(broken);
});
