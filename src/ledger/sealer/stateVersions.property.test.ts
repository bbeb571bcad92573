import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptHeights } from "../height.ts";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { chain, createTransaction, definition, put, sealerKey, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";
import type { Sealer } from "./sealer.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };
const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
/** Beside the others and what genesis holds, about as many keys as one page of the state tree takes: with some more they are several. */
const company = Array.from({ length: 28 }, (_, i) => ({ key: `c${i}`, value: i }));
const step = fc.record({ key: fc.constantFrom(...keys), value: fc.option(fc.nat(99), { nil: undefined, freq: 3 }) });
const runs = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 12 });
const refusal = (code: string) => expect.objectContaining({ code, kind: "mistake" }) as Error;

/** The model: what every key held after every block. */
type Versions = Map<string, number | undefined>[];

function expectVersions(sealer: Sealer, versions: Versions): void {
	for (const [height, version] of versions.entries()) {
		for (const key of keys) {
			const expected = version.get(key);
			expect((sealer.getAt("consent", key, height) as { value: number } | undefined)?.value).toBe(expected);
			const { value, block } = verifyStateProof(sealer.proveState("consent", key, height), trust, height);
			expect((value as { value: number } | undefined)?.value).toBe(expected);
			expect(block.height).toBe(height);
		}
	}
}

async function sealRun(sealer: Sealer, versions: Versions, run: readonly (readonly { key: string; value: number | undefined }[])[]): Promise<void> {
	for (const block of run) {
		const version = new Map(versions.at(-1));
		for (const { key, value } of block) version.set(key, value);
		const transactions = block.map(({ key, value }) => (value === undefined ? createTransaction("delete", { key }) : put(key, value)));
		await submit(sealer, ...transactions);
		versions.push(version);
	}
}

describe("state versions", () => {
	it("[LG34] every height reads and proves as a model that keeps them all: in memory, flushed, and after a restart", {
		timeout: 120_000,
	}, async () => {
		await fc.assert(
			fc.asyncProperty(runs, runs, fc.boolean(), fc.boolean(), async (before, after, flushed, crowded) => {
				const path = temporaryPath();
				const sealer = await openToySealer(path);
				const versions: Versions = [new Map()];
				await sealRun(sealer, versions, crowded ? [company] : []);
				await sealRun(sealer, versions, before);
				expectVersions(sealer, versions);
				if (flushed) await sealer.flush();
				expectVersions(sealer, versions);
				await sealRun(sealer, versions, after);
				expectVersions(sealer, versions);
				await sealer.close();
				const again = await openToySealer(path);
				expectVersions(again, versions);
				await again.close();
				expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
			}),
			{ numRuns: 16 },
		);
	});

	it("[LG34] the last 1,000 heights are there and no other, whatever the file still holds", { timeout: 120_000 }, async () => {
		const path = temporaryPath();
		const sealer = await openToySealer(path, { flushChanges: 200 });
		const versions: Versions = [new Map()];
		await sealRun(
			sealer,
			versions,
			Array.from({ length: keptHeights + 60 }, (_, i) => [{ key: keys[i % 5]!, value: i }]),
		);
		const last = sealer.head().height;
		const expectWindow = (open: Sealer) => {
			for (const height of [last, last - 1, last - 500, last - keptHeights + 1]) {
				for (const key of keys.slice(0, 6)) {
					const { value } = verifyStateProof(open.proveState("consent", key, height), trust, height);
					expect((value as { value: number } | undefined)?.value).toBe(versions[height]!.get(key));
				}
			}
			for (const [height, code] of [
				[last - keptHeights, "LEDGER_HEIGHT_TOO_OLD"],
				[0, "LEDGER_HEIGHT_TOO_OLD"],
				[last + 1, "LEDGER_HEIGHT_NOT_SEALED"],
				[-1, "LEDGER_HEIGHT_MALFORMED"],
				[0.5, "LEDGER_HEIGHT_MALFORMED"],
				[Number.NaN, "LEDGER_HEIGHT_MALFORMED"],
			] as const) {
				expect(() => open.proveState("consent", "k0", height)).toThrow(refusal(code));
				expect(() => open.getAt("consent", "k0", height)).toThrow(refusal(code));
			}
		};
		expectWindow(sealer);
		await sealer.close();
		expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
		expectWindow(await openToySealer(path));
	});

	it("[LG15] a proof of an earlier height convinces only who asked for that height", async () => {
		const sealer = await openToySealer();
		await submit(sealer, put("k0", 1));
		await submit(sealer, createTransaction("delete", { key: "k0" }));
		const invalid = expect.objectContaining({ code: "LEDGER_PROOF_INVALID" });
		const earlier = sealer.proveState("consent", "k0", 1);
		expect(verifyStateProof(earlier, trust, 1).value).toMatchObject({ value: 1 });
		expect(() => verifyStateProof(earlier, trust)).toThrow(invalid);
		expect(() => verifyStateProof(earlier, trust, 2)).toThrow(invalid);
		expect(() => verifyStateProof({ ...sealer.proveState("consent", "k0"), value: earlier.value, sparse: earlier.sparse }, trust)).toThrow(invalid);
		expect(() => verifyStateProof({ ...earlier, blockLeaf: earlier.blockLeaf.replace('"height":1', '"height":2') }, trust, 2)).toThrow(invalid);
		expect(verifyStateProof(sealer.proveState("consent", "k0"), trust, 2).value).toBeUndefined();
	});
});
