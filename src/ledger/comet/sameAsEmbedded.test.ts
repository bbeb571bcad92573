import { describe, expect, it } from "vitest";
import { type Digest, encodeHex, encodeUtf8 } from "#base";
import { genesisState, rules } from "#contracts";
import { leafHash, MerkleTree } from "#log";
import { appHash } from "../appHash.ts";
import { parseBlockLeaf } from "../blockLeaf.ts";
import { LedgerError } from "../errors.ts";
import { readLeaf } from "../replayLedger.ts";
import { fsckLedger } from "../sealer/fsckLedger.ts";
import { anybodyForwards, batchOf, decide, forward, openToyReplica, replicaKey } from "../testing/cometToys.ts";
import { generateChain } from "../testing/generateChain.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { readRecordedChains } from "../testing/recordedChains.ts";
import { readText, runChain } from "../testing/runChain.ts";
import { createTransaction, put, startMs, stoppedClock, wrap } from "../testing/toyLedger.ts";
import type { ReadTransaction } from "../transaction.ts";

/** App hash after each block of a log. */
function appHashesOf(leaves: readonly Uint8Array[]): string[] {
	const log = new MerkleTree();
	const hashes: string[] = [];
	for (const bytes of leaves) {
		log.appendHash(leafHash(bytes));
		const leaf = readLeaf(bytes);
		if (leaf !== undefined && "height" in leaf) hashes.push(appHash({ logRoot: encodeHex(log.root()) as Digest, stateRoot: leaf.stateRoot }));
	}
	return hashes;
}

function parsed(text: string): ReadTransaction[] {
	try {
		return [readText(text)];
	} catch (error) {
		if (error instanceof LedgerError) return [];
		throw error;
	}
}

describe("the application beside the embedded ledger", () => {
	it("[CB1] recorded chains come to the app hash of every block that was sealed, and to the same leaves", async () => {
		for (const { genesis, leaves } of readRecordedChains()) {
			const toy = openToyReplica(temporaryPath(), { genesis, rules, genesisState, readMember: anybodyForwards });
			const hashes = [toy.replica.appHash() as string];
			let waiting: ReadTransaction[] = [];
			for (const text of leaves.slice(1)) {
				const leaf = readLeaf(encodeUtf8(text));
				if (leaf !== undefined && "id" in leaf) {
					waiting.push(leaf);
					continue;
				}
				const transactions = waiting.map(({ transaction }) => transaction);
				hashes.push(await decide(toy, parseBlockLeaf(encodeUtf8(text)).time, batchOf(forward(genesis.chain, transactions))));
				waiting = [];
			}
			expect(hashes).toEqual(appHashesOf(leaves.map(encodeUtf8)));
			await toy.replica.close();
			const { findings } = fsckLedger({ path: toy.path, genesis, rules, genesisState, sealerKey: replicaKey.publicKey });
			expect(findings).toEqual([]);
		}
	});

	it("[CB1] generated chains, refused and repeated transactions among them, lead to the same state and log", async () => {
		for (let seed = 1; seed <= 25; seed++) {
			const chain = generateChain(seed);
			const run = runChain(chain, { replay: false });
			const toy = openToyReplica(temporaryPath(), { genesis: chain.genesis, rules, genesisState, readMember: anybodyForwards });
			for (const { time, submitted } of chain.blocks) {
				const transactions = submitted.flatMap(parsed).map(({ transaction }) => transaction);
				const batches = transactions.length === 0 ? [] : [batchOf(forward(chain.genesis.chain, transactions))];
				await decide(toy, time, ...batches);
			}
			const { logRoot, stateRoot, height } = toy.replica.head();
			expect([logRoot, height]).toEqual([run.logRoot, run.stateRoots.length]);
			if (run.stateRoots.length > 0) expect(stateRoot).toBe(run.stateRoots.at(-1));
			await toy.replica.close();
		}
	});

	it("[CB1] what the sealer seals at its times, the application comes to from the same blocks", async () => {
		const clock = stoppedClock();
		const sealer = await openToySealer(temporaryPath(), { now: clock.now });
		const toy = openToyReplica();
		expect(toy.replica.appHash()).toBe(appHash(sealer.head()));
		for (let block = 0; block < 6; block++) {
			clock.at = startMs + block * 1_500;
			const transactions = [put(`a${block}`, block), put("shared", block), createTransaction("refuse", { key: "b" })];
			await sealer.submit(wrap(...transactions));
			expect(await decide(toy, clock.at, batchOf(wrap(...transactions)))).toBe(appHash(sealer.head()));
		}
		expect(toy.replica.head()).toEqual(sealer.head());
		const [ours, theirs] = [toy.replica, sealer].map((ledger) => ledger.tile("tile/entries/000.p/13"));
		expect(ours?.length).toBeGreaterThan(0);
		expect(ours).toEqual(theirs);
	});

	it("[CB2] blocks that change nothing move CometBFT's height and time and nothing else", async () => {
		const toy = openToyReplica();
		await decide(toy, startMs, batchOf(wrap(put("a", 1))));
		const [head, hash] = [toy.replica.head(), toy.replica.appHash()];
		expect(await decide(toy, startMs + 5_000)).toBe(hash);
		expect(await decide(toy, startMs + 9_000, batchOf(wrap(createTransaction("refuse", { key: "b" }))))).toBe(hash);
		expect(toy.replica.head()).toEqual(head);
		expect(toy.replica.consensus()).toEqual({ height: 3, time: startMs + 9_000, changedAt: 1 });
	});
});
