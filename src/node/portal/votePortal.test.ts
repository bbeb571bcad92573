import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "#base";
import { readPortalRelease, readReleaseVersion } from "#contracts";
import { verifyStateProof, witnessesOf } from "#ledger";
import { openSmallNetwork, type SmallNetwork } from "../testing/smallNetwork.ts";
import { votePortal } from "./votePortal.ts";

const hashOf = (byte: string) => byte.repeat(32) as Digest;
let small: SmallNetwork;

beforeAll(async () => {
	small = await openSmallNetwork();
});
afterAll(() => small.close());

/** The same network as one member of it sees it, as in a consortium. */
const only = (id: string) => ({ ...small.network, institutions: new Map([[id, small.network.institution(id)]]) });

describe("the vote for a portal", () => {
	it("[ND116] members that run the same sources meet in one proposal, one after the other; the last one needed releases it", async () => {
		const { ledger } = small.network;
		const ids = [...small.network.institutions.keys()];
		const results: (number | undefined)[] = [];
		for (const id of ids) results.push((await votePortal(only(id), hashOf("ab")))?.version);
		const needed = Math.floor((ids.length * 2) / 3) + 1;
		expect(results).toEqual(ids.map((_, at) => (at + 1 >= needed ? 1 : undefined)));
		expect(readPortalRelease(ledger)).toEqual({ version: 1, hash: hashOf("ab") });
		const before = ledger.head();
		await votePortal(small.network, hashOf("ab"));
		expect(ledger.head().height).toBe(before.height);
	});

	it("[ND116] other sources are the next release, and going back to the first ones is one more", async () => {
		const { network } = small;
		expect(await votePortal(network, hashOf("cd"))).toEqual({ version: 2, hash: hashOf("cd") });
		expect(await votePortal(network, hashOf("ab"))).toEqual({ version: 3, hash: hashOf("ab") });
		expect(readReleaseVersion(network.ledger, hashOf("cd"))).toBe(2);
	});

	it("[ND116] a reader without a ledger has it proved, and that a hash was never voted for too", async () => {
		const { ledger, genesis } = small.network;
		const trust = { origin: genesis.chain, sealerKey: genesis.sealer, witnesses: witnessesOf(genesis) };
		await ledger.cosigned(5_000);
		expect(verifyStateProof(ledger.proveState("membership", `p/${hashOf("cd")}`), trust).value).toEqual({ version: 2 });
		expect(verifyStateProof(ledger.proveState("membership", `p/${hashOf("ef")}`), trust).value).toBeUndefined();
	});
});
