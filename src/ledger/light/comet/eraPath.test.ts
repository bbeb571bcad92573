import { describe, expect, it } from "vitest";
import { decide, headerChainName, headerNow, headerTimeNs, listValidators, type ToyValidator } from "../../testing/headerChain.ts";
import { readRecordedHeaders } from "../../testing/recordedHeaders.ts";
import { toyKey } from "../../testing/toyLedger.ts";
import { EraPath } from "./eraPath.ts";
import type { LightBlock } from "./lightBlock.ts";
import { validatorsHash } from "./validatorSet.ts";
import { verifyPath } from "./verifyPath.ts";

/** Every twenty heights other validators altogether. */
const validatorsAt = (height: number): readonly ToyValidator[] => [{ key: toyKey(`era ${Math.floor(height / 20)}`), power: 10 }];

function counted(lightBlock: (height: number) => LightBlock) {
	const asked: number[] = [];
	const source = {
		firstHeight: () => Promise.resolve(1),
		lightBlock(height: number) {
			asked.push(height);
			return Promise.resolve(lightBlock(height));
		},
	};
	return { asked, source };
}

describe("[LC12] a path for whoever pinned any of the sets", () => {
	const chain = (height: number) => decide({ height, validators: validatorsAt(height), next: validatorsAt(height + 1) });

	it("[LC12] leads each of them to the newest header, and nobody who pinned another set", async () => {
		const { source } = counted(chain);
		const path = await new EraPath(source).to(90);
		expect(path.map(({ header }) => header.height)).toEqual([19, 20, 39, 40, 59, 60, 79, 80, 90]);
		for (const height of [1, 25, 59, 60, 88]) {
			const pinnedAtMs = Number(BigInt(headerTimeNs(height)) / 1_000_000n);
			const pin = { validatorsHash: validatorsHash(listValidators(validatorsAt(height))), pinnedAtMs };
			expect(verifyPath(path, { origin: headerChainName, pins: [pin], now: headerNow }).at(-1)?.header.height).toBe(90);
		}
		const stranger = { validatorsHash: validatorsHash(listValidators(validatorsAt(500))), pinnedAtMs: headerNow };
		expect(() => verifyPath(path, { origin: headerChainName, pins: [stranger], now: headerNow })).toThrow(
			expect.objectContaining({ code: "LEDGER_HEADER_UNTRUSTED" }),
		);
	});

	it("[LC12] asks for no header twice where nothing changed, and goes on from what it found", async () => {
		const { asked, source } = counted(chain);
		const eras = new EraPath(source);
		expect((await eras.to(15)).map(({ header }) => header.height)).toEqual([15]);
		asked.length = 0;
		expect((await eras.to(17)).map(({ header }) => header.height)).toEqual([17]);
		await eras.to(17);
		expect(asked).toEqual([17]);
		expect((await eras.to(45)).map(({ header }) => header.height)).toEqual([19, 20, 39, 40, 45]);
		asked.length = 0;
		await eras.to(46);
		expect(asked).toEqual([46]);
		expect((await eras.to(30)).map(({ header }) => header.height)).toEqual([19, 20, 30]);
		expect((await eras.to(20)).map(({ header }) => header.height)).toEqual([19, 20]);
		expect((await eras.to(47)).map(({ header }) => header.height)).toEqual([19, 20, 39, 40, 47]);
	});

	it("[LC12] searches at once do not mix, and one that fails spoils none after it", async () => {
		const { source } = counted(chain);
		let isDown = true;
		const lightBlock = (height: number) => (isDown && height === 10 ? Promise.reject(new Error("down")) : source.lightBlock(height));
		const eras = new EraPath({ ...source, lightBlock });
		const first = eras.to(30);
		const rest = [45, 25, 88].map((height) => eras.to(height).catch(() => []));
		await expect(first).resolves.toHaveLength(3);
		const paths = await Promise.all(rest);
		expect(paths.map((path) => path.map(({ header }) => header.height))).toEqual([
			[19, 20, 39, 40, 45],
			[19, 20, 25],
			[19, 20, 39, 40, 59, 60, 79, 80, 88],
		]);
		const failing = new EraPath({ ...source, lightBlock });
		await expect(failing.to(10)).rejects.toThrow("down");
		isDown = false;
		expect(await failing.to(10)).toHaveLength(1);
	});

	it("[LC12] of the recorded network it leads from every set to the last header", async () => {
		const { blocks } = readRecordedHeaders();
		const { source } = counted((height) => blocks[height - 1] as LightBlock);
		const path = await new EraPath(source).to(blocks.length);
		const now = (Number(BigInt(path.at(-1)!.header.timeNs) / 1_000_000n) + 1) as typeof headerNow;
		const sets = new Set(blocks.map(({ header }) => header.validatorsHash));
		expect(path.length).toBeLessThanOrEqual(2 * sets.size);
		for (const hash of sets) {
			const trust = { origin: path[0]!.header.chainId, pins: [{ validatorsHash: hash, pinnedAtMs: now }], now };
			expect(verifyPath(path, trust).at(-1)?.header.height).toBe(blocks.length);
		}
	});
});
