import { describe, expect, it } from "vitest";
import { decide, headerChainName, headerNow, type ToyValidator, toyValidators } from "../../testing/headerChain.ts";
import { toyKey } from "../../testing/toyLedger.ts";
import { findFork } from "./findFork.ts";
import { findPath } from "./findPath.ts";
import { headerHash } from "./headerHash.ts";
import type { LightBlock } from "./lightBlock.ts";
import { verifyCommit } from "./verifyCommit.ts";
import { type ConsortiumTrust, verifyPath } from "./verifyPath.ts";

/** Every ten heights one of four validators leaves and another comes. */
function validatorsAt(height: number): readonly ToyValidator[] {
	const oldest = Math.floor(height / 10);
	return [0, 1, 2, 3].map((at) => ({ key: toyKey(`rotating ${oldest + at}`), power: 10 }));
}

const rotating = (height: number): LightBlock => decide({ height, validators: validatorsAt(height), next: validatorsAt(height + 1) });
const trust: ConsortiumTrust = { origin: headerChainName, pins: [{ height: 1, hash: headerHash(rotating(1).header) }], now: headerNow };
const from = (lightBlock: (height: number) => LightBlock) => ({ lightBlock: (height: number) => Promise.resolve(lightBlock(height)) });

describe("[LC12] a path by bisection", () => {
	it("[LC12] goes straight where enough trusted validators signed, and half way where not", async () => {
		const asked: number[] = [];
		const source = from((height) => {
			asked.push(height);
			return rotating(height);
		});
		expect((await findPath({ source, trust, from: 1, to: 19 })).map(({ header }) => header.height)).toEqual([1, 19]);
		asked.length = 0;
		const path = await findPath({ source, trust, from: 1, to: 160 });
		expect(path.at(-1)?.header.height).toBe(160);
		expect(path.length).toBeLessThan(16);
		expect(asked.length).toBeLessThan(32);
		expect(verifyPath(path, trust).at(-1)?.header.height).toBe(160);
		expect((await findPath({ source, trust, from: 1, to: 1 })).map(({ header }) => header.height)).toEqual([1]);
	});

	it("[LC12] gives up where it would have to ask for more headers than it was told", async () => {
		const handing = (height: number) => [{ key: toyKey(`at ${height}`), power: 1 }];
		const source = from((height) => decide({ height, validators: handing(height), next: handing(height + 1) }));
		const pinned = { ...trust, pins: [{ height: 1, hash: headerHash((await source.lightBlock(1)).header) }] };
		expect(await findPath({ source, trust: pinned, from: 1, to: 12, headersMax: 12 })).toHaveLength(12);
		await expect(findPath({ source, trust: pinned, from: 1, to: 12, headersMax: 11 })).rejects.toMatchObject({ code: "LEDGER_HEADER_UNTRUSTED" });
	});

	it("[LC12] ends with a refusal where neighbours do not lead to each other, and where a source answers with another height", async () => {
		const broken = from((height) => (height > 50 ? decide({ height, validators: toyValidators(10, 10) }) : rotating(height)));
		await expect(findPath({ source: broken, trust, from: 1, to: 160 })).rejects.toMatchObject({ code: "LEDGER_HEADER_UNTRUSTED" });
		const deaf = from((height) => rotating(height === 1 ? 1 : 90));
		await expect(findPath({ source: deaf, trust, from: 1, to: 160 })).rejects.toMatchObject({ code: "LEDGER_HEADER_INVALID" });
		const forged = from((height) => (height === 80 ? { ...rotating(80), commit: rotating(79).commit } : rotating(height)));
		await expect(findPath({ source: forged, trust, from: 1, to: 160 })).rejects.toMatchObject({ code: "LEDGER_COMMIT_INVALID" });
	});
});

describe("[LC13] two commits at one height", () => {
	const validators = toyValidators(10, 10, 10, 10);
	const decided = (parameters: Partial<Parameters<typeof decide>[0]>) =>
		verifyCommit(decide({ height: 7, validators, ...parameters }), headerChainName);
	const keyOf = (at: number) => validators[at]!.key.publicKey;
	const one = decided({ ballots: ["block", "block", "block", "absent"] });

	it("[LC13] name who signed both: in one round that convicts each of them", () => {
		const other = decided({ header: { dataHash: "11".repeat(32) }, ballots: ["absent", "block", "block", "block"] });
		expect(findFork(one, other)).toEqual({ kind: "equivocation", height: 7, signedBoth: [keyOf(1), keyOf(2)], isProof: true });
	});

	it("[LC13] in different rounds nobody is convicted by them alone, unless they deny what the blocks before led to", () => {
		const later = decided({ header: { dataHash: "11".repeat(32) }, round: 1 });
		expect(findFork(one, later)).toMatchObject({ kind: "amnesia", isProof: false, signedBoth: [keyOf(0), keyOf(1), keyOf(2)] });
		const lunatic = decided({ header: { appHash: "11".repeat(32) }, round: 1 });
		expect(findFork(one, lunatic)).toMatchObject({ kind: "lunatic", isProof: true });
		const captured = decided({ validators: [validators[0]!, { key: toyKey("captor"), power: 1_000 }] });
		expect(findFork(one, captured)).toMatchObject({ kind: "lunatic", signedBoth: [keyOf(0)] });
	});

	it("[LC13] that are one block, or of other heights or chains, are no fork", () => {
		expect(findFork(one, decided({ ballots: ["absent", "block", "block", "block"] }))).toBeUndefined();
		expect(findFork(one, decided({ height: 8 }))).toBeUndefined();
		const elsewhere = verifyCommit(decide({ height: 7, validators, header: { chainId: "another-1" } }), "another-1");
		expect(findFork(one, elsewhere)).toBeUndefined();
	});
});
