import { join } from "node:path";
import { expect, it } from "vitest";
import { createBench, newPseudonym, newSubject, reopen, temporaryFolder } from "../vault.fixtures.ts";
import { describeCohorts } from "./testing/describeCohorts.ts";
import { describeKeyring, type KeyringOptions, type KeyringUnderTest } from "./testing/describeKeyring.ts";
import { createPaperVerifier } from "./testing/paperLedger.ts";

async function open({ pins, ...limits }: KeyringOptions = {}): Promise<KeyringUnderTest> {
	const bench = await createBench({ ...limits, ...(pins === undefined ? {} : { ledger: createPaperVerifier(pins) }) });
	const folder = temporaryFolder();
	return {
		...bench,
		reopen: async () => {
			await bench.keyring.close();
			return reopen(bench.parameters);
		},
		pathOf: (name) => join(folder, name),
	};
}

describeKeyring("a keyring in this process", open);
describeCohorts("cohorts before a keyring in this process", open);

it("[VA128] tokens, keys and what was destroyed come without a wait; of those who spend one receipt in the same turn one gets the key", async () => {
	const { keyring, access } = await createBench();
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	const { wrapped, dataKey } = await keyring.sealFor(subject, ["laboratory"]);
	expect(keyring.lookupToken("record", subject, "Observation/1")).toMatch(/^[0-9a-f]{64}$/);
	expect(keyring.destroyedOf(subject)).toEqual([]);
	const logged = access({ pseudonym, compartments: ["laboratory"] });
	const asked = [1, 2, 3].map(() => keyring.unwrap(logged, [wrapped]));
	const outcomes = await Promise.allSettled(asked);
	expect(asked[0]).not.toBeInstanceOf(Promise);
	const refused = { status: "rejected", reason: expect.objectContaining({ details: { reason: "nonce-burned" } }) };
	expect(outcomes).toEqual([{ status: "fulfilled", value: [expect.anything()] }, refused, refused]);
	expect(Buffer.from((asked[0] as readonly Uint8Array[])[0] as Uint8Array).equals(dataKey)).toBe(true);
});
