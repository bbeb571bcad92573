import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { chain, createTransaction, definition, put, sealerKey, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";

const key = fc.integer({ min: 0, max: 60 }).map((n) => `k${n}`);
const step = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ kind: fc.constant("put" as const), key, value: fc.nat(1000) }) },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("refuse" as const), key }) },
);
const envelopes = fc.array(fc.array(step, { minLength: 1, maxLength: 70 }), { minLength: 1, maxLength: 5 });

describe("Sealer", () => {
	it("[LG14] holds what a plain map holds after any run, across restarts and block bounds; every key is provable and the audit clean", async () => {
		await fc.assert(
			fc.asyncProperty(envelopes, fc.integer({ min: 1, max: 40 }), async (run, maxBlockTransactions) => {
				const path = temporaryPath();
				const model = new Map<string, number>();
				for (const steps of run) {
					const sealer = await openToySealer(path, { maxBlockTransactions });
					await submit(
						sealer,
						...steps.map((each) => (each.kind === "put" ? put(each.key, each.value) : createTransaction(each.kind, { key: each.key }))),
					);
					for (const each of steps) {
						if (each.kind === "put") model.set(each.key, each.value);
						else if (each.kind === "delete") model.delete(each.key);
					}
					for (let n = 0; n <= 60; n++) {
						const { value } = verifyStateProof(sealer.proveState("consent", `k${n}`), { origin: chain, sealerKey: sealerKey.publicKey });
						expect((value as { value: number } | undefined)?.value).toBe(model.get(`k${n}`));
					}
					await sealer.close();
				}
				expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
			}),
			{ numRuns: 15 },
		);
	});
});
